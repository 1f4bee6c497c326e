"""A word about a record: no verdict, and nothing that is judged is another for it."""

from https import account
from sitelog_processes import CREW, REFUSED
from stations import StationsTest
from test_events import Stream


class Comments(StationsTest):
    def comment(self, who, record, text="照片呢？", **more):
        return who.post("record.comment", record=record, text=text, **more)

    def judged(self, record):
        """What is judged of it, as it stands at headquarters."""
        shown = self.shown(record)
        return {name: shown.get(name) for name in
                ("fields", "as_sent", "conflicts", "void", "explanations", "campaign", "would_ask", "review")}

    def report(self):
        return self.office.get("report.statistics", campaign="thousand-events").body

    def test_a_comment_goes_both_ways_and_nothing_that_is_judged_is_another_for_it(self):
        waiting, accepted, returned, unsent = (self.site.record(title=f"演出{n}", participants=80) for n in range(4))
        for record in (waiting, accepted, returned):
            self.send(record)
        self.say(self.checker, accepted)
        self.say(self.office, accepted)
        self.say(self.checker, returned, "returned", remark="人数?")
        self.site.run("edit", accepted, "title=演出一（改）")
        self.site.sync()
        records = (waiting, accepted, returned, unsent)
        before, counted, status = {each: self.judged(each) for each in records}, self.report(), self.site.status()
        self.assertTrue(before[accepted]["review"]["changed_since"])
        for record in records:
            self.assertEqual(self.comment(self.checker, record, "照片呢？\n放哪里了").status, 200)
        told = self.site.sync()["comments"]
        for record in records:
            self.site.run("comment", record, "在二号柜", "--person", "李四")
        self.assertEqual({line["record"] for line in told}, set(records))
        self.assertEqual({(line["text"], line["person"]) for line in told}, {("照片呢？\n放哪里了", "checker")})
        self.assertNotIn("comments", self.site.sync())
        self.assertEqual({each: self.judged(each) for each in records}, before)
        self.assertEqual(self.report(), counted)
        after = self.site.status()
        for name in ("returned", "to_send", "pending", "changed", "conflicts", "asked_otherwise"):
            self.assertEqual(after.get(name), status.get(name), name)
        for program in (self.top.record, self.site.show):
            lines = program(waiting)["comments"]
            self.assertEqual([(line["text"], line["person"], line["role"]) for line in lines],
                             [("照片呢？\n放哪里了", "checker", "headquarters"), ("在二号柜", "李四", "site")])
            self.assertEqual(lines[0]["person_role"], "checker")
            self.assertFalse([field for field in program(waiting)["history"] if field.startswith("_comment.")])
        self.assertEqual(self.say(self.checker, waiting).status, 200)
        self.site.run("edit", returned, "participants=81")
        self.settle(self.site)
        self.assert_equal_everywhere(self.top, self.site)
        self.assert_sound(self.top, self.site)

    def test_lists_say_how_many_there_are_and_whether_the_last_is_the_other_sides(self):
        record, quiet = self.sent(), self.sent(title="另一场")

        def listed(program):
            lines = {line["record"]: line for line in program.records()}
            self.assertNotIn("comments", lines[quiet])
            return lines[record].get("comments"), lines[record].get("comment_of_others")

        self.comment(self.office, record)
        self.site.sync()
        self.assertEqual((listed(self.top), listed(self.site)), ((1, None), (1, True)))
        self.site.run("comment", record, "补好了")
        self.site.sync()
        self.assertEqual((listed(self.top), listed(self.site)), ((2, True), (2, None)))
        shown = self.site.run("show", record, as_json=False).out
        self.assertIn("照片呢？", shown)
        self.assertIn("补好了", shown)

    def test_who_comments_records_or_reviews_there(self):
        record = self.sent()
        account(self.top, "juror", "juror", CREW)
        for name, status in (("recorder", 200), ("checker", 200), ("office", 200), ("boss", 200), ("viewer", 403),
                             ("juror", 403), ("stranger", 404)):
            self.assertEqual(self.comment(self.web(name), record).status, status, name)
        self.assertEqual(self.comment(self.checker, record, person="张三").status, 403)
        roles = {line["person"]: line.get("person_role") for line in self.shown(record)["comments"]}
        self.assertEqual((roles["recorder"], roles["checker"]), ("recorder", "checker"))
        # What would be recorded once more is found by what it says, not by what was said about it.
        title = self.top.record(record)["fields"]
        same = self.site.run("record", "event", *[f"{name}={value}" for name, value in title.items()
                                                  if not isinstance(value, list)], expect=REFUSED)
        self.assertIn(record, str(same.error))

    def test_what_says_nothing_says_too_much_or_is_one_too_many_is_refused_in_words(self):
        record = self.sent()
        self.assertIn(self.comment(self.checker, record, " \n ").status, (400, 422))
        self.assertEqual(self.comment(self.checker, record, "长" * 667).status, 422)
        self.assertIn(self.comment(self.checker, record, "a\x1b[2J").status, (400, 422))
        self.assertEqual(self.comment(self.checker, record, "长" * 666).status, 200)
        for number in range(99):
            self.assertEqual(self.comment(self.checker, record, f"第 {number} 条").status, 200)
        refused = self.comment(self.checker, record)
        self.assertEqual(refused.status, 422)
        self.assertIn("100", refused.json["detail"])
        self.assertEqual(len(self.shown(record)["comments"]), 100)
        self.site.sync()
        self.assertIn("100", self.site.run("comment", record, "再说一句", expect=REFUSED).error["message"])

    def test_who_listens_is_told_and_who_looks_later_what_was_said(self):
        record = self.sent()
        stream = Stream(self.office)
        self.addCleanup(stream.close)
        self.assertEqual(stream.next()[0], "ready")
        seen = self.shown(record)["seen"]
        self.assertEqual(self.comment(self.checker, record).status, 200)
        self.assertEqual(stream.until("record")["record"], record)
        stale = self.office.post("record.void", record=record, seen=seen, reason="重复")
        self.assertEqual(stale.status, 412)
        self.assertIn("照片呢？", stale.body)

    def test_the_agent_tells_of_comments_that_come(self):
        record = self.sent()
        self.site.start("agent")
        self.comment(self.checker, record)
        self.wait_until(lambda: [line for line in self.site.said if line.get("event") == "comment"], "the comment is told")
        told = [line for line in self.site.said if line.get("event") == "comment"]
        self.assertEqual([(line["record"], line["text"], line["person"]) for line in told],
                         [(record, "照片呢？", "checker")])
