"""What people are told in a campaign of inspections, beside another campaign, and by both programs."""

import datetime
import json
import re
import unittest

from sitelog_processes import (CAMPAIGN, CAMPAIGN_FILE, CREW, REFUSED, UNREACHABLE, USAGE,
                               ProcessTest)

INSPECTIONS = """
id = "inspections"
version = 1
title = { zh = "安全检查", en = "Inspections" }
from = 2020-01-01
to = 2020-12-31

[[kind]]
key = "roof"
zh = "顶板"
en = "Roof"

[[form]]
key = "inspection"
zh = "检查记录"
en = "Inspection"
list = ["found", "kind", "place"]

[[form.field]]
name = "kind"
type = "choice"
vocabulary = "kind"
zh = "检查类别"
en = "Kind of inspection"
required = true

[[form.field]]
name = "found"
type = "date"
zh = "检查日期"
en = "Inspected on"
required = true

[[form.field]]
name = "place"
type = "text"
zh = "检查地点"
en = "Place"

[[form.field]]
name = "hazards"
type = "integer"
zh = "隐患数"
en = "Hazards"
warn = [{ missing = true }, { above = 50 }]

[report]
form = "inspection"
kind = "kind"
"""


class TwoCampaigns(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.publish("inspections.toml", INSPECTIONS)
        self.site = self.device(self.top)

    def publish(self, name, text, *words):
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        return self.top.run("campaign", "publish", file, *words)

    def inspect(self, **fields):
        words = {"kind": "顶板", "found": "2020-07-02", "place": "三号井", "hazards": 3, **fields}
        return self.site.run("record", "inspection", *(f"{k}={v}" for k, v in words.items())).line["record"]

    def test_the_form_says_which_campaign_is_meant_where_one_alone_has_it(self):
        record = self.inspect()
        self.site.run("record", "检查记录", "kind=顶板", "found=2020-07-03", "hazards=1")
        self.site.run("edit", record, "hazards=4")
        lines = self.folder / "检查.jsonl"
        lines.write_text('{"kind":"roof","found":"2020-07-04","hazards":2}\n', encoding="utf-8")
        self.assertEqual(len(self.site.run("record", "inspection", "--from", lines).lines), 1)
        for command in ("template", "records export"):
            self.site.run(*command.split(), "inspection", "--output", self.folder / f"{command}.xlsx",
                          as_json=False)
        self.assertEqual({r["campaign"] for r in self.site.records()}, {"inspections"})
        self.site.run("record", "event", "kind=film", "title=x", "date=2020-07-01", "status=held", "level=county")
        self.assertEqual({r["campaign"] for r in self.site.records()}, {"inspections", CAMPAIGN})

    def test_a_form_of_several_campaigns_in_force_is_asked_about_by_their_names(self):
        self.publish("second.toml", INSPECTIONS.replace('id = "inspections"', 'id = "second"')
                     .replace('zh = "安全检查"', 'zh = "二次检查"'))
        self.site.sync()
        lines = self.folder / "检查.jsonl"
        lines.write_text('{"kind":"roof","found":"2020-07-04"}\n' * 3, encoding="utf-8")
        for words in (["record", "inspection", "kind=顶板", "found=2020-07-02"],
                      ["record", "inspection", "--from", lines],
                      ["template", "inspection", "--output", self.folder / "x.xlsx"]):
            refused = self.site.run("--lang", "zh", *words, expect=REFUSED, as_json=False).err
            self.assertIn("inspections (安全检查)、second (二次检查)", refused)
            self.assertIn("--campaign", refused)
            self.assertNotIn("同步", refused)
        self.assertEqual(self.site.records(), [])
        self.site.run("record", "inspection", "kind=顶板", "found=2020-07-02", "--campaign", "二次检查")
        self.top.run("campaign", "withdraw", "second", "--reason", "x", "--confirm")
        self.site.sync()
        self.inspect(found="2020-07-05")

    def test_a_form_that_no_campaign_has_is_refused_once_for_a_whole_file(self):
        lines = self.folder / "检查.jsonl"
        lines.write_text('{"kind":"roof"}\n' * 3, encoding="utf-8")
        refused = self.site.run("record", "nosuch", "--from", lines, expect=REFUSED)
        self.assertEqual(refused.error["reason"], "unknown_form")
        self.assertIn("inspection", refused.error["message"])

    def test_a_list_is_narrowed_by_form(self):
        self.inspect()
        self.site.record()
        self.site.sync()
        for program, words in ((self.site, ["list"]), (self.top, ["records", "list"])):
            for form in ("inspection", "检查记录"):
                self.assertEqual([r["form"] for r in program.run(*words, "--form", form).lines],
                                 ["inspection"])
            self.assertEqual(len(program.run(*words).lines), 2)

    def test_fields_are_called_by_their_labels_and_options_as_they_are_typed(self):
        told = self.site.run("--lang", "zh", "record", "inspection", "kind=顶板", "found=2020-07-02",
                             as_json=False).err
        self.assertIn("隐患数：没有填写", told)
        self.assertNotIn("hazards：", told)
        record = self.site.records()[0]["record"]
        for words in (["record", "inspection", "kind=顶板", "found=随便"], ["edit", record, "found=随便"]):
            told = self.site.run("--lang", "zh", *words, expect=REFUSED, as_json=False).err
            self.assertRegex(told, "(?m)^检查日期：")
            self.assertIn("请改正检查日期", told.replace(" ", ""))
        told = self.site.run("--lang", "zh", "edit", record, "hazards=99", as_json=False)
        self.assertIn("隐患数：99", told.err)
        self.assertIn("隐患数：99", told.out)
        told = self.top.run("--lang", "zh", "invite", "--unit", CREW, "--days", "9999", expect=REFUSED,
                            as_json=False).err
        self.assertRegex(told, "(?m)^--days：")
        self.assertNotRegex(told, "(?m)^days：")
        error = self.site.run("record", "inspection", "kind=顶板", "found=随便", expect=REFUSED).error
        self.assertEqual([p["field"] for p in error["problems"]], ["found"], "programs are told keys")

    def test_nothing_speaks_of_events_to_who_records_inspections(self):
        for words in (["record", "--help"], ["template", "--help"], ["report", "statistics", "--help"]):
            told = self.site.run("--lang", "zh", *words, as_json=False).out.split("例：")[0]
            self.assertNotRegex(told, "一场活动|场次|活动清单|event（", words)

    def test_a_day_is_typed_the_same_way_everywhere(self):
        self.inspect(found="7月2日")
        self.inspect(found="7月9日")
        self.site.sync()
        for day in ("7月3日", "７月３号"):
            self.assertEqual(len(self.top.records("--form", "inspection", "--from", day)), 1)
        self.assertEqual(len(self.site.records("--to", "7月2日", "--campaign", "inspections")), 1)
        record = self.top.records()[0]["record"]
        self.top.review("return", record, "--remark", "?", "--due", "12月5日")
        due = datetime.date.fromisoformat(self.top.record(record)["review"]["due"])
        today = datetime.date.today()
        self.assertEqual((due.month, due.day), (12, 5))
        self.assertTrue(today <= due < today + datetime.timedelta(days=367))
        self.top.review("return", record, "--remark", "?", "--due", "2月30日", expect=REFUSED)


class Advice(ProcessTest):
    def test_headquarters_is_not_told_to_sync(self):
        top = self.headquarters(serving=False)
        bare = self.headquarters("bare", set_up=False, serving=False)
        bare.run("init", "--name", "三部")
        file = self.folder / "x.xlsx"
        for program, words in ((top, ["records", "list", "--campaign", "nosuch"]),
                               (top, ["records", "show", "12345678"]),
                               (top, ["records", "list", "--unit", "nosuch"]),
                               (top, ["records", "list", "--form", "nosuch"]),
                               (top, ["devices", "revoke", "nosuch", "--reason", "x"]),
                               (bare, ["template", "event", "--output", file]),
                               (bare, ["report", "statistics", "--campaign", CAMPAIGN])):
            for language, sync in (("zh", "同步"), ("en", r"\bsync\b")):
                told = program.run("--lang", language, *words, expect=REFUSED, as_json=False).err
                self.assertNotRegex(told, sync, words)
        told = bare.run("report", "statistics", "--campaign", CAMPAIGN, expect=REFUSED, as_json=False).err
        self.assertIn("sitelogd campaign publish", told)

    def test_a_join_that_fails_keeps_nothing_and_says_so(self):
        top = self.headquarters()
        code = top.invite()["code"]
        top.stop()
        device = self.new_device("甲")
        for language, kept in (("zh", "不会丢失|等着|留在本机|已登记"), ("en", "waits here|is kept|recorded")):
            told = device.run("--lang", language, "join", code, "--headquarters", top.address,
                              expect=UNREACHABLE, as_json=False).err
            self.assertNotRegex(told, kept)
        self.assertIn("has not joined", told)
        top.serve()
        device.run("join", code, "--headquarters", top.address)

    def test_an_invitation_says_the_address_that_was_given(self):
        top = self.headquarters(serving=False)
        told = top.run("invite", "--unit", CREW, "--address", "hq.example.cn:7443", as_json=False).out
        self.assertIn("--headquarters hq.example.cn:7443", told)
        self.assertNotIn("HOST:PORT", told)
        self.assertIn("HOST:PORT", top.run("invite", "--unit", CREW, as_json=False).out)

    def test_an_unchanged_campaign_is_not_said_to_be_published(self):
        top = self.headquarters(serving=False)
        entries = top.status()["common"]["entries"]["book"]
        again = top.run("campaign", "publish", CAMPAIGN_FILE)
        self.assertEqual((again.line["published"], again.line["unchanged"]), (False, True))
        told = top.run("campaign", "publish", CAMPAIGN_FILE, as_json=False).out
        self.assertIn("nothing was changed", told)
        self.assertNotIn("have a quota", told)
        self.assertEqual(top.status()["common"]["entries"]["book"], entries)
        top.run("campaign", "withdraw", CAMPAIGN, "--reason", "x")
        self.assertTrue(top.run("campaign", "publish", CAMPAIGN_FILE).line["published"])

    def test_what_a_revoked_device_is_told_to_do_works(self):
        top = self.headquarters()
        device = self.device(top)
        device.record()
        top.run("devices", "revoke", "甲", "--reason", "丢失")
        refused = device.run("sync", expect=None, as_json=False)
        self.assertIn("--data FOLDER", refused.err)
        self.assertIn("new data folder", refused.err)
        again = self.device(top, "甲二")
        again.record()
        self.assertEqual(again.sync()["sent"], 1)
        top.run("devices", "reinstate", device.status()["device"])
        self.assertEqual(device.sync()["sent"], 1)

    def test_a_file_that_is_saved_whole_or_not_at_all_says_how_many_were_not_saved(self):
        device = self.device(self.headquarters())
        file = self.folder / "活动.jsonl"
        good = {"kind": "film", "title": "一", "date": "2020-07-01", "status": "held", "level": "county"}
        file.write_text("".join(json.dumps(line) + "\n" for line in (
            good, {**good, "date": "x"}, {**good, "title": "二"}, {**good, "kind": "x"})), encoding="utf-8")
        told = device.run("record", "event", "--from", file, "--all-or-nothing", expect=REFUSED, as_json=False).out
        self.assertIn("None of the 4 records was saved, as asked: 2 have faults", told)
        self.assertEqual(device.records(), [])

    def test_who_holds_a_folder_is_told_in_the_readers_language(self):
        top = self.headquarters()
        (top.folder / "control.sock").unlink()
        told = top.run("--lang", "zh", "status", expect=REFUSED, as_json=False).err
        self.assertRegex(told, r"正由 sitelogd serve（进程 \d+）使用")
        self.assertNotIn("process", told)

    def test_the_log_speaks_the_readers_language(self):
        top = self.headquarters(serving=False)
        top.start("--lang", "zh", "serve", "--listen", "127.0.0.1:0")
        top.address = top.said[0]["listening"]
        device = self.device(top)
        device.sync()
        self.wait_until(lambda: "已连接" in top.messages.read_text(encoding="utf-8"), "a device is told")
        self.assertNotRegex(top.messages.read_text(encoding="utf-8"), r"\b(connected|joined)\b")

    def test_a_report_goes_into_no_file_whose_name_says_something_else(self):
        top = self.headquarters(serving=False)
        for name in ("表.pdf", "表.xls", "表.doc", "表"):
            file = self.folder / name
            refused = top.run("report", "statistics", "--campaign", CAMPAIGN, "--output", file, expect=USAGE)
            self.assertIn(".xlsx, .csv, .json, .txt", refused.error["message"])
            self.assertFalse(file.exists())
            for words in (["template", "event"], ["records", "export", "event"]):
                top.run(*words, "--output", file, expect=USAGE)
                self.assertFalse(file.exists())
        top.run("report", "statistics", "--campaign", CAMPAIGN, "--output", self.folder / "表.txt", as_json=False)
        top.run("report", "statistics", "--campaign", CAMPAIGN, "--output", self.folder / "表.dat", "--format",
                "csv", as_json=False)

    def test_a_code_of_another_folder_is_told_to_be_that(self):
        top = self.headquarters()
        device = self.device(top)
        record = device.record()
        device.sync()
        refused = top.run("--lang", "zh", "review", "accept", device.seen(record), expect=REFUSED, as_json=False)
        self.assertIn("现场与总部的各不相同", refused.err)
        self.assertEqual(top.record(record)["review"], {"state": "pending", "unsent": True})
        self.assertTrue(re.search("核对码.*不相同", top.run("--lang", "zh", "review", "accept", "--help",
                                                          as_json=False).out))


if __name__ == "__main__":
    unittest.main()
