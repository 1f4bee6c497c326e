"""A file that is run again after headquarters published another version of the campaign."""

import csv
import io
import json
import unittest

from sitelog_processes import CREW, DONE, REFUSED, ProcessTest
from spreadsheets import read_cells

BOOKHOUSES = """
id = "bookhouses"
version = 1
title = { zh = "职工书屋", en = "Bookhouses" }
from = 2026-01-01
to = 2026-12-31

[[kind]]
key = "reading"
zh = "读书会"
en = "Reading"

[[kind]]
key = "lending"
zh = "借阅"
en = "Lending"

[[form]]
key = "visit"
zh = "书屋活动"
en = "Visit"

[[form.field]]
name = "kind"
type = "choice"
vocabulary = "kind"
zh = "活动类别"
en = "Kind"
required = true

[[form.field]]
name = "day"
type = "date"
zh = "日期"
en = "Day"
required = true
warn = [{ outside_campaign = true }, { future = true }]

[[form.field]]
name = "books"
type = "integer"
zh = "借出册数"
en = "Books lent"

[[form.field]]
name = "shelf"
type = "text"
zh = "书架"
en = "Shelf"

[report]
form = "visit"
kind = "kind"
"""

SHELF = """[[form.field]]
name = "shelf"
type = "text"
zh = "书架"
en = "Shelf"

"""

SESSIONS = """[[form.field]]
name = "sessions"
type = "integer"
zh = "场次"
en = "Sessions"
default = {}

"""


def version(number, *changes):
    out = BOOKHOUSES.replace("version = 1", f"version = {number}")
    for old, new in changes:
        assert old in out, old
        out = out.replace(old, new)
    return out


class VersionTest(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.publish(BOOKHOUSES)
        self.site = self.device(self.top)

    def publish(self, text):
        file = self.folder / "bookhouses.toml"
        file.write_text(text, encoding="utf-8")
        self.top.run("campaign", "publish", file, "--confirm")

    def renew(self, text):
        self.publish(text)
        self.site.sync()

    def take(self, rows, *words, expect=DONE, head="kind,day,books,shelf"):
        file = self.folder / "书屋.csv"
        file.write_text("\n".join([head] + rows) + "\n", encoding="utf-8")
        lines = self.site.run("record", "visit", "--from", file, *words, expect=expect).lines
        return [key for line in lines for key in ("same", "record", "error") if key in line]

    def count(self):
        return len(self.site.records())


class RunAgain(VersionTest):
    ROWS = [f"reading,2026-03-0{day},{day},东" for day in range(1, 5)]

    def test_a_new_field_with_a_default_doubles_nothing(self):
        self.assertEqual(self.take(self.ROWS), ["record"] * 4)
        self.renew(version(2, ("[report]", SESSIONS.format(1) + "[report]")))
        self.assertEqual(self.take(self.ROWS), ["same"] * 4)
        # Also where a later version takes another value for granted, or none.
        self.take(["reading,2026-04-01,9,东"])
        self.renew(version(3, ("[report]", SESSIONS.format(2) + "[report]")))
        self.assertEqual(self.take(self.ROWS + ["reading,2026-04-01,9,东"]), ["same"] * 5)
        self.renew(version(4, ("[report]", SESSIONS.format(2).replace("default = 2\n", "") + "[report]")))
        self.assertEqual(self.take(self.ROWS + ["reading,2026-04-01,9,东"]), ["same"] * 5)
        self.assertEqual(self.count(), 5)
        self.assert_sound(self.top, self.site)

    def test_what_a_row_says_itself_is_not_taken_for_granted(self):
        self.take(self.ROWS)
        self.renew(version(2, ("[report]", SESSIONS.format(1) + "[report]")))
        head = "kind,day,books,shelf,sessions"
        self.assertEqual(self.take([self.ROWS[0] + ",1", self.ROWS[1] + ",3"], head=head), ["same", "record"])
        self.renew(version(3, ("[report]", SESSIONS.format(2) + "[report]")))
        self.assertEqual(self.take(["lending,2026-05-01,1,东,1"], head=head), ["record"])
        self.assertEqual(self.take(["lending,2026-05-01,1,东,2"], head=head), ["record"])
        self.assertEqual(self.take([self.ROWS[0].replace(",1,", ",7,") + ","], head=head), ["record"])

    def test_a_field_that_is_asked_for_no_more_doubles_nothing(self):
        self.take(self.ROWS)
        self.renew(version(2, (SHELF, "")))
        self.take(self.ROWS, expect=REFUSED)
        self.assertEqual(self.take(self.ROWS, "--ignore-columns"), ["same"] * 4)
        self.assertEqual(self.take(["reading,2026-03-01,8,东"], "--ignore-columns"), ["record"])
        self.assertEqual(self.count(), 5)

    def test_a_record_that_is_void_or_corrected_since_is_told_to_be_that(self):
        self.take(self.ROWS)
        first, second = [line["record"] for line in self.site.records()][:2]
        self.site.run("void", first, "--reason", "没办")
        self.site.run("edit", second, "books=44")
        self.renew(version(2, ("[report]", SESSIONS.format(1) + "[report]")))
        file = self.folder / "书屋.csv"
        lines = [line["same"] for line in self.site.run("record", "visit", "--from", file).lines
                 if "same" in line]
        self.assertEqual([(line["record"] == first, line.get("void")) for line in lines][0], (True, "没办"))
        self.assertEqual([line.get("changed", False) for line in lines], [False, True, False, False])
        self.assertEqual(self.count(), 4)

    def test_several_at_once_that_are_all_new_are_saved_beside_those_of_another_version(self):
        self.take(self.ROWS)
        self.renew(version(2, ("[report]", SESSIONS.format(1) + "[report]")))
        rows = [f"lending,2026-03-{day:02},{day},西" for day in range(1, 29)] * 30
        outcome = self.take(self.ROWS + rows)
        self.assertEqual((outcome.count("record"), outcome.count("same")), (28, 4 + 29 * 28))


class Sheets(VersionTest):
    def test_the_row_of_keys_of_an_earlier_template_is_no_record(self):
        file = self.folder / "模板.csv"
        self.site.run("--lang", "zh", "template", "visit", "--output", file, as_json=False)
        labels, keys = file.read_text(encoding="utf-8-sig").splitlines()[:2]
        self.renew(version(2, (SHELF, "")))
        rows = ["读书会,2026-03-01,5,东,", keys, "借阅,2026-03-02,6,西,"]
        file.write_text("\n".join([labels, keys] + rows), encoding="utf-8")
        lines = self.site.run("record", "visit", "--from", file, "--ignore-columns").lines
        self.assertEqual([line["ignored"] for line in lines if "ignored" in line], [["书架"]])
        self.assertEqual([line for line in lines if "error" in line], [])
        self.assertEqual(self.count(), 2)

    def test_an_export_has_what_an_earlier_version_asked_for_and_comes_back(self):
        self.take(RunAgain.ROWS)
        self.renew(version(2, (SHELF, "")))
        self.take(["lending,2026-06-01,3"], head="kind,day,books")
        before = self.site.records()
        for ending in ("csv", "xlsx", "jsonl"):
            with self.subTest(ending):
                file = self.folder / f"导出.{ending}"
                self.site.run("records", "export", "visit", "--output", file, as_json=False)
                if ending == "xlsx":
                    self.assertIn("东", read_cells(file).values())
                else:
                    self.assertEqual(file.read_text(encoding="utf-8-sig").count("东"), 4)
                lines = self.site.run("record", "visit", "--from", file).lines
                self.assertEqual([key for line in lines for key in ("same", "record", "error") if key in line],
                                 ["same"] * 5)
                self.assertEqual(self.site.records(), before)
        text = (self.folder / "导出.csv").read_text(encoding="utf-8-sig").replace("东", "南", 1)
        file = self.folder / "改过.csv"
        file.write_text(text, encoding="utf-8")
        (error,) = [line["error"] for line in self.site.run("record", "visit", "--from", file, expect=REFUSED).lines
                    if "line" in line and "error" in line]
        self.assertEqual([problem["field"] for problem in error["problems"]], ["shelf"])

    def test_what_is_unusual_in_two_ways_is_explained_once(self):
        told = self.site.run("record", "visit", "kind=读书会", "day=2090-01-01", as_json=False).err
        (command,) = [line for line in told.splitlines() if "--explain" in line]
        self.assertEqual(command.count("--explain day="), 1)
        words = command.split("sitelog ", 1)[1].replace("…", "补登").split()
        self.site.run(*words)
        self.assertEqual(self.site.records("--unexplained"), [])


class Reports(VersionTest):
    QUOTAS = "[quotas]\nprinted_total = 130\n[quotas.units]\n{} = 60\n{} = 60\n"

    def test_a_share_is_rounded_and_notes_stand_below_a_csv_too(self):
        codes = [line["code"] for line in self.top.run("units", "list").lines if "code" in line]
        other = next(code for code in codes if code != CREW)
        self.renew(version(2) + self.QUOTAS.format(CREW, other))

        def progress(*words):
            return self.top.run("report", "progress", "--campaign", "bookhouses", *words, as_json=False).out

        def percent():
            report = json.loads(progress("--format", "json"))
            return {row["unit"]: row["percent"] for row in report["rows"]}[CREW]

        self.take(["reading,2026-03-01,1,东"])
        self.site.sync()
        self.assertEqual(percent(), 1.7)
        self.take([f"reading,2026-03-02,{number},东" for number in range(58)])
        self.site.sync()
        self.assertEqual(percent(), 98.3)
        self.take(["lending,2020-01-01,1,东"])  # outside the campaign, not explained
        self.site.sync()
        rows = list(csv.reader(io.StringIO(progress("--format", "csv").lstrip("\ufeff"))))
        blank = next(number for number, row in enumerate(rows) if row and not any(row))
        notes = {row[0]: row[1] for row in rows[blank + 1:]}
        self.assertEqual(sorted(notes.values()), sorted(["130", "60", "70", "1"]))
        self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        table = progress()
        for label in notes:
            self.assertIn(label, table)


if __name__ == "__main__":
    unittest.main()
