"""People read and type names: of stations in filters, of units, roles and campaigns in what is told."""

import unittest

from https import Web, account
from sitelog_processes import CAMPAIGN, CREW, DONE, REFUSED, ProcessTest
from stations import COUNTY, GROUP, StationsTest

GROUP_NAME, CREW_CODE = "中国平煤神马集团工会委员会", CREW
CHECKER = "审核人"


def words(program, *command, expect=DONE, language="zh"):
    told = program.run("--lang", language, *command, expect=expect, as_json=False)
    return told.out + told.err


class Filters(StationsTest):
    """What isn't known is refused with what there is; nothing is found silently by no wrong word."""

    def setUp(self):
        super().setUp()
        self.record = self.sent()

    def test_a_station_is_named_by_keys_or_by_names(self):
        for station in (f"checker@{GROUP}", f"checker@{GROUP_NAME}", f"{CHECKER}@{GROUP}", f"{CHECKER}＠{GROUP_NAME}",
                        "checker", CHECKER):
            with self.subTest(station):
                told = self.top.run("records", "list", "--station", station).lines
                self.assertEqual([line["record"] for line in told], [self.record])
                lines = self.office.get("records.list", station=station).lines
                self.assertEqual([line["record"] for line in lines], [self.record])

    def test_what_is_no_station_is_refused_with_those_that_there_are(self):
        for station in (f"checker@nowhere", f"checker@{CREW}", f"{CHECKER}@没有的单位", f"office@{GROUP}", "recorder",
                        "checkers", f"checkers@{GROUP}", f"checker@"):
            with self.subTest(station):
                told = words(self.top, "records", "list", "--station", station, expect=REFUSED)
                self.assertIn("office" if "office" in station or "@" not in station or "checkers" in station
                              else f"checker@{GROUP}", told)
                refused = self.office.get("records.list", station=station)
                self.assertEqual(refused.status, 422, str(refused))
        told = words(self.top, "records", "list", "--station", "checker@nowhere", expect=REFUSED)
        self.assertIn(f"、checker@{GROUP} {CHECKER}（{GROUP_NAME}）", told)
        self.assertEqual(self.top.run("records", "export", "event", "--station", "checker@nowhere", "--output",
                                      str(self.folder / "none.csv"), expect=REFUSED).status, REFUSED)
        refused = self.office.post("review.select", station="checker@nowhere")
        self.assertEqual(refused.status, 422, str(refused))

    def test_a_station_where_nobody_sits_any_more_is_found_while_something_waits_there(self):
        self.top.run("accounts", "withdraw", "checker", "--role", "checker", "--unit", GROUP)
        lines = self.top.run("records", "list", "--station", f"checker@{GROUP}").lines
        self.assertEqual([line["record"] for line in lines], [self.record])
        # One that is there with nothing waiting is an empty list, and no mistake.
        self.assertEqual(self.top.run("records", "list", "--station", f"checker@{COUNTY}").lines, [])

    def test_nobody_of_that_name_and_no_day_between_are_told(self):
        told = words(self.top, "records", "list", "--by", "张三丰", expect=REFUSED)
        self.assertIn("张三丰", told)
        by = self.top.record(self.record)["created"]["person"]
        self.assertEqual(len(self.top.run("records", "list", "--by", by).lines), 1)
        # Somebody of whom there is something, and nothing of that sort.
        self.assertEqual(self.top.run("records", "list", "--by", by, "--kind", "lecture").lines, [])
        words(self.top, "records", "list", "--from", "2020-07-10", "--to", "2020-07-01", expect=REFUSED)
        self.assertEqual(self.office.get("records.list", by="张三丰").status, 422)
        # OData compares, and nothing is equal to that.
        from test_odata import SET
        told = self.office.ask("GET", f"/odata/v1/{SET}?$filter=_created_by%20eq%20'nobody'")
        self.assertEqual(told.status, 200, str(told))
        self.assertEqual(told.json["value"], [])

    def test_https_takes_words_of_choices_as_the_command_line_does_and_tells_them(self):
        zh = Web(self.top, language="zh")
        zh.sign_in("office")
        self.assertEqual(len(zh.get("records.list", review="待审").lines), 1)
        seen = self.shown(self.record)["seen"]
        refused = zh.post("record.review", record=self.record, seen=seen, verdict="同意")
        self.assertEqual(refused.status, 422)
        told = str(refused.json["errors"]["verdict"])
        for word in ("accepted 通过", "returned 退回", "refused 不予认定"):
            self.assertIn(word, told)
        done = zh.post("record.review", record=self.record, seen=seen, verdict="通过")
        self.assertEqual(done.status, 200, str(done))
        for notice in done.answer.get("notices", []):
            self.assertEqual(notice["reason"], "notice")


class Meanwhile(StationsTest):
    """Somebody acts on what they saw, and others were there in between."""

    def test_what_is_sent_twice_is_sent_and_nothing_is_to_do(self):
        record = self.site.record()
        word = self.site.seen(record)
        told = words(self.site, "send", word)
        self.assertIn("已送审：", told)
        self.assertNotIn("已保存", told)
        again = self.site.run("send", word)
        self.assertTrue(again.line["unchanged"])
        self.assertEqual(self.site.seen(record).split("@")[1], again.line["code"])
        self.assertIn("无需再送", words(self.site, "send", word))
        # Also when a station has passed it since; not when one gave it back.
        self.site.sync()
        self.assertEqual(self.say(self.checker, record).status, 200)
        self.site.sync()
        self.assertTrue(self.site.run("send", word).line["unchanged"])
        self.assertEqual(self.say(self.office, record, "returned", remark="人数?").status, 200)
        self.site.sync()
        told = words(self.site, "send", word, expect=REFUSED)
        self.assertRegex(told, "office.*已退回：人数|办公室.*已退回：人数|已退回：人数")

    def test_what_was_changed_since_is_not_sent_unseen(self):
        record = self.site.record()
        word = self.site.seen(record)
        self.site.run("edit", word, "participants=77")
        self.site.run("send", self.site.seen(record))
        told = words(self.site, "send", word, expect=REFUSED)
        self.assertIn("77", told)
        self.assertIn(f"已送审给{CHECKER}（{GROUP_NAME}）", told)

    def test_a_verdict_given_meanwhile_is_told_in_words(self):
        record = self.sent()
        seen = self.shown(record, self.office)["seen"]
        word = self.top.seen(record)
        self.assertEqual(self.say(self.checker, record, "returned", remark="请补照片",
                                  fields={"participants": "核对人数"}).status, 200)
        zh = Web(self.top, language="zh")
        zh.sign_in("office")
        late = zh.post("record.review", record=record, seen=seen, verdict="accepted")
        self.assertEqual(late.status, 412)
        [told] = late.json["errors"]["_review.checker"]
        self.assertRegex(told["detail"], f"^{CHECKER}（{GROUP_NAME}）已退回：请补照片；参加人数：核对人数（checker，20\\d\\d")
        self.assertNotRegex(late.body.split('"current"')[0], "[0-9a-f]{16}.*of：|unit：")
        told = words(self.top, "review", "accept", word, expect=REFUSED)
        self.assertIn(f"{CHECKER}（{GROUP_NAME}）已退回：请补照片", told)
        self.assertNotIn("见上", told)
        self.assertNotRegex(told, f"of：|unit：|{GROUP}")
        english = words(self.top, "review", "accept", word, expect=REFUSED, language="en")
        self.assertIn("returned it: 请补照片", english)
        self.assertNotIn("see above", english)

    def test_the_hint_of_an_edit_is_a_command_that_works(self):
        record = self.sent()
        told = words(self.site, "edit", record, "venue=二号井口", language="en")
        word = told.split("sitelog send ")[1].split(")")[0]
        self.assertNotIn("…", told)
        self.assertNotIn("unchanged", self.site.run("send", word).line)
        # Where headquarters said some of it, it is to be looked at first.
        self.site.sync()
        self.top.edit(record, "venue=三号井口")
        self.site.sync()
        told = words(self.site, "edit", record, "participants=81", language="en")
        self.assertIn(f"sitelog show {record}", told)
        self.assertNotIn("sitelog send", told)


class NamesRead(StationsTest):
    """Where people read, names stand; programs keep the codes."""

    def test_lists_history_status_and_accounts_name_units(self):
        record = self.sent()
        self.assertEqual(self.say(self.checker, record).status, 200)
        crew_name = self.top.unit(CREW)["name"]
        told = words(self.top, "records", "list")
        self.assertIn(crew_name, told)
        self.assertNotIn(CREW, told)
        self.assertEqual({(line["unit"], line["unit_name"]) for line in self.top.records()}, {(CREW, crew_name)})
        told = words(self.top, "records", "show", record)
        self.assertIn(f"{CHECKER}（{GROUP_NAME}）", told.split("变更历史")[-1] if "变更历史" in told else told)
        self.assertNotIn(f"（{GROUP}）", told)
        self.assertIn(crew_name, words(self.site, "status").splitlines()[0])
        accounts = words(self.top, "accounts", "list")
        self.assertIn(f"{CHECKER}（{GROUP_NAME}）", accounts)
        self.assertNotIn(GROUP, accounts)
        grants = {line["account"]: line["roles"] for line in self.top.run("accounts", "list").lines}
        self.assertEqual(grants["checker"], [{"role": "checker", "unit": GROUP, "unit_name": GROUP_NAME}])
        self.top.run("accounts", "grant", "viewer", "--role", "checker", "--unit", COUNTY, "--campaign", CAMPAIGN)
        self.assertRegex(words(self.top, "accounts", "list"), "viewer.*仅限“.*千场文化活动")
        # What is shown can be typed.
        self.top.run("accounts", "withdraw", "checker", "--role", CHECKER, "--unit", GROUP_NAME)

    def test_the_audit_list_has_words_for_what_it_tells(self):
        self.top.run("people", "names", "picked", "--unit", CREW)
        self.top.run("policy", "set", "ask", "--unit", GROUP)
        told = words(self.top, "audit", "list")
        self.assertIn(GROUP_NAME, told)
        self.assertIn("从名单中选", told)
        self.assertNotIn("picked", told)
        self.assertNotIn("数据目录", told)
        self.assertIn("数据文件夹", told)

    def test_lists_in_chinese_have_chinese_marks(self):
        told = words(self.top, "records", "list", "--campaign", "none", expect=REFUSED)
        self.assertNotRegex(told, "[一-鿿]\\s*, ")
        told = words(self.top, "accounts", "grant", "viewer", "--role", "none", expect=REFUSED)
        self.assertIn("administrator 管理员、viewer 查看人", told)
        told = Web(self.top, language="zh")
        told.sign_in("boss")
        detail = told.post("record.review", record="x").json["detail"]
        self.assertIn("seen、verdict", detail)

    def test_help_names_no_role_that_a_campaign_may_lack(self):
        self.assertNotIn("juror", words(self.top, "accounts", "add", "--help"))

    def test_a_record_stays_in_its_campaign_and_that_is_said(self):
        record = self.site.record()
        for field in ("_campaign", "campaign", "活动方案"):
            told = words(self.site, "edit", record, f"{field}=other", expect=REFUSED)
            self.assertIn("record event --campaign", told)
        told = words(self.site, "record", "event", "campaign=other", expect=REFUSED)
        self.assertIn("--campaign", told)
        self.assertIn("活动方案不变", words(self.site, "edit", "--help"))

    def test_a_campaign_is_withdrawn_by_its_title(self):
        title = next(self.top.run("campaign", "list").lines.__iter__())["zh"]
        told = words(self.top, "campaign", "withdraw", "没有的", "--reason", "x", expect=REFUSED)
        self.assertIn(CAMPAIGN, told)
        self.assertEqual(self.top.run("campaign", "withdraw", title, "--reason", "活动取消").line["campaign"], CAMPAIGN)
        self.assertIn("已经撤回", words(self.top, "campaign", "withdraw", title, "--reason", "x", expect=REFUSED))


if __name__ == "__main__":
    unittest.main()
