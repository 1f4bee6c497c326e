"""Devices whose clocks, or words about them, stand in the year 9999: they outvote nobody for it."""

import contextlib
import os
import time
import unittest

import hand_made
from hand_made import Author, Peer, entry, hello, tls_context
from sitelog_processes import CREW, ProcessTest

YEAR_9999_MS = 253_402_214_400_000
BOOT = 99


class ClocksAhead(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.top.run("policy", "set", "--unit", CREW, "latest")
        self.bad, self.b, self.c = (self.device(self.top, name) for name in ("甲", "乙", "丙"))
        self.record = self.b.record(title="原样")
        self.settle(self.bad, self.b, self.c)
        self.first = bytes.fromhex(self.top.record(self.record)["entries"][0]["entry"])
        self.author = Author(self.bad, CREW)
        self.number, self.head = 0, None
        self.open = contextlib.ExitStack()
        self.addCleanup(self.open.close)
        self.link = self.open.enter_context(
            contextlib.closing(Peer(self.top.address, tls_context(hand_made.SYNC, self.bad))))
        self.link.say(hello(self.author.id.hex()))
        self.assertIsNotNone(self.link.hear())

    def bring(self, *contents):
        """The bad device's next entries, in one batch, written by hand."""
        batch, self.head = self.author.entries(contents, self.number, self.head)
        self.number += len(contents)
        before = self.top.unit()["entries"]["book"]
        self.link.say(batch)
        self.wait_until(lambda: self.top.unit()["entries"]["book"] >= before + len(contents), "it is there")

    def title(self, title, wall_ms):
        return entry(bytes.fromhex(self.record), [("title", title, [self.first])], [self.first], wall_ms=wall_ms,
                     monotonic_ms=5000, boot=BOOT)

    def anchor(self, wall_ms, boot=BOOT):
        """`boot`: in which the anchor itself was written; it speaks of BOOT."""
        return entry(self.author.id, [(f"{BOOT:016x}", {"monotonic": 5000, "wall": wall_ms}, [])], form="clock",
                     wall_ms=int(time.time() * 1000), monotonic_ms=5000, boot=boot)

    def assert_all_show(self, title):
        self.settle(self.b, self.c)
        for program in (self.top, self.b, self.c):
            shown = {line["record"]: line["fields"]["title"] for line in program.records()}
            self.assertEqual(shown[self.record], title, program.name)
        self.assert_equal_everywhere(self.top, self.b, self.c)
        self.assert_sound(self.top, self.b, self.c)

    def test_a_later_change_wins_over_an_entry_of_the_year_9999(self):
        self.bring(self.title("九千九百九十九年", YEAR_9999_MS))
        self.b.edit(self.record, title="后来改的")
        self.assert_all_show("后来改的")
        told = next(line for line in self.top.conflicts() if line["record"] == self.record)
        ahead = next(one for one in told["candidates"] if one["wall"] == YEAR_9999_MS)
        self.assertLess(abs(ahead["corrected_wall"] - 1000 * time.time()), 60_000)
        self.top.decide(self.record, "title", "--value", "总部定的")
        self.assert_all_show("总部定的")

    def test_the_devices_own_word_about_its_clock_lifts_nothing(self):
        self.bring(self.anchor(YEAR_9999_MS), self.title("自称九千九百九十九年", int(time.time() * 1000)))
        self.b.edit(self.record, title="后来改的")
        self.assert_all_show("后来改的")
        # Also one that comes afterwards.
        self.bring(self.anchor(YEAR_9999_MS + 5))
        self.settle(self.c)
        self.c.decide(self.record, "title", "--value", "最后改的")
        self.assert_all_show("最后改的")

    def test_an_anchor_that_comes_later_lifts_nothing_even_of_a_device_that_was_revoked_since(self):
        # Nothing is in conflict yet, and nothing of what comes claims to be from ahead itself.
        self.bring(self.title("平常的时间", int(time.time() * 1000)))
        self.bring(self.anchor(YEAR_9999_MS, boot=1))
        self.top.run("devices", "revoke", self.author.id.hex(), "--reason", "被盗")
        time.sleep(1)
        self.b.edit(self.record, title="撤销以后改的")
        self.assert_all_show("撤销以后改的")

    def test_what_headquarters_owed_when_it_was_killed_is_said_as_it_starts(self):
        """Past the words that are said at once; the change comes before anybody's next contact."""
        for number in range(40):
            self.bring(entry(os.urandom(16), [("title", str(number), [])], wall_ms=YEAR_9999_MS, boot=BOOT))
        self.bring(self.title("九千九百九十九年", YEAR_9999_MS))
        self.top.kill()
        self.top.serve()
        time.sleep(1)
        self.c.edit(self.record, title="后来改的")
        self.assert_all_show("后来改的")

    def test_who_adds_a_beginning_to_anothers_record_stands_beside_its_author(self):
        self.assertNotIn("recorded_apart", self.top.record(self.record))
        # As if it were the first; and once more, which takes no more room.
        record = bytes.fromhex(self.record)
        self.bring(entry(record, [("venue", "某处", [])], wall_ms=1), entry(record, [("summary", "某事", [])], wall_ms=2))
        self.settle(self.b)
        both = {self.bad.status()["device"], self.b.status()["device"]}
        for program in (self.top, self.b):
            shown = program.look(self.record)
            self.assertEqual({one["device"] for one in shown["recorded_apart"]}, both)
            self.assertEqual(len(shown["recorded_apart"]), 2)
        told = self.top.run("--lang", "en", "records", "show", self.record, as_json=False).out
        line = next(line for line in told.splitlines() if "recorded separately by" in line)
        for device in both:
            self.assertIn(device[:8], line)
        # Whoever changes it later has seen both, and stays no author of it.
        self.b.edit(self.record, title="改了")
        self.settle(self.b)
        self.assertEqual(len(self.top.record(self.record)["recorded_apart"]), 2)
        self.assert_sound(self.top, self.b)

    def test_the_order_in_which_they_reach_a_site_makes_no_difference(self):
        self.b.edit(self.record, title="早一点")
        self.bring(self.title("九千九百九十九年", YEAR_9999_MS))
        self.c.edit(self.record, title="晚一点")
        # c is met first and b learns all at once; a new device gets everything in another order.
        self.settle(self.c, self.b)
        late = self.device(self.top, "丁")
        self.settle(late)
        self.assert_all_show("晚一点")
        self.assert_equal_everywhere(self.top, late)
        self.assertEqual({line["fields"]["title"] for line in late.records()}, {"晚一点"})
        self.assert_sound(late)

    def test_a_device_that_stays_ahead_costs_headquarters_few_entries(self):
        before = self.top.unit()["entries"]["book"]
        for number in range(150):
            batch, self.head = self.author.entries([self.title(f"第{number}次", YEAR_9999_MS + number)],
                                                   self.number, self.head)
            self.number += 1
            self.link.say(batch)
            time.sleep(0.01)
        self.wait_until(lambda: self.top.unit()["entries"]["book"] >= before + 150, "all are there")
        self.assertLess(self.top.unit()["entries"]["book"] - before - 150, 40)
        # The rest is said within the hour, and at once when it is shut out.
        self.top.run("devices", "revoke", self.author.id.hex(), "--reason", "时钟")
        time.sleep(1)
        self.b.edit(self.record, title="后来改的")
        self.assert_all_show("后来改的")


if __name__ == "__main__":
    unittest.main()
