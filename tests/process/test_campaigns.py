"""A campaign that changes while devices hold records of it, sent and unsent."""

import unittest

from sitelog_processes import CAMPAIGN, CAMPAIGN_FILE, REFUSED, ProcessTest


class ChangedChoices(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.a = self.device(self.top, "甲")
        self.b = self.device(self.top, "乙")

    def publish_without_films(self):
        """The next version of the campaign, which knows no films any more."""
        text = CAMPAIGN_FILE.read_text(encoding="utf-8")
        kind = '[[kind]]\nkey = "film"\nzh = "送电影"\nen = "Films"\n\n'
        self.assertEqual(text.count(kind), 1)
        self.assertEqual(text.count("\nversion = 4\n"), 1)
        changed = self.folder / "without-films.toml"
        changed.write_text(text.replace(kind, "").replace("\nversion = 4\n", "\nversion = 5\n"),
                           encoding="utf-8")
        refused = self.top.run("campaign", "publish", changed, expect=REFUSED)
        told = str([problem["message"] for problem in refused.error["problems"]])
        self.assertIn("the choice “Films (film)” is taken away", told)
        self.assertIn("that count would count no longer", told)
        self.top.run("campaign", "publish", changed, "--confirm")

    def test_records_with_a_choice_that_was_taken_away_stay_and_can_be_edited_and_sent(self):
        sent = self.a.record(kind="film", title="放映一")
        self.a.sync()
        unsent = self.a.record(kind="film", title="放映二")
        self.publish_without_films()
        self.settle(self.a, self.b)
        # Nothing is lost or changed, sent before or after.
        for program in (self.a, self.b):
            self.assertEqual({program.show(record)["fields"]["kind"] for record in (sent, unsent)}, {"film"})
        self.assertEqual({record["record"] for record in self.top.records()}, {sent, unsent})
        # Other fields can be corrected; the choice can no longer be made anew.
        self.a.edit(unsent, title="放映二（更正）")
        refused = self.a.run("record", "event", "kind=film", "title=放映三", "date=2020-06-01",
                             "level=county", "participants=5", "status=held", expect=REFUSED)
        self.assertIn("film", str(refused))
        self.assertEqual(self.a.edit(unsent, kind="lecture")["record"], unsent)
        self.settle(self.a, self.b)
        self.assertEqual(self.top.record(unsent)["fields"]["title"], "放映二（更正）")
        self.assertEqual(self.top.record(unsent)["fields"]["kind"], "lecture")
        # What the campaign no longer knows is told, and counts when it is explained and accepted.
        def report():
            return self.top.run("report", "statistics", "--campaign", CAMPAIGN, "--format", "json").line

        self.assertEqual((report()["total"]["events"], report()["left_out"]), (1, {"kind": 1}))
        self.assertEqual(self.top.records("--unexplained")[0]["unexplained"], ["kind"])
        self.a.run("edit", sent, "--explain", "kind=当时有此类别")
        self.settle(self.a, self.b)
        self.top.review("accept", sent)
        self.assertEqual((report()["total"]["events"], report()["left_out"]), (2, {}))
        self.settle(self.a, self.b)
        self.assert_equal_everywhere(self.top, self.a, self.b)
        self.assert_sound(self.top, self.a, self.b)


# Campaigns of other shapes: hazards found, with nothing to sum; grades given.
HAZARDS = """
id = "hazards"
version = 1
title = { zh = "隐患排查", en = "Hazards" }
from = 2020-01-01
to = 2020-12-31

[[kind]]
key = "training"
zh = "顶板"
en = "Roof"

[[kind]]
key = "gas"
zh = "瓦斯"
en = "Gas"

[[form]]
key = "event"
zh = "隐患"
en = "Hazard"
list = ["found", "kind", "level"]

[[form.field]]
name = "kind"
type = "choice"
vocabulary = "kind"
zh = "隐患类别"
en = "Kind of hazard"
required = true

[[form.field]]
name = "found"
type = "date"
zh = "发现日期"
en = "Found on"
required = true
warn = [{ outside_campaign = true }]

[[form.field]]
name = "level"
type = "choice"
vocabulary = "grade"
zh = "隐患等级"
en = "Grade"

[vocabulary]
grade = [
  { key = "county", zh = "重大", en = "Major" },
  { key = "minor", zh = "一般", en = "Minor" },
]

[report]
form = "event"
kind = "kind"
level = "level"
words = { sessions = { zh = "隐患数", en = "Hazards" }, signature = { zh = "安全科长签字", en = "Signed" } }
"""


class SeveralCampaigns(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        file = self.folder / "hazards.toml"
        file.write_text(HAZARDS, encoding="utf-8")
        self.top.run("campaign", "publish", file)
        self.site = self.device(self.top)

    def test_each_record_is_shown_with_the_words_of_its_own_campaign(self):
        self.site.run("record", "event", "--campaign", CAMPAIGN, "kind=training", "title=讲安全", "date=2020-07-01",
                      "level=county", "participants=5", "status=held")
        hazard = self.site.run("record", "event", "--campaign", "hazards", "kind=顶板", "found=2020-07-02",
                               "level=重大").line["record"]
        self.site.sync()
        for program, words in ((self.site, ["list"]), (self.top, ["records", "list"])):
            shown = program.run("--lang", "zh", *words, as_json=False).out
            hazards = next(line for line in shown.splitlines() if hazard[-8:] in line)
            self.assertIn("顶板", hazards)
            self.assertIn("重大", hazards)
            self.assertNotIn("送培训", hazards)
            for word in ("送培训", "县", "隐患类别", "发现日期", "活动类型", "隐患排查"):
                self.assertIn(word, shown)
        shown = self.site.run("--lang", "zh", "show", hazard, as_json=False).out
        self.assertIn("隐患等级：重大", shown)
        table = self.top.run("--lang", "zh", "report", "statistics", "--campaign", "hazards", as_json=False).out
        self.assertIn("隐患数", table)
        self.assertIn("安全科长签字", table)
        for word in ("场次", "参加人数", "分管领导"):
            self.assertNotIn(word, table)


class Publishing(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.site = self.device(self.top)
        self.text = CAMPAIGN_FILE.read_text(encoding="utf-8")

    def publish(self, text, *words, **options):
        file = self.folder / "changed.toml"
        file.write_text(text, encoding="utf-8")
        return self.top.run("campaign", "publish", file, *words, **options)

    def test_an_older_version_or_another_text_of_the_same_is_refused(self):
        self.publish(self.text)  # once more the same: nothing to say
        for version in (2, 3):
            refused = self.publish(self.text.replace("version = 4", f"version = {version}") + "\n# other\n",
                                   expect=REFUSED)
            self.assertIn("higher version", refused.error["message"])
        file = self.folder / "changed.toml"
        told = self.top.run("campaign", "check", file).line["notices"]
        self.assertIn("higher version", str(told))
        self.assertEqual(self.publish(self.text.replace("version = 4", "version = 5")).line["version"], 5)

    def test_what_was_published_is_told_as_it_was_and_what_is_checked_as_sites_would_see_it(self):
        published = self.top.run("campaign", "definition", CAMPAIGN).line
        self.assertEqual(published, {"campaign": CAMPAIGN, "content": self.text, "version": 4})
        listed = self.top.run("campaign", "list").line
        by_title = self.top.run("campaign", "definition", listed["zh"]).line
        self.assertEqual(by_title, published)
        self.top.run("campaign", "definition", "nosuch", expect=REFUSED)
        file = self.folder / "changed.toml"
        file.write_text(self.text.replace("version = 4", "version = 5"), encoding="utf-8")
        self.assertEqual(self.top.run("campaign", "check", file).line["as_listed"], {**listed, "version": 5})

    def test_another_campaign_under_a_used_id_is_asked_about(self):
        other = HAZARDS.replace('id = "hazards"', f'id = "{CAMPAIGN}"').replace("version = 1", "version = 5")
        self.site.record(title="一")
        self.site.sync()
        refused = self.publish(other, expect=REFUSED)
        told = str([problem["message"] for problem in refused.error["problems"]])
        self.assertIn("is called", told)
        self.assertIn("the field “Title (title)” is taken away: 1 records", told)
        self.assertEqual(self.top.run("campaign", "list").line["version"], 4)
        self.publish(other, "--confirm")
        self.assertEqual(self.top.run("campaign", "list").line["version"], 5)

    def test_a_campaign_is_withdrawn_and_published_again(self):
        record = self.site.record(title="一")
        self.site.sync()
        refused = self.top.run("campaign", "withdraw", CAMPAIGN, "--reason", "取消", expect=REFUSED)
        self.assertIn("1 records", refused.error["message"])
        told = self.top.run("--lang", "zh", "campaign", "withdraw", CAMPAIGN, "--reason", "取消", expect=REFUSED,
                            as_json=False).err
        self.assertRegex(told, "加 --confirm 再运行")
        self.assertNotIn("改正后重试", told)
        self.assertEqual(self.top.run("campaign", "withdraw", CAMPAIGN, "--reason", "取消", "--confirm").line,
                         {"campaign": CAMPAIGN, "records": 1})
        self.assertEqual(self.top.run("campaign", "list").lines, [])
        self.top.run("campaign", "withdraw", CAMPAIGN, "--reason", "取消", "--confirm", expect=REFUSED)
        self.site.sync()
        self.assertEqual(self.site.run("campaigns").lines, [])
        self.assertEqual(self.site.show(record)["fields"]["title"], "一")
        self.publish(self.text)
        self.site.sync()
        self.assertEqual(len(self.site.run("campaigns").lines), 1)
        report = self.top.run("report", "statistics", "--campaign", CAMPAIGN, "--format", "json").line
        self.assertEqual(report["total"]["events"], 1)
        self.assert_equal_everywhere(self.top, self.site)
        self.assert_sound(self.top, self.site)

    def test_a_withdrawn_campaigns_records_stay_readable_and_can_be_corrected_but_none_come(self):
        record, other = (self.site.record(title=title) for title in ("一", "二"))
        self.site.sync()
        late = self.device(self.top, "乙")
        self.top.run("campaign", "withdraw", CAMPAIGN, "--reason", "取消", "--confirm")
        for program in (self.site, late):
            program.sync()

        def said(program, *words, expect=0):
            done = program.run("--lang", "zh", *words, as_json=False, expect=expect)
            return done.out + done.err

        # Who joined after it knows it as well.
        newcomer = self.device(self.top, "丙")
        newcomer.sync()
        for site in (self.site, late, newcomer):
            self.assertEqual(site.run("campaigns").lines, [])
            gone = site.run("campaigns", "--withdrawn").line
            self.assertEqual((gone["campaign"], gone["withdrawn"], gone["reason"]), (CAMPAIGN, True, "取消"))
            self.assertIn("（已撤回：取消）", said(site, "campaigns", "--withdrawn"))
            for words in (["show", record], ["list"], ["list", "--campaign", CAMPAIGN]):
                shown = said(site, *words)
                self.assertIn("活动名称", shown)
                self.assertIn("活动方案已撤回", shown)
            refused = said(site, "record", "event", "title=三", expect=REFUSED)
            self.assertIn("已由总部撤回", refused)
            self.assertNotIn("同步", refused)
            self.assertIn("问明现在该登记到哪个活动方案", refused)
        self.assertIn("（已撤回：取消）", said(self.top, "campaign", "list", "--withdrawn"))
        # Whoever has records of it is told so.
        self.assertRegex(said(self.site, "status"), f"已撤回活动方案[^\n]*{CAMPAIGN}[^\n]*取消[^\n]* 2 条记录")
        self.assertEqual(self.site.run("status").line["withdrawn"][0]["records"], 2)

        edited = said(self.site, "edit", record, "参加人数=77")
        self.assertIn("参加人数：77", edited)
        self.assertIn("已撤回：记录保留，但不计入", edited)
        self.assertIn("参加人数", said(self.site, "edit", record, "参加人数=很多", expect=REFUSED))
        self.site.sync()
        self.assertEqual(self.top.record(record)["fields"]["participants"], 77)
        self.top.review("return", record, "--remark", "请核对")
        self.assertIn("已撤回", said(self.top, "edit", self.top.seen(other), "参加人数=78"))
        file = self.folder / "记录.csv"
        self.top.run("records", "export", "event", "--output", file)
        text = file.read_text(encoding="utf-8-sig")
        self.assertIn("Participants", text)
        self.assertIn("Films,一,2020-07-02,City district,,,1,77", text)
        refused = self.top.run("report", "statistics", "--campaign", CAMPAIGN, expect=REFUSED)
        self.assertIn("withdrawn", refused.error["message"])
        self.site.sync()
        self.assertEqual(self.site.show(record)["review"]["state"], "returned")
        self.settle(late, newcomer, self.site)
        self.assert_equal_everywhere(self.top, self.site, late, newcomer)

        self.publish(self.text)
        for site in (self.site, late, newcomer):
            site.sync()
        self.assertNotIn("已撤回", said(self.site, "edit", record, "参加人数=79"))
        self.assertNotIn("撤回", said(self.site, "status"))
        self.site.sync()
        report = self.top.run("report", "statistics", "--campaign", CAMPAIGN, "--format", "json").line
        self.assertEqual(report["total"]["events"], 2)
        self.assert_sound(self.top, self.site, late, newcomer)

    def test_what_publish_refuses_check_refuses_too(self):
        file = self.folder / "large.toml"
        file.write_text(self.text + "\n#" + "x" * 82_000, encoding="utf-8")
        for command in ("check", "publish"):
            refused = self.top.run("campaign", command, file, expect=REFUSED)
            self.assertIn("61440", str(refused.error))


if __name__ == "__main__":
    unittest.main()
