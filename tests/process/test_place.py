"""A site's place with headquarters: what people are told where nothing they record counts there."""

import unittest

from sitelog_processes import CREW, REFUSED, UNREACHABLE, ProcessTest, an_event

DOES_NOT_COUNT = "在总部不计入"


class Place(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.site = self.device(self.top, "甲")
        self.before = self.site.record(title="之前")
        self.site.sync()

    def said(self, program, *words):
        done = program.run("--lang", "zh", *words, as_json=False)
        return done.out + done.err

    def recorded(self, title):
        """What is told to whoever records, changes and takes back."""
        return [self.said(self.site, "record", "event",
                          *(f"{name}={value}" for name, value in an_event(title=title).items())),
                self.said(self.site, "edit", self.before, f"title={title}"),
                self.said(self.site, "void", self.before, "--reason", title),
                self.said(self.site, "void", self.before, "--undo")]

    def test_after_a_revocation_everything_recorded_is_told_not_to_count_until_let_in_again(self):
        for told in self.recorded("仍然正常"):
            self.assertNotIn(DOES_NOT_COUNT, told)
        self.site.sync()
        self.top.run("devices", "revoke", "甲", "--reason", "丢失")
        self.site.sync(expect=REFUSED)
        for told in self.recorded("撤销之后"):
            self.assertIn(DOES_NOT_COUNT, told)
        file = self.folder / "more.csv"
        file.write_text("kind,title,date,level,participants,status\n" + "".join(
            f"film,电影 {i},2020-07-0{i},county,30,held\n" for i in range(1, 4)), encoding="utf-8")
        told = self.said(self.site, "record", "event", "--from", file)
        self.assertEqual(told.count(DOES_NOT_COUNT), 1, "once for a file")
        unchanged = self.said(self.site, "edit", self.before, "title=撤销之后")
        self.assertNotIn(DOES_NOT_COUNT, unchanged)

        # Without a network nothing else is learned.
        self.top.stop()
        self.site.sync(expect=UNREACHABLE)
        status = self.site.status()
        self.assertEqual(status["shut_out"]["reason"], "revoked")
        self.assertIn("丢失", status["shut_out"]["args"])
        self.assertEqual(status["entries"]["waiting"], 7)
        shown = self.said(self.site, "status")
        self.assertIn("7 条", shown)
        self.assertIn("丢失", shown)
        self.assertIn(DOES_NOT_COUNT, shown)
        self.assertIn(DOES_NOT_COUNT, self.recorded("没有网络")[0])
        waiting = self.site.records("--waiting")
        self.assertEqual({line["fields"]["title"] for line in waiting} - {"没有网络"},
                         {"撤销之后", "电影 1", "电影 2", "电影 3"})
        self.assertEqual(len(self.site.records()), 1 + len(waiting), "one of them is held")

        self.top.serve()
        self.top.run("devices", "reinstate", "甲")
        self.site.sync()
        for told in self.recorded("重新接入"):
            self.assertNotIn(DOES_NOT_COUNT, told)
        self.assertNotIn("shut_out", self.site.status())
        self.site.sync()
        self.assertEqual(self.site.records("--waiting"), [])
        self.assertEqual(len(self.top.records()), len(self.site.records()), "all of it counts")
        self.assert_equal_everywhere(self.top, self.site)
        self.assert_sound(self.top, self.site)

    def test_a_device_that_is_held_up_is_told_so_too(self):
        self.top.run("devices", "admit", "甲", "--entries", "1")
        self.site.record_many(an_event(i) for i in range(10))
        self.site.sync(expect=REFUSED)
        self.assertIn(DOES_NOT_COUNT, self.recorded("暂停之后")[0])
        self.assertEqual(self.site.status()["shut_out"]["reason"], "held_up")
        self.assertIn(DOES_NOT_COUNT, self.said(self.site, "status"))
        self.top.run("devices", "admit", "甲")
        self.site.sync()
        self.assertNotIn(DOES_NOT_COUNT, self.recorded("放行之后")[0])

    def test_an_agent_that_is_shut_out_tells_whoever_records(self):
        self.site.agent()
        self.wait_until(lambda: any(line["event"] == "caught_up" for line in self.site.said), "there")
        self.top.run("devices", "revoke", "甲", "--reason", "丢失")
        self.wait_until(lambda: "shut_out" in self.site.status(), "told")
        self.assertIn(DOES_NOT_COUNT, self.recorded("撤销之后")[0])

    def test_a_site_whose_unit_was_removed_is_told_and_goes_on(self):
        self.top.run("units", "remove", CREW, "--anyway", "--reason", "并入八矿")
        self.assertNotIn("unit_removed", self.site.status())
        self.site.sync()
        self.assertTrue(self.site.status()["unit_removed"])
        for told in [self.said(self.site, "status"), *self.recorded("照常登记")]:
            self.assertIn("总部已撤销本终端所属的单位", told)
            self.assertNotIn(DOES_NOT_COUNT, told)
        self.site.sync()
        self.assert_equal_everywhere(self.top, self.site)
        self.top.run("units", "add", CREW)
        self.site.sync()
        self.assertNotIn("unit_removed", self.site.status())
        self.assertNotIn("总部已撤销", self.recorded("恢复之后")[0])


if __name__ == "__main__":
    unittest.main()
