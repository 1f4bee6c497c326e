"""Records found by what they say, while headquarters serves and its index is behind, half made or done."""

import sqlite3
import time
import unittest

from https import Web, account, token
from sitelog_processes import CREW, PATIENCE_S, ProcessTest

FAR = "wugang"
COUNT = 700  # more than may wait for the index

ODD = ['OR "井口" NOT (a*', "title:x NEAR/2", "100%_'; --", "，。！", "ＡＢＣ工会", "<script>", "工" * 60]


class TestTexts(ProcessTest):
    def setUp(self):
        self.top = self.headquarters(serving=False)
        account(self.top, "boss", "administrator")
        account(self.top, "far", "viewer", FAR)
        self.tokens = {name: token(self.top, name) for name in ("boss", "far")}
        self.top.serve()
        self.site = self.device(self.top)
        self.ask_anew()

    def ask_anew(self):
        self.boss, self.far = (Web(self.top, self.tokens[name]) for name in ("boss", "far"))

    @staticmethod
    def event(title):
        return {"title": title, "kind": "film", "date": "2020-06-01", "level": "grassroots", "participants": 10,
                "status": "held"}

    def found(self, text, who=None, **asked):
        """All titles, page by page; and the first answer."""
        titles, first, cursor = [], None, {}
        while True:
            got = (who or self.boss).post("records.list", text=text, limit=300, **asked, **cursor)
            titles += [line["fields"]["title"] for line in got.lines]
            first = first or got.answer
            if "next" not in got.answer:
                return titles, first
            cursor = {"cursor": got.answer["next"]}

    def rows(self, table):
        file = sqlite3.connect(f"file:{self.top.folder / 'sitelog.db'}?mode=ro", uri=True, timeout=30)
        try:
            return file.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        finally:
            file.close()

    def wait_for_index(self):
        until = time.monotonic() + PATIENCE_S
        while self.rows("segments WHERE records IS NOT NULL") == 0:
            self.assertLess(time.monotonic(), until)
            time.sleep(0.1)

    def check(self, exact):
        titles, first = self.found("井口")
        self.assertEqual(sorted(titles), sorted(title for title in self.titles if "井口" in title))
        self.assertEqual(first["of"], len(titles))
        if exact:
            self.assertNotIn("at_least", first)
        for odd in ODD:
            self.assertEqual(self.found(odd)[0], [odd], odd)
        for text, right in (("abc工", ["ＡＢＣ工会"]), ("＜script", ["<script>"]), ("第7场", ["第7场井口演出"]),
                            ("场口", []), ("演井", [])):
            self.assertEqual(self.found(text)[0], right, text)
        self.assertEqual(self.found("。")[0], ["，。！"])
        self.assertEqual(len(self.found("7")[0]), sum("7" in title for title in self.titles))
        self.assertEqual(self.found("井口", state="planned")[0], [])
        # Whoever may see another unit alone finds nothing here, and no number.
        titles, first = self.found("井口", self.far)
        self.assertEqual((titles, first["of"]), ([], 0))

    def test_texts_are_found_before_while_and_after_they_are_indexed(self):
        self.titles = [f"第{i}场井口演出" for i in range(COUNT)] + ODD
        self.site.record_many([self.event(title) for title in self.titles])
        self.site.sync()
        self.check(exact=False)
        self.wait_for_index()
        self.check(exact=True)
        # What is changed, or comes, is found at once as it is.
        record = self.boss.post("records.list", text="第77场").lines[0]
        self.boss.post("record.edit", record=record["record"], seen=record["seen"], fields={"title": "改成放映"})
        self.titles[77] = "改成放映"
        self.site.record(title="后来的井口", date="2020-06-01")
        self.titles.append("后来的井口")
        self.site.sync()
        self.check(exact=False)
        self.assertEqual(self.found("改成放")[0], ["改成放映"])
        self.assertEqual(self.found("第77场")[0], [])
        self.top.stop()
        self.assertEqual(self.top.verify()["findings"], 0)
        listed = self.top.run("records", "list", "--text", "井口").lines
        self.assertEqual(len([line for line in listed if "record" in line]), sum("井口" in title for title in self.titles))

    def test_killed_while_it_indexes_it_goes_on_and_what_was_half_made_is_gone(self):
        self.titles = [f"第{i}场井口演出" for i in range(COUNT)] + ODD
        self.site.record_many([self.event(title) for title in self.titles])
        for _ in range(3):
            self.site.sync()
            until = time.monotonic() + PATIENCE_S
            while self.rows("words") == 0 and time.monotonic() < until:
                time.sleep(0.02)
            self.top.kill()
            self.top.serve()
            self.ask_anew()
        self.wait_for_index()
        self.check(exact=True)
        self.top.stop()
        self.assertEqual(self.top.verify()["findings"], 0)

    def test_a_text_of_sixty_thousand_bytes_or_of_nothing_costs_nothing(self):
        self.titles = [f"第{i}场" for i in range(20)]
        self.site.record_many([self.event(title) for title in self.titles])
        self.site.sync()
        self.assertIn(self.boss.post("records.list", text="井口" * 10_000, limit=5).status, (200, 400, 413, 422))
        self.assertEqual(self.boss.post("records.list", text="井" * 300, limit=5).lines, [])
        for text in ("   ", "　"):
            got = self.boss.post("records.list", text=text, limit=100)
            self.assertTrue(got.status in (400, 422) or len(got.lines) == 20, got)
        for text in ("\u0000", "\u202e", "a\nb"):
            self.assertIn(self.boss.post("records.list", text=text, limit=5).status, (200, 400, 422), repr(text))


if __name__ == "__main__":
    unittest.main()
