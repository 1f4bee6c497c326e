"""What clerks, leaders and reviewers are told: what is to be uploaded and what to be sent, who is asked, by words."""

import concurrent.futures
import unittest
from pathlib import Path

from https import Web, account
from sitelog_processes import CREW, REFUSED, ProcessTest, an_event

GROUP, COUNTY = "shenma", "ruzhou"
CATALOGUE = Path(__file__).resolve().parents[2] / "command/po/zh.po"


class ToldStations(ProcessTest):
    def setUp(self):
        self.top = self.headquarters(serving=False)
        for name, role, unit in (("checker", "checker", GROUP), ("office", "office", None),
                                 ("boss", "administrator", None), ("recorder", "recorder", CREW)):
            account(self.top, name, role, unit)
        self.top.serve()
        self.site = self.device(self.top)
        self.checker, self.office = map(self.web, ("checker", "office"))

    def web(self, name, language="en"):
        out = Web(self.top, language=language)
        self.assertEqual(out.sign_in(name).status, 200)
        return out

    def sent(self, **fields):
        record = self.site.record(**fields)
        self.site.run("send", self.site.seen(record))
        self.site.sync()
        return record

    def shown(self, record, who=None):
        return (who or self.office).get("record.show", record=record).lines[0]

    def say(self, who, record, verdict="accepted", **more):
        done = who.post("record.review", record=record, seen=self.shown(record, who)["seen"],
                        verdict=verdict, **more)
        self.assertEqual(done.status, 200, str(done))
        return [notice["text"] for notice in done.answer.get("notices", [])]

    def words(self, program, *command, expect=0):
        told = program.run("--lang", "zh", *command, expect=expect, as_json=False)
        return told.out + told.err

    # ---- what there is to choose from

    def test_who_names_what_is_not_there_is_told_what_is(self):
        self.site.record()
        told = self.words(self.site, "list", "--level", "区县级别", expect=REFUSED)
        self.assertRegex(told, "“区县级别”不在可选范围内：\\S+")
        self.assertRegex(self.words(self.site, "list", "--state", "举行", expect=REFUSED), "不在可选范围内：.*已举办")
        self.assertRegex(self.words(self.site, "people", "add", "张三", "--role", "经理", expect=REFUSED),
                         "现有：.*填报人")
        # Where there is nothing to choose from, that is said.
        empty = self.headquarters("empty", set_up=False, serving=False)
        empty.run("init", "--name", "市总工会")
        for option in ("level", "state", "kind", "campaign", "form"):
            told = self.words(empty, "records", "list", "--" + option, "县级", expect=REFUSED)
            self.assertRegex(told, "没有.*(可选|发布)", option)
            self.assertNotRegex(told, "(：|: )$|(：|: )\n")


if __name__ == "__main__":
    unittest.main()
