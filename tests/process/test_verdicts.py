"""What a unit sends is judged by its stations: the nearest checker above it, then the office."""

import json
import unittest

from https import Web, account
from sitelog_processes import CAMPAIGN, CAMPAIGN_FILE, CREW, DONE, REFUSED, an_event
from stations import COUNTY, GROUP, OTHER, StationsTest, by_key


class Verdicts(StationsTest):
    # ---- the story

    def test_whoever_accepts_what_nobody_explained_is_told_that_it_may_not_count(self):
        record = self.sent(date="2019-03-02")
        said = self.say(self.office, record)
        self.assertEqual(said.status, 200, said.body)
        warning, = said.answer["warnings"]
        self.assertEqual(warning["field"], "date")
        self.assertIn("2019-03-02", warning["text"])
        self.assertNotIn("{}", said.body)
        self.assertTrue(any("left out of the counts" in each["text"]
                            for each in said.answer["notices"]), said.answer)

    def test_a_return_by_field_is_corrected_offline_sent_again_passed_and_accepted(self):
        record = self.sent(title="井口演出", participants=5000)
        far = self.boss_adds(COUNTY)
        self.assertEqual(self.review(record)["waiting"], {"role": "checker", "unit": GROUP})
        self.assertEqual(self.waiting(), {("checker", GROUP): 1})
        # The checker sees its subtree only, and what waits at its own station.
        self.assertEqual([line["record"] for line in self.checker.get("records.list").lines], [record])
        mine = self.checker.get("records.list", station="mine").lines
        self.assertEqual([line["record"] for line in mine], [record])
        self.assertEqual(self.stranger.get("records.list", station="mine").lines, [])
        self.assertEqual(self.checker.get("record.show", record=far).status, 404)
        # It returns it by field; the site is told, and corrects it without a network.
        done = self.say(self.checker, record, "returned", fields={"participants": "核对人数"},
                        due="2030-12-05", remark="人数有误")
        self.assertEqual(done.status, 200, str(done))
        self.site.sync()
        told = by_key(self.site.show(record)["review"])
        self.assertEqual((told["state"], told["fields"], told["due"], told["by"]),
                         ("returned", {"participants": "核对人数"}, "2030-12-05",
                          {"role": "checker", "unit": GROUP}))
        self.assertEqual(self.site.status()["returned"], [record])
        self.top.stop()
        self.site.run("edit", record, "participants=500")
        self.assertEqual(self.site.status()["to_send"], 1)
        self.site.run("send", self.site.seen(record))
        self.assertEqual(self.site.status()["to_send"], 0)
        self.assertEqual(self.site.status()["returned"], [])
        self.top.serve()
        self.checker, self.office = self.web("checker"), self.web("office")
        self.site.sync()
        self.assertEqual(self.review(record)["waiting"], {"role": "checker", "unit": GROUP})
        self.assertEqual(self.counted("pending"), 1)
        self.assertEqual(self.say(self.checker, record).status, 200)
        self.assertEqual(self.review(record)["waiting"], {"role": "office", "unit": ""})
        self.assertEqual(self.say(self.office, record).status, 200)
        self.assertEqual(self.review(record)["state"], "accepted")
        self.assertEqual((self.counted("pending"), self.counted("accepted")), (0, 1))
        self.assertEqual(self.waiting(), {})
        # The audit list tells it all, and the record's history who said it in which role.
        done = [(line["who"], line["operation"], line["on"]) for line in
                self.web("boss").get("audit.list").lines
                if line.get("operation") == "record.review" and line["what"] == "done"]
        self.assertEqual([who for who, _, _ in done], ["checker", "checker", "office"])
        self.assertTrue(all(record in on for _, _, on in done), done)
        roles = [entry["person_role"] for entry in self.top.record(record)["entries"]
                 if any(name.startswith("_review.") for name in entry["fields"])]
        self.assertEqual(roles, ["checker", "checker", "office"])
        self.site.sync()
        self.assert_equal_everywhere(self.top, self.site)
        self.assert_sound(self.top, self.site)

    def boss_adds(self, unit):
        return self.web("boss").post("record.add", form="event", unit=unit, fields={
            key: value for key, value in an_event(7).items()}).answer["record"]

    def test_what_was_not_sent_is_told_as_that_in_lists_shown_records_and_files(self):
        record = self.site.record()
        self.site.sync()
        def told():
            file = self.folder / "told.csv"
            file.unlink(missing_ok=True)
            self.top.run("--lang", "zh", "records", "export", "event", "--output", file)
            return [self.site.run("--lang", "zh", "list", as_json=False).out,
                    self.top.run("--lang", "zh", "records", "show", record, as_json=False).out,
                    file.read_text(encoding="utf-8-sig")]
        for text in told():
            self.assertIn("未送审", text)
            self.assertNotIn("待审", text)
        self.assertTrue(self.review(record)["unsent"])
        self.send(record)
        for text in told():
            self.assertIn("待审", text)
            self.assertNotIn("未送审", text)
        self.assertNotIn("unsent", self.review(record))

    def test_what_is_said_of_a_record_names_no_role_that_is_held_elsewhere(self):
        self.top.run("accounts", "grant", "checker", "--role", "office", "--unit", OTHER)
        record = self.sent()
        self.assertEqual(self.say(self.web("checker"), record).status, 200)
        self.assertEqual(self.top.record(record)["entries"][-1]["person_role"], "checker")

    def test_the_office_may_be_first_and_a_return_counts_beside_it(self):
        record = self.sent()
        self.assertEqual(self.say(self.office, record).status, 200)
        self.assertEqual(self.review(record)["state"], "accepted")
        self.assertEqual(self.say(self.checker, record, "returned", remark="人数?").status, 200)
        self.assertEqual(self.review(record)["state"], "returned")
        self.assertEqual(self.say(self.checker, record).status, 200)
        self.assertEqual(self.review(record)["state"], "accepted")
        self.site.sync()
        self.assert_equal_everywhere(self.top, self.site)

    def test_what_is_counted_is_what_was_sent_and_what_changed_since_stands_beside_it(self):
        record = self.sent(participants=80, kind="film")
        self.say(self.checker, record)
        self.say(self.office, record)
        self.site.run("edit", record, "participants=900")
        self.site.sync()
        shown = self.shown(record)
        self.assertEqual((shown["review"]["state"], shown["review"]["changed_since"]), ("accepted", True))
        self.assertEqual((shown["fields"]["participants"], shown["as_sent"]), (900, {"participants": 80}))
        report = self.top.run("report", "statistics", "--campaign", CAMPAIGN, "--format", "json").line
        self.assertEqual(report["total"]["participants"], 80)
        self.assertIn("80", self.top.run("records", "show", record, as_json=False).out)
        # Beside the figures of now no file says that they were accepted.
        for name in ("told.csv", "told.jsonl"):
            self.top.run("--lang", "zh", "records", "export", "event", "--output", self.folder / name)
        self.assertIn("通过，此后有改动", (self.folder / "told.csv").read_text(encoding="utf-8-sig"))
        line = json.loads((self.folder / "told.jsonl").read_text(encoding="utf-8"))
        self.assertEqual((line["participants"], line["_review"], line["_changed_since"]),
                         (900, "accepted", True))
        self.assert_sound(self.top, self.site)
        self.send(record)
        self.assertEqual(self.review(record)["waiting"]["role"], "checker")
        report = self.top.run("report", "statistics", "--campaign", CAMPAIGN, "--format", "json").line
        self.assertEqual(report["total"]["participants"], 900)

    # ---- who speaks where

    def test_nobody_speaks_where_they_do_not_sit(self):
        record = self.sent()
        seen = self.shown(record)["seen"]
        for who, status in ((self.stranger, 404), (self.web("viewer"), 403), (self.web("recorder"), 403)):
            answer = who.post("record.review", record=record, seen=seen, verdict="accepted")
            self.assertEqual(answer.status, status, str(answer))
        answer = self.checker.post("record.review", record=record, seen=seen, verdict="accepted",
                                   station="office")
        self.assertEqual(answer.status, 403, str(answer))
        # A checker does not judge what was not sent, as the office may.
        other = self.site.record(title="未报送")
        self.site.sync()
        self.assertEqual(self.say(self.checker, other).status, 403)
        done = self.say(self.office, other)
        self.assertEqual(done.status, 200)
        self.assertIn("was not sent yet", str(done.answer["notices"]))
        self.assertEqual(self.review(record)["state"], "pending")

    def test_without_a_checker_between_it_goes_to_the_office_and_says_so(self):
        device = self.device(self.top, "乙", OTHER)
        record = device.record()
        done = device.run("send", device.seen(record)).line
        self.assertIn("Checker", str(done["notices"]))
        self.assertEqual(done["fields"]["_sent"]["chain"], ["office@"])
        # Once it has one, another device there asks it; what was sent keeps whom it asked.
        self.top.run("accounts", "grant", "stranger", "--role", "checker", "--unit", "city")
        device.sync()
        self.assertEqual(self.review(record)["waiting"], {"role": "office", "unit": ""})
        self.assertEqual(self.shown(record)["would_ask"],
                         [{"role": "checker", "unit": "city"}, {"role": "office", "unit": ""}])
        later = device.record(title="后报")
        self.assertEqual(device.run("send", device.seen(later)).line["fields"]["_sent"]["chain"],
                         ["checker@city", "office@"])
        device.sync()
        refused = self.say(self.office, later, **{"for": "checker", "reason": "出差"})
        self.assertEqual(refused.status, 422, "somebody sits there")
        self.assertIn("Checker (平顶山市总工会)", str(refused))
        self.top.run("accounts", "withdraw", "stranger", "--role", "checker", "--unit", "city")
        device.sync()
        # Nobody sits there any more: it is told, and the office speaks for the empty chair.
        self.assertIn({"role": "checker", "unit": "", "records": 1, "empty": True},
                      self.top.status()["waiting"])
        refused = self.say(self.office, later, **{"for": "checker"})
        self.assertIn(refused.status, (400, 422), str(refused))
        done = self.say(self.office, later, **{"for": "checker", "reason": "暂无审核人"})
        self.assertEqual(done.status, 200, str(done))
        self.assertEqual(self.review(later)["state"], "accepted")
        stations = self.shown(later)["review"]["stations"]
        self.assertEqual(stations[0], {"role": "checker", "unit": "city", "by": {"role": "office", "unit": ""}})
        self.assertEqual((stations[1]["for"], stations[1]["reason"]),
                         ({"role": "checker", "unit": "city"}, "暂无审核人"))

    def test_a_role_at_no_unit_fills_no_chair_and_that_is_said(self):
        told = self.top.run("accounts", "grant", "viewer", "--role", "checker").line
        self.assertIn("fills no chair", str(told["notices"]))
        self.assertNotIn("notices", self.top.run("accounts", "grant", "viewer", "--role", "checker",
                                                 "--unit", OTHER).line)

    def test_a_verdict_is_on_what_was_seen_and_speaks_of_no_other_sending(self):
        record = self.sent()
        seen = self.shown(record)["seen"]
        self.site.run("edit", record, "participants=77")
        self.send(record)
        stale = self.checker.post("record.review", record=record, seen=seen, verdict="accepted")
        self.assertEqual(stale.status, 412, str(stale))
        self.assertEqual(self.review(record)["waiting"]["role"], "checker")
        # Sent again as it is there is nothing to send.
        self.assertTrue(self.send(record).line["unchanged"])
        # What was returned may be sent as it is; that is told.
        self.say(self.checker, record, "returned", remark="?")
        self.site.sync()
        self.assertIn("nothing was changed", str(self.send(record).line["notices"]))
        self.assertEqual(self.review(record)["waiting"]["role"], "checker")

    def test_remarks_have_their_bounds_and_hostile_text_stays_text(self):
        record = self.sent()
        long = self.say(self.checker, record, "returned", remark="长" * 30_000)
        self.assertIn(long.status, (400, 413, 422), str(long))
        self.assertEqual(self.review(record)["state"], "pending")
        # 60 KB fit an entry, and reach the site whole.
        self.assertEqual(self.say(self.checker, record, "returned", remark="长" * 20_000).status, 200)
        self.site.sync()
        self.assertEqual(self.site.run("list", "--review", "returned").lines[0]["record"], record)
        hostile = "<script>alert(1)</script> =cmd|' /C calc'!A0 " + "长" * 5000
        self.assertEqual(self.say(self.checker, record, "returned", remark=hostile).status, 200)
        self.site.sync()
        self.assertEqual(self.site.show(record)["review"]["remark"], hostile)
        self.assertIn("<script>", self.site.run("show", record, as_json=False).out)

    def test_many_are_passed_at_once_each_at_the_station_of_who_asks(self):
        records = [self.sent(title=f"第{n}场") for n in range(3)]
        other = self.site.record(title="未报送")
        self.site.sync()
        lines = "\n".join(json.dumps({"record": each, "seen": self.shown(each)["seen"]})
                          for each in [*records, other]) + "\n"
        answer = self.checker.ask("POST", "/api/v1/review.many?verdict=accepted", lines,
                                  Content_Type="application/x-ndjson")
        self.assertEqual(answer.status, 200, str(answer))
        self.assertEqual([self.review(each)["waiting"]["role"] for each in records], ["office"] * 3)
        self.assertEqual(self.review(other)["state"], "pending")

    def test_what_headquarters_voids_it_refuses_at_its_own_station(self):
        record = self.sent()
        self.say(self.checker, record)
        self.say(self.office, record)
        self.top.run("void", self.top.seen(record), "--reason", "重复登记")
        self.assertEqual(self.review(record)["state"], "refused")
        self.site.sync()
        self.assertEqual(self.send(record, expect=REFUSED).error["reason"], "not_permitted")
        self.top.run("void", self.top.seen(record), "--undo")
        self.assertEqual(self.review(record)["state"], "pending")

    # ---- what was there before

    def test_by_older_rules_nothing_is_sent_and_with_these_what_was_said_counts(self):
        self.top.run("rules", "use", "3")
        record = self.site.record()
        self.site.sync()
        refused = self.site.run("send", self.site.seen(record), expect=REFUSED)
        self.assertIn("rules use 4", refused.error["message"])
        self.assertIn("sitelogd rules use 4", self.top.run("status", as_json=False).out)
        self.top.run("rules", "use", "4")
        self.site.sync()
        self.send(record)
        self.say(self.checker, record, "returned", remark="?")
        self.assertEqual(self.review(record)["state"], "returned")
        # Gone back, the review of old holds; taken up again, it is as it was.
        self.top.run("rules", "use", "3")
        self.assertEqual(self.review(record), {"state": "pending"})
        self.site.sync()
        self.assert_equal_everywhere(self.top, self.site)
        self.assert_sound(self.top, self.site)
        self.top.run("rules", "use", "4")
        self.assertEqual(self.review(record)["state"], "returned")
        self.site.sync()
        self.assert_equal_everywhere(self.top, self.site)
        self.assert_sound(self.top, self.site)

    def test_a_campaign_without_stations_is_judged_by_headquarters_alone_as_ever(self):
        text = (self.top_campaign()).replace('stations = ["checker", "office"]', "stations = []")
        file = self.folder / "none.toml"
        file.write_text(text.replace("\nversion = 4\n", "\nversion = 5\n"), encoding="utf-8")
        waiting = self.sent(title="此前报送")
        told = str(self.top.run("campaign", "publish", file).line["notices"])
        self.assertIn("judged by no stations any more", told)
        self.site.sync()
        record = self.site.record(title="此后")
        self.site.sync()
        refused = self.site.run("send", self.site.seen(record), expect=REFUSED)
        self.assertIn("headquarters alone", refused.error["message"])
        self.assertEqual(self.say(self.checker, record).status, 403)
        self.assertEqual(self.say(self.office, record).status, 200)
        self.assertEqual(self.review(record), {"state": "accepted"})
        self.assertEqual(self.say(self.checker, waiting).status, 200)
        self.assertEqual(self.say(self.office, waiting).status, 200)
        self.assertEqual(self.review(waiting)["state"], "accepted")

    def top_campaign(self):
        return CAMPAIGN_FILE.read_text(encoding="utf-8")

    def test_who_keeps_a_units_records_voids_without_speaking_for_headquarters(self):
        record = self.site.record()
        self.site.run("send", self.site.seen(record))
        self.site.sync()
        self.say(self.office, record)
        self.assertEqual(self.review(record)["state"], "accepted")
        recorder = self.web("recorder")
        voided = recorder.post("record.void", record=record, seen=self.shown(record, recorder)["seen"],
                               reason="重复")
        self.assertEqual(voided.status, 200, str(voided))
        self.assertEqual(self.review(record)["state"], "accepted", "the office has said nothing new")
        self.top.run("void", self.top.seen(record), "--undo")
        self.assertEqual(self.review(record)["state"], "accepted")
        # What the unit's voice voided, it takes back: by that account, and at the unit's device.
        def void(who, **more):
            done = who.post("record.void", record=record, seen=self.shown(record, who)["seen"],
                            reason="重复", **more)
            self.assertEqual(done.status, 200, str(done))
        void(recorder)
        back = recorder.post("record.unvoid", record=record, seen=self.shown(record, recorder)["seen"])
        self.assertEqual(back.status, 200, str(back))
        self.assertNotIn("void", self.shown(record))
        void(recorder)
        self.site.sync()
        self.site.run("void", self.site.seen(record), "--undo")
        self.site.sync()
        self.assertNotIn("void", self.shown(record))
        self.assertEqual(self.review(record)["state"], "accepted")
        # Also where the office judges the record right behind it: that is no voiding of its own.
        void(recorder)
        self.assertEqual(self.say(self.office, record, "refused", remark="重复").status, 200)
        back = recorder.post("record.unvoid", record=record, seen=self.shown(record, recorder)["seen"])
        self.assertEqual(back.status, 200, str(back))
        self.assertEqual(self.say(self.office, record).status, 200)
        # What the office voided, or the owner of the folder, stays headquarters' to take back.
        void(self.web("boss"))
        self.site.sync()
        back = recorder.post("record.unvoid", record=record, seen=self.shown(record, recorder)["seen"])
        self.assertEqual(back.status, 403, str(back))
        self.site.run("void", self.site.seen(record), "--undo", expect=REFUSED)
        self.top.run("void", self.top.seen(record), "--undo")
        self.assertEqual(self.say(self.office, record).status, 200)
        self.top.run("void", self.top.seen(record), "--reason", "不实")
        refused = recorder.post("record.unvoid", record=record, seen=self.shown(record, recorder)["seen"])
        self.assertEqual(refused.status, 403, str(refused))

    def test_a_token_ends_no_session_of_its_owner_and_notes_come_in_the_callers_language(self):
        secret = self.top.run("tokens", "add", "--account", "office").line["token"]
        program = Web(self.top, secret)
        self.assertEqual(program.ask("DELETE", "/api/v1/session?everywhere=true").status, 403)
        self.assertEqual(self.office.get("units.list").status, 200, "still signed in")
        self.assertEqual(program.ask("GET", "/api/v1/session").answer["refused_tries"]["count"], 0)
        record = self.site.record()
        self.site.sync()
        chinese = Web(self.top, language="zh-CN")
        self.assertEqual(chinese.sign_in("office").status, 200)
        done = self.say(chinese, record)  # not sent yet: that is noted
        self.assertTrue(done.answer["notices"], str(done))
        for notice in done.answer["notices"]:
            self.assertRegex(notice["text"], "[一-龥]{4}")

    def test_two_devices_that_send_the_same_at_once_send_one_thing(self):
        other = self.device(self.top, "丙")
        record = self.site.record()
        self.site.sync()
        other.sync()
        for device in (self.site, other):
            device.run("send", device.seen(record))
        self.site.sync()
        other.sync()
        self.assertEqual(self.shown(record)["conflicts"], [])
        self.assertEqual(self.review(record)["waiting"]["role"], "checker")
        self.site.sync()
        self.assert_equal_everywhere(self.top, self.site, other)

    def test_all_that_is_to_be_sent_is_sent_in_one_go_and_what_is_in_conflict_is_told(self):
        other = self.device(self.top, "丙")
        records = [self.site.record(title=f"第{n}场") for n in range(3)]
        self.site.sync()
        other.sync()
        self.site.edit(records[0], participants=50)
        other.edit(records[0], participants=60)
        self.site.sync()
        other.sync()
        self.site.sync()
        self.assertEqual(self.site.status()["to_send"], 3)
        told = self.site.run("send", "--all", expect=1).lines
        self.assertEqual(told[-1], {"sent": 2, "unchanged": 0, "left_out": 1})
        self.assertEqual([line["record"] for line in told if "error" in line], [records[0]])
        self.site.decide(records[0], "participants", "--value", "55")
        self.assertEqual(self.site.run("send", "--all").lines[-1], {"sent": 1, "unchanged": 0, "left_out": 0})
        self.assertEqual(self.site.run("send", "--all").lines, [{"sent": 0, "unchanged": 0, "left_out": 0}])
        self.assertEqual(self.site.status()["to_send"], 0)
        self.site.sync()
        for record in records:
            self.assertEqual(self.review(record)["waiting"]["role"], "checker")

    def test_who_sits_where_is_told_without_a_name(self):
        units = {line["code"]: line for line in self.top.run("units", "list").lines}
        self.assertEqual(units[GROUP]["filled"], ["checker"])
        self.assertNotIn("filled", units[OTHER])
        for device_file in self.site.folder.iterdir():
            if device_file.is_file():
                self.assertNotIn("stranger".encode(), device_file.read_bytes(), device_file.name)
        self.top.run("accounts", "disable", "checker")
        units = {line["code"]: line for line in self.top.run("units", "list").lines}
        self.assertNotIn("filled", units[GROUP])

    def test_whoever_checks_another_campaign_is_not_asked(self):
        record = self.site.record()
        self.top.run("campaign", "publish", CAMPAIGN_FILE.parent / "artists-among-workers.toml")
        self.top.run("accounts", "disable", "checker")
        self.top.run("accounts", "add", "art", "--role", "checker", "--unit", GROUP,
                     "--campaign", "artists-among-workers")
        units = {line["code"]: line for line in self.top.run("units", "list").lines}
        self.assertEqual(units[GROUP]["filled"], ["checker/artists-among-workers"])
        self.site.sync()
        self.site.run("send", self.site.seen(record))
        self.site.sync()
        self.assertEqual(self.review(record)["waiting"]["role"], "office")
        self.top.run("accounts", "grant", "art", "--role", "checker", "--unit", GROUP)
        units = {line["code"]: line for line in self.top.run("units", "list").lines}
        self.assertEqual(units[GROUP]["filled"], ["checker"])


if __name__ == "__main__":
    unittest.main()
