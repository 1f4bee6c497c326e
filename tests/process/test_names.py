"""What people call things: fields, forms, choices and units by their Chinese names."""

import unittest

from sitelog_processes import CAMPAIGN, CREW, REFUSED, ProcessTest


class Names(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.device = self.device(self.top)

    def test_an_event_is_recorded_in_chinese_words_alone(self):
        record = self.device.run("record", "活动", "活动类型=送电影", "活动名称=广场电影",
                                 "活动日期=2020-07-01", "状态=已举办", "参加人数=120").line["record"]
        shown = self.device.show(record)
        self.assertEqual(shown["form"], "event")
        self.assertEqual(shown["fields"]["kind"], "film")
        self.assertEqual(shown["fields"]["participants"], 120)

    def test_a_template_and_an_export_are_of_a_form_in_chinese_words(self):
        self.device.record()
        for words in (["template", "活动"], ["records", "export", "活动"]):
            file = self.folder / f"{words[0]}.xlsx"
            self.device.run(*words, "--output", file, as_json=False)
            self.assertGreater(file.stat().st_size, 1000)
        self.device.run("template", "没有", "--output", self.folder / "x.xlsx", expect=REFUSED)

    def test_campaigns_tells_the_forms_chinese_name(self):
        form = self.device.run("campaigns").line["forms"][0]
        self.assertEqual((form["form"], bool(form["zh"])), ("event", True))
        told = self.device.run("--lang", "zh", "campaigns", as_json=False).out
        self.assertIn(f"event  {form['zh']}", told)

    def test_a_unit_is_called_by_its_name(self):
        units = self.top.run("units", "list").lines
        name = next(unit["name"] for unit in units if unit["code"] == CREW)
        self.device.record()
        self.device.sync()
        self.assertEqual(len(self.top.records("--unit", name)), 1)
        self.assertEqual(self.top.invite(name)["unit"], CREW)
        self.top.run("report", "statistics", "--campaign", CAMPAIGN, "--unit", name)

    def test_a_policy_is_set_by_a_label_applies_and_is_cleared(self):
        self.top.run("policy", "set", "--unit", CREW, "--field", "活动名称", "site")
        self.assertEqual(self.top.run("policy", "list").line["policies"], {"title": "site"})
        self.top.run("policy", "clear", "--unit", CREW, "--field", "活动名称")
        self.assertEqual(self.top.run("policy", "list").line["policies"], {})
        refused = self.top.run("policy", "clear", "--unit", CREW, expect=REFUSED)
        self.assertEqual(refused.error["reason"], "nothing_to_decide")

    def test_a_line_that_says_a_name_twice_is_refused_and_the_others_saved(self):
        good = '{"kind":"film","title":"a","date":"2020-07-01","status":"held"}'
        lines = self.device.record_many(
            ['{"kind":"film","title":"a","title":"b","date":"2020-07-01"}', good], expect=REFUSED)
        self.assertIn("title is given twice", lines[0]["error"]["message"])
        self.assertEqual([record["fields"]["title"] for record in self.device.records()], ["a"])


if __name__ == "__main__":
    unittest.main()
