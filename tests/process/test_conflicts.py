"""Concurrent changes: shown everywhere, decided once, the same whatever the order."""

import itertools
import unittest

from sitelog_processes import CREW, REFUSED, USAGE, ProcessTest


class Conflicts(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.a = self.device(self.top, "甲")
        self.b = self.device(self.top, "乙")

    def shared_record(self, **fields):
        """A record that both devices and headquarters hold."""
        record = self.a.record(**fields)
        self.settle(self.a, self.b)
        return record

    def candidates(self, conflicts, record):
        return {conflict["field"]: sorted(str(c["value"]) for c in conflict["candidates"])
                for conflict in conflicts if conflict["record"] == record}

    def assert_listed_everywhere(self, record, expected):
        for program in (self.top, self.a, self.b):
            self.assertEqual(self.candidates(program.conflicts(), record), expected, program.name)

    def test_any_order_of_three_syncs_gives_every_replica_the_same_state(self):
        expected = {"participants": ["125", "130"], "title": ["一", "二"]}
        for number, order in enumerate(itertools.product("ab", repeat=3)):
            with self.subTest(order="".join(order)):
                record = self.shared_record(number=number, participants=100)
                self.a.edit(record, participants=130, title="一")
                self.b.edit(record, participants=125, title="二")
                devices = {"a": self.a, "b": self.b}
                for turn in order:
                    device = devices[turn]
                    device.sync()
                    self.assert_equal_everywhere(self.top, device)
                self.settle(self.a, self.b)
                self.assert_equal_everywhere(self.top, self.a, self.b)
                self.assert_listed_everywhere(record, expected)
                shown = {program.name: next(line["fields"] for line in program.records()
                                            if line["record"] == record)
                         for program in (self.top, self.a, self.b)}
                for fields in shown.values():
                    self.assertEqual((fields["participants"], fields["title"]), (125, "二"))
        self.assertEqual(self.a.sync()["exchanges"], 1)
        self.assert_sound(self.top, self.a, self.b)

    def test_a_conflict_line_says_everything_about_each_candidate(self):
        record = self.shared_record(participants=100)
        self.a.run("edit", record, "participants=1", "--person", "张三")
        self.b.run("edit", record, "participants=2", "--person", "李四")
        self.settle(self.a, self.b)
        for conflicts in (self.top.conflicts(), self.a.conflicts(), self.b.conflicts()):
            self.assertEqual(len(conflicts), 1)
            conflict = conflicts[0]
            self.assertEqual((conflict["record"], conflict["unit"], conflict["field"],
                              conflict["shown"], conflict["policy"]),
                             (record, CREW, "participants", 2, "latest"))
            by_value = {c["value"]: c for c in conflict["candidates"]}
            self.assertEqual(by_value[1]["person"], "张三")
            self.assertEqual(by_value[2]["person"], "李四")
            self.assertEqual(by_value[1]["device"], self.a.status()["device"])
            for candidate in conflict["candidates"]:
                self.assertGreater(candidate["wall"], 1_500_000_000_000)
                self.assertIn(candidate["device"], candidate["stream"])
                self.assertGreaterEqual(candidate["number"], 1)

    def conflict_of_three(self, headquarters_first):
        record = self.shared_record(participants=100)
        if headquarters_first:
            self.top.edit(record, "participants=105")
        self.a.edit(record, participants=110)
        self.b.edit(record, participants=120)
        if not headquarters_first:
            self.top.edit(record, "participants=105")
        self.settle(self.a, self.b)
        self.assert_listed_everywhere(record, {"participants": ["105", "110", "120"]})
        return record

    def shown_everywhere(self, record, field="participants"):
        shown = {program.record(record)["fields"].get(field) if program is self.top
                 else program.show(record)["fields"].get(field)
                 for program in (self.top, self.a, self.b)}
        self.assertEqual(len(shown), 1, f"replicas show different values: {shown}")
        return shown.pop()

    def test_each_policy_shows_the_value_it_promises(self):
        early = self.conflict_of_three(headquarters_first=True)
        late = self.conflict_of_three(headquarters_first=False)
        promised = {"latest": (120, 105), "site": (120, 120),
                    "headquarters": (105, 105), "ask": (100, 100)}
        for policy, (shown_early, shown_late) in promised.items():
            with self.subTest(policy=policy):
                self.top.run("policy", "set", "--unit", CREW, "--field", "participants", policy)
                self.settle(self.a, self.b)
                self.assertEqual(self.shown_everywhere(early), shown_early)
                self.assertEqual(self.shown_everywhere(late), shown_late)
                self.assertEqual({c["policy"] for c in self.a.conflicts()}, {policy})
                self.assert_equal_everywhere(self.top, self.a, self.b)
        self.assert_sound(self.top, self.a, self.b)

    def test_a_policy_set_before_the_conflict_and_for_the_whole_unit_holds_too(self):
        self.top.run("policy", "set", "--unit", CREW, "headquarters")
        self.settle(self.a, self.b)
        record = self.conflict_of_three(headquarters_first=True)
        self.assertEqual(self.shown_everywhere(record), 105)
        self.top.run("policy", "set", "--unit", CREW, "--field", "participants", "ask")
        self.settle(self.a, self.b)
        self.assertEqual(self.shown_everywhere(record), 100)

    def test_the_campaign_asks_a_person_where_two_dates_are_given(self):
        record = self.shared_record(date="2020-07-01")
        self.a.edit(record, date="2020-07-02")
        self.b.edit(record, date="2020-07-03")
        self.settle(self.a, self.b)
        self.assertEqual(self.shown_everywhere(record, "date"), "2020-07-01")
        self.assertEqual(self.top.conflicts()[0]["policy"], "ask")

    def test_the_same_value_from_both_is_no_conflict(self):
        record = self.shared_record(participants=100)
        self.a.edit(record, participants=130)
        self.b.edit(record, participants=130)
        self.settle(self.a, self.b)
        self.assert_listed_everywhere(record, {})
        self.assertEqual(self.shown_everywhere(record), 130)

    def test_a_site_decides_by_taking_a_candidate(self):
        record = self.conflict_of_three(headquarters_first=False)
        done = self.a.decide(record, "participants", "--take",
                             self.a.candidate(record, "participants", 110)).line
        self.assertEqual(done["fields"], {"participants": 110})
        self.assertEqual(self.a.conflicts(), [])
        self.settle(self.a, self.b)
        self.assert_listed_everywhere(record, {})
        self.assertEqual(self.shown_everywhere(record), 110)
        entries = self.top.record(record)["entries"]
        written = [entry["fields"]["participants"]["value"] for entry in entries
                   if "participants" in entry["fields"]]
        self.assertEqual(sorted(written), [100, 105, 110, 110, 120])
        self.assert_equal_everywhere(self.top, self.a, self.b)

    def test_a_field_may_be_called_by_its_label(self):
        self.top.run("policy", "set", "--unit", CREW, "--field", "参加人数", "ask")
        self.top.run("policy", "set", "--unit", CREW, "--field", "Participants", "ask")
        policies = [line["policies"] for line in self.top.run("policy", "list", "--unit", CREW).lines]
        self.assertEqual(policies, [{"participants": "ask"}])
        record = self.conflict_of_three(headquarters_first=True)
        taken = self.a.candidate(record, "participants", 110)
        refused = self.a.decide(record, "人数", "--take", taken, expect=REFUSED)
        self.assertIn("人数", refused.error["message"])
        self.a.decide(record, "参加人数", "--take", taken[:8])
        self.settle(self.a, self.b)
        self.assert_listed_everywhere(record, {})
        self.top.review("return", record, "--remark", "请核对", "--field", "参加人数=多少？")
        self.assertEqual(self.top.record(record)["review"]["fields"], {"participants": "多少？"})
        refused = self.top.review("return", record, "--remark", "请核对", "--field", "参加人数=一",
                               "--field", "participants=二", expect=REFUSED)
        self.assertIn("participants", refused.error["message"])
        self.settle(self.a, self.b)
        self.assert_equal_everywhere(self.top, self.a, self.b)

    def test_headquarters_decides_by_another_value(self):
        record = self.conflict_of_three(headquarters_first=True)
        self.top.decide(record, "participants", "--value", "117")
        self.settle(self.a, self.b)
        self.assert_listed_everywhere(record, {})
        self.assertEqual(self.shown_everywhere(record), 117)

    def test_two_different_decisions_are_a_conflict_again(self):
        record = self.conflict_of_three(headquarters_first=True)
        self.a.decide(record, "participants", "--value", "1")
        self.b.decide(record, "participants", "--value", "2")
        self.settle(self.a, self.b)
        self.assert_listed_everywhere(record, {"participants": ["1", "2"]})

    def test_deciding_what_is_not_in_conflict_is_refused(self):
        record = self.shared_record(participants=100)
        refused = self.a.decide(record, "participants", "--value", 1, expect=REFUSED)
        self.assertEqual(refused.error["reason"], "nothing_to_decide")
        record = self.conflict_of_three(headquarters_first=True)
        for words in (("--take", "00000000"), ("--take", "0001"), ("--value", "-5"),
                      ("--value", "viele")):
            self.a.decide(record, "participants", *words, expect=REFUSED)
        for place in ("1", "2", "-1"):  # a place in a list is nobody's name
            self.a.decide(record, "participants", "--take", place, expect=USAGE)
        self.assertEqual(len(self.a.conflicts()), 1)

    def test_changes_of_different_fields_are_merged_without_a_conflict(self):
        record = self.shared_record(participants=100, venue="一号井")
        self.a.edit(record, participants=130)
        self.b.edit(record, venue="二号井")
        self.settle(self.a, self.b)
        self.assert_listed_everywhere(record, {})
        self.assertEqual(self.shown_everywhere(record), 130)
        self.assertEqual(self.shown_everywhere(record, "venue"), "二号井")
        self.assertTrue(self.top.record(record)["parallel"], "that changes were parallel is told")

    def test_a_void_record_stays_and_can_be_taken_back(self):
        record = self.shared_record(participants=100)
        self.a.run("void", record, "--reason", "重复登记")
        self.b.edit(record, participants=120)
        self.settle(self.a, self.b)
        for program in (self.top, self.a, self.b):
            shown = program.record(record) if program is self.top else program.show(record)
            self.assertEqual(shown["void"], "重复登记")
            self.assertEqual(shown["fields"]["participants"], 120)
        self.assertEqual(self.top.unit()["records"], 1)
        self.b.run("void", record, "--undo")
        self.settle(self.a, self.b)
        self.assertNotIn("void", self.top.record(record))
        self.assertNotIn("void", self.a.show(record))
        self.assert_equal_everywhere(self.top, self.a, self.b)

    def test_voiding_needs_a_reason(self):
        record = self.shared_record()
        self.a.run("void", record, expect=2)
        self.a.run("void", record, "--reason", "", expect=2)
        self.assertNotIn("void", self.a.show(record))

    def test_two_different_reasons_of_voiding_are_a_conflict(self):
        record = self.shared_record()
        self.a.run("void", record, "--reason", "重复登记")
        self.b.run("void", record, "--reason", "没有举办")
        self.settle(self.a, self.b)
        self.assert_listed_everywhere(record, {"_void": ["没有举办", "重复登记"]})
        self.assertIn("void", self.top.record(record))
        self.top.decide(record, "_void", "--take", self.top.candidate(record, "_void", "没有举办"))
        self.settle(self.a, self.b)
        self.assert_listed_everywhere(record, {})


class Reviews(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.a = self.device(self.top, "甲")

    def test_a_returned_record_is_corrected_offline_and_accepted(self):
        record = self.a.record(participants=999)
        self.a.sync()
        self.assertEqual(self.top.record(record)["review"]["state"], "pending")
        self.top.review("return", record, "--remark", "请更正", "--field",
                     "participants=请核对人数", "--field", "date=是这一天吗？", "--due", "2020-08-01")
        self.a.sync()
        review = self.a.show(record)["review"]
        self.assertEqual((review["state"], review["remark"], review["due"]),
                         ("returned", "请更正", "2020-08-01"))
        self.assertEqual(review["fields"], {"participants": "请核对人数", "date": "是这一天吗？"})
        self.assertFalse(review.get("changed_since", False))
        self.assertEqual([line["record"] for line in self.a.records("--review", "returned")], [record])

        self.top.stop()
        self.a.edit(record, participants=99)
        self.assertTrue(self.a.show(record)["review"]["changed_since"])
        self.top.serve()
        self.a.sync()
        review = self.top.record(record)["review"]
        self.assertEqual((review["state"], review["changed_since"]), ("returned", True))

        self.top.review("accept", record)
        self.a.sync()
        review = self.a.show(record)["review"]
        self.assertEqual(review["state"], "accepted")
        self.assertFalse(review.get("changed_since", False))
        self.assert_equal_everywhere(self.top, self.a)

        self.a.edit(record, participants=98)
        self.a.sync()
        self.assertTrue(self.top.record(record)["review"]["changed_since"],
                        "a change of what was accepted shows")

    def test_a_record_in_conflict_is_not_accepted(self):
        b = self.device(self.top, "乙")
        record = self.a.record(participants=1)
        self.settle(self.a, b)
        self.a.edit(record, participants=2)
        b.edit(record, participants=3)
        self.settle(self.a, b)
        refused = self.top.review("accept", record, expect=REFUSED)
        self.assertIn("participants", refused.error["message"])
        self.assertEqual(self.top.record(record)["review"]["state"], "pending")

    def test_a_return_must_say_why_and_name_fields_that_exist(self):
        record = self.a.record()
        self.a.sync()
        seen = self.top.seen(record)
        for words in (("return", seen), ("refuse", seen),
                      ("return", seen, "--field", "nosuch=x"),
                      ("return", seen, "--remark", "x", "--due", "2020-02-30"),
                      ("accept", "ffffffff" + seen[-7:])):
            self.top.run("review", *words, expect=REFUSED)
        self.top.review("return", record, "--field", "participants", expect=2)
        self.assertEqual(self.top.record(record)["review"]["state"], "pending")


if __name__ == "__main__":
    unittest.main()
