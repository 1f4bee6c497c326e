"""What clerks, leaders and reviewers are told: what is to be uploaded and what to be sent, who is asked, by words."""

import concurrent.futures
import re
import time
import unittest
from pathlib import Path

from https import Web, account
from sitelog_processes import CAMPAIGN_FILE, CREW, REFUSED, ProcessTest, an_event

GROUP, COUNTY = "shenma", "ruzhou"
NAMED = {GROUP: "中国平煤神马集团工会委员会", "city": "平顶山市总工会"}
CATALOGUE = Path(__file__).resolve().parents[2] / "command/po/zh.po"


class ToldStations(ProcessTest):
    def setUp(self):
        self.top = self.headquarters(serving=False)
        for name, role, unit in (("checker", "checker", GROUP), ("office", "office", None),
                                 ("boss", "administrator", None), ("recorder", "recorder", CREW)):
            account(self.top, name, role, unit)
        self.top.serve()
        self.site = self.device(self.top)
        self.checker, self.office = map(self.web, ("checker", "office"))

    def web(self, name, language="en"):
        out = Web(self.top, language=language)
        self.assertEqual(out.sign_in(name).status, 200)
        return out

    def sent(self, **fields):
        record = self.site.record(**fields)
        self.site.run("send", self.site.seen(record))
        self.site.sync()
        return record

    def shown(self, record, who=None):
        return (who or self.office).get("record.show", record=record).lines[0]

    def say(self, who, record, verdict="accepted", **more):
        done = who.post("record.review", record=record, seen=self.shown(record, who)["seen"],
                        verdict=verdict, **more)
        self.assertEqual(done.status, 200, str(done))
        return [notice["text"] for notice in done.answer.get("notices", [])]

    def words(self, program, *command, expect=0):
        told = program.run("--lang", "zh", *command, expect=expect, as_json=False)
        return told.out + told.err

    # ---- who is asked is known as of the last sync

    def test_a_role_that_was_given_meanwhile_is_told_of_and_what_passed_it_over_is_sent_again(self):
        self.top.run("accounts", "withdraw", "checker", "--role", "checker", "--unit", GROUP)
        self.site.sync()
        record, accepted = self.site.record(title="甲"), self.site.record(title="乙")
        self.top.run("accounts", "grant", "checker", "--role", "checker", "--unit", GROUP)
        synced = self.site.status()["last_sync"]["wall"]
        self.site.run("sync", "--headquarters", "127.0.0.1:1", expect=None)  # one that fails tells nothing
        self.assertGreater(self.site.status()["last_sync"]["wall"], synced)
        told = self.words(self.site, "send", self.site.seen(record))
        when = time.strftime("%H:%M:%S", time.localtime(synced / 1000))
        self.assertRegex(told, f"本机上次同步（.*{when[:5]}.*）时，应审核的单位没有人担任")
        self.site.run("send", self.site.seen(accepted))
        self.assertEqual(self.site.status()["asked_otherwise"], [])
        self.site.sync()
        self.assertEqual(self.site.status()["asked_otherwise"], [record, accepted])
        self.assertIn("send --all", self.words(self.site, "status"))
        self.say(self.office, accepted)
        self.site.sync()
        self.assertEqual(self.site.status()["asked_otherwise"], [record])
        self.site.run("send", "--all")
        self.assertEqual(self.site.status()["asked_otherwise"], [])
        self.site.sync()
        self.assertEqual(self.shown(record)["review"]["waiting"]["role"], "checker")
        # Whoever has no such role any more is asked no more.
        self.top.run("accounts", "withdraw", "checker", "--role", "checker", "--unit", GROUP)
        self.site.sync()
        self.assertEqual(self.site.status()["asked_otherwise"], [record])
        self.assert_sound(self.top, self.site)

    def test_who_publishes_a_campaign_without_a_role_is_told_what_waits_for_it(self):
        record, other = self.sent(title="甲"), self.sent(title="乙")
        text = CAMPAIGN_FILE.read_text(encoding="utf-8")
        begin = text.index('[[role]]\nkey = "checker"')
        text = text[:begin] + text[text.index("[[role]]", begin + 5):]
        text = text.replace('stations = ["checker", "office"]', 'stations = ["office"]')
        newer = self.folder / "newer.toml"
        newer.write_text(re.sub(r"^version = \d+", "version = 99", text, count=1, flags=re.M), encoding="utf-8")
        told = self.words(self.top, "campaign", "publish", newer, expect=REFUSED)
        self.assertRegex(told, "2 条记录正待.*审核.*没有这个角色")
        self.top.run("campaign", "publish", newer, "--confirm")
        # Nobody loses sight of it: what waits for a role that is no more is told, and found by its key.
        waiting = [(line["role"], line["records"], line.get("empty", False)) for line in self.top.status()["waiting"]]
        self.assertEqual(waiting, [("checker", 2, True)])
        for station in ("checker", f"checker@{GROUP}"):
            self.assertEqual({line["record"] for line in self.top.records("--station", station)}, {record, other})
        self.top.run("records", "list", "--station", "nosuch", expect=REFUSED)
        self.site.sync()
        self.assertEqual(self.site.status()["asked_otherwise"], [record, other])
        self.assertIn(record[-8:], self.words(self.site, "status"))
        # Nobody has that role now: headquarters acts for it, or the site sends again.
        self.say(self.office, record, **{"for": "checker", "reason": "没有这个角色了"})
        self.assertEqual(self.shown(record)["review"]["state"], "accepted")
        self.site.sync()
        self.site.run("send", "--all")
        self.assertEqual(self.site.status()["asked_otherwise"], [])
        self.site.sync()
        self.assertEqual(self.shown(other)["review"]["waiting"], {"role": "office", "unit": ""})

    def test_what_a_station_said_of_what_was_sent_before_is_told_beside_its_silence(self):
        record = self.sent(title="甲")
        self.site.run("edit", record, "title=乙")
        self.say(self.checker, record, "returned", remark="日期不对", fields={"date": "请核对"})
        self.site.run("send", self.site.seen(record))  # it crosses the return
        self.site.sync()
        for who in (self.checker, self.office):
            (station, top) = self.shown(record, who)["review"]["stations"]
            self.assertNotIn("verdict", station)
            self.assertEqual({name: station["earlier"][name] for name in ("verdict", "remark", "fields", "person")},
                             {"verdict": "returned", "remark": "日期不对", "fields": {"date": "请核对"}, "person": "checker"})
            self.assertNotIn("earlier", top)
        self.assertRegex(self.words(self.site, "show", record), "对上一次送审的意见（checker，.*退回.*日期不对.*请核对")
        self.say(self.checker, record)
        self.assertNotIn("earlier", self.shown(record)["review"]["stations"][0])

    def test_what_a_new_verdict_takes_the_place_of_is_told(self):
        record = self.sent()
        self.say(self.checker, record, "returned", remark="日期不对")
        told = self.say(self.checker, record)
        self.assertTrue(any("takes the place of the return" in text for text in told), told)
        self.assertFalse(any("takes the place" in text for text in self.say(self.office, record)))
        again = self.say(self.office, record, "returned", remark="?")
        self.assertTrue(any("takes the place of the acceptance" in text for text in again), again)
        self.assertFalse(any("takes the place" in text for text in self.say(self.office, record, "returned", remark="?")))
        # One that settled an empty chair too does so no more.
        other = self.sent(title="另一场")
        self.top.run("accounts", "withdraw", "checker", "--role", "checker", "--unit", GROUP)
        self.assertFalse(any("settled" in text for text in self.say(
            self.office, other, **{"for": "checker", "reason": "无人"}) if "takes the place" in text))
        told = self.say(self.office, other, remark="再看过")
        self.assertTrue(any("settled Checker" in text and "not any more" in text for text in told), told)
        # A station's remark is printed as that station's alone.
        words = self.words(self.site, "show", record)
        self.assertNotIn("总部意见", words)
        self.assertEqual(words.count("退回；?"), 2, words)  # beside the station, and in the history

    # ---- to be uploaded, to be sent

    def test_what_is_to_be_uploaded_and_what_is_to_be_sent_have_words_of_their_own(self):
        record = self.site.record()
        status = self.words(self.site, "status")
        self.assertRegex(status, "待上传：1 个条目")
        self.assertRegex(status, "待送审：1 条记录.*--to-send")
        self.assertIn("待上传", self.words(self.site, "list"))
        self.assertIn("尚未送审", self.words(self.site, "show", record))
        self.site.sync()
        status = self.words(self.site, "status")
        self.assertNotIn("待上传", status)
        self.assertIn("待送审", status)
        self.assertRegex(self.words(self.site, "send", "--all"), "已送审 1 条")
        english = self.site.run("--lang", "en", "status", as_json=False).out
        self.assertIn("not synced yet: 1 entries", english)
        self.assertNotIn("to send", english)
        # One word was both; nobody is shown it any more.
        shown = [line for line in CATALOGUE.read_text(encoding="utf-8").splitlines()
                 if line.startswith(("msgstr", '"'))]
        self.assertEqual([line for line in shown if "报送" in line], [])

    def test_who_sends_all_is_told_each_thing_once_and_where_to_decide(self):
        self.top.run("accounts", "withdraw", "checker", "--role", "checker", "--unit", GROUP)
        other = self.device(self.top, "丙")
        records = [self.site.record(title=f"第{number}场", participants=5000) for number in range(4)]
        for device in (self.site, other):
            device.sync()
        self.site.edit(records[0], participants=50)
        other.edit(records[0], participants=60)
        for device in (self.site, other, self.site):
            device.sync()
        told = self.words(self.site, "send", "--all", expect=REFUSED)
        self.assertEqual(told.count("没有人担任"), 1, told)
        self.assertRegex(told, "提示（3 条记录）：.*没有人担任审核人")
        self.assertRegex(told, "提示（3 条记录）：有异常或缺失之处没有说明")
        self.assertRegex(told, "参加人数：此处有冲突.*conflicts.*decide")
        self.assertNotIn("participants", told)
        self.assertRegex(told, "已送审 3 条，1 条未送审")
        self.assertIn("随下一次同步上传", told)

    # ---- what was sent is changed

    def told_to_send(self, outcome, record):
        notices = [notice["text"].replace("{}", *notice["args"]) for notice in outcome.line.get("notices", [])]
        return [text for text in notices if f"send {record}@" in text]

    def test_who_changes_what_was_sent_is_told_to_send_it_again(self):
        record = self.site.record(participants=5000)
        self.assertNotIn("notices", self.site.run("edit", record, "participants=4000").line)
        self.site.run("send", self.site.seen(record))
        done = self.site.run("edit", self.site.seen(record), "participants=400")
        told = self.told_to_send(done, record)
        self.assertTrue(told, str(done))
        self.assertIn("sent before", told[0])
        # The command works as it is printed.
        word = told[0].split("sitelog send ")[1].split(")")[0]
        self.assertNotIn("unchanged", self.site.run("send", word).line)
        done = self.site.run("edit", record, "venue=二号井口")
        self.assertTrue(self.told_to_send(done, record))
        self.assertRegex(self.words(self.site, "edit", record, "venue=三号井口"), "再次送审后才计入（命令行：sitelog send")
        # What is said already changes nothing, and what is void is void at once.
        self.assertNotIn("notices", self.site.run("edit", record, "venue=三号井口").line)
        done = self.site.run("void", record, "--reason", "重复")
        self.assertFalse(self.told_to_send(done, record))

    def test_who_corrects_what_was_returned_is_told_to_send_it_again_also_by_https(self):
        record = self.sent()
        self.say(self.checker, record, "returned", remark="人数?")
        self.site.sync()
        told = self.told_to_send(self.site.run("edit", record, "participants=7"), record)
        self.assertIn("was returned", told[0])
        recorder = self.web("recorder")
        done = recorder.post("record.edit", record=record, seen=self.shown(record, recorder)["seen"],
                             fields={"participants": 8})
        self.assertEqual(done.status, 200, str(done))
        code = self.shown(record, recorder)["code"]
        self.assertIn(f"sitelogd send {record}@{code}", str(done.answer["notices"]))

    def test_an_explanation_from_a_file_is_to_be_sent_again_too(self):
        file = self.folder / "events.csv"
        row = "film,井口放映,2020-06-01,held,county,5000,"
        head = "kind,title,date,status,level,participants,说明\n"
        file.write_text(head + row + "\n", encoding="utf-8")
        record = self.site.run("record", "event", "--from", str(file)).lines[0]["record"]
        self.site.run("send", self.site.seen(record))
        file.write_text(head + row + "全矿大会\n", encoding="utf-8")
        line = self.site.run("record", "event", "--from", str(file)).lines[0]
        self.assertTrue(line["same"]["explained"], str(line))
        self.assertIn(f"send {record}@", str(line["notices"]))
        # Once it stands nothing is to be said.
        line = self.site.run("record", "event", "--from", str(file)).lines[0]
        self.assertNotIn("notices", line)

    # ---- many are sent

    def test_what_was_sent_already_is_told_apart_from_what_is_sent(self):
        words = [an_event(n) for n in range(12)]
        self.site.record_many(words)
        self.site.agent()
        # Two people press it at once: each record is sent by one of them, and nothing is left out.
        with concurrent.futures.ThreadPoolExecutor() as pool:
            done = list(pool.map(lambda _: self.site.run("send", "--all").lines, range(2)))
        self.assertEqual(sum(lines[-1]["sent"] for lines in done), len(words), str(done))
        for lines in done:
            *each, end = lines
            self.assertEqual(end["left_out"], 0, str(lines))
            self.assertEqual(sum(line.get("unchanged", False) for line in each), end["unchanged"])
            self.assertEqual(len(each), end["sent"] + end["unchanged"])
        self.assertEqual(self.site.status()["to_send"], 0)

    # ---- verdicts that do more, or less, than they seem to

    def test_who_speaks_for_an_empty_chair_is_told_that_it_settles_both(self):
        device = self.device(self.top, "乙", "wugang")
        self.top.run("accounts", "grant", "checker", "--role", "checker", "--unit", "city")
        device.sync()
        record = device.record()
        device.run("send", device.seen(record))
        device.sync()
        self.top.run("accounts", "withdraw", "checker", "--role", "checker", "--unit", "city")
        told = self.say(self.office, record, **{"for": "checker", "reason": "暂无审核人"})
        self.assertTrue(any("settles both stations: Office for itself, and for Checker (" + NAMED["city"] + ")" in text
                            for text in told), told)
        device.sync()
        shown = self.words(device, "show", record)
        self.assertRegex(shown, "审核人（平顶山市总工会）：该处无人担任：已由宣教部一并审核")
        self.assertRegex(shown, "宣教部：通过；兼作审核人（平顶山市总工会）的审核，该处无人担任：暂无审核人")

    def test_what_the_office_accepts_and_the_checker_returned_stays_returned_and_that_is_said(self):
        record = self.sent()
        self.say(self.checker, record, "returned", remark="人数?")
        told = self.say(self.office, record)
        self.assertTrue(any(f"stays returned: Checker ({NAMED[GROUP]})" in text for text in told), told)
        chinese = self.say(self.web("office", "zh-CN"), record, "accepted")
        self.assertTrue(any(f"记录仍为退回：审核人（{NAMED[GROUP]}）" in text for text in chinese), chinese)
        self.assertEqual(self.shown(record)["review"]["state"], "returned")
        # A refusal counts before a return, and the checker's own yes after the office's is plain.
        others = lambda told: [text for text in told if "takes the place of" not in text]
        self.assertEqual(others(self.say(self.office, record, "refused", remark="不实")), [])
        told = self.say(self.checker, record)
        self.assertTrue(any("stays refused: Office" in text for text in told), told)
        self.assertEqual(others(self.say(self.office, record)), [])
        self.assertEqual(self.shown(record)["review"]["state"], "accepted")

    # ---- roles by their names

    def test_who_accepts_before_others_were_heard_is_told_of_whom(self):
        record = self.sent()
        told = str(self.say(self.office, record))
        self.assertIn(f"not heard before you accepted: Checker ({NAMED[GROUP]})", told)
        heard = self.sent(title="先审后认")
        self.say(self.checker, heard)
        self.assertNotIn("not heard before", str(self.say(self.office, heard)))

    def test_roles_are_shown_as_their_campaign_calls_them_and_programs_get_keys(self):
        record = self.sent()
        self.assertRegex(self.words(self.top, "status"), f"审核人（{NAMED[GROUP]}）")
        self.assertIn("审核人", self.words(self.site, "list"))
        self.say(self.office, record)
        shown = self.words(self.top, "records", "show", record)
        self.assertIn("宣教部", shown)
        accounts = self.words(self.top, "accounts", "list")
        for label in (f"审核人（{NAMED[GROUP]}）", "宣教部", "管理员", f"填报人（{self.top.unit(CREW)['name']}）"):
            self.assertIn(label, accounts)
        self.site.run("people", "add", "张三", "--role", "recorder")
        people = self.words(self.site, "people", "list")
        self.assertIn("填报人", people)
        for told in (self.words(self.site, "list"), shown, accounts, people):
            self.assertNotRegex(told, r"recorder\b(?! )|\bchecker \(|\bchecker @|, office")
        english = self.top.run("--lang", "en", "accounts", "list", as_json=False).out
        self.assertIn(f"Checker ({NAMED[GROUP]})", english)
        roles = {role["role"] for line in self.top.run("accounts", "list").lines for role in line["roles"]}
        self.assertLessEqual({"checker", "office", "administrator", "recorder"}, roles)
        self.assertEqual(self.site.run("people", "list").lines[0]["role"], "recorder")
        # What is shown can be typed.
        self.top.run("accounts", "withdraw", "checker", "--role", "审核人", "--unit", GROUP)
        self.top.run("accounts", "grant", "checker", "--role", "审核人", "--unit", COUNTY)
        refused = self.words(self.top, "accounts", "grant", "checker", "--role", "经理", expect=REFUSED)
        self.assertRegex(refused, "没有角色 经理；现有：.*checker 审核人")

    # ---- what there is to choose from

    def test_who_names_what_is_not_there_is_told_what_is(self):
        self.site.record()
        told = self.words(self.site, "list", "--level", "区县级别", expect=REFUSED)
        self.assertRegex(told, "“区县级别”不在可选范围内：\\S+")
        self.assertRegex(self.words(self.site, "list", "--state", "举行", expect=REFUSED), "不在可选范围内：.*已举办")
        self.assertRegex(self.words(self.site, "people", "add", "张三", "--role", "经理", expect=REFUSED),
                         "现有：.*填报人")
        # Where there is nothing to choose from, that is said.
        empty = self.headquarters("empty", set_up=False, serving=False)
        empty.run("init", "--name", "市总工会")
        for option in ("level", "state", "kind", "campaign", "form"):
            told = self.words(empty, "records", "list", "--" + option, "县级", expect=REFUSED)
            self.assertRegex(told, "没有.*(可选|发布)", option)
            self.assertNotRegex(told, "(：|: )$|(：|: )\n")


if __name__ == "__main__":
    unittest.main()
