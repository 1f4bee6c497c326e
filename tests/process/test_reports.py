"""The tables to hand in, against a recount over the list of records."""

import collections
import contextlib
import csv
import io
import json
import re
import sqlite3
import tomllib
import unittest
import xml.etree.ElementTree
import zipfile

from sitelog_processes import (CAMPAIGN, CAMPAIGN_FILE, CREW, DEFINITIONS, KINDS, LEVELS, REFUSED,
                               SITE, USAGE, WORKSHOP, ProcessTest, an_event, free_environment)

QUOTAS = tomllib.loads(CAMPAIGN_FILE.read_text(encoding="utf-8"))["quotas"]


def recount(records, row_of):
    """(row, kind, level) → events, sessions and participants of what counts, all inside the campaign."""
    counts = collections.defaultdict(lambda: [0, 0, 0])
    for record in records:
        fields = record["fields"]
        counted = (record["campaign"] == CAMPAIGN and fields.get("status") == "held"
                   and "void" not in record and record["review"]["state"] != "refused")
        if not counted:
            continue
        cell = counts[row_of(record["unit"]), fields["kind"], fields.get("level", "unspecified")]
        cell[0] += 1
        cell[1] += fields.get("sessions", 0)
        cell[2] += fields.get("participants", 0)
    return dict(counts)


class Reports(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.parents = {line["code"]: line["parent"]
                        for line in self.top.run("units", "list").lines}
        self.names = {line["code"]: line["name"] for line in self.top.run("units", "list").lines}

    def row_of(self, unit):
        """The unit with a quota that this one counts towards."""
        while unit not in QUOTAS["units"]:
            unit = self.parents[unit]
        return unit

    def report(self, name, *words, **options):
        return self.top.run("report", name, "--campaign", CAMPAIGN, "--format", "json", *words,
                            **options)

    def statistics_cells(self, report):
        cells = {}
        for row in report["rows"]:
            for cell in row["cells"]:
                numbers = [cell["events"], cell["sessions"], cell["participants"]]
                if numbers != [0, 0, 0]:
                    cells[row["unit"], cell["kind"], cell["level"] or "unspecified"] = numbers
        return cells

    def a_year_of_events(self, random):
        """Random events of four units, some of them void, reviewed, edited or in conflict."""
        units = [CREW, CREW, SITE, WORKSHOP, "shenma"]
        devices = [self.device(self.top, f"终端{i}", unit) for i, unit in enumerate(units)]
        records = []
        for device in devices:
            events = []
            for number in range(random.randrange(60, 90)):
                event = an_event(number, title=f"{device.name} {number}",
                                 kind=random.choice(KINDS), level=random.choice(LEVELS),
                                 status=random.choice(["held"] * 4 + ["planned", "postponed", "cancelled"]),
                                 sessions=random.choice([1, 1, 1, 2, 3, 12]),
                                 participants=random.randrange(0, 4000))
                for name in ("level", "participants", "sessions"):
                    if random.random() < 0.1:
                        del event[name]
                events.append(event)
            records.append([line["record"] for line in device.record_many(events)])
        self.settle(*devices)
        voided = set()
        for device, mine in zip(devices, records):
            for record in random.sample(mine, 4):
                device.run("void", record, "--reason", "重复")
                voided.add(record)
            for record in random.sample(mine, 4):
                device.edit(record, kind=random.choice(KINDS), status=random.choice(["held", "cancelled"]))
            for record in random.sample(mine, 2):
                device.edit(record, participants="")
        device = devices[0]
        undone = random.choice([record for record in records[0] if record not in voided])
        device.run("void", undone, "--reason", "错")
        device.run("void", undone, "--undo")
        for record in random.sample(records[1], 5):  # conflicts of what is counted
            devices[0].edit(record, participants=random.randrange(5000), kind=random.choice(KINDS))
            devices[1].edit(record, participants=random.randrange(5000), kind=random.choice(KINDS))
        self.settle(*devices)
        everything = [record for mine in records for record in mine]
        for record in random.sample(everything, 12):
            verdict = random.choice(["refuse", "refuse", "return", "accept"])
            self.top.review(verdict, record, "--remark", "…", expect=None)
        self.top.run("policy", "set", "--unit", CREW, "--field", "participants", "ask")
        return devices

    def test_statistics_and_progress_equal_a_recount_over_the_list(self):
        random = self.random()
        self.a_year_of_events(random)
        records = self.top.records()
        expected = recount(records, self.row_of)
        self.assertGreater(len(expected), 30)

        report = self.report("statistics").line
        self.assertEqual(self.statistics_cells(report), expected)
        for index, name in enumerate(("events", "sessions", "participants")):
            self.assertEqual(report["total"][name], sum(cell[index] for cell in expected.values()))
        for row in report["rows"]:
            of_row = [cell for (unit, _, _), cell in expected.items() if unit == row["unit"]]
            self.assertEqual(row["events"], sum(cell[0] for cell in of_row))

        held = collections.Counter()
        for (unit, kind, _), (_, sessions, _) in expected.items():
            held[unit] += sessions
            held[unit, kind] += sessions
        progress = self.report("progress").line
        self.assertEqual({row["unit"]: row["quota"] for row in progress["rows"]}, QUOTAS["units"])
        for row in progress["rows"]:
            quota, actual = QUOTAS["units"][row["unit"]], held[row["unit"]]
            self.assertEqual((row["actual"], row["missing"], row["over"]),
                             (actual, max(0, quota - actual), max(0, actual - quota)), row)
            for kind in KINDS:
                self.assertEqual(row["kinds"][kind], held[row["unit"], kind])
        total = progress["total"]
        self.assertEqual(total["quota"], sum(QUOTAS["units"].values()))
        self.assertEqual(total["actual"], sum(cell[1] for cell in expected.values()))
        self.assertEqual(total["printed_total"], 600)

        self.top.stop()
        self.assertEqual(self.report("statistics").line, report, "the same without the daemon")
        self.assert_sound(self.top)

    def test_a_part_is_counted_as_a_recount_over_what_is_listed_of_it(self):
        random = self.random()
        self.a_year_of_events(random)
        for record in random.sample([record["record"] for record in self.top.records("--review", "pending")], 60):
            self.top.review("accept", record, expect=None)
        days = sorted({record["fields"]["date"] for record in self.top.records()})
        early, late = days[len(days) // 3], days[2 * len(days) // 3]
        accepted = [record for record in self.top.records("--review", "accepted")
                    if not record["review"].get("changed_since")]
        self.assertGreater(len(accepted), 30)
        for words, listed in (((), self.top.records()),
                              (("--from", days[0], "--to", days[-1]), self.top.records()),
                              (("--from", early), self.top.records("--from", early)),
                              (("--from", early, "--to", late), self.top.records("--from", early, "--to", late)),
                              (("--review", "accepted"), accepted),
                              (("--review", "accepted", "--to", late),
                               [each for each in accepted if each["fields"]["date"] <= late])):
            report = self.report("statistics", *words).line
            expected = recount(listed, self.row_of)
            self.assertTrue(expected)
            self.assertEqual(self.statistics_cells(report), expected, words)
            progress = self.report("progress", *words).line
            self.assertEqual(progress["total"]["actual"], sum(cell[1] for cell in expected.values()), words)
            part = dict(zip((word.removeprefix("--") for word in words[::2]), words[1::2]))
            self.assertEqual(report.get("part", {}), part)
        table = self.top.run("report", "statistics", "--campaign", CAMPAIGN, "--from", early, "--to", late,
                             "--review", "accepted", as_json=False).out
        self.assertIn(f"Part: {early} – {late}, accepted records alone", table)
        self.assertNotIn("Part:", self.top.run("report", "statistics", "--campaign", CAMPAIGN, as_json=False).out)
        self.report("statistics", "--from", late, "--to", early, expect=REFUSED)

    def test_the_board_says_of_each_unit_what_lists_reports_and_devices_say(self):
        random = self.random()
        devices = self.a_year_of_events(random)
        board = self.top.run("report", "board", "--campaign", CAMPAIGN).lines
        lines = {line["unit"]: line for line in board[:-1]}
        self.assertEqual(board[-1], {"campaign": CAMPAIGN, "units": len(lines)})
        self.assertEqual(set(lines), {line["code"] for line in self.top.run("units", "list").lines})
        records = self.top.records()
        progress = {row["unit"]: row for row in self.report("progress").line["rows"]}
        for code, line in lines.items():
            own = [record for record in records if record["unit"] == code]
            self.assertEqual(line.get("part_of", ""), self.parents[code])
            self.assertEqual((line["quota"], line["records"]), (QUOTAS["units"].get(code), len(own)))
            if code in progress:
                self.assertEqual(line["to_quota"], progress[code]["actual"])
            self.assertEqual(line["counted"], sum(cell[1] for cell in recount(own, self.row_of).values()))
            for state in ("pending", "returned", "accepted", "refused"):
                self.assertEqual(line[state], sum(record["review"]["state"] == state for record in own), (code, state))
            self.assertEqual(line["void"], sum("void" in record for record in own))
            self.assertEqual(line["conflicts"], sum(bool(record["conflicts"]) for record in own))
            self.assertEqual(line["changed"], sum(bool(record["review"].get("changed_since")) for record in own))
            self.assertEqual(line["to_send"], len(self.top.records("--unit", code, "--to-send"))
                             - sum(len(self.top.records("--unit", below, "--to-send")) for below in lines
                                   if self.parents[below] == code), code)
        of_devices = collections.Counter(device.status()["unit"] for device in devices)
        self.assertEqual({code: line["devices"] for code, line in lines.items() if line["devices"]}, dict(of_devices))
        self.assertTrue(all(line["silent"] == 0 for line in lines.values()))
        self.assertTrue(all(("contact" in line) == bool(line["devices"]) for line in lines.values()))
        below = [line["unit"] for line in self.top.run("report", "board", "--campaign", CAMPAIGN, "--unit", "shenma").lines[:-1]]
        self.assertEqual(set(below), {code for code in lines if code == "shenma" or self.parents[code] == "shenma"
                                      or self.parents.get(self.parents[code]) == "shenma"})

    def test_a_list_goes_on_page_by_page_where_the_page_before_ended(self):
        device = self.device(self.top)
        device.record_many(an_event(number) for number in range(10))
        self.settle(device)
        whole = [line["record"] for line in self.top.records()]
        self.assertEqual(len(whole), 10)
        pages, last = [], None
        while True:
            page = self.top.records("--limit", "3", *(("--after", last) if last else ()))
            if not page:
                break
            pages += [line["record"] for line in page]
            last = pages[-1]
        self.assertEqual(pages, whole)
        unknown = self.top.run("records", "list", "--after", "0" * 32, expect=REFUSED)
        self.assertEqual(unknown.error["reason"], "unknown_record")

    def test_a_report_of_one_unit_holds_it_and_what_is_below_it(self):
        random = self.random()
        self.a_year_of_events(random)
        within = {"shenma", "shenma-mine-8", "shenma-mine-12", CREW}
        records = self.top.records("--unit", "shenma")
        self.assertEqual({record["unit"] for record in records}, {CREW, "shenma"})
        report = self.report("statistics", "--unit", "shenma").line
        self.assertEqual(report["unit"], "shenma")
        self.assertTrue({row["unit"] for row in report["rows"]} <= within)
        expected = recount(records, lambda unit: "shenma")
        sums = collections.defaultdict(lambda: [0, 0, 0])
        for (_, kind, level), numbers in self.statistics_cells(report).items():
            for index, number in enumerate(numbers):
                sums["shenma", kind, level][index] += number
        self.assertEqual(dict(sums), expected)

    def test_tables_open_in_spreadsheets(self):
        random = self.random()
        self.a_year_of_events(random)
        for name in ("statistics", "progress"):
            with self.subTest(report=name):
                report = self.report(name).line
                file = self.folder / f"{name}.csv"
                self.top.run("report", name, "--campaign", CAMPAIGN, "--format", "csv", "--output",
                             file, as_json=False)
                content = file.read_bytes()
                self.assertTrue(content.startswith(b"\xef\xbb\xbf"), "the byte order mark for Excel")
                rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
                words = {cell for row in rows for cell in row}
                for row in report["rows"]:
                    self.assertIn(row["name"], words)
                if name == "statistics":
                    by_unit = {row[0]: row[1:] for row in rows if row}
                    self.assertIn(len(report["total"]["cells"]), (15, 20))
                    for row in report["rows"]:
                        numbers = []
                        for kind in KINDS:  # the annex's columns: without a level it stands below
                            group = [cell for cell in row["cells"]
                                     if cell["kind"] == kind and cell["level"] in LEVELS]
                            numbers += [cell["sessions"] for cell in group]
                            numbers += [cell["participants"] for cell in group]
                        self.assertEqual([int(cell) for cell in by_unit[row["name"]]], numbers)

                book = self.folder / f"{name}.xlsx"
                self.top.run("report", name, "--campaign", CAMPAIGN, "--format", "xlsx", "--output",
                             book, "--person", "张三", "--phone", "0375-1234567", as_json=False)
                with zipfile.ZipFile(book) as parts:
                    self.assertIsNone(parts.testzip())
                    text = "".join(parts.read(part).decode("utf-8") for part in parts.namelist()
                                   if re.search(r"(sharedStrings|sheet1)\.xml$", part))
                    for part in parts.namelist():
                        if part.endswith(".xml"):
                            xml.etree.ElementTree.fromstring(parts.read(part))
                for words in [row["name"] for row in report["rows"]] + ["张三", "0375-1234567"]:
                    self.assertIn(words, text)
                table = self.top.run("report", name, "--campaign", CAMPAIGN, as_json=False).out
                for row in report["rows"]:
                    self.assertIn(row["name"], table)

    def test_a_file_holds_what_its_name_says(self):
        def written(name, *words):
            file = self.folder / name
            self.top.run("report", "progress", "--campaign", CAMPAIGN, "--output", file, *words,
                         as_json=False)
            return file.read_bytes()

        self.assertTrue(written("表.xlsx").startswith(b"PK"))
        self.assertTrue(written("表.XLSX").startswith(b"PK"))
        self.assertTrue(written("表.csv").startswith(b"\xef\xbb\xbf"))
        self.assertIn("rows", json.loads(written("表.json")))
        self.assertIn("平顶山", written("表.txt").decode())
        self.assertTrue(written("表", "--format", "csv").startswith(b"\xef\xbb\xbf"))
        for words in (["--format", "csv", "--output", self.folder / "错.xlsx"],
                      ["--output", self.top.folder / "sitelog.db"],
                      ["--output", self.top.folder / "new.csv"]):
            self.top.run("report", "progress", "--campaign", CAMPAIGN, *words, expect=USAGE)
        self.assertFalse((self.folder / "错.xlsx").exists())
        self.assertFalse((self.top.folder / "new.csv").exists())
        self.assert_sound(self.top)

    def test_a_report_is_refused_where_there_is_nothing_to_report_on(self):
        refused = self.top.run("report", "statistics", "--campaign", "nosuch", expect=REFUSED)
        self.assertIn("nosuch", refused.error["message"])
        self.assertIn(CAMPAIGN, refused.error["message"], "what there is")
        self.report("statistics", "--unit", "nosuch", expect=REFUSED)
        self.top.run("report", "statistics", expect=USAGE)
        self.top.run("report", "statistics", "--campaign", CAMPAIGN, "--format", "pdf", expect=USAGE)
        self.top.run("report", "statistics", "--campaign", CAMPAIGN, "--format", "xlsx", expect=USAGE,
                     as_json=False)
        self.top.run("report", "statistics", "--campaign", CAMPAIGN, "--format", "csv", "--output",
                     "/nosuch/folder/x.csv", expect=REFUSED, as_json=False)

    def test_the_second_campaign_counts_apart_from_the_first(self):
        self.top.run("campaign", "publish", DEFINITIONS / "artists-among-workers.toml")
        device = self.device(self.top)
        device.run("record", "event", "--campaign", "artists-among-workers", "kind=exhibition",
                   "title=展示", "date=2014-08-01", "participants=7", "status=held")
        device.run("record", "event", "--campaign", CAMPAIGN, "kind=film", "title=电影",
                   "date=2020-07-01", "participants=5", "level=district", "status=held")
        device.sync()
        both = {}
        for campaign in (CAMPAIGN, "artists-among-workers"):
            report = self.top.run("report", "statistics", "--campaign", campaign, "--format", "json").line
            both[campaign] = (report["total"]["events"], report["total"]["participants"])
        self.assertEqual(both, {CAMPAIGN: (1, 5), "artists-among-workers": (1, 7)})

    def test_a_report_of_several_top_units_says_who_reports(self):
        more = self.folder / "more.csv"
        more.write_text("code,name\naside,另一家\n", encoding="utf-8")
        self.top.run("units", "import", more)
        table = self.top.run("report", "progress", "--campaign", CAMPAIGN, as_json=False,
                             environment=free_environment(self.folder, SITELOG_LANG="zh")).out
        self.assertRegex(table, r"(填报单位（盖章）|Reporting unit \(stamp\)).*平顶山市总工会")


class WhatCounts(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.site = self.device(self.top)

    def counted(self):
        """How many events count, and what is left out why."""
        report = self.top.run("report", "statistics", "--campaign", CAMPAIGN, "--format", "json").line
        progress = self.top.run("report", "progress", "--campaign", CAMPAIGN, "--format", "json").line
        self.assertEqual(progress["left_out"], report["left_out"])
        return report["total"]["events"], report["left_out"]

    def test_whether_an_event_took_place_must_be_said(self):
        words = ["record", "event", "kind=film", "title=放映", "date=2020-07-01", "level=county", "participants=5"]
        refused = self.site.run(*words, expect=REFUSED)
        self.assertEqual([problem["field"] for problem in refused.error["problems"]], ["status"])
        self.assertIn("one of: planned Planned", str(refused.error))
        chinese = self.site.run("--lang", "zh", *words, expect=REFUSED, as_json=False)
        self.assertIn("planned 计划", chinese.err)
        self.site.run(*words, "status=计划")
        self.site.run(*words, "status=held")
        self.site.sync()
        self.assertEqual(self.counted(), (1, {}))

    def test_what_lies_outside_the_campaign_counts_once_it_is_explained_and_accepted(self):
        words = [f"{name}={value}" for name, value in an_event(date="2030-01-01").items()]
        said = self.site.run("record", "event", *words).line
        self.assertIn("date", [warning["field"] for warning in said["warnings"]])
        record, usual = said["record"], self.site.record(title="照常")
        self.site.sync()
        self.assertEqual(self.counted(), (1, {"date": 1}))
        for program in (self.site, self.top):
            self.assertEqual([line["record"] for line in program.records("--unexplained")], [record])
            self.assertEqual(program.records("--unexplained")[0]["unexplained"], ["date"])
            self.assertEqual(len(program.records("--unexplained", "--limit", "0")), 0)
            self.assertEqual(len(program.records()), 2)
        self.assertNotIn("unexplained", self.site.show(usual))
        shown = self.top.run("--lang", "zh", "records", "list", as_json=False).out
        self.assertIn("说明缺失：活动日期", shown)
        # Accepting what nobody explained is told, and accepts no explanation.
        accepted = self.top.review("accept", record).line
        self.assertIn("date", [warning["field"] for warning in accepted["warnings"]])
        self.assertEqual(self.counted(), (1, {"date": 1}))
        self.site.sync()
        self.site.run("edit", record, "--explain", "date=顺延到明年的闭幕演出")
        self.site.sync()
        self.assertTrue(self.top.record(record)["review"]["changed_since"])
        self.assertEqual(self.top.records("--unexplained"), [])
        self.assertEqual(self.counted(), (1, {"date": 1}))
        self.assertNotIn("warnings", self.top.review("accept", record).line)
        self.assertEqual(self.counted(), (2, {}))
        table = self.top.run("--lang", "zh", "report", "statistics", "--campaign", CAMPAIGN, as_json=False).out
        self.assertNotIn("未计入", table)
        self.site.sync()
        self.site.run("edit", record, "--explain", "date=写错了年份？")
        self.site.sync()
        self.assertEqual(self.counted(), (1, {"date": 1}))
        table = self.top.run("--lang", "zh", "report", "statistics", "--campaign", CAMPAIGN, as_json=False).out
        self.assertIn("未计入：日期在方案期限外", table)
        self.assert_equal_everywhere(self.top, self.site)
        self.assert_sound(self.top, self.site)

    def test_the_list_of_what_is_unexplained_goes_on_page_by_page(self):
        lines = self.site.record_many(an_event(number, date="2030-01-01" if number % 3 == 0 else "2020-07-01")
                                      for number in range(2500))
        self.assertEqual(len(lines), 2500)
        whole = [line["record"] for line in self.site.records("--unexplained")]
        self.assertEqual(len(whole), 834)
        pages, last = [], None
        while True:
            page = self.site.records("--unexplained", "--limit", "300", *(("--after", last) if last else ()))
            pages += [line["record"] for line in page]
            if len(page) < 300:
                break
            last = pages[-1]
        self.assertEqual(pages, whole)

    def test_counts_that_an_earlier_build_kept_are_worked_out_again(self):
        self.site.record(title="照常")
        self.site.record(title="明年", date="2030-01-01")
        self.site.sync()
        self.top.stop()
        for program in (self.top, self.site):
            with contextlib.closing(sqlite3.connect(program.folder / "sitelog.db")) as database, database:
                # As it counted: everything, and no word by which counting.
                database.execute("DELETE FROM tallies WHERE json_array_length(axes) > 2")
                database.execute("UPDATE tallies SET sums = json_set(sums, '$.events', 2)")
                self.assertEqual(database.execute("DELETE FROM meta WHERE key = 'counted_by'").rowcount, 1)
        self.assertEqual(self.counted(), (1, {"date": 1}))
        self.assert_sound(self.top, self.site)

    def test_what_belongs_to_no_unit_is_told_and_not_counted(self):
        other = self.device(self.top, "乙", SITE)
        for device in (self.site, other):
            device.record()
            device.sync()
        self.assertEqual(self.counted(), (2, {}))
        self.top.stop()
        with contextlib.closing(sqlite3.connect(self.top.folder / "sitelog.db")) as database, database:
            # As an early version wrote what headquarters recorded.
            database.execute("UPDATE books SET code = '' WHERE code = ?", (SITE,))
        self.assertEqual(self.counted(), (1, {}))
        told = self.top.run("status", as_json=False, environment=free_environment(self.folder)).out
        self.assertIn("sitelogd void", told)
        self.assertEqual([line["unit"] for line in self.top.records()].count(""), 1)

    def test_headquarters_declares_a_record_void_and_takes_it_back(self):
        record = self.site.record()
        self.site.sync()
        self.top.run("void", self.top.seen(record), "--reason", "重复登记")
        self.assertEqual(self.counted()[0], 0)
        self.site.sync()
        self.assertEqual(self.site.show(record)["void"], "重复登记")
        self.top.run("void", self.top.seen(record), "--undo")
        self.assertEqual(self.counted()[0], 1)


if __name__ == "__main__":
    unittest.main()
