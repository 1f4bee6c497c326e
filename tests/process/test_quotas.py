"""A device that brings more than headquarters keeps of one: it is held up, told, and let in again."""

import unittest

from sitelog_processes import REFUSED, ProcessTest, an_event


class Quotas(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.much, self.other = self.device(self.top, "甲"), self.device(self.top, "乙")
        self.much.record_many(an_event(i) for i in range(10))
        self.much.sync()
        self.id = self.much.status()["device"]

    def held(self):
        return next(line["entries"] for line in self.top.run("devices", "list").lines
                    if line["device"] == self.id)

    def held_up(self):
        told = next(line for line in self.top.run("devices", "list").lines if line["device"] == self.id)
        return told["revoked"] is not None and told["revoked"].get("held_up", False)

    def test_a_device_past_its_share_is_held_up_told_in_plain_words_and_let_in_again(self):
        limited = self.top.run("devices", "admit", "甲", "--entries", "50").line
        self.assertEqual((limited["device"], limited["entries"]), (self.id, 50))
        self.much.record_many(an_event(i) for i in range(100, 200))
        refused = self.much.sync(expect=REFUSED)
        self.assertEqual(refused.error["reason"], "held_up")
        told = self.much.run("--lang", "zh", "sync", as_json=False, expect=REFUSED)
        self.assertIn("总部", told.err)
        self.assertIn("本机", told.err)
        self.assertIn("总部", self.much.run("--lang", "zh", "status", as_json=False).out)
        self.assertEqual(self.held(), 10)
        self.assertTrue(self.held_up())
        self.assertEqual(len(self.much.records()), 110, "at the device all of it shows")
        self.assertEqual(len(self.top.records()), 10, "what it had sent counts")
        self.assertEqual(self.much.status()["entries"]["waiting"], 100)

        listed = self.top.run("--lang", "zh", "devices", "list", as_json=False).out
        self.assertIn("暂停接收", listed)
        status = self.top.run("--lang", "zh", "status", as_json=False).out
        self.assertIn("devices admit " + self.id[:12], status)
        # Reinstating is for what was revoked.
        wrong = self.top.run("devices", "reinstate", "甲", expect=REFUSED)
        self.assertEqual(wrong.error["reason"], "held_up")
        self.assertIn("devices admit", wrong.error["message"])
        # Others go on.
        self.other.record()
        self.assertTrue(self.other.sync()["caught_up"])
        self.assert_equal_everywhere(self.top, self.other)

        let_in = self.top.run("devices", "admit", self.id[:8]).line
        self.assertGreaterEqual(let_in["entries"], 2_000_000)
        self.settle(self.much, self.other)
        self.assertEqual(self.held(), 110)
        self.assertFalse(self.held_up())
        self.assertEqual(len(self.top.records()), 111)
        self.assert_equal_everywhere(self.top, self.much, self.other)
        self.assert_sound(self.top, self.much, self.other)
        self.assertNotIn("admit", self.top.run("status", as_json=False).out)

    def test_an_agent_that_is_held_up_goes_on_recording_and_delivers_once_it_is_let_in(self):
        self.much.agent()
        self.wait_until(lambda: any(line["event"] == "caught_up" for line in self.much.said), "contact")
        self.top.run("devices", "admit", "甲", "--entries", "30")
        for number in range(30):
            self.much.record(title=f"第{number}")
        self.wait_until(self.held_up, "it is held up")
        self.much.record(title="照样记")
        self.assertTrue(self.much.running)
        self.assertGreater(self.much.status()["entries"]["waiting"], 0)
        self.top.run("devices", "admit", "甲")
        self.much.record(title="放行以后")  # it tries again at once
        self.wait_until(lambda: self.much.status()["entries"]["waiting"] == 0, "delivered")
        self.assertEqual(len(self.top.records()), 42)
        self.assertEqual(self.much.stop(), 0)
        self.assert_equal_everywhere(self.top, self.much)
        self.assert_sound(self.top, self.much)

    def test_one_that_is_held_up_can_be_revoked_and_a_revoked_one_is_not_admitted(self):
        self.top.run("devices", "admit", "甲", "--entries", "10")
        self.much.record()
        self.assertEqual(self.much.sync(expect=REFUSED).error["reason"], "held_up")
        self.top.run("devices", "revoke", "甲", "--reason", "遗失")
        self.assertEqual(self.much.sync(expect=REFUSED).error["reason"], "revoked")
        wrong = self.top.run("devices", "admit", "甲", expect=REFUSED)
        self.assertEqual(wrong.error["reason"], "revoked")
        self.assertIn("reinstate", wrong.error["message"])
        self.top.run("devices", "reinstate", "甲")
        self.assertEqual(self.much.sync(expect=REFUSED).error["reason"], "held_up", "its share is as it was")
        self.top.run("devices", "admit", "甲", "--mib", "100")
        self.much.sync()
        self.assertEqual(len(self.top.records()), 11)

    def test_a_share_of_bytes_counts_as_one_of_entries_does(self):
        self.top.run("devices", "admit", "甲", "--mib", "1")
        self.much.record_many(an_event(i, summary="长" * 5000) for i in range(100))
        self.assertEqual(self.much.sync(expect=REFUSED).error["reason"], "held_up")
        self.assertLess(self.held(), 80)
        self.assertGreater(self.held(), 10)
        for bad in (("--entries", "-1"), ("--mib", "x"), ("--entries", "1000000001")):
            self.assertNotEqual(self.top.run("devices", "admit", "甲", *bad, expect=None).status, 0)
        self.top.run("devices", "admit", "没有", expect=REFUSED)
        self.top.run("devices", "admit", "甲")
        self.assertTrue(self.much.sync()["caught_up"])


if __name__ == "__main__":
    unittest.main()
