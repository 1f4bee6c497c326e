"""What somebody did themselves they take back, as long as nobody built on it."""

from sitelog_processes import REFUSED
from stations import StationsTest


class Undo(StationsTest):
    def undo(self, who, record, **more):
        return who.post("record.undo", record=record, seen=self.shown(record, who)["seen"], **more)

    def edit(self, who, record, **fields):
        return who.post("record.edit", record=record, seen=self.shown(record, who)["seen"], fields=fields)

    def assert_refused(self, answer, status, *words):
        self.assertEqual(answer.status, status, answer)
        for word in words:
            self.assertIn(word, answer.json["detail"])

    def test_fields_and_explanations_say_again_what_they_said(self):
        record = self.site.record(participants=3500, title="大会")
        self.site.sync()
        before = self.shown(record)
        self.assertEqual(self.edit(self.office, record, participants=350, title="小会").status, 200)
        undone = self.undo(self.office, record)
        self.assertEqual(undone.status, 200, undone)
        self.assertEqual(self.shown(record)["fields"], before["fields"])
        self.assertEqual(self.edit(self.office, record, **{"_explain.participants": "全矿大会"}).status, 200)
        self.assertIn("participants", self.shown(record)["explanations"])
        self.assertEqual(self.undo(self.office, record).status, 200)
        self.assertEqual(self.shown(record).get("explanations"), before.get("explanations"))
        # An entry is named where it is not the last.
        self.edit(self.office, record, title="甲")
        entry = self.shown(record)["history"]["title"][-1]["entry"]
        self.edit(self.office, record, participants=12)
        self.assertEqual(self.undo(self.office, record, entry=entry[:8]).status, 200)
        fields = self.shown(record)["fields"]
        self.assertEqual((fields["title"], fields["participants"]), (before["fields"]["title"], 12))
        self.site.sync()
        self.assert_equal_everywhere(self.top, self.site)
        self.assert_sound(self.top, self.site)

    def test_a_site_takes_its_own_change_back_and_a_voiding_too(self):
        record = self.site.record(title="甲")
        self.site.edit(record, title="乙")
        self.site.run("undo", self.site.seen(record))
        self.assertEqual(self.site.show(record)["fields"]["title"], "甲")
        self.site.run("void", record, "--reason", "重复")
        self.assertTrue(self.site.show(record)["void"])
        self.site.run("undo", self.site.seen(record))
        self.assertNotIn("void", self.site.show(record))
        self.site.run("undo", self.site.seen(record))
        self.assertEqual(self.site.show(record)["void"], "重复")
        self.site.sync()
        self.assert_equal_everywhere(self.top, self.site)

    def test_headquarters_voiding_goes_with_the_refusal_that_came_with_it(self):
        record = self.sent()
        before = self.review(record)
        done = self.office.post("record.void", record=record, seen=self.shown(record)["seen"], reason="重复")
        self.assertEqual(done.status, 200)
        self.assertEqual(self.review(record)["state"], "refused")
        undone = self.office.post("record.undo", record=record, seen=done.answer["seen"])
        self.assertEqual(undone.status, 200, undone)
        self.assertEqual(self.review(record), before)
        self.assertNotIn("void", self.shown(record))

    def test_a_decision_goes_back_to_what_was_shown_before_it(self):
        record = self.site.record(title="甲")
        other = self.device(self.top, "乙机")
        self.settle(self.site, other)
        self.site.edit(record, title="乙")
        other.edit(record, title="丙")
        self.settle(self.site, other)
        shown = self.shown(record)
        self.assertEqual([each["field"] for each in shown["conflicts"]], ["title"])
        decided = self.office.post("conflict.decide", record=record, seen=shown["seen"], field="title", value="丁")
        self.assertEqual(decided.status, 200, decided)
        self.assertEqual(self.undo(self.office, record).status, 200)
        now = self.shown(record)
        self.assertEqual((now["fields"]["title"], now["conflicts"]), (shown["fields"]["title"], []))

    def test_nobody_takes_back_what_is_anothers_or_what_others_built_on(self):
        record = self.sent(participants=80)
        self.assert_refused(self.undo(self.office, record), 409)
        self.assertEqual(self.edit(self.office, record, title="甲").status, 200)
        entry = self.shown(record)["history"]["title"][-1]["entry"]
        boss = self.web("boss")
        self.assert_refused(self.undo(boss, record, entry=entry), 403, "office")
        self.assertEqual(self.edit(boss, record, participants=90).status, 200)
        first = self.shown(record)["history"]["title"][0]["entry"]
        self.assert_refused(self.undo(self.office, record, entry=first), 422)
        # Another field is nobody's building on it; the same one is.
        self.assertEqual(self.edit(boss, record, title="乙").status, 200)
        self.assert_refused(self.undo(self.office, record, entry=entry), 422, "boss")
        self.assertEqual(self.edit(self.office, record, title="丙").status, 200)
        self.site.sync()
        self.send(record)
        self.assert_refused(self.undo(self.office, record), 422)
        self.assertEqual(self.edit(self.office, record, title="丁").status, 200)
        self.assertEqual(self.say(self.checker, record).status, 200)
        self.assert_refused(self.undo(self.office, record), 422, "checker")
        self.assert_refused(self.undo(self.office, record, entry="0000ffff"), 422)
        verdict = self.shown(record)["history"]["_review.checker"][-1]["entry"]
        self.assert_refused(self.undo(self.office, record, entry=verdict), 422)
        refused = self.site.run("undo", self.site.seen(record), "--entry", "ffffffff", expect=REFUSED)
        self.assertIn("ffffffff", refused.error["message"])
