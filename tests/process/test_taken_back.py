"""A verdict taken back by whoever gave it."""

from https import account
from sitelog_processes import REFUSED
from stations import GROUP, StationsTest, by_key


class TakenBack(StationsTest):
    """One's own verdict, as long as nobody built on it."""

    def undo(self, who, record, **more):
        return who.post("review.undo", record=record, seen=self.shown(record, who)["seen"], **more)

    def assert_refused(self, answer, status, *words):
        self.assertEqual(answer.status, status, answer)
        for word in words:
            self.assertIn(word, answer.json["detail"])

    def test_what_was_returned_or_refused_waits_there_again_and_the_site_is_told(self):
        record = self.sent()
        before = self.review(record)
        for verdict in ("returned", "refused"):
            done = self.say(self.checker, record, verdict, remark="人数?", fields={"participants": "核对"})
            self.site.sync()
            self.assertEqual(self.site.show(record)["review"]["state"], verdict)
            # As the page does: by what the verdict was answered with.
            undone = self.checker.post("review.undo", record=record, seen=done.answer["seen"])
            self.assertEqual(undone.status, 200, undone)
            self.assertEqual(self.review(record), before)
            self.site.sync()
            told = by_key(self.site.show(record)["review"])
            self.assertEqual((told["state"], told["waiting"]), ("pending", {"role": "checker", "unit": GROUP}))
            self.assertEqual(self.site.status()["returned"], [])
            self.assert_equal_everywhere(self.top, self.site)
        self.assertEqual(self.waiting(), {("checker", GROUP): 1})
        self.assertEqual([line["record"] for line in self.checker.get("records.list", station="mine").lines], [record])
        self.assertEqual(self.say(self.checker, record).status, 200)
        self.assertEqual(self.review(record)["waiting"], {"role": "office", "unit": ""})
        self.assert_sound(self.top, self.site)

    def test_an_acceptance_counts_no_longer_at_the_last_station_and_the_one_before(self):
        record = self.sent(participants=80)
        self.say(self.checker, record)
        self.say(self.office, record)
        self.assertEqual(self.counted("accepted"), 1)
        self.assertEqual(self.undo(self.office, record).status, 200)
        self.assertEqual((self.counted("accepted"), self.counted("pending")), (0, 1))
        self.assertEqual(self.review(record)["waiting"], {"role": "office", "unit": ""})
        # What was taken back is nothing that anybody built on.
        self.assertEqual(self.undo(self.checker, record).status, 200)
        self.assertEqual(self.review(record)["waiting"], {"role": "checker", "unit": GROUP})
        self.site.sync()
        self.assert_equal_everywhere(self.top, self.site)
        self.assertEqual([line["on"].count(record) for line in self.web("boss").get("audit.list").lines
                          if line.get("operation") == "review.undo"], [1, 1])

    def test_nobody_takes_back_what_others_built_on_or_what_is_not_theirs(self):
        record = self.sent()
        self.assert_refused(self.undo(self.checker, record), 409, "nothing to take back")
        seen = self.say(self.checker, record).answer["seen"]
        self.assert_refused(self.undo(self.office, record), 409, "nothing to take back")
        self.assertEqual(self.stranger.post("review.undo", record=record, seen=seen).status, 404)
        account(self.top, "second", "checker", GROUP)
        self.assert_refused(self.undo(self.web("second"), record), 403, "another's", "checker")
        self.assertEqual(self.web("viewer").post("review.undo", record=record, seen=seen).status, 403)
        self.say(self.office, record)
        self.assert_refused(self.undo(self.checker, record), 422, "office", "has judged the record since")
        stale = self.checker.post("review.undo", record=record, seen=seen)
        self.assertEqual(stale.status, 412, stale)
        self.assertIn("accepted it (office", str(stale.json["errors"]))
        self.assertEqual(self.undo(self.office, record).status, 200)
        self.assert_refused(self.undo(self.office, record), 409, "nothing to take back")
        self.checker.language = "zh-CN"
        self.say(self.office, record, "returned", remark="?")
        self.assert_refused(self.undo(self.checker, record), 422, "宣教部", "office")

    def test_what_was_sent_again_or_changed_since_is_past(self):
        record = self.sent(participants=80)
        self.say(self.checker, record, "returned", remark="核对人数")
        self.site.sync()
        self.site.edit(record, participants=90)
        self.site.sync()
        self.assert_refused(self.undo(self.checker, record), 422, "was changed since")
        self.send(record)
        self.assert_refused(self.undo(self.checker, record), 422, "sent again since")
        self.assertEqual(self.review(record)["waiting"], {"role": "checker", "unit": GROUP})

    def test_the_command_line_takes_back_what_it_said_also_of_what_was_not_sent(self):
        record = self.sent()
        self.top.review("accept", record, "--station", "office")
        self.assertEqual(self.review(record)["state"], "accepted")
        words = self.top.run("review", "undo", self.top.seen(record), as_json=False).out
        self.assertIn(record, words)
        self.assertEqual(self.review(record)["state"], "pending")
        self.top.run("review", "undo", self.top.seen(record), expect=REFUSED)
        unsent = self.site.record(title="另一场")
        self.site.sync()
        self.top.review("refuse", unsent, "--remark", "重复")
        self.assertEqual(self.review(unsent)["state"], "refused")
        self.top.run("review", "undo", self.top.seen(unsent))
        self.assertEqual(self.review(unsent)["state"], "pending")
        self.top.run("void", self.top.seen(unsent), "--reason", "重复")
        self.assertIn("void", self.top.run("review", "undo", self.top.seen(unsent), expect=REFUSED).error["message"])
        self.site.sync()
        self.assert_equal_everywhere(self.top, self.site)
