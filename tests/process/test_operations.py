"""The table of operations, asked at the local socket as any program may: strict, in the caller's
language, answering as the table says; and the page made of it."""

import json
import re
import socket
import subprocess
import sys
import unittest

from sitelog_processes import (BIN, CAMPAIGN, CREW, DONE, REPOSITORY, SITE, USAGE, ProcessTest,
                               an_event)

TYPES = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list,
         "number": (int, float), "null": type(None)}


def misfit(schema, value, path="answer"):
    """Where a value is not as the JSON Schema says; nothing where it is."""
    if "type" not in schema:
        return None
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    fits = any(isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
               for kind in kinds)
    if not fits:
        return f"{path} is {value!r}, not {kinds}"
    if isinstance(value, list):
        return next(filter(None, (misfit(schema["items"], item, path + "[]") for item in value)), None)
    if not isinstance(value, dict):
        return None
    if "properties" not in schema:
        return next(filter(None, (misfit(schema["additionalProperties"], item, f"{path}.{name}")
                                  for name, item in value.items())), None)
    for name in schema.get("required", []):
        if name not in value:
            return f"{path}.{name} is missing"
    for name, item in value.items():
        if name not in schema["properties"]:
            return f"{path}.{name} is not in the table"
        if found := misfit(schema["properties"][name], item, f"{path}.{name}"):
            return found
    return None


class Asked:
    """What came back: lines, then the answer or a refusal."""

    def __init__(self, lines):
        self.lines = [line["line"] for line in lines if "line" in line]
        self.done = next((line["done"] for line in lines if "done" in line), None)
        self.refused = next((line["refused"] for line in lines if "refused" in line), None)

    @property
    def problems(self):
        return {problem["field"]: problem["reason"] for problem in self.refused.get("problems", [])}


class Operations(ProcessTest):
    def ask(self, program, operation, language="en", asking=None, inputs=(), **args):
        caller = {"language": language, "program": asking or program.program}
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(program.folder / "control.sock"))
            request = [{"operation": operation, "args": args, "caller": caller},
                       *({"input": value} for value in inputs), {"end": True}]
            connection.sendall("".join(json.dumps(line) + "\n" for line in request).encode())
            with connection.makefile() as answers:
                asked = Asked([json.loads(line) for line in answers])
        self.assertNotEqual(asked.done is None, asked.refused is None)
        row = self.table(program).get(operation)
        for line in asked.lines if row else ():
            self.assertIsNone(misfit(row["line"], line, f"{operation} line"))
        if row and asked.done is not None:
            self.assertIsNone(misfit(row["answer"], asked.done, operation))
        return asked

    def table(self, program):
        tables = self.__dict__.setdefault("tables", {})
        if program.program not in tables:
            rows = program.run("operations").lines
            tables[program.program] = {row["operation"]: row for row in rows}
        return tables[program.program]

    def setUp(self):
        self.top = self.headquarters()
        self.site = self.device(self.top)

    def seen(self, record):
        return self.ask(self.top, "record.show", record=record).lines[0]["seen"]

    def test_the_door_puts_each_message_that_an_answer_can_have_into_words(self):
        """A message is told by its pattern and what stands in it: the door fills it where it stands by
        one of these names in a line or an answer, and nowhere else."""
        source = (REPOSITORY / "http/growing_answer.cpp").read_text(encoding="utf-8")
        filled = set(re.findall(r'"(\w+)"', source.split("kSaying{")[1].split("}")[0]))
        places = set()

        def walk(schema, path):
            members = schema.get("properties", {})
            if {"reason", "text", "args"} <= set(members):
                return places.add(path)
            for name, member in members.items():
                walk(member, (*path, name))
            for inside in ("items", "additionalProperties"):
                if isinstance(schema.get(inside), dict):
                    walk(schema[inside], path if inside == "items" else (*path, "*"))

        for row in self.table(self.top).values():
            walk(row.get("line", {}), ())
            walk(row.get("answer", {}), ())
        self.assertIn(("unusual",), places)
        self.assertIn(("withheld",), places)
        inside = {path for path in places if path[:-1] and path[-1] != "problems"}
        self.assertEqual(inside, set(), "too deep for the door")
        self.assertEqual({path[-1] for path in places if path} - {"problems"} - filled, set())

    def test_every_operation_answers_as_the_table_says(self):
        self.site.agent()
        record = self.ask(self.site, "record.add", form="event", fields=an_event(participants=5000),
                          person="张三").done["record"]
        lines = [{"line": 1, "text": json.dumps(an_event())}, {"line": 2, "text": "{"},
                 {"line": 3, "too_long": True}, {"line": 4, "text": json.dumps(an_event(kind="x"))}]
        many = self.ask(self.site, "record.add_many", form="event", inputs=lines)
        self.assertEqual(many.done, {"saved": 1, "refused": 3, "same": 0, "passed": 0})
        rows = [["活动类型", "活动名称", "活动日期", "天气", "状态"], ["送文艺", "甲", "2020-07-01", "晴", "已举办"],
                ["合计"]]
        sheet = self.ask(self.site, "record.add_many", form="event", ignore_columns=True, inputs=[
            {"line": number, "cells": cells} for number, cells in enumerate(rows, 1)])
        self.assertEqual(sheet.done, {"saved": 1, "refused": 0, "same": 0, "passed": 1})
        self.assertEqual(self.ask(self.site, "record.add_many", form="event", inputs=lines[:1]).done,
                         {"saved": 0, "refused": 0, "same": 1, "passed": 0})
        self.ask(self.site, "sync")
        self.assertTrue(self.ask(self.site, "record.edit", record=record,
                                 fields={"title": "井口 0"}).done)
        self.ask(self.site, "sync")
        # Written while apart, so that there is a conflict whatever the agent is quick enough for.
        apart = self.device(self.top, name="乙")
        apart.sync()
        apart.run("edit", record, "title=井口 1")
        self.assertTrue(self.ask(self.top, "record.edit", record=record, seen=self.seen(record),
                                 fields={"title": "井口 2"}).done)
        apart.sync()
        asked = {
            self.site: [("records.list", {}), ("records.export", {"form": "event"}), ("record.show", {"record": record}),
                        ("record.whole", {"record": record}),
                        ("conflicts.list", {}), ("quarantine.list", {}), ("campaigns.list", {}),
                        ("verify", {}), ("status", {}), ("sync", {}),
                        ("record.void", {"record": record, "reason": "重复"}),
                        ("record.unvoid", {"record": record})],
            self.top: [("records.list", {"unit": CREW, "limit": 1}), ("record.show", {"record": record}),
                       ("record.whole", {"record": record}),
                       ("records.export", {"form": "event", "unit": CREW, "review": "pending"}),
                       ("conflicts.list", {}), ("quarantine.list", {}), ("campaigns.list", {}),
                       ("units.list", {}), ("policy.set", {"unit": CREW, "policy": "ask"}),
                       ("policy.list", {}), ("invite", {"unit": CREW, "days": 3}),
                       ("devices.list", {}), ("status", {}), ("verify", {}),
                       ("conflict.decide", {"record": record, "field": "title"}),
                       ("record.review", {"record": record, "verdict": "accepted"}),
                       ("report.statistics", {"campaign": CAMPAIGN}),
                       ("report.progress", {"campaign": CAMPAIGN, "unit": "shenma"}),
                       ("backup", {"to": str(self.folder / "copy")}),
                       ("devices.revoke", {"device": self.site.name}),
                       ("devices.reinstate", {"device": self.site.name})]}
        for program, operations in asked.items():
            for operation, args in operations:
                if operation in ("conflict.decide", "record.review"):
                    args["seen"] = self.seen(record)
                if operation == "conflict.decide":
                    args["take"] = self.top.candidate(record, "title", "井口 1")
                with self.subTest(program=program.program, operation=operation):
                    answer = self.ask(program, operation, **args)
                    self.assertIsNone(answer.refused)

    def test_what_is_not_as_the_table_says_is_refused_all_at_once_and_nothing_is_done(self):
        refused = self.ask(self.top, "invite", unit=5, days=0, adresses=[])
        self.assertEqual(refused.problems,
                         {"adresses": "usage", "unit": "usage", "days": "invalid_value"})
        self.assertEqual(self.ask(self.top, "nosuch").refused["reason"], "usage")
        self.assertEqual(self.ask(self.top, "status", nosuch=1).problems, {"nosuch": "usage"})

    def test_operations_do_not_do_what_they_are_not_asked_for(self):
        record = self.site.record()
        self.site.sync()
        self.site.agent()
        # A voiding without a reason takes none back.
        self.ask(self.site, "record.void", record=record, reason="重复")
        for args in ({}, {"reason": ""}, {"reason": None}):
            self.assertEqual(self.ask(self.site, "record.void", record=record, **args).problems,
                             {"reason": "usage"})
        self.assertEqual(self.ask(self.site, "record.show", record=record).lines[0]["void"], "重复")
        # A decision without a value clears nothing.
        self.assertEqual(self.ask(self.site, "conflict.decide", record=record, field="title").problems,
                         {"take": "usage", "seen": "usage"})
        # A review with a verdict that is none is no review.
        for verdict in ("pending", "aproved", ""):
            self.assertEqual(list(self.ask(self.top, "record.review", record=record, verdict=verdict,
                                           seen=self.seen(record), remark="好").problems), ["verdict"])
        self.assertEqual(self.ask(self.top, "record.show", record=record).lines[0]["review"],
                         {"state": "pending"})
        # Headquarters has no book of records: it names the unit; a site has one.
        event = {"form": "event", "fields": an_event()}
        self.assertEqual(self.ask(self.top, "record.add", **event).problems, {"unit": "usage"})
        self.assertEqual(self.ask(self.site, "record.add", unit=SITE, **event).problems,
                         {"unit": "wrong_unit"})
        added = self.ask(self.top, "record.add", unit=SITE, **event).done["record"]
        self.assertEqual([line["record"] for line in self.ask(self.top, "records.list", unit=SITE).lines],
                         [added])
        self.assert_sound(self.top)

    def test_a_program_that_is_not_this_folders_is_refused_while_it_is_served_too(self):
        swapped = self.new_device("swapped")
        swapped.folder = self.top.folder
        refused = swapped.run("record", "event", "kind=film", "title=x", "status=held", "date=2020-07-01",
                              expect=USAGE)
        self.assertIn("sitelogd", refused.error["message"])
        self.assertEqual(self.top.records(), [])

    def test_one_process_answers_each_caller_in_their_own_language(self):
        titles = {language: self.ask(self.top, "report.statistics", language=language,
                                     campaign=CAMPAIGN).done["title"] for language in ("en", "zh")}
        self.assertIn("statistics", titles["en"])
        self.assertIn("统计表", titles["zh"])
        for language, word in (("en", "required"), ("zh", "必")):
            refused = self.top.run("--lang", language, "records", "show", "", expect=USAGE)
            self.assertIn(word, refused.error["problems"][0]["message"])

    def test_the_table_is_told_in_both_languages_and_needs_no_folder(self):
        for program in ("sitelogd", "sitelog"):
            for language, word in (("en", "required"), ("zh", "必填")):
                told = self.run_command([str(BIN / program), "--data", "/nosuch", "--lang", language,
                                         "operations"], DONE)
                self.assertIn("record.add", told.out)
                self.assertIn(word, told.out)

    def test_the_page_of_operations_is_what_the_programs_say(self):
        made = subprocess.run([sys.executable, str(REPOSITORY / "docs" / "make_operations.py"), str(BIN),
                               "--check"], capture_output=True, text=True)
        self.assertEqual(made.returncode, 0, made.stdout + made.stderr)


if __name__ == "__main__":
    unittest.main()
