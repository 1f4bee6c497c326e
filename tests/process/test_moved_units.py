"""A unit is moved while what it sent waits at its old group: nobody's chair holds the record up."""

import unittest

from sitelog_processes import DONE
from stations import COUNTY, GROUP, StationsTest

MINE = "shenma-mine-8"


class TestMovedUnits(StationsTest):
    def move(self):
        self.top.run("units", "change", MINE, "--parent", COUNTY)

    def waiting_empty(self):
        return [(line["role"], line["unit"], line["records"]) for line in self.top.status()["waiting"]
                if line.get("empty")]

    def test_where_it_waits_counts_as_an_empty_chair_and_headquarters_acts_for_it(self):
        record = self.sent()
        self.assertEqual(self.waiting(), {("checker", GROUP): 1})
        self.assertNotIn("unit_moved", self.shown(record))
        # Somebody sits there, and is asked, as long as the unit lies below.
        self.assertEqual(self.say(self.office, record, **{"for": "checker", "reason": "?"}).status, 422)
        self.move()
        self.assertEqual(self.checker.get("record.show", record=record).status, 404)
        self.assertEqual(self.waiting_empty(), [("checker", "", 1)])
        self.assertTrue(self.shown(record)["unit_moved"])
        told = self.top.run("records", "show", record, as_json=False).out
        self.assertIn("its unit was moved away", told)
        said = self.say(self.office, record, **{"for": "checker", "reason": "the unit was moved"})
        self.assertEqual(said.status, 200, said)
        self.assertEqual(self.review(record)["state"], "accepted")
        self.assertNotIn("unit_moved", self.shown(record))

    def test_the_site_is_told_and_what_it_sends_again_asks_those_above_it_now(self):
        record, returned = self.sent(), self.sent(title="另一场")
        self.say(self.checker, returned, "returned", remark="?")
        self.assertEqual(self.site.status()["asked_otherwise"], [])
        self.move()
        self.site.sync()
        self.assertEqual(self.site.status()["asked_otherwise"], [record])
        self.assertIn("send --all", self.site.run("status", as_json=False).out)
        self.assertIn("its unit was moved away", self.site.run("show", record, as_json=False).out)
        self.site.run("send", "--all", expect=DONE)
        self.assertEqual(self.site.status()["asked_otherwise"], [])
        self.site.sync()
        self.assertEqual(self.waiting(), {("checker", COUNTY): 1})
        self.assertEqual(self.waiting_empty(), [])
        self.assertEqual(self.say(self.stranger, record).status, 200)
        self.assertEqual(self.waiting(), {("office", ""): 1})
        # Moved back, what the county said stands, and the group is asked no more.
        self.top.run("units", "change", MINE, "--parent", GROUP)
        self.assertEqual(self.review(record)["waiting"], {"role": "office", "unit": ""})
        self.assert_sound(self.top, self.site)

    def test_of_the_units_asked_for_only_those_below_the_chair_are_counted_there(self):
        self.sent()
        waiting = self.top.run("status", "--unit", GROUP).line["waiting"]
        self.assertEqual([(line["unit"], line["records"]) for line in waiting], [(GROUP, 1)])
        self.move()
        self.assertEqual(self.top.run("status", "--unit", GROUP).line["waiting"], [])
        waiting = self.top.run("status", "--unit", COUNTY).line["waiting"]
        self.assertEqual([(line["role"], line.get("empty")) for line in waiting], [("checker", True)])


if __name__ == "__main__":
    unittest.main()
