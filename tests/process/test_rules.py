"""Which judging rules hold: a new headquarters begins with the newest, and lays down others for all."""

import unittest

from sitelog_processes import CREW, REFUSED, ProcessTest


class Rules(ProcessTest):
    def test_a_new_headquarters_begins_with_the_newest_rules_and_its_sites_follow(self):
        top = self.headquarters()
        device = self.device(top)
        self.assertEqual(top.run("rules", "show").line["hold"], 4)
        self.assertNotIn("newer_rules", top.run("status").line)
        device.record()
        device.sync()
        self.assertNotIn("rules", device.status())
        self.assert_equal_everywhere(top, device)
        self.assert_sound(top, device)

    def test_other_rules_are_laid_down_for_all_and_taken_back(self):
        top = self.headquarters()
        device = self.device(top)
        device.record()
        device.sync()
        used = top.run("rules", "use", "1").line
        self.assertEqual((used["hold"], used["quarantined_before"], used["quarantined"]), (1, 0, 0))
        self.assertEqual(top.run("status").line["newer_rules"], 4)
        self.assertIn("sitelogd rules use 4", top.run("status", as_json=False).out)
        device.sync()
        self.assert_equal_everywhere(top, device)
        refused = top.run("rules", "use", "5", expect=REFUSED)
        self.assertIn("1 to 4", refused.error["message"])
        self.assertEqual(top.run("rules", "use", "4").line["hold"], 4)
        device.sync()
        self.assert_equal_everywhere(top, device)
        self.assert_sound(top, device)
        self.assertEqual(len(top.records("--unit", CREW)), 1)


if __name__ == "__main__":
    unittest.main()
