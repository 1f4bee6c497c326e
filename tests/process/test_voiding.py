"""Records declared void: by whom, and who takes that back."""

import unittest

from sitelog_processes import REFUSED, ProcessTest


class Voiding(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.a = self.device(self.top, "甲")

    def sent(self, **fields):
        record = self.a.record(**fields)
        self.a.sync()
        return record

    def void(self, record, reason="重复登记"):
        """Headquarters looks, and declares it void."""
        return self.top.run("void", self.top.seen(record), "--reason", reason)

    def test_a_site_does_not_take_back_what_headquarters_voided_and_is_told_why(self):
        record = self.sent()
        self.void(record)
        self.a.sync()
        entries = len(self.a.show(record)["entries"])
        for words in ([record], [self.a.seen(record)]):
            refused = self.a.run("void", *words, "--undo", expect=REFUSED)
            self.assertEqual(refused.error["reason"], "not_permitted")
            self.assertIn("平顶山市总工会, 重复登记", refused.error["message"])
        told = self.a.run("--lang", "zh", "void", record, "--undo", expect=REFUSED, as_json=False).err
        self.assertIn("只能由总部撤回", told)
        self.assertEqual(len(self.a.show(record)["entries"]), entries)
        self.assertEqual(self.a.show(record)["void"], "重复登记")
        self.assert_sound(self.a, self.top)

    def test_what_headquarters_voids_it_refuses_and_taken_back_it_waits_for_review(self):
        record = self.sent()
        self.top.review("accept", record)
        self.void(record)
        self.assertEqual(self.top.record(record)["review"], {"state": "refused"})
        self.assertEqual([r["record"] for r in self.top.records("--review", "refused")], [record])
        self.a.sync()
        self.assertEqual(self.a.show(record)["review"], {"state": "refused"})
        self.top.run("void", self.top.seen(record), "--undo")
        shown = self.top.record(record)
        self.assertEqual((shown["review"], "void" in shown), ({"state": "pending", "unsent": True}, False))
        self.assertEqual(self.top.unit()["pending"], 1)
        self.a.sync()
        self.assert_equal_everywhere(self.top, self.a)
        self.assert_sound(self.top, self.a)

    def test_a_voiding_that_was_replaced_at_a_site_shows_at_headquarters_as_changed_since(self):
        b = self.device(self.top, "乙")
        record, other = self.sent(), self.sent()
        b.sync()
        self.a.run("void", record, "--reason", "没有举办")
        self.void(record)
        self.a.sync()
        # The site decides for its own reason, which is its own to take back.
        self.a.decide(record, "_void", "--take", self.a.candidate(record, "_void", "没有举办"))
        self.a.run("void", record, "--undo")
        self.a.sync()
        shown = self.top.record(record)
        self.assertNotIn("void", shown)
        self.assertEqual(shown["review"], {"state": "refused", "changed_since": True})
        self.assertEqual([r["record"] for r in self.top.records("--changed")], [record])
        self.assertEqual([r["record"] for r in self.top.records("--changed", "--review", "refused")],
                         [record])
        self.assertEqual(self.top.records("--changed", "--review", "accepted"), [])
        self.assertEqual(self.top.unit()["changed"], 1)
        told = self.top.run("--lang", "zh", "records", "list", as_json=False).out
        self.assertIn("不予认定，此后有改动", told)
        self.assertIn("此后有改动", self.top.run("--lang", "zh", "status", as_json=False).out)
        self.assertEqual(self.top.record(other)["review"], {"state": "pending", "unsent": True})
        self.assert_sound(self.top, self.a)

    def test_a_site_decides_no_conflict_for_what_undoes_headquarters_voiding(self):
        b = self.device(self.top, "乙")
        record = self.sent()
        b.sync()
        self.a.run("void", record, "--reason", "没有举办")
        self.void(record)
        self.a.sync()
        refused = self.a.decide(record, "_void", "--value", "", expect=REFUSED)
        self.assertEqual(refused.error["reason"], "not_permitted")
        self.a.run("void", self.a.seen(record), "--undo", expect=REFUSED)
        self.assertIn("void", self.a.show(record))

    def test_voiding_what_is_void_says_so_and_saves_nothing(self):
        record = self.a.record()
        self.a.run("void", record, "--reason", "重复登记")
        refused = self.a.run("void", record, "--reason", "没有举办", expect=REFUSED)
        self.assertIn("void already (重复登记)", refused.error["message"])
        told = self.a.run("void", record, "--reason", "重复登记", as_json=False).out
        self.assertIn("void already", told)
        self.assertEqual(self.a.show(record)["void"], "重复登记")
        self.a.run("void", record, "--undo")
        self.assertTrue(self.a.run("void", record, "--undo").line["unchanged"])
        self.assertIn("is not void", self.a.run("void", record, "--undo", as_json=False).out)
        self.assertEqual(len(self.a.show(record)["entries"]), 3)

    def test_a_site_takes_its_own_voiding_back_and_headquarters_sees_what_it_reviewed_change(self):
        record = self.sent()
        self.top.review("accept", record)
        self.a.sync()
        self.a.run("void", record, "--reason", "重复登记")
        self.a.run("void", record, "--undo")
        self.a.sync()
        self.assertEqual(self.top.record(record)["review"],
                         {"state": "accepted", "changed_since": True})
        self.assertEqual(self.top.unit()["changed"], 1)
        self.top.review("accept", record)
        self.assertEqual(self.top.unit()["changed"], 0)
        self.assert_sound(self.top)


if __name__ == "__main__":
    unittest.main()
