"""Texts that a device invents where a campaign's own are meant: they are kept as what was recorded, and stand in
no list and no count of headquarters by themselves."""

import contextlib
import json
import os
import sqlite3
import time
import unittest
from pathlib import Path

import hand_made
from hand_made import Author, Peer, hello, tls_context
from https import Web, account, token
from sitelog_processes import CAMPAIGN, CREW, DEFINITIONS, USAGE, ProcessTest

INVENTED = 20_000


def entry(record, form, values, wall_ms):
    return hand_made.entry(record, [(name, each, ()) for name, each in sorted(values.items())], form=form,
                           wall_ms=wall_ms)


class InventedKeys(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.bad = self.device(self.top, "乙")
        self.honest = self.device(self.top, "甲")
        self.author = Author(self.bad, CREW)
        self.wall_ms = int(time.time() * 1000)
        self.number, self.head = 0, None

    def ids(self):
        return self.wall_ms.to_bytes(6, "big") + b"\x70" + os.urandom(9)

    def send(self, contents, in_a_batch=500):
        """All of them to headquarters; how many bytes they are."""
        with contextlib.closing(Peer(self.top.address, tls_context(hand_made.SYNC, self.bad))) as peer:
            peer.say(hello(self.author.id.hex()))
            self.assertIsNotNone(peer.hear())
            peer.listen()
            for at in range(0, len(contents), in_a_batch):
                some = contents[at:at + in_a_batch]
                batch, self.head = self.author.entries(some, self.number, self.head)
                self.number += len(some)
                self.assertTrue(peer.say(batch))
            self.wait_until(lambda: self.top.unit()["entries"]["book"] >= self.number, "all entries to come",
                            timeout_s=120)
        return sum(len(content) for content in contents)

    def disk_bytes(self):
        return sum(file.stat().st_size for file in self.top.folder.iterdir() if file.is_file())

    def memory_mib(self):
        status = Path(f"/proc/{self.top.process.pid}/status").read_text(encoding="ascii")
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024

    def taken_s(self, what):
        start = time.monotonic()
        what()
        return time.monotonic() - start

    def test_thousands_of_invented_texts_take_what_they_were_sent_in_and_slow_nothing(self):
        self.honest.record()
        self.honest.sync()
        known = {"_campaign": CAMPAIGN, "status": "held", "date": "2020-07-06", "kind": "performance"}
        ways = (lambda n: ("event", known | {"_campaign": f"invented-{n}"}),
                lambda n: ("event", known | {"kind": f"invented-{n}"}),
                lambda n: ("event", known | {"level": f"invented-{n}"}),
                lambda n: ("event", known | {"status": f"invented-{n}"}),
                lambda n: (f"invented-{n}", known))
        plain = [entry(self.ids(), "event", known, self.wall_ms) for _ in range(INVENTED)]
        self.send(plain)
        statistics = ("report", "statistics", "--campaign", CAMPAIGN)
        asked = {"statistics": lambda: self.top.run(*statistics),
                 "first": lambda: self.top.records("--limit", "50"),
                 "all": lambda: self.top.records(),
                 "sibling": lambda: self.honest.records("--limit", "50")}
        before = {what: self.taken_s(ask) for what, ask in asked.items()}
        counted = self.top.run(*statistics).line["total"]["events"]
        disk, memory = self.disk_bytes(), self.memory_mib()
        sent = self.send([entry(self.ids(), *ways[n % len(ways)](n), self.wall_ms) for n in range(INVENTED)])
        disk, memory = self.disk_bytes() - disk, self.memory_mib() - memory
        self.honest.sync()
        after = {what: self.taken_s(ask) for what, ask in asked.items()}
        print(f"{sent} sent: {disk} bytes of disk, {memory:.0f} MiB; " + ", ".join(
            f"{what} {before[what]:.2f} s, {after[what]:.2f} s" for what in asked), end="; ", flush=True)
        # Packed later than it came: a batch's worth is in the log too.
        self.assertLess(disk, 8 * sent)
        self.assertLess(memory, 64)
        for what in asked:
            self.assertLess(after[what], 4 * before[what] + 1, what)
        figures = self.top.run(*statistics).line
        self.assertEqual(figures["total"]["events"], counted)
        each = INVENTED // len(ways)
        self.assertEqual({why: figures["left_out"][why] for why in ("kind", "level", "status")},
                         {"kind": each, "level": each, "status": each})
        self.assertEqual(len(self.top.records("--campaign", CAMPAIGN)), 1 + INVENTED + 4 * each)
        marked = self.top.records("--unexplained")
        self.assertEqual(sum(record.get("outside") == "campaign" for record in marked), each)
        self.assertEqual(sum(record.get("outside") == "form" for record in marked), each)
        self.assertEqual(sum(record.get("unexplained", [])[:1] == ["kind"] for record in marked), each)
        with contextlib.closing(sqlite3.connect(f"file:{self.top.folder}/sitelog.db?mode=ro", uri=True)) as database:
            self.assertLess(database.execute("SELECT count(*) FROM lists").fetchone()[0], 20)
            self.assertLess(database.execute("SELECT count(*) FROM tallies").fetchone()[0], 20)
        self.assert_sound(self.top, self.honest)

    def test_records_of_one_id_and_of_the_least_id_end_every_list_and_are_all_told(self):
        values = {"_campaign": CAMPAIGN, "status": "held", "date": "2020-07-06", "kind": "performance", "title": "同号"}
        ids = [bytes(16)] + [bytes([1]) * 12 + number.to_bytes(4, "big") for number in range(1100)]
        self.send([entry(record, form, values, self.wall_ms) for record in ids for form in ("event", "plan")]
                  + [entry(ids[7], f"form{number}", values, self.wall_ms) for number in range(1500)])
        everything = {(line["record"], line["form"]) for line in self.top.records()}
        self.assertEqual(len(everything), 2 * len(ids) + 1500)
        account(self.top, "boss", "administrator")
        web = Web(self.top, token(self.top, "boss"))
        self.assertEqual(web.get("records.list", limit=0).answer["of"], len(everything))
        for limit in (1, 2, 3, 49, 50, 51, 499):
            told, cursor, pages = [], {}, 0
            while cursor is not None and (pages < 5 or limit > 3):
                page = web.get("records.list", limit=limit, **cursor)
                self.assertLessEqual(len(page.lines), limit)
                told += [(line["record"], line["form"]) for line in page.lines]
                cursor = {"cursor": page.answer["next"]} if "next" in page.answer else None
                pages += 1
            self.assertEqual(len(told), len(set(told)), limit)
            if cursor is None:
                self.assertEqual(set(told), everything, limit)
            else:
                self.assertEqual(len(told), pages * limit)
        self.assertEqual(self.top.records("--limit", "0"), [])
        rows, address = [], "/odata/v1/thousand_events__event"
        while address:
            page = web.ask("GET", address)
            self.assertEqual(page.status, 200, str(page))
            rows += [row["_record"] for row in page.json["value"]]
            address = page.json.get("@odata.nextLink")
            address = address and address[address.index("/odata"):]
        self.assertEqual(sorted(rows), sorted(record.hex() for record in ids))
        self.assert_sound(self.top)

    def test_a_campaign_published_later_counts_and_lists_what_was_recorded_for_it(self):
        second = (DEFINITIONS / "thousand-events.toml").read_text(encoding="utf-8").replace(
            f'id = "{CAMPAIGN}"', 'id = "later"')
        self.assertIn('id = "later"', second)
        values = {"_campaign": "later", "status": "held", "date": "2020-07-06", "kind": "performance", "level": "county"}
        self.send([entry(self.ids(), "event", values, self.wall_ms) for _ in range(7)]
                  + [entry(self.ids(), "event", values | {"kind": "invented"}, self.wall_ms)])
        self.assertEqual([record["outside"] for record in self.top.records()], ["campaign"] * 8)
        file = self.folder / "later.toml"
        file.write_text(second, encoding="utf-8")
        self.top.run("campaign", "publish", file)
        self.honest.sync()
        for program in (self.top, self.honest):
            self.assertEqual(len(program.records("--campaign", "later")), 8)
            self.assertFalse(any("outside" in record for record in program.records()))
        figures = self.top.run("report", "statistics", "--campaign", "later").line
        self.assertEqual((figures["total"]["events"], figures["left_out"]["kind"]), (7, 1))
        self.assert_equal_everywhere(self.top, self.honest)
        self.assert_sound(self.top, self.honest)

    def test_a_record_that_says_too_much_stops_no_list_and_is_shown_cut(self):
        first = self.honest.record()
        self.honest.sync()
        record = self.ids()
        values = {"_campaign": CAMPAIGN, "status": "held", "date": "2020-07-06", "kind": "performance"}
        # Control characters are six bytes each in JSON; no rule keeps an author from them.
        self.send([entry(record, "event", values, self.wall_ms)]
                  + [entry(record, "event", {f"text{n}": "\x01" * 60_000}, self.wall_ms) for n in range(16)],
                  in_a_batch=2)
        lines = {line["record"]: line for line in self.top.records()}
        self.assertEqual(len(lines), 2)
        self.assertGreater(lines[record.hex()]["too_large"], 900_000)
        self.assertIn(first, lines)
        self.assertIn("show", self.top.run("records", "list", as_json=False).out)
        shown = self.top.record(record.hex())
        self.assertGreater(shown["too_large"], 6 * 1024 * 1024)
        self.assertEqual(shown["fields"]["kind"], "performance")
        self.assertIn("--output", self.top.run("records", "show", record.hex(), as_json=False).out)
        whole = self.folder / "all.json"
        self.top.run("records", "show", record.hex(), "--output", whole, as_json=False)
        told = json.loads(whole.read_text(encoding="utf-8"))
        self.assertEqual({told["fields"][f"text{n}"] for n in range(16)}, {"\x01" * 60_000})
        self.assertEqual((len(told["entries"]), len(told["history"])), (17, 20))
        self.assertNotIn("too_large", told)
        self.top.run("records", "show", record.hex(), "--output", self.folder / "all.txt", as_json=False)
        self.assertGreater((self.folder / "all.txt").stat().st_size, 16 * 60_000)
        self.top.run("records", "show", record.hex(), "--output", self.folder / "all.pdf", expect=USAGE)
        self.assertFalse((self.folder / "all.pdf").exists())
        file = self.folder / "all.csv"
        self.top.run("records", "export", "event", "--output", file, as_json=False)
        self.assertIn(record.hex(), file.read_text(encoding="utf-8-sig"))
        self.honest.sync()
        self.assertEqual(len(self.honest.records()), 2)
        self.assert_sound(self.top, self.honest)


if __name__ == "__main__":
    unittest.main()
