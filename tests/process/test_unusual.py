"""What whoever decides is told of a record: why its values are unusual, and who spoke of it where and when."""

from https import Web
from stations import StationsTest
from sitelog_processes import an_event


class Unusual(StationsTest):
    def test_both_programs_say_of_each_unusual_value_why_it_is_and_how_it_was_explained(self):
        words = [f"{name}={value}" for name, value in an_event(date="2030-01-01", participants=200_000).items()]
        said = self.site.run("record", "event", *words, "--explain", "date=顺延到闭幕之后").line
        record = said["record"]
        self.assertEqual([warning["field"] for warning in said["warnings"]], ["participants"])
        usual = self.site.record(title="照常")
        self.site.sync()
        for program in (self.site, self.top):
            shown = program.look(record)
            self.assertEqual(shown["unexplained"], ["participants"])
            by_field = {each["field"]: each for each in shown["unusual"]}
            self.assertEqual(by_field["date"]["explanation"], "顺延到闭幕之后")
            self.assertNotIn("explanation", by_field["participants"])
            # The same that was said when it was recorded.
            warned, = said["warnings"]
            self.assertEqual({name: by_field["participants"][name] for name in ("reason", "text", "args")},
                             {name: warned[name] for name in ("reason", "text", "args")})
            self.assertNotIn("unusual", program.look(usual))
            show = ("show",) if program is self.site else ("records", "show")
            told = program.run("--lang", "zh", *show, record, as_json=False).out
            self.assertRegex(told, r"参加人数：200000 .*（未说明）")
            self.assertRegex(told, r"活动日期：2030-01-01 .*（已说明）")
        self.assertNotIn("unusual", self.top.records()[0])
        # At the door in the reader's language, whole.
        chinese = Web(self.top, language="zh-CN")
        self.assertEqual(chinese.sign_in("office").status, 200)
        for each in chinese.get("record.show", record=record).lines[0]["unusual"]:
            self.assertNotIn("{", each["text"])
            self.assertIn(each["args"][0], each["text"])
            self.assertRegex(each["text"], "[\u4e00-\u9fff]")
        # What is void needs no explanation.
        self.site.run("void", self.site.seen(record), "--reason", "重复")
        self.assertNotIn("unusual", self.site.show(record))

    def test_each_verdict_of_a_station_says_whose_it_is_and_when_it_was_given(self):
        record = self.sent(title="甲")
        self.assertTrue(all("person" not in each for each in self.review(record)["stations"]))
        self.say(self.checker, record, "returned", remark="时间不对")
        first = self.review(record)["stations"][0]
        self.assertEqual((first["verdict"], first["person"]), ("returned", "checker"))
        self.site.edit(record, title="乙")
        self.send(record)
        # What it said of what was sent before is no verdict on this.
        first = self.review(record)["stations"][0]
        self.assertNotIn("person", first)
        self.assertEqual(first["earlier"]["person"], "checker")
        self.say(self.checker, record)
        self.say(self.office, record)
        first, last = self.review(record)["stations"]
        self.assertEqual([each["person"] for each in (first, last)], ["checker", "office"])
        self.assertLessEqual(first["wall"], last["wall"])
        walls = {entry["person"]: entry["wall"] for entry in self.top.record(record)["entries"]}
        self.assertEqual(last["wall"], walls["office"])
        told = self.top.run("--lang", "zh", "records", "show", record, as_json=False).out
        self.assertRegex(told, r"通过（office，\d{4}-\d\d-\d\d ")
