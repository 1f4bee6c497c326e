"""A mobile network at its worst, packet by packet: 300 kbit/s, 600 ms there and back, 3 % lost."""

import random
import subprocess
import time
import unittest

from sitelog_processes import BIN, ProcessTest, an_event, free_environment
from slow_link import NotPossible, SlowLink

EVENTS = 400


class OnASlowLink(ProcessTest):
    def setUp(self):
        seed = self.random().randrange(1_000_000)
        try:
            self.link = SlowLink(bit_per_s=300_000, round_trip_s=0.6, loss=0.03, seed=seed)
        except NotPossible as reason:
            self.skipTest(f"this machine allows no network namespaces with a link: {reason}")
        self.addCleanup(self.link.close)
        self.numbers = random.Random(seed)
        self.top = self.headquarters(serving=False)
        self.top.prefix = ["ip", "netns", "exec", self.link.far]
        self.addCleanup(self.top.stop)
        self.top.serve(f"{self.link.FAR_ADDRESS}:0")
        self.a, self.b = self.new_device("甲"), self.new_device("乙")
        for device in (self.a, self.b):
            device.prefix = ["ip", "netns", "exec", self.link.near]
            self.addCleanup(device.stop)

    def timed(self, what, act, within_s):
        before = self.link.forth.bytes, self.link.back.bytes
        start = time.monotonic()
        out = act()
        taken_s = time.monotonic() - start
        print(f"{what}: {taken_s:.1f} s, {self.link.forth.bytes - before[0]} bytes up, "
              f"{self.link.back.bytes - before[1]} down", end="; ", flush=True)
        self.assertLess(taken_s, within_s, what)
        return out

    def long_events(self, count):
        return [an_event(i, summary=self.numbers.randbytes(120).hex()) for i in range(count)]

    def test_a_day_of_work_on_a_slow_link(self):
        self.timed("join", lambda: self.a.join(self.top), 30)
        self.b.join(self.top)
        self.a.record_many(an_event(i) for i in range(EVENTS))
        first = self.timed(f"{EVENTS} events", self.a.sync, 30)
        self.assertEqual(first["sent"], EVENTS)
        nothing = self.timed("nothing new", self.a.sync, 15)
        self.assertEqual((nothing["sent"], nothing["received"]), (0, 0))
        self.timed("the other device takes them", self.b.sync, 40)

        records = [line["record"] for line in self.b.records()]
        for number in range(3):
            self.a.edit(records[number], participants=1000 + number)
            self.b.edit(records[-1 - number], participants=2000 + number)
        self.top.review("return", records[10], "--remark", "请更正")
        self.timed("edits up", self.a.sync, 20)
        self.timed("edits both ways", self.b.sync, 20)
        self.timed("edits down", self.a.sync, 20)
        self.assert_equal_everywhere(self.top, self.a, self.b)

        self.a.agent()
        self.wait_until(lambda: any(line["event"] == "caught_up" for line in self.a.said), "live")
        self.a.record(title="现场")
        self.timed("live up", lambda: self.wait_until(
            lambda: self.a.status()["entries"]["waiting"] == 0, "held"), 10)
        self.top.review("accept", records[11])
        self.timed("live down", lambda: self.wait_until(
            lambda: self.a.show(records[11])["review"]["state"] == "accepted", "a verdict"), 10)
        self.a.stop()
        self.b.sync()
        self.assert_equal_everywhere(self.top, self.a, self.b)
        self.assert_sound(self.top, self.a, self.b)

    def test_a_sync_that_broke_off_goes_on_and_ends(self):
        self.a.join(self.top)
        self.b.join(self.top)
        self.b.record_many(self.long_events(1500))
        whole = self.timed("1500 long events at once", lambda: self.b.sync(timeout=120), 60)["bytes_sent"]
        self.a.record_many(self.long_events(1500))
        before, syncing = self.held(), self.start_sync()
        self.wait_until(lambda: self.held() - before >= 300, "in the middle of it")
        self.link.up = False
        time.sleep(5)
        recorded_s = self.wait_until(lambda: self.a.record(title="断网时"), "recorded meanwhile")
        self.assertLess(recorded_s, 5)
        self.link.up = True
        self.wait_until(lambda: self.held() - before >= 900, "it went on")
        print(f"recorded in {recorded_s:.2f} s while the link was down; after it the sync went on",
              end="; ", flush=True)
        syncing.kill()
        syncing.wait()
        rest = self.timed("the rest, by another sync", lambda: self.a.sync(timeout=120), 60)["bytes_sent"]
        self.assertLess(rest, whole * 6 // 10, "what headquarters holds is not sent again")
        self.b.sync(timeout=120)
        self.assert_equal_everywhere(self.top, self.a, self.b)
        self.assert_sound(self.top, self.a, self.b)

    def held(self):
        """How many entries of the unit headquarters holds: what left is not yet there."""
        return self.top.unit()["entries"]["book"]

    def start_sync(self):
        command = [*self.a.prefix, str(BIN / "sitelog"), "--data", str(self.a.folder), "sync"]
        self.note("& " + " ".join(command))
        out = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env=free_environment(self.folder))
        self.addCleanup(out.kill)
        return out

    def test_a_link_that_vanishes_is_noticed_by_the_agent_while_people_record(self):
        self.a.join(self.top)
        self.a.agent()
        self.wait_until(lambda: any(line["event"] == "caught_up" for line in self.a.said), "live")
        self.link.up = False
        start = time.monotonic()

        def offline():
            return any(line["event"] == "offline" for line in self.a.said)

        while not offline() and time.monotonic() - start < 150:
            self.a.record(title="断网时")
            time.sleep(5)
        print(f"noticed after {time.monotonic() - start:.0f} s", end="; ", flush=True)
        self.assertTrue(offline(), "noticed")
        self.link.up = True
        self.timed("in step again", lambda: self.wait_until(
            lambda: self.a.status()["entries"]["waiting"] == 0, "in step again"), 60)


if __name__ == "__main__":
    unittest.main()
