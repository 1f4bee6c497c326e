"""Lists: what they leave out, what they hold back, and what people are told of it."""

import os
import subprocess
import time
import unittest

from sitelog_processes import (BIN, CAMPAIGN, CREW, REFUSED, USAGE, ProcessTest, an_event,
                               free_environment)


class Lists(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.device = self.device(self.top)

    def titles(self, *words):
        return sorted(record["fields"]["title"] for record in self.device.records(*words))

    def test_a_list_that_is_cut_says_of_how_many(self):
        self.device.record_many([an_event(i, title=f"第{i}场") for i in range(9)])
        told = self.device.run("list", "--limit", "2", as_json=False).out
        last = self.device.records("--limit", "2")[-1]["record"]
        self.assertIn(f"2 of 9 records; the next ones: --after {last}", told)
        rest = self.device.run("list", "--after", last, "--limit", "3", as_json=False).out
        self.assertIn("3 of 7 records", rest)
        self.assertIn("9 records", self.device.run("list", as_json=False).out)
        self.assertEqual(self.device.records("--limit", "0"), [])

    def test_records_are_asked_for_by_day_kind_and_words(self):
        for title, kind, date in (("甲场", "film", "2020-06-01"), ("乙场", "送电影", "2020-07-01"),
                                  ("丙 Hall", "training", "2020-07-31"), ("丁场", "film", "2020-08-01")):
            self.device.record(title=title, kind=kind, date=date)
        self.assertEqual(self.titles("--from", "2020-07-01", "--to", "20200731"), ["丙 Hall", "乙场"])
        self.assertEqual(self.titles("--kind", "送电影"), ["丁场", "乙场", "甲场"])
        self.assertEqual(self.titles("--kind", "film", "--to", "2020年7月1日"), ["乙场", "甲场"])
        self.assertEqual(self.titles("--text", "hall"), ["丙 Hall"])
        told = self.device.run("list", "--kind", "film", "--limit", "1", as_json=False).out
        self.assertIn("1 of 3 records", told)
        self.device.run("list", "--kind", "opera", expect=REFUSED)

    def test_a_campaign_that_is_not_known_is_refused_with_those_that_are(self):
        self.device.record()
        refused = self.device.run("list", "--campaign", "nosuch", expect=REFUSED)
        self.assertEqual(refused.error["reason"], "unknown_campaign")
        self.assertIn(CAMPAIGN, refused.error["message"])
        self.assertEqual(len(self.device.records("--campaign", CAMPAIGN)), 1)

    def test_what_was_returned_is_told_at_the_site_until_it_is_corrected(self):
        record, other = self.device.record(), self.device.record()
        self.device.sync()
        self.top.review("return", record, "--remark", "请核对人数", "--due", "2020-08-01")
        self.assertEqual(self.top.unit()["pending"], 1)
        self.device.sync()
        self.assertEqual(self.device.status()["returned"], [record])
        for words in (["status"], ["list"]):
            told = self.device.run(*words, as_json=False).out
            self.assertIn(f"1 returned for correction: {record[-8:]}", told)
        self.device.edit(record, participants=33)
        self.assertEqual(self.device.status()["returned"], [])
        self.assertNotIn("returned for correction", self.device.run("list", as_json=False).out)
        self.device.sync()
        self.assertEqual([r["record"] for r in self.top.records("--changed")], [record])
        self.top.review("accept", record)
        self.assertEqual(self.top.records("--changed"), [])
        self.device.sync()
        shown = self.device.run("show", record, as_json=False).out
        self.assertIn("请核对人数", shown, "the verdict before stays to be read")
        self.assertNotEqual(record, other)

    def test_headquarters_status_counts_what_waits_for_review(self):
        for _ in range(3):
            self.device.record()
        self.device.sync()
        self.assertEqual(self.top.unit()["pending"], 3)
        told = self.top.run("--lang", "zh", "status", as_json=False).out
        self.assertIn("待审", told.splitlines()[1])

    def test_a_list_takes_the_chinese_word_for_a_review(self):
        self.device.record()
        self.assertEqual(len(self.device.records("--review", "待审")), 1)
        self.assertEqual(self.device.records("--review", "通过"), [])
        refused = self.device.run("--lang", "zh", "list", "--review", "随便", expect=USAGE)
        self.assertIn("pending 待审", refused.error["message"])

    def test_a_site_prints_the_table_of_its_own_unit(self):
        self.device.record(kind="film", participants=120)
        report = self.device.run("report", "statistics", "--campaign", CAMPAIGN).line
        self.assertEqual(report["unit"], CREW)
        self.assertEqual(report["total"]["participants"], 120)
        workbook = self.folder / "统计表.xlsx"
        self.device.run("report", "statistics", "--campaign", CAMPAIGN, "--output", workbook)
        self.assertTrue(workbook.read_bytes().startswith(b"PK"))
        self.device.sync()
        top = self.top.run("report", "statistics", "--campaign", CAMPAIGN, "--unit", CREW).line
        self.assertEqual(top, report)
        self.device.run("report", "progress", "--campaign", CAMPAIGN)

    def test_a_list_that_nobody_reads_holds_up_no_writing(self):
        self.device.record_many([an_event(i, summary="长" * 900) for i in range(2500)])
        agent = self.device.agent()
        self.assertTrue(agent)
        command = [str(BIN / "sitelog"), "--data", str(self.device.folder), "--json", "list"]
        reader = subprocess.Popen(command, stdout=subprocess.PIPE,
                                  env=free_environment(self.folder))
        try:
            reader.stdout.readline()
            for _ in range(4):
                self.device.record_many([an_event(i, summary="短") for i in range(1500)])
            log = os.stat(self.device.folder / "sitelog.db-wal").st_size
            self.assertLess(log, 40 << 20)
            told = 1 + sum(1 for _ in reader.stdout)
            self.assertGreaterEqual(told, 2500)
        finally:
            reader.kill()
            reader.wait()
            reader.stdout.close()

    def test_callers_that_do_not_read_leave_room_for_those_who_do(self):
        self.device.record_many([an_event(i, summary="长" * 900) for i in range(1500)])
        self.device.agent()
        command = [str(BIN / "sitelog"), "--data", str(self.device.folder), "--json", "list"]
        readers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                    env=free_environment(self.folder)) for _ in range(16)]
        try:
            for reader in readers:
                reader.stdout.readline()
            time.sleep(6)
            self.assertEqual(self.device.status()["records"], 1500)
            whole = sum(1 for reader in readers if len(reader.stdout.readlines()) == 1499)
            self.assertGreaterEqual(whole, 14, "nobody else was cut off")
        finally:
            for reader in readers:
                reader.kill()
                reader.wait()
                reader.stdout.close()


if __name__ == "__main__":
    unittest.main()
