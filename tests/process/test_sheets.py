"""Spreadsheets: a clerk's workbook comes in, a template and an export go out and come back."""

import csv
import json
import os
import re
import signal
import subprocess
import time
import unittest
import zipfile

from sitelog_processes import BIN, CAMPAIGN, CAMPAIGN_FILE, CREW, REFUSED, SITE, USAGE, ProcessTest, an_event, free_environment
from spreadsheets import HEAD, MAIN, Raw, read_cells, serial, workbook

LABELS = ["序号", "活动类型", "活动名称", "活动日期", "状态", "层级", "参加人数"]


def a_clerks_sheet(*rows):
    """Rows under a title and a line of who fills it in, as a printed table has them."""
    out = {1: ["某某矿职工文化活动统计表"], 2: [None, "填报单位：八矿", None, "2020年7月"], 4: LABELS}
    for number, row in enumerate(rows, 5):
        out[number] = row
    return out


def a_row(number, title, people=120, day="2020-07-01"):
    return [number, "送文艺", title, serial(day), "已举办", "基层", people]


class SheetTest(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.device = self.device(self.top)
        self.top.stop()

    def file(self, name, content):
        file = self.folder / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def take(self, file, *words, expect=0, as_json=True, lang=()):
        return self.device.run(*lang, "record", "event", "--from", file, *words, expect=expect,
                               as_json=as_json)

    def titles(self):
        return sorted(line["fields"]["title"] for line in self.device.records())


class Reading(SheetTest):
    def test_a_clerks_workbook_with_a_title_a_total_and_a_hidden_sheet_comes_in(self):
        book = workbook({"旧": {1: ["隐藏"]}, "七月": a_clerks_sheet(
            a_row(1, "甲"), a_row(2, "乙", people=Raw('|<f>60*2</f><v>120</v>')), [None] * 7,
            ["合 计", None, None, None, None, None, 240])}, hidden=["旧"])
        outcome = self.take(self.file("七月.xlsx", book))
        self.assertEqual([line["line"] for line in outcome.lines if "record" in line], [5, 6])
        self.assertEqual([line["line"] for line in outcome.lines if "totals" in line], [8])
        self.assertEqual(self.titles(), ["乙", "甲"])
        for line in self.device.records():
            self.assertEqual(line["fields"]["date"], "2020-07-01")
            self.assertEqual(line["fields"]["participants"], 120)
            self.assertEqual(line["fields"]["kind"], "performance")

    def test_wrong_cells_are_told_by_row_and_label_and_the_others_are_saved(self):
        book = workbook({"表": a_clerks_sheet(
            a_row(1, "甲"), a_row(2, "乙", people="很多"), a_row(3, "丙", people=-1), a_row(4, "丁"),
            a_row(5, "戊", people=Raw('t="e"|<v>#REF!</v>')))})
        outcome = self.take(self.file("表.xlsx", book), expect=REFUSED, as_json=False,
                            lang=("--lang", "zh"))
        for row in (6, 7, 9):
            self.assertRegex(outcome.err, f"第 {row} 行[^\n]*参加人数")
        self.assertEqual(self.titles(), ["丁", "甲"])

    def test_a_corrected_file_run_again_saves_only_what_was_not_saved(self):
        rows = [a_row(1, "甲"), a_row(2, "乙", people="很多"), a_row(3, "丙")]
        self.take(self.file("表.xlsx", workbook({"表": a_clerks_sheet(*rows)})), expect=REFUSED)
        rows[1] = a_row(2, "乙", people=60)
        file = self.file("表.xlsx", workbook({"表": a_clerks_sheet(*rows)}))
        again = self.take(file)
        self.assertEqual([line["line"] for line in again.lines if "record" in line], [6])
        self.assertEqual([line["line"] for line in again.lines if "same" in line], [5, 7])
        self.assertEqual(self.titles(), ["丙", "乙", "甲"])
        self.device.agent()
        self.assertEqual([line for line in self.take(file).lines if "record" in line], [])
        self.take(file, "--again")
        self.assertEqual(len(self.titles()), 6)

    def test_all_or_nothing_saves_nothing_where_one_row_is_wrong(self):
        rows = [a_row(i, f"活动{i}") for i in range(600)]
        rows[590][6] = "很多"
        outcome = self.take(self.file("表.xlsx", workbook({"表": a_clerks_sheet(*rows)})),
                            "--all-or-nothing", expect=REFUSED)
        self.assertEqual([line["line"] for line in outcome.lines if "error" in line], [595])
        self.assertEqual(self.titles(), [])
        rows[590][6] = 3
        self.take(self.file("表.xlsx", workbook({"表": a_clerks_sheet(*rows)})), "--all-or-nothing")
        self.assertEqual(len(self.titles()), 600)

    def test_columns_that_the_form_does_not_know_are_told_and_nothing_is_saved(self):
        rows = {1: LABELS + ["天气"], 2: a_row(1, "甲") + ["晴"]}
        file = self.file("表.xlsx", workbook({"表": rows}))
        refused = self.take(file, expect=REFUSED)
        self.assertEqual([problem["field"] for problem in refused.error["problems"]], ["天气"])
        self.assertEqual(self.titles(), [])
        told = self.take(file, "--ignore-columns")
        self.assertEqual([line["ignored"] for line in told.lines if "ignored" in line], [["天气"]])
        self.assertEqual(self.titles(), ["甲"])
        twice = {1: LABELS + ["参加人数"], 2: a_row(1, "乙") + [3]}
        self.assertIn("参加人数", str(self.take(self.file("二.xlsx", workbook({"表": twice})),
                                            expect=REFUSED).error))
        missing = {1: ["活动类型", "节目名", "活动日期", "参加人数"], 2: ["送文艺", "晚会", "2020-07-01", 3]}
        file = self.file("三.xlsx", workbook({"表": missing}))
        refused = self.take(file, expect=REFUSED).error
        self.assertIn("活动名称", refused["message"])
        self.assertEqual([problem["field"] for problem in refused["problems"]],
                         ["活动名称", "状态", "节目名"])
        told = self.take(file, expect=REFUSED, as_json=False, lang=("--lang", "zh")).err
        self.assertNotIn("为 Sitelog 所用", told)
        self.assertRegex(told, "节目名：[^\n]*没有这个名称的列")

    def test_text_tables_come_in_whatever_they_were_saved_as(self):
        for number, (encoding, separator, mark) in enumerate((
                ("utf-8", ",", ""), ("utf-8-sig", ",", ""), ("utf-16", "\t", ""),
                ("utf-16-le", "\t", "\ufeff"), ("gb18030", ",", ""), ("gbk", "\t", ""),
                ("utf-8", ";", ""))):
            with self.subTest(encoding=encoding, separator=separator):
                title = f"第{number}场"
                text = mark + "\r\n".join(separator.join(cells) for cells in (
                    LABELS, ["1", "送文艺", title, "2020年7月1日", "已举办", "基层", "１２０"])) + "\r\n"
                self.take(self.file(f"{number}.csv", text.encode(encoding)))
                self.assertIn(title, self.titles())

    def test_json_begins_with_a_mark_or_is_one_array(self):
        events = [an_event(i, title=f"{i}") for i in range(3)]
        lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
        self.take(self.file("a.jsonl", b"\xef\xbb\xbf" + lines.encode()))
        self.assertEqual(self.titles(), ["0", "1", "2"])
        array = json.dumps([an_event(i, title=f"a{i}") for i in range(3)] + [7], indent=1)
        outcome = self.take(self.file("b.json", array), expect=REFUSED)
        self.assertEqual([line["line"] for line in outcome.lines if "error" in line], [4])
        self.assertEqual(self.titles(), ["0", "1", "2", "a0", "a1", "a2"])

    def test_explanations_come_in_columns_and_what_is_unusual_is_told_in_text(self):
        rows = {1: LABELS + ["说明:参加人数", "说明"],
                2: a_row(1, "甲", 5000) + ["全矿大会"], 3: a_row(2, "乙", 5000) + [None, "也是大会"],
                4: a_row(3, "丙", 5000), 5: a_row(4, "丁", 50) + [None, "无事"]}
        outcome = self.take(self.file("表.xlsx", workbook({"表": rows})), as_json=False,
                            lang=("--lang", "zh"))
        self.assertRegex(outcome.err, "第 4 行[^\n]*参加人数")
        self.assertRegex(outcome.err, "第 5 行[^\n]*说明")
        for row in (2, 3):
            self.assertNotIn(f"第 {row} 行", outcome.err)
        said = {line["fields"]["title"]: line.get("explanations") for line in self.device.records()}
        self.assertEqual(said, {"甲": {"participants": "全矿大会"}, "乙": {"participants": "也是大会"},
                                "丙": None, "丁": None})

    def test_workbooks_that_mean_harm_are_refused_and_nothing_is_saved(self):
        good = a_clerks_sheet(a_row(1, "甲"))
        sheet = "xl/worksheets/sheet1.xml"
        bomb = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>' + " " * (300 << 20)
        entities = ('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
                    f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c t="inlineStr"><is><t>&b;</t>'
                    '</is></c></row></sheetData></worksheet>')
        for name, content in {
                "bomb": workbook({"表": good}, replace={sheet: bomb}),
                "entities": workbook({"表": good}, replace={sheet: entities}),
                "deep": workbook({"表": good}, replace={sheet: "<a>" * 100_000}),
                "index": workbook({"表": {1: [Raw('t="s"|<v>99</v>')]}}),
                "far": workbook({"表": {1: ["x"]}}, replace={
                    sheet: '<worksheet><sheetData><row r="1"><c r="XFE1"><v>1</v></c></row></sheetData>'
                           "</worksheet>"}),
                "below": workbook({"表": {1: ["x"]}}, replace={
                    sheet: '<worksheet><sheetData><row r="1048577"><c><v>1</v></c></row></sheetData>'
                           "</worksheet>"}),
                "cut": workbook({"表": good})[:700], "empty": workbook({}),
                "old": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
                "noise": bytes(range(256)) * 10}.items():
            with self.subTest(name):
                outcome = self.take(self.file(f"{name}.xlsx", content), expect=REFUSED)
                self.assertIn(outcome.error["reason"], ("invalid_file", "too_large"), str(outcome))
        self.assertEqual(self.titles(), [])

    def test_a_sheet_is_chosen_by_name_and_the_others_are_told(self):
        book = workbook({"六月": a_clerks_sheet(a_row(1, "甲")), "七月": a_clerks_sheet(a_row(1, "乙"))})
        file = self.file("表.xlsx", book)
        self.assertIn("六月", self.take(file, "--sheet", "七月").err)
        self.assertEqual(self.titles(), ["乙"])
        self.assertIn("六月", self.take(file, "--sheet", "八月", expect=REFUSED).error["message"])


class Again(SheetTest):
    def test_the_same_event_recorded_twice_is_told_before_it_is_saved(self):
        words = [f"{name}={value}" for name, value in an_event().items()]
        record = self.device.run("record", "event", *words).line["record"]
        refused = self.device.run("record", "event", *words, expect=REFUSED)
        self.assertIn(record, refused.error["message"])
        self.assertIn("--again", refused.error["message"])
        self.device.run("record", "event", *words, "--explain", "participants=两次", expect=REFUSED)
        self.device.run("record", "event", *words, "--again")
        self.assertEqual(len(self.device.records()), 2)
        for line in self.device.records():
            self.device.run("void", line["record"], "--reason", "没办")
        refused = self.device.run("record", "event", *words, expect=REFUSED)
        self.assertIn("void since (没办)", refused.error["message"])
        self.assertIn("--again", refused.error["message"])
        self.assertEqual(len(self.device.records()), 2)
        self.device.run("record", "event", *words, "--again")
        self.assertEqual(len(self.device.records()), 3)

    def test_what_was_voided_does_not_come_back_with_its_file(self):
        rows = [a_row(1, "甲"), a_row(2, "乙"), a_row(3, "丙", people="很多")]
        self.take(self.file("表.xlsx", workbook({"表": a_clerks_sheet(*rows)})), expect=REFUSED)
        ids = {line["fields"]["title"]: line["record"] for line in self.device.records()}
        self.device.run("void", ids["甲"], "--reason", "没办")
        self.top.serve()
        self.device.sync()
        self.top.run("void", self.top.seen(ids["乙"]), "--reason", "重复登记")
        self.device.sync()
        rows[2] = a_row(3, "丙", people=60)
        file = self.file("表.xlsx", workbook({"表": a_clerks_sheet(*rows)}))
        outcome = self.take(file)
        self.assertEqual({line["line"]: (line["same"]["record"], line["same"]["void"])
                          for line in outcome.lines if "same" in line},
                         {5: (ids["甲"], "没办"), 6: (ids["乙"], "重复登记")})
        self.assertEqual([line["line"] for line in outcome.lines if "record" in line], [7])
        told = self.take(file, "--all-or-nothing", as_json=False)
        self.assertRegex(told.err, f"line 5: recorded before[^\n]*{ids['甲']}[^\n]*没办[^\n]*--again")
        self.assertIn("2 of these are void", told.out)
        self.assertRegex(self.take(file, as_json=False, lang=("--lang", "zh")).err,
                         "第 6 行[^\n]*作废[^\n]*重复登记")
        self.assertEqual(len(self.device.records()), 3)
        # The row again that counts is the one that is told.
        self.take(file, "--again")
        self.assertEqual([line for line in self.take(file).lines
                          if "record" in line or "void" in line.get("same", {})], [])

    def test_what_is_advised_for_an_unusual_value_explains_it_and_saves_no_second_record(self):
        def follow(told):
            """Runs the one command that was advised."""
            (command,) = re.findall(r"sitelog (edit [^\n]+)", told)
            self.device.run(*command.replace("…", "全矿大会").split())
            self.assertEqual(self.device.records("--unexplained"), [])

        words = [f"{name}={value}" for name, value in an_event(participants=3500, date="2021-02-03").items()]
        follow(self.device.run("record", "event", *words, as_json=False).err)
        (record,) = self.device.records()
        self.device.run("edit", record["record"], "--explain", "participants=")
        follow(self.device.run("edit", record["record"], "participants=3600", as_json=False).err)
        file = self.file("表.xlsx", workbook({"表": a_clerks_sheet(a_row(1, "甲", people=3500))}))
        told = self.take(file, as_json=False, lang=("--lang", "zh")).err
        self.assertRegex(told, "第 5 行[^\n]*sitelog edit")
        follow(told)
        self.assertEqual(len(self.device.records()), 2)

    def test_what_another_device_of_the_unit_recorded_is_the_same_too(self):
        self.top.serve()
        other = ProcessTest.device(self, self.top, name="second")
        words = [f"{name}={value}" for name, value in an_event().items()]
        self.device.run("record", "event", *words)
        self.device.sync()
        other.sync()
        other.run("record", "event", *words, expect=REFUSED)

    def test_a_file_run_again_tells_the_first_ten_and_how_many_more_there_are(self):
        events = [an_event(i, title=f"第 {i} 次") for i in range(40)]
        file = self.file("events.jsonl", "".join(json.dumps(e, ensure_ascii=False) + "\n" for e in events))
        self.take(file)
        again = self.take(file, as_json=False)
        self.assertEqual(again.err.count("the same was recorded at"), 10)
        self.assertIn("and 30 more lines", again.err)
        self.assertIn("40 were recorded before", again.out)
        self.assertEqual(len([line for line in self.take(file).lines if "same" in line]), 40)
        whole = self.device.run("record", "event", "--from", file, "--verbose", as_json=False)
        self.assertEqual(whole.err.count("the same was recorded at"), 40)
        self.assertNotIn("more lines", whole.err)

    def test_a_row_that_was_recorded_and_corrected_since_is_told_so(self):
        events = [an_event(i, title=f"第 {i} 次") for i in range(2)]
        file = self.file("events.jsonl", "".join(json.dumps(e, ensure_ascii=False) + "\n" for e in events))
        record = self.take(file).lines[0]["record"]
        self.device.run("edit", record, "participants=77")
        lines = [line for line in self.take(file).lines if "same" in line]
        self.assertEqual([line["same"].get("changed", False) for line in lines], [True, False])
        told = self.take(file, as_json=False)
        self.assertIn("corrected since: passed over", told.err)
        self.assertIn("1 of these were corrected since", told.out)
        words = [f"{name}={value}" for name, value in events[0].items()]
        self.assertIn("corrected since",
                      self.device.run("record", "event", *words, expect=REFUSED).error["message"])
        self.assertEqual(self.device.show(record)["fields"]["participants"], 77)

    def test_a_row_that_repeats_another_of_its_file_names_that_row(self):
        rows = [a_row(1, "甲"), a_row(2, "乙"), a_row(1, "甲")]
        file = self.file("表.xlsx", workbook({"表": a_clerks_sheet(*rows)}))
        told = self.take(file, as_json=False, lang=("--lang", "zh"))
        self.assertRegex(told.err, "第 7 行：与第 5 行相同[^\n]*单独存成文件[^\n]*--again")
        self.assertIn("1 行与文件中其他行相同", told.out)
        self.assertNotIn("以前已登记过", told.out)
        told = self.take(file, as_json=False, lang=("--lang", "zh"))
        self.assertRegex(told.err, "第 7 行：[^\n]*登记过同样的内容[^\n]*单独存成文件[^\n]*--again")
        self.assertNotIn("再运行\n", told.err)

    def test_an_explanation_filled_in_for_a_row_that_is_saved_is_added_to_its_record(self):
        rows = {1: LABELS + ["说明"], 2: a_row(1, "甲", 5000), 3: a_row(2, "乙", 5000), 4: a_row(3, "丙", 5000)}
        self.take(self.file("表.xlsx", workbook({"表": rows})))
        ids = {line["fields"]["title"]: line["record"] for line in self.device.records()}
        self.device.run("edit", ids["乙"], "--explain", "participants=旧话")
        self.device.run("edit", ids["丙"], "participants=4000")
        for row, why in ((2, "全矿大会"), (3, "新话"), (4, "更正过")):
            rows[row] = rows[row] + [why]
        file = self.file("表.xlsx", workbook({"表": rows}))
        told = self.take(file, as_json=False, lang=("--lang", "zh"))
        self.assertRegex(told.err, f"第 2 行[^\n]*{ids['甲']}[^\n]*已补充说明：参加人数")
        self.assertRegex(told.err, f"第 3 行[^\n]*sitelog edit {ids['乙']} --explain participants=")
        self.assertIn("1 条记录补充了说明", told.out)
        said = {line["fields"]["title"]: line.get("explanations") for line in self.device.records()}
        self.assertEqual(said, {"甲": {"participants": "全矿大会"}, "乙": {"participants": "旧话"}, "丙": None})
        self.assertFalse([line for line in self.take(file).lines if "explained" in line.get("same", {})])

    def test_whoever_has_rows_to_correct_is_told_where_the_saved_ones_are_corrected(self):
        file = self.file("表.xlsx", workbook({"表": a_clerks_sheet(a_row(1, "甲"), a_row(2, "乙", "很多"))}))
        told = self.take(file, expect=REFUSED, as_json=False, lang=("--lang", "zh"))
        self.assertRegex(told.out, "没有保存的行[^\n]*sitelog edit")

    def test_what_all_or_nothing_holds_back_is_not_what_was_recorded_before(self):
        rows = [a_row(i, f"活动{i}") for i in range(5)]
        self.take(self.file("表.xlsx", workbook({"表": a_clerks_sheet(*rows[:3])})))
        rows[4][6] = "很多"
        told = self.take(self.file("表.xlsx", workbook({"表": a_clerks_sheet(*rows)})), "--all-or-nothing",
                         expect=REFUSED, as_json=False, lang=("--lang", "zh"))
        self.assertIn("2 条都没有保存：其中 1 条有错", told.out)
        self.assertIn("另有 3 行以前已登记过", told.out)

    def test_the_rows_of_a_file_stay_in_their_order(self):
        titles = [f"第 {i} 行" for i in range(900)]
        self.take(self.file("rows.csv", "kind,title,date,status\n" + "".join(
            f"film,{title},2020-07-01,held\n" for title in titles)))
        self.assertEqual([record["fields"]["title"] for record in self.device.records()], titles)

    def test_ctrl_c_says_how_many_are_saved_and_running_again_finishes(self):
        events = [an_event(i, title=f"{i}") for i in range(1200)]
        lines = [json.dumps(event, ensure_ascii=False) + "\n" for event in events]
        command = [str(BIN / "sitelog"), "--data", str(self.device.folder), "--lang", "zh", "record",
                   "event", "--from", "-"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True,
                              env=free_environment(self.folder)) as process:
            process.stdin.write("".join(lines[:700]))
            process.stdin.flush()
            time.sleep(2)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        saved = len(self.titles())
        self.assertGreaterEqual(saved, 500)
        self.assertIn(f"{saved} 条", err)
        self.assertIn(f"第 {saved} 行", err)
        self.assertEqual(process.returncode, 1)
        self.take(self.file("all.jsonl", "".join(lines)))
        self.assertEqual(len(self.titles()), 1200)


class Writing(SheetTest):
    def test_a_template_that_was_filled_in_is_read_again(self):
        for name in ("表.xlsx", "表.csv"):
            with self.subTest(name):
                file = self.folder / name
                self.device.run("template", "event", "--output", file, as_json=False)
                self.take(file)  # nothing in it yet
                self.assertEqual(self.titles(), [])
        with zipfile.ZipFile(self.folder / "表.xlsx") as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        self.assertRegex(sheet, '<row r="2"[^>]*hidden="1"')
        self.assertIn('type="list"', sheet)
        self.assertIn('state="frozen"', sheet)
        cells = read_cells(self.folder / "表.xlsx")
        keys = {cells[place]: place[:-1] for place in cells if place.endswith("2") and len(place) == 2}
        self.assertIn("participants", keys)
        filled = self.folder / "filled.csv"
        head = (self.folder / "表.csv").read_text(encoding="utf-8-sig").split("\n")[1].strip().split(",")
        values = dict(kind="送文艺", title="甲", date="2020-07-01", status="已举办", participants="5",
                      _explain="")
        # The labels may be anything: the row of keys says what the columns are.
        filled.write_text("\n".join([",".join(f"x{i}" for i, _ in enumerate(head)), ",".join(head),
                                     ",".join(values.get(key, "") for key in head)]), encoding="gb18030")
        self.take(filled)
        self.assertEqual(self.titles(), ["甲"])

    def test_an_export_says_all_and_comes_back_without_doubling_anything(self):
        titles = ["=1+1", "+SUM(A1)", "-x", "@cmd", "普通，\"引号\"\n", "'=2", "_x0041_"]
        for title in titles:
            self.device.record(title=title, participants=5000, performers="甲、乙")
        first = self.device.records()[0]["record"]
        self.device.run("edit", first, "--explain", "participants=大会")
        before = self.device.records()
        for name in ("表.xlsx", "表.csv", "表.jsonl"):
            with self.subTest(name):
                file = self.folder / name
                self.device.run("records", "export", "event", "--output", file, as_json=False)
                outcome = self.take(file)
                self.assertEqual(len([line for line in outcome.lines if "same" in line]), len(titles))
                self.assertEqual(self.device.records(), before)
        cells = read_cells(self.folder / "表.xlsx")
        self.assertIn("=1+1", [value for place, value in cells.items()])
        with zipfile.ZipFile(self.folder / "表.xlsx") as archive:
            self.assertNotIn("<f>", archive.read("xl/worksheets/sheet1.xml").decode())
        self.assertIn("'=1+1", (self.folder / "表.csv").read_text(encoding="utf-8-sig"))
        self.assertIn("大会", (self.folder / "表.csv").read_text(encoding="utf-8-sig"))

    def test_an_edited_export_is_told_field_by_field_and_saves_nothing(self):
        record = self.device.record(title="甲", participants=12)
        file = self.folder / "表.csv"
        self.device.run("records", "export", "event", "--output", file, as_json=False)
        file.write_text(file.read_text(encoding="utf-8-sig").replace(",12,", ",13,"), encoding="utf-8")
        outcome = self.take(file, expect=REFUSED)
        problems = [line["error"] for line in outcome.lines if "error" in line][0]["problems"]
        self.assertEqual([problem["field"] for problem in problems], ["participants"])
        self.assertIn(record, problems[0]["message"])
        self.assertEqual(self.device.show(record)["fields"]["participants"], 12)

    def test_an_export_at_headquarters_names_the_units_and_comes_back_at_a_site(self):
        self.device.record(title="甲")
        self.top.serve()
        self.device.sync()
        name = next(line["name"] for line in self.top.run("units", "list").lines
                    if line["code"] == CREW)
        for ending in ("csv", "xlsx", "jsonl"):
            file = self.folder / f"总表.{ending}"
            self.top.run("records", "export", "event", "--output", file, as_json=False)
            if ending != "xlsx":
                text = file.read_text(encoding="utf-8-sig")
                self.assertIn(CREW, text)
                self.assertIn(name, text)
            lines = self.take(file).lines
            self.assertEqual(len([line for line in lines if "same" in line]), 1, lines)

    def test_an_export_comes_back_after_a_version_that_takes_less(self):
        self.device.record(title="甲", level="county", participants=9)
        for ending in ("xlsx", "csv", "jsonl"):
            self.device.run("records", "export", "event", "--output", self.folder / f"表.{ending}", as_json=False)
        text = CAMPAIGN_FILE.read_text(encoding="utf-8")
        version = int(re.search(r"^version = (\d+)", text, re.M)[1])
        newer = self.folder / "newer.toml"
        newer.write_text(re.sub(r'^  \{ key = "county".*\n', "", re.sub(
            r"^version = \d+", f"version = {version + 1}", text, count=1, flags=re.M), flags=re.M), encoding="utf-8")
        self.top.serve()
        self.device.sync()
        self.top.run("campaign", "publish", newer, "--confirm")
        self.device.sync()
        self.device.run("record", "event", "title=乙", "level=county", "date=2020-07-01", "kind=film", "status=held",
                        expect=REFUSED)
        for ending in ("xlsx", "csv", "jsonl"):
            with self.subTest(ending):
                lines = self.take(self.folder / f"表.{ending}").lines
                self.assertEqual([("same" in line, "error" in line) for line in lines], [(True, False)], lines)
        file = self.folder / "表.csv"
        file.write_text(file.read_text(encoding="utf-8-sig").replace(",9,", ",10,"), encoding="utf-8")
        problems = [line["error"] for line in self.take(file, expect=REFUSED).lines if "error" in line][0]["problems"]
        self.assertEqual([problem["field"] for problem in problems], ["participants"])

    def test_rows_of_another_unit_or_of_a_voided_record_are_no_new_records(self):
        self.device.record(title="甲")
        self.device.run("void", self.device.record(title="乙", participants=7), "--reason", "重复")
        self.top.serve()
        other = self.new_device("丁").join(self.top, SITE)
        for ending in ("csv", "jsonl"):
            with self.subTest(ending):
                export = self.folder / f"甲队.{ending}"
                self.device.run("records", "export", "event", "--output", export, as_json=False)
                for cleared in ([], ["_record"], ["_record", "_void"]):
                    told = self.refused_rows(other, export, cleared)
                    self.assertEqual(len(told), 2)
                    self.assertTrue(all(CREW in line and SITE in line for line in told), told)
                self.assertEqual(other.records(), [])
        # Without the unit only the voided one is refused, and not where it says nothing of that.
        told = self.refused_rows(other, export, ["_record", "_unit"])
        self.assertEqual(len(told), 1)
        self.assertIn("重复", told[0])
        self.assertEqual([line["fields"]["title"] for line in other.records()], ["甲"])
        self.assertEqual(self.refused_rows(other, export, ["_record", "_unit", "_void"]), [])
        self.assertEqual({line["fields"]["title"] for line in other.records()}, {"甲", "乙"})

    def refused_rows(self, device, export, cleared):
        """What is told of the rows that `device` does not save of a copy without those columns' cells."""
        file = self.folder / f"改过{export.suffix}"
        if export.suffix == ".csv":
            rows = list(csv.reader(export.read_text(encoding="utf-8-sig").splitlines()))
            for row in rows[2:]:
                for column in cleared:
                    row[rows[1].index(column)] = ""
            with open(file, "w", newline="", encoding="utf-8") as out:
                csv.writer(out).writerows(rows)
        else:
            lines = [json.loads(line) for line in export.read_text(encoding="utf-8").splitlines()]
            file.write_text("".join(json.dumps({**line, **{key: "" for key in cleared}}) + "\n" for line in lines))
        outcome = device.run("record", "event", "--from", file, expect=None)
        return [line["error"]["message"] for line in outcome.lines if "error" in line]

    def test_headquarters_exports_what_it_asks_for(self):
        self.device.record(title="甲")
        self.top.serve()
        self.device.sync()
        file = self.folder / "all.xlsx"
        self.top.run("records", "export", "event", "--unit", CREW, "--output", file, as_json=False)
        self.assertIn(CREW, read_cells(file).values())
        self.assertIn("甲", read_cells(file).values())
        self.top.run("records", "export", "event", "--review", "accepted", "--output", file,
                     "--overwrite", as_json=False)
        self.assertNotIn("甲", read_cells(file).values())
        self.top.run("records", "export", "event", "--output", self.folder / "x.doc", expect=USAGE)
        self.assertFalse(os.path.exists(self.folder / "x.doc"))

    def test_a_file_that_is_there_is_replaced_only_where_that_is_asked_for(self):
        record = self.device.record(title="甲")
        for words, name in ((["template", "event"], "表.xlsx"), (["template", "event"], "表.csv"),
                            (["records", "export", "event"], "表.csv"),
                            (["records", "export", "event"], "表.jsonl"),
                            (["report", "statistics", "--campaign", CAMPAIGN], "表.xlsx"), (["report", "progress", "--campaign", CAMPAIGN], "表.json"),
                            (["show", record], "表.txt"), (["show", record], "表.json")):
            with self.subTest(words[0], name=name):
                file = self.file(name, "填好的")
                refused = self.device.run(*words, "--output", file, expect=USAGE)
                self.assertIn("--overwrite", refused.error["message"])
                told = self.device.run("--lang", "zh", *words, "--output", file, expect=USAGE,
                                       as_json=False)
                self.assertIn("已存在", told.err)
                self.assertNotIn("telephone", refused.err)
                self.assertEqual(file.read_text(), "填好的")
                self.device.run(*words, "--output", file, "--overwrite", as_json=False)
                self.assertNotEqual(file.read_bytes(), "填好的".encode())
        # What the shell opened for it is not "there already".
        with open(self.folder / "x.csv", "w") as out:
            subprocess.run([BIN / "sitelog", "--data", self.device.folder, "report", "statistics", "--campaign", CAMPAIGN, "--format",
                            "csv", "--output", "/dev/stdout"], stdout=out, check=True,
                           env=free_environment(self.folder))
        self.assertIn("Total", (self.folder / "x.csv").read_text(encoding="utf-8-sig"))

    def test_units_come_in_from_a_workbook(self):
        rows = {1: ["代码", "名称", "上级"], 2: ["new-1", "新单位", None], 3: ["new-2", "新班组", "new-1"]}
        self.top.run("units", "import", self.file("单位.xlsx", workbook({"单位": rows})))
        self.assertIn("new-2", [line["code"] for line in self.top.run("units", "list").lines])


if __name__ == "__main__":
    unittest.main()
