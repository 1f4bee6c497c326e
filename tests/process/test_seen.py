"""What was seen is what is signed: between somebody's look and their word a site changes what they
looked at."""

import re
import subprocess
import unittest

from sitelog_processes import BIN, REFUSED, USAGE, ProcessTest, free_environment


class Looks(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.a = self.device(self.top, "甲")

    def changes(self, outcome):
        """What a refusal says has changed: field, from, to."""
        self.assertEqual(outcome.error["reason"], "changed")
        return [(p["field"], *p["args"][:2]) for p in outcome.error.get("problems", [])]

    def test_a_site_that_pushes_between_look_and_accept_gets_no_acceptance(self):
        record = self.a.record(participants=90)
        self.a.sync()
        seen = self.top.seen(record)
        self.a.edit(record, participants=90_000)
        self.a.sync()
        refused = self.top.run("review", "accept", seen, expect=REFUSED)
        self.assertEqual(self.changes(refused), [("participants", "90", "90000")])
        self.assertEqual(self.top.record(record)["review"], {"state": "pending", "unsent": True})
        told = self.top.run("--lang", "en", "review", "accept", seen, expect=REFUSED, as_json=False)
        self.assertRegex(told.err, r"Participants: it was 90; it is 90000 \(甲, device [0-9a-f]{8}\)")
        now = re.search(r"As it is now: (\S+)", told.err).group(1)
        done = self.top.run("review", "accept", now).line
        self.assertEqual(done["fields"]["_review"]["verdict"], "accepted")
        self.a.sync()
        self.assertEqual(self.a.show(record)["review"], {"state": "accepted"})

    def at_once(self, seen):
        """The site syncs while headquarters accepts what was seen."""
        commands = [[str(BIN / "sitelog"), "--data", str(self.a.folder), "--json", "sync"],
                    [str(BIN / "sitelogd"), "--data", str(self.top.folder), "--json", "review",
                     "accept", seen]]
        running = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                    env=free_environment(self.folder)) for command in commands]
        for process in running:
            process.wait(60)

    def test_whichever_comes_first_a_change_or_its_acceptance_what_was_not_seen_is_not_accepted(self):
        record = self.a.record(participants=0)
        self.a.sync()
        for number in range(1, 11):
            seen = self.top.seen(record)
            self.a.edit(record, participants=number)
            self.at_once(seen)
            self.a.sync()
            review = self.top.record(record)["review"]
            if review["state"] == "accepted":
                self.assertTrue(review.get("changed_since"), f"{number} was accepted unseen")

    def test_the_one_word_that_a_list_prints_is_all_that_a_clerk_copies(self):
        record = self.a.record()
        self.a.sync()
        listed = self.top.run("records", "list", as_json=False).out
        word = re.search(r"^\s*([0-9a-f]{8}@[0-9A-Z]{6})\s", listed, re.MULTILINE).group(1)
        self.assertTrue(record.endswith(word[:8]))
        shown = self.top.run("records", "show", word, as_json=False).out
        self.assertIn(record + word[8:], shown)
        forgiving = word[:9] + word[9:].lower()
        done = self.top.run("--lang", "zh", "review", "accept", forgiving, as_json=False).out
        self.assertIn("通过", done)
        self.assertEqual(self.top.record(record)["review"]["state"], "accepted")

    def test_a_review_or_a_decision_without_a_look_is_refused_with_what_to_do(self):
        record = self.a.record()
        self.a.sync()
        for words in (["review", "accept", record], ["review", "refuse", record, "--remark", "x"],
                      ["decide", record, "title", "--value", "x"]):
            refused = self.top.run(*words, expect=USAGE)
            self.assertIn("ID@CODE", refused.error["message"])
        self.assertEqual(self.top.run("edit", record, "venue=x", expect=USAGE).error["args"], [record])
        self.top.run("review", "accept", record + "@0", expect=REFUSED)
        self.assertEqual(len(self.top.record(record)["entries"]), 1)
        self.a.edit(record, venue="井口")  # a site's own

    def test_a_candidate_more_while_somebody_decides_is_shown_before_anything_is_decided(self):
        b = self.device(self.top, "乙")
        record = self.a.record(participants=1)
        self.settle(self.a, b)
        self.a.edit(record, participants=2)
        b.edit(record, participants=3)
        self.a.sync()
        b.sync()
        seen = self.top.seen(record)
        wanted = self.top.candidate(record, "participants", 2)
        c = self.device(self.top, "丙")
        c.sync()
        c.edit(record, venue="井口")
        self.a.edit(record, title="别的")
        self.settle(self.a, b, c)
        refused = self.top.run("decide", seen, "participants", "--take", wanted, expect=REFUSED)
        self.assertEqual({field for field, *_ in self.changes(refused)}, {"venue", "title"})
        done = self.top.decide(record, "participants", "--take", wanted[:8])
        self.assertEqual(done.line["fields"], {"participants": 2})
        told = self.top.run("records", "list", as_json=False)
        self.assertNotIn("conflict", told.out)

    def test_deciding_one_conflict_after_the_other_takes_one_look(self):
        b = self.device(self.top, "乙")
        record = self.a.record()
        self.settle(self.a, b)
        self.a.edit(record, participants=1, title="一")
        b.edit(record, participants=2, title="二")
        self.settle(self.a, b)
        first = self.top.decide(record, "participants", "--value", 3).line
        second = self.top.run("decide", f"{record}@{first['code']}", "title", "--value", "三").line
        self.top.run("review", "accept", f"{record}@{second['code']}")

    def test_an_edit_at_a_site_with_what_was_seen_is_refused_when_stale(self):
        b = self.device(self.top, "乙")
        record = self.a.record(participants=1)
        self.settle(self.a, b)
        seen = b.seen(record)
        self.a.edit(record, participants=2)
        self.settle(self.a, b)
        for words in (["edit", seen, "participants=3"], ["void", seen, "--reason", "x"]):
            self.assertEqual(self.changes(b.run(*words, expect=REFUSED)), [("participants", "1", "2")])
        b.run("edit", b.seen(record), "participants=3")


if __name__ == "__main__":
    unittest.main()
