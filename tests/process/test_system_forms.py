"""What headquarters lays down, accounts and people are no records that anybody lists or judges."""

import hashlib
import json
import struct
import unittest

from https import Web, account, token
from sitelog_processes import CREW, ProcessTest

# Every form that is no campaign's (sync/merge/forms.hpp).
SYSTEM_FORMS = ("unit", "campaign", "grant", "policy", "clock", "rules", "@account", "@person", "@people")
CALLERS = (("boss", "administrator", None), ("office", "office", None), ("near", "office", CREW),
           ("viewer", "viewer", None), ("recorder", "recorder", CREW))


class TestSystemForms(ProcessTest):
    def setUp(self):
        self.top = self.headquarters(serving=False)
        for who in CALLERS:
            account(self.top, *who)
        self.top.serve()
        self.site = self.device(self.top)
        self.record = self.site.record()
        self.site.run("people", "add", "张三")
        self.site.run("people", "setting", "--names", "listed", expect=None)
        self.top.run("policy", "set", "--unit", CREW, "site")
        self.site.sync()
        self.web = {name: Web(self.top, token(self.top, name)) for name, *_ in CALLERS}

    def system_records(self):
        """(unit, form, id) of those that anybody can name: their ids follow from what they are for."""
        devices = [(line["unit"], "grant", line["device"]) for line in self.top.run("devices", "list").lines]
        name = b"".join(struct.pack(">Q", ord(point)) for point in "张三")
        person = hashlib.sha256(b"sitelog person record 1\n" + name).hexdigest()[:32]
        self.assertTrue(devices)
        return devices + [(CREW, "@person", person)]

    def state(self):
        """What a verdict on a system record would change: the sums over each book."""
        return [(book["unit"], book["entries"], book["state_digest"])
                for book in self.top.status()["units"]] + [self.top.status()["common"]]

    def test_no_operation_over_records_tells_or_takes_one(self):
        before = self.state()
        for name, web in self.web.items():
            for form in SYSTEM_FORMS:
                with self.subTest(name, form=form):
                    for operation in ("records.list", "records.export"):
                        got = web.get(operation, form=form)
                        self.assertIn(got.status, (403, 404, 422), got)
                    for operation, more in (("review.select", {}), ("exports.start", {"format": "csv"})):
                        got = web.post(operation, form=form, **more)
                        self.assertIn(got.status, (403, 404, 422), got)
            for unit, form, record in self.system_records():
                for named in (record, f"{unit}/{form}/{record}"):
                    with self.subTest(name, form=form, named=named):
                        self.refuse_by_name(web, named)
            listed = {line["form"] for line in web.get("records.list").lines}
            self.assertLessEqual(listed, {"event"})
        self.assertEqual(self.state(), before)

    def refuse_by_name(self, web, named):
        for operation in ("record.show", "record.whole"):
            self.assertIn(web.get(operation, record=named).status, (400, 403, 404, 422), operation)
        seen = "0" * 64
        for operation, more in (("record.review", {"verdict": "accepted"}),
                                ("record.edit", {"fields": {"name": "x"}}),
                                ("record.void", {"reason": "x"}), ("record.unvoid", {}),
                                ("conflict.decide", {"field": "name", "value": "x"})):
            got = web.post(operation, record=named, seen=seen, **more)
            self.assertIn(got.status, (400, 403, 404, 422), (operation, got))
        line = json.dumps({"record": named, "seen": seen}) + "\n"
        got = web.ask("POST", "/api/v1/review.many?verdict=accepted", line,
                      Content_Type="application/x-ndjson")
        self.assertTrue(got.status != 200 or got.answer["left_out"] == 1, got)

    def test_a_viewer_of_everything_is_told_of_no_account_in_any_list(self):
        viewer = self.web["viewer"]
        self.assertEqual(viewer.get("accounts.list").status, 403)
        for operation, asked in (("records.list", {"text": "boss"}), ("records.list", {"by": "boss"}),
                                 ("conflicts.list", {}), ("quarantine.list", {})):
            told = viewer.get(operation, **asked).body
            if "by" in asked:  # what was asked for is said again, as it is of a name that nobody has
                unknown = viewer.get(operation, by="nobody").body
                self.assertEqual(told.replace("boss", "nobody"), unknown)
            else:
                self.assertNotIn("boss", told, operation)

    def test_owners_are_told_so_too(self):
        for form in SYSTEM_FORMS:
            with self.subTest(form=form):
                for node in (self.top, self.site):
                    refused = node.run("list", "--form", form, expect=None)
                    self.assertNotEqual(refused.status, 0)
        # And what these are is told where it is to be told.
        self.assertEqual([line["unit"] for line in self.top.run("policy", "list").lines], [CREW])
        self.assertIn("张三", [line.get("name") for line in self.top.run("people", "list").lines])
        self.assertTrue(self.top.run("status").line["waiting"] is not None)


if __name__ == "__main__":
    unittest.main()
