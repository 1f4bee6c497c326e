"""A data folder that another version left: who opens it is told what takes so long."""

import re
import sqlite3
import unittest

from sitelog_processes import ProcessTest, an_event, free_environment
from test_clocks import LIBRARIES

RECORDS = 1000


@unittest.skipUnless(LIBRARIES, "a clock that runs faster needs libfaketime (Debian package faketime)")
class Opening(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.site = self.device(self.top)
        self.site.record_many(an_event(i) for i in range(RECORDS))
        self.site.sync()
        self.top.stop()
        # Ten seconds, in which a log gets one line, pass in one millisecond.
        self.fast = free_environment(self.folder, LD_PRELOAD=LIBRARIES[0], FAKETIME="+0 x10000")

    def make_old(self, program):
        """The folder as a build left it that counted otherwise."""
        with sqlite3.connect(program.folder / "sitelog.db") as data:
            data.execute("DELETE FROM meta WHERE key = 'counted_by'")
        data.close()

    def assert_told(self, said, program):
        self.assertIn(f"数据文件夹 {program.folder}", said)
        steps = [tuple(map(int, found)) for found in
                 re.findall(r"(?m)^重新统计记录：(\d+)/(\d+)（\d+%）$", said)]
        self.assertTrue(steps, said)
        self.assertTrue(all(0 <= done <= all_of and all_of >= RECORDS for done, all_of in steps))
        self.assertEqual(steps, sorted(steps))
        self.assertRegex(said, "共用 \\d+ 秒")

    def test_whoever_opens_an_old_folder_is_told_how_far_it_is_and_then_no_more(self):
        before = {program: program.status() for program in (self.top, self.site)}
        for program in (self.top, self.site):
            self.make_old(program)
            opened = program.run("--lang", "zh", "status", environment=self.fast)
            self.assert_told(opened.err, program)
            again = program.run("--lang", "zh", "status")
            self.assertEqual(again.err, "")
            told = again.line
            for line in (told, before[program]):
                line.pop("clock", None)
                line.pop("disk", None)
            self.assertEqual(told, before[program])
        self.assert_sound(self.top, self.site)

    def test_the_daemon_tells_it_in_its_log(self):
        self.make_old(self.top)
        self.top.environment = {**self.fast, "LANG": "zh_CN.UTF-8"}
        self.top.serve()
        self.assert_told(self.top.messages.read_text(encoding="utf-8"), self.top)

    def test_opened_quickly_nothing_is_said(self):
        self.make_old(self.top)
        self.assertNotIn("数据文件夹", self.top.run("--lang", "zh", "status").err)


if __name__ == "__main__":
    unittest.main()
