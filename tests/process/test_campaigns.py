"""A campaign that changes while devices hold records of it, sent and unsent."""

import unittest

from sitelog_processes import CAMPAIGN, CAMPAIGN_FILE, DONE, REFUSED, ProcessTest


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
        self.assertEqual(text.count("\nversion = 1\n"), 1)
        changed = self.folder / "without-films.toml"
        changed.write_text(text.replace(kind, "").replace("\nversion = 1\n", "\nversion = 2\n"),
                           encoding="utf-8")
        self.top.run("campaign", "publish", changed)

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
                             "level=county", "participants=5", expect=REFUSED)
        self.assertIn("film", str(refused))
        self.assertEqual(self.a.edit(unsent, kind="lecture")["record"], unsent)
        self.settle(self.a, self.b)
        self.assertEqual(self.top.record(unsent)["fields"]["title"], "放映二（更正）")
        self.assertEqual(self.top.record(unsent)["fields"]["kind"], "lecture")
        # What is held counts, whatever it is called by now.
        report = self.top.run("report", "statistics", "--campaign", CAMPAIGN, "--format", "json", expect=DONE).line
        self.assertEqual(report["total"]["events"], 2)
        self.assert_equal_everywhere(self.top, self.a, self.b)
        self.assert_sound(self.top, self.a, self.b)


if __name__ == "__main__":
    unittest.main()
