"""What people are told of their own words: what there is instead, what became of a record, what is missing."""

import re
import unittest

from sitelog_processes import CAMPAIGN_FILE, CREW, DONE, REFUSED, REPOSITORY, USAGE, ProcessTest

TRAININGS = """
id = "trainings"
version = 1
title = { zh = "安全培训", en = "Safety trainings" }
from = 2026-01-01
to = 2026-06-30

[[kind]]
key = "chemical"
zh = "危化品"
en = "Chemicals"

[[kind]]
key = "fire"
zh = "消防"
en = "Fire"

[[form]]
key = "training"
zh = "培训记录"
en = "Training"

[[form.field]]
name = "kind"
type = "choice"
vocabulary = "kind"
zh = "培训类别"
en = "Kind of training"
required = true

[[form.field]]
name = "held"
type = "date"
zh = "培训日期"
en = "Held on"
required = true
warn = [{ future = true }]

[report]
form = "training"
kind = "kind"
"""

NO_CHEMICALS = TRAININGS.replace("version = 1", "version = 2").replace(
    '[[kind]]\nkey = "chemical"\nzh = "危化品"\nen = "Chemicals"\n\n', "")


class ToldOfRecords(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.site = self.device(self.top)

    def said(self, program, *words, expect=DONE):
        done = program.run("--lang", "zh", *words, expect=expect, as_json=False)
        return done.out + done.err

    def sent_and_voided(self):
        record = self.site.record()
        self.site.sync()
        self.top.run("void", self.top.seen(record), "--reason", "重复登记")
        return record

    def test_a_voiding_taken_back_is_told_to_be_that(self):
        record = self.sent_and_voided()
        told = self.said(self.top, "void", self.top.seen(record), "--undo")
        self.assertRegex(told, "(?m)^ *已撤回作废$")
        self.assertRegex(told, "(?m)^ *审核：待审$")
        shown = self.said(self.top, "records", "show", record)
        self.assertRegex(shown, "(?m)^ *已撤回作废$")
        self.assertRegex(shown, "(?m)^ *审核 = 待审$")
        self.assertNotIn("（空）", told + shown)

    def test_who_changes_or_reviews_a_void_record_is_told_that_it_is_void(self):
        record = self.sent_and_voided()
        told = self.said(self.top, "review", "accept", self.top.seen(record), expect=REFUSED)
        self.assertIn("作废（重复登记）：总部先撤回作废，才能审核", told)
        self.assertIn("已作废（重复登记）",
                      self.said(self.top, "edit", self.top.seen(record), "participants=7"))
        edited = self.top.run("edit", self.top.seen(record), "participants=8").line
        self.assertEqual(edited["void"], "重复登记")
        undone = self.said(self.top, "void", self.top.seen(record), "--undo")
        self.assertNotIn("已作废（", undone)
        self.assertNotIn("void", self.top.run("edit", self.top.seen(record), "participants=9").line)

    def test_who_declares_a_record_void_is_not_told_that_it_is(self):
        record = self.site.record()
        self.assertNotIn("已作废（", self.said(self.site, "void", record, "--reason", "重复登记"))

    def test_the_example_of_record_works_in_the_shipped_campaign(self):
        for language in ("zh", "en"):
            shown = self.site.run("--lang", language, "record", "--help", as_json=False).out
            words = re.search(r"(?m)^ *sitelog (record event kind=.*)$", shown).group(1).split()
            self.site.run(*words, "--again")
        readme = (REPOSITORY / "README.zh-CN.md").read_text(encoding="utf-8")
        self.assertIn(" ".join(words), readme)

    def test_names_that_are_not_known_are_told_with_the_labels_there_are(self):
        told = self.said(self.site, "record", "event", "日期=7月1日", expect=REFUSED)
        self.assertIn("title 活动名称", told)
        self.assertIn("event 活动",
                      self.said(self.site, "list", "--form", "nosuch", expect=REFUSED))
        self.assertIn("performance 送文艺",
                      self.said(self.site, "list", "--kind", "舞蹈", expect=REFUSED))

    def test_a_policy_is_told_by_the_fields_label(self):
        told = self.said(self.top, "policy", "set", "--unit", CREW, "--field", "participants", "site")
        self.assertIn("八矿综采一队工会小组，参加人数：", told)
        self.assertIn("八矿综采一队工会小组，参加人数：", self.said(self.top, "policy", "list"))
        told = self.said(self.top, "policy", "clear", "--unit", CREW, "--field", "participants")
        self.assertIn("八矿综采一队工会小组，参加人数：", told)


class ToldInATrainingCampaign(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.publish(TRAININGS)
        self.site = self.device(self.top)

    def publish(self, text, *words, expect=DONE):
        file = self.folder / "trainings.toml"
        file.write_text(text, encoding="utf-8")
        return self.top.run("--lang", "zh", "campaign", "publish", file, *words, as_json=False,
                            expect=expect)

    def record(self, *words, expect=DONE):
        done = self.site.run("--lang", "zh", "record", "training", *words, expect=expect, as_json=False)
        return done.out + done.err

    def test_records_are_found_by_a_kind_that_a_newer_version_left_out(self):
        self.record("kind=危化品", "held=2026-02-03")
        self.record("kind=消防", "held=2026-02-03")
        self.site.sync()
        self.publish(NO_CHEMICALS, "--confirm")
        self.site.sync()
        for program, words in ((self.top, ["records", "list"]), (self.site, ["list"])):
            found = program.run(*words, "--kind", "chemical").lines
            self.assertEqual([r["fields"]["kind"] for r in found if "record" in r], ["chemical"])
            refused = program.run(*words, "--kind", "nosuch", expect=REFUSED).error
            self.assertIn("fire Fire", refused["message"])

    def test_a_day_without_its_year_that_the_campaign_does_not_have_is_told_to_be_that(self):
        for words, told in ((["held=8月1日"], "没有“8月1日”这一天"),
                            (["held=8月1日"], "请写明年份"),
                            (["held=11/3"], "或不是这里认得的写法")):
            self.assertIn(told, self.record("kind=消防", *words, expect=REFUSED))
        self.assertNotIn("不是日历上的日期", self.record("kind=消防", "held=8月1日", expect=REFUSED))

    def test_a_day_to_come_is_not_said_to_be_held_where_nobody_can_say_so(self):
        told = self.record("kind=消防", "held=2090-01-01")
        self.assertIn("2090-01-01 还没有到", told)
        self.assertNotIn("已举办", told)

    def test_a_typo_in_a_file_is_to_be_corrected_and_no_file_to_be_sent_again(self):
        for text, words in ((TRAININGS.replace("type = ", "typ = "), ["campaign", "check"]),
                            (TRAININGS.replace("type = ", "typ = "), ["campaign", "publish"]),
                            ("code,name\n,无编码\n", ["units", "import"])):
            file = self.folder / ("wrong.csv" if words[0] == "units" else "wrong.toml")
            file.write_text(text, encoding="utf-8")
            told = self.top.run("--lang", "zh", *words, file, expect=REFUSED, as_json=False).err
            self.assertIn("没有采用", told, words)
            self.assertIn("改正文件", told, words)
            self.assertNotIn("重新发送", told, words)
            self.assertNotIn("没有发布", told, words)


class ToldOfCommands(ProcessTest):
    def said(self, program, *words, expect=DONE):
        done = program.run("--lang", "zh", *words, expect=expect, as_json=False)
        return done.out + done.err

    def setUp(self):
        self.top = self.headquarters(serving=False)
        self.site = self.new_device("甲")

    def test_help_asks_for_the_code_where_it_is_wanted(self):
        for program, words in ((self.top, ["review", "accept"]), (self.top, ["review", "return"]),
                               (self.top, ["edit"]), (self.top, ["void"]), (self.top, ["decide"]),
                               (self.site, ["decide"])):
            told = self.said(program, *words, "--help")
            self.assertIn("核对码不可省略", told, words)
            self.assertNotIn("至少四位），或", told, words)
        for program, words in ((self.site, ["edit"]), (self.site, ["void"]), (self.site, ["show"]),
                               (self.top, ["records", "show"])):
            self.assertIn("至少四位", self.said(program, *words, "--help"), words)

    def test_what_is_missing_is_named_in_the_readers_language(self):
        for program, words, missing in (
                (self.top, ["review", "accept"], "记录"), (self.top, ["units", "import"], "文件"),
                (self.top, ["devices", "revoke", "--reason", "x"], "终端"),
                (self.top, ["units", "remove", "--reason", "x"], "单位"),
                (self.top, ["template", "--output", "x.xlsx"], "表单"),
                (self.top, ["restore"], "备份"), (self.top, ["backup"], "备份目标"),
                (self.top, ["rules", "use"], "编号"),
                (self.top, ["campaign", "withdraw", "--reason", "x"], "活动方案"),
                (self.top, ["template", "event"], "--output")):
            self.assertIn(f"缺少必填项：{missing}\n", self.said(program, *words, expect=USAGE), words)

    def test_a_word_that_is_no_command_is_refused_also_where_help_is_asked_for(self):
        for program, words, unknown in ((self.top, ["record", "--help"], "record"),
                                        (self.top, ["help", "record"], "record"),
                                        (self.top, ["record", "event", "-h"], "record"),
                                        (self.top, ["campaign", "nosuch", "--help"], "nosuch"),
                                        (self.site, ["serve", "--help"], "serve")):
            self.assertIn(f"没有 {unknown} 这个命令", self.said(program, *words, expect=USAGE), words)
        for program, words in ((self.top, ["--help"]), (self.top, ["campaign", "--help"]),
                               (self.site, ["record", "event", "--help"])):
            self.assertIn("用法", self.said(program, *words), words)

    def test_headquarters_is_told_that_sites_read_a_sheet_in(self):
        self.assertIn("sitelog record", self.said(self.top, "template", "--help"))
        self.assertNotIn("sitelog record", self.said(self.site, "template", "--help"))


if __name__ == "__main__":
    unittest.main()
