"""Nobody is told of, or changes, what lies outside their units: every operation, with every role."""

import json
import time

from https import PASSWORD, Web, account, token
from sitelog_processes import DEFINITIONS, ProcessTest
from test_events import Stream

NEAR, FAR = "ruzhou", "wugang"  # two counties
ROLES = ["administrator", "viewer", "recorder", "leader", "checker", "office", "juror"]
SECRET = "远处的秘密"  # stands in every record of the far unit
PHONE = "13800000000"


class TestScope(ProcessTest):
    def setUp(self):
        self.top = self.headquarters(serving=False)
        account(self.top, "boss", "administrator")
        for role in ROLES:
            account(self.top, f"near-{role}", role, NEAR)
        self.top.serve()
        self.boss = Web(self.top)
        self.boss.sign_in("boss")
        self.far = self.add(FAR, title=SECRET, phone=PHONE)
        self.near = self.add(NEAR)
        self.top.run("policy", "set", "--unit", FAR, "ask")
        self.far_device = self.device(self.top, "远处的终端", FAR)
        self.device_id = self.far_device.status()["device"]

    def add(self, unit, **fields):
        asked = {"title": "演出", "kind": "film", "date": "2020-06-01", "level": "county", "participants": 80,
                 "status": "held", **fields}
        return self.boss.post("record.add", form="event", unit=unit, fields=asked).answer["record"]

    def tries(self):
        """For each operation the ways to reach what is far: arguments."""
        far, unit = {"record": self.far}, {"unit": FAR}
        named = {"record": f"{FAR}/event/{self.far}"}
        seen = {"seen": self.boss.get("record.show", record=self.far).lines[0]["seen"]}
        fields = {"fields": {"title": "x"}}
        text = (self.top.folder.parent / "x.toml").name
        return {
            "accounts.add": [{"account": "spy", "role": "administrator"},
                             {"account": "spy", "role": "administrator", **unit}],
            "accounts.disable": [{"account": "boss"}],
            "accounts.give_second_factor": [{"account": "boss"}, {"account": "near-viewer"}],
            "accounts.forget_second_factor": [{"account": "boss"}, {"account": "near-viewer"}],
            "accounts.require_second_factor": [{"role": "viewer"}, {"role": "viewer", "undo": True}],
            "accounts.grant": [{"account": "near-viewer", "role": "administrator", **unit},
                               {"account": "near-administrator", "role": "administrator"}],
            "accounts.list": [{}],
            "accounts.reset": [{"account": "boss"}],
            "accounts.withdraw": [{"account": "boss", "role": "administrator"}],
            "audit.list": [{}],
            "backup": [{"to": str(self.folder / "stolen")}],
            "campaign.check": [{"file": text, "content": "x = 1"}],
            "campaign.definition": [{"campaign": "thousand-events"}],
            "campaign.publish": [{"file": text, "content": "x = 1"}],
            "campaign.withdraw": [{"campaign": "thousand-events", "reason": "x", "confirm": True}],
            "campaigns.list": [{}],
            "clock.confirm": [{"today": time.strftime("%Y-%m-%d")}],
            "conflict.decide": [{**far, **seen, "field": "title", "value": "x"}],
            "conflicts.list": [{}, unit, {"limit": 5}, {"campaign": "thousand-events"}],
            "devices.admit": [{"device": self.device_id}, {"device": "远处的终端"}],
            "devices.list": [{}, unit],
            "devices.reinstate": [{"device": self.device_id}],
            "devices.revoke": [{"device": self.device_id}, {"device": self.device_id[:8]}],
            "exports.cancel": [{"id": self.export_id}],
            "exports.list": [{}],
            "exports.show": [{"id": self.export_id}],
            "exports.start": [{"form": "event", "format": "csv", **unit}],
            "invite": [unit],
            "people.add": [{"name": "x", **unit}],
            "people.forget_pin": [{"name": "远处的人", **unit}],
            "people.list": [{}, unit, {"removed": True}],
            "people.names": [{"names": "pin", **unit}],
            "people.remove": [{"name": "远处的人", **unit}],
            "policy.clear": [unit],
            "policy.list": [{}, unit],
            "policy.set": [{**unit, "policy": "site"}],
            "quarantine.list": [{}, unit, {"limit": 5}],
            "record.add": [{"form": "event", **unit, **fields}],
            "record.add_many": [{"form": "event", **unit}],
            "record.comment": [{**far, "text": "x"}, {**named, "text": "x"}],
            "record.edit": [{**far, **fields}, {**named, **fields}],
            "record.send": [{**far, **seen}, {**named, **seen}],
            "record.show": [far, named],
            "record.undo": [{**far, **seen}, {**named, **seen}],
            "record.unvoid": [{**far, **seen}],
            "record.void": [{**far, **seen, "reason": "x"}],
            "record.whole": [far, named],
            "records.export": [{"form": "event"}, {"form": "event", **unit}],
            "records.list": [{}, unit, {"after": self.far}, {"limit": 5}, {"text": SECRET}, {"by": "boss"},
                             {"device": self.device_id}, {"device": "远处的终端"}, {"kind": "film"},
                             {"state": "held", "from": "2020-01-01"}],
            "report.board": [{"campaign": "thousand-events"}, {"campaign": "thousand-events", **unit}],
            "report.progress": [{"campaign": "thousand-events"}, {"campaign": "thousand-events", **unit}],
            "report.statistics": [{"campaign": "thousand-events"}, {"campaign": "thousand-events", **unit},
                                  {"campaign": "thousand-events", "from": "2020-06-01", **unit}],
            "record.review": [{**far, **seen, "verdict": "accepted"}, {**named, **seen, "verdict": "accepted"}],
            "review.many": [{"verdict": "accepted"}, {"verdict": "accepted", "selection": self.selection}],
            "review.undo": [{**far, **seen}, {**named, **seen}],
            "review.select": [{}, unit, {"text": SECRET}, {"device": self.device_id}],
            "review.selection": [{"selection": self.selection}],
            "rules.show": [{}],
            "rules.use": [{"number": 1}],
            "status": [{}, unit],
            "tokens.add": [{"account": "boss"}],
            "tokens.list": [{"account": "boss"}],
            "tokens.remove": [{"id": self.token_id}],
            "units.add": [{"unit": "spy", "name": "x", "parent": FAR, "kind": "federation", "level": "county"}],
            "units.change": [{**unit, "name": "x"}],
            "units.import": [{"file": "x.csv", "content": f"code,name,parent,kind,level\n{FAR},x,city,,\n", **preview}
                             for preview in ({}, {"preview": True})],
            "units.list": [{}],
            "units.remove": [{**unit, "anyway": True}],
            "verify": [{}],
        }

    # What all may know within the organisation: the tree of units, and what is asked for.
    PUBLIC = {"units.list", "campaigns.list", "rules.show"}

    def state(self):
        """All that could have been changed."""
        return [self.boss.get("record.show", record=self.far).lines[0]["seen"],
                self.boss.get("policy.list").body, self.boss.get("units.list").body,
                self.boss.get("accounts.list").body, self.boss.get("campaigns.list").body,
                [(line["device"], line["revoked"]) for line in self.boss.get("devices.list").lines],
                self.boss.get("records.list", unit=FAR).body, self.boss.get("tokens.list").body,
                self.boss.get("rules.show").body, self.boss.get("people.list", removed=True).body]

    def test_every_operation_with_every_role_on_a_foreign_unit(self):
        self.token_id = self.boss.post("tokens.add", account="boss").answer["id"]
        self.export_id = self.boss.post("exports.start", form="event", format="csv").answer["id"]
        self.selection = self.boss.post("review.select", unit=FAR).answer["selection"]
        self.assertEqual(self.boss.post("people.add", name="远处的人", unit=FAR).status, 200)
        tries = self.tries()
        table = {row["operation"]: row for row in self.top.run("operations").lines}
        self.assertEqual(set(tries), set(table), "an operation is new, or gone: try it here too")
        before = self.state()
        for role in ROLES:
            near = Web(self.top)
            self.assertEqual(near.sign_in(f"near-{role}").status, 200)
            for operation, ways in tries.items():
                for arguments in ways:
                    told = f"{role} {operation} {arguments}"
                    answers = [near.post(operation, **arguments)]
                    if not table[operation]["writes"]:
                        answers.append(near.get(operation, **{name: json.dumps(value) if isinstance(value, bool)
                                                              else value for name, value in arguments.items()}))
                    for answer in answers:
                        self.judge(operation, arguments, answer, told)
            picked = {"record": self.far, "seen": tries["record.void"][0]["seen"]}
            near.ask("POST", "/api/v1/review.many?verdict=accepted", json.dumps(picked).encode(),
                     Content_Type="application/x-ndjson")
            self.assertEqual(near.ask("GET", f"/api/v1/exports.file?id={self.export_id}").status, 404)
        self.assertEqual(self.state(), before)
        self.assertFalse((self.folder / "stolen").exists())

    def judge(self, operation, arguments, answer, told):
        self.assertNotIn(SECRET, answer.body, told)
        self.assertNotIn(PHONE, answer.body, told)
        self.assertNotIn("远处的人", answer.body.replace(str(arguments.get("name")), ""), told)
        self.assertNotIn(self.device_id, answer.body.replace(str(arguments.get("device")), ""), told)
        if operation in self.PUBLIC:
            self.assertIn(answer.status, (200, 403), told)
            return
        body = json.loads(answer.body)
        if answer.status == 200:
            # Reading without a unit: one's own, and nothing of the other.
            self.assertNotIn(FAR, json.dumps([body.get("lines"), body["answer"]]), told)
            self.assertFalse(arguments.keys() & {"record", "unit", "device"}, told)
            return
        self.assertIn(answer.status, (403, 404, 422), f"{told}: {answer}")
        if answer.status == 422:  # of the words of a role, an account, a token that is not there for them
            self.assertEqual(body["reason"], "invalid_value", told)
            self.assertIn(operation, {"tokens.remove"}, told)
        if {"record", "unit", "device"} & arguments.keys() and answer.status != 403:
            self.assertEqual(answer.status, 404, told)
            self.assertTrue(body["reason"].startswith("unknown_"), told)

    def test_who_has_one_unit_need_not_name_it_and_a_unit_of_others_is_told_as_none_of_ones_own(self):
        near = Web(self.top)
        near.sign_in("near-viewer")
        own = near.get("report.statistics", campaign="thousand-events")
        self.assertEqual(own.status, 200, own)
        self.assertEqual(own.body, near.get("report.statistics", campaign="thousand-events", unit=NEAR).body)
        # Whether it is there or not the words are the same, and true.
        words = [near.get("records.list", unit=unit).json["detail"].replace(unit, "…") for unit in (FAR, "nowhere")]
        self.assertEqual(words[0], words[1])
        self.assertRegex(words[0], "or it is not yours|或者它不在您可以查看的范围内")

    def test_a_role_for_one_campaign_reaches_that_campaign_by_every_door(self):
        other = "artists-among-workers"
        self.top.run("campaign", "publish", DEFINITIONS / f"{other}.toml")
        song = self.boss.post("record.add", form="event", campaign=other, unit=NEAR, fields={
            "title": "采风", "kind": "fieldwork", "date": "2014-05-01", "status": "held"}).answer["record"]
        self.top.run("accounts", "add", "bound", "--role", "viewer", "--unit", NEAR, "--campaign", other,
                     "--password-stdin", stdin=PASSWORD + "\n")
        bound = Web(self.top, token(self.top, "bound"))
        stream = Stream(bound)
        self.addCleanup(stream.close)
        self.assertEqual(stream.next()[0], "ready")
        self.assertEqual([line["record"] for line in bound.get("records.list").lines], [song])
        self.assertEqual(bound.get("records.list", limit=0).answer["of"], 1)
        self.assertEqual(bound.get("record.show", record=self.near).status, 404)
        self.assertEqual(bound.get("report.statistics", campaign=other, unit=NEAR).status, 200)
        self.assertEqual(bound.get("report.statistics", campaign="thousand-events", unit=NEAR).status, 404)
        for operation in ("status", "devices.list", "policy.list"):
            self.assertEqual(bound.get(operation).status, 403, operation)
        service = bound.ask("GET", "/odata/v1/").json["value"]
        told = {each["name"]: len(bound.ask("GET", f"/odata/v1/{each['name']}").json["value"]) for each in service}
        self.assertEqual(sorted(told.values()), [0, 1], told)
        job = bound.post("exports.start", form="event", campaign="thousand-events", format="jsonl").answer
        while job["state"] in ("waiting", "running"):
            job = bound.get("exports.show", id=job["id"]).answer
        self.assertEqual((job["state"], job["records"]), ("done", 0))
        # Of what changes only what is of that campaign's records is heard.
        seen = self.boss.get("record.show", record=self.near).lines[0]["seen"]
        self.assertEqual(self.boss.post("record.review", record=self.near, seen=seen, verdict="accepted").status, 200)
        self.top.run("policy", "set", "--unit", NEAR, "ask")
        seen = self.boss.get("record.show", record=song).lines[0]["seen"]
        self.assertEqual(self.boss.post("record.review", record=song, seen=seen, verdict="accepted").status, 200)
        kind, data = stream.next()
        self.assertEqual((kind, data["record"]), ("record", song))

    def test_what_is_foreign_is_told_as_what_is_not_there(self):
        near = Web(self.top)
        near.sign_in("near-administrator")
        for operation, foreign, nothing in (("records.list", {"unit": FAR}, {"unit": "nosuch"}),
                                            ("record.show", {"record": self.far}, {"record": "0" * 32}),
                                            ("devices.revoke", {"device": self.device_id}, {"device": "0" * 32}),
                                            ("policy.set", {"unit": FAR, "policy": "ask"},
                                             {"unit": "nosuch", "policy": "ask"})):
            one, other = near.post(operation, **foreign), near.post(operation, **nothing)
            self.assertEqual((one.status, other.status), (404, 404), operation)
            for name in ("record", "unit", "device"):
                one.body = one.body.replace(str(foreign.get(name)), "X")
                other.body = other.body.replace(str(nothing.get(name)), "X")
            self.assertEqual(one.body, other.body)

    def test_roles_do_at_their_own_unit_what_their_campaign_says(self):
        allowed = {"administrator": {"read", "record", "review"}, "viewer": {"read"}, "recorder": {"read", "record"},
                   "leader": {"read", "record"}, "checker": {"read"},
                   "office": {"read", "record", "review"}, "juror": set()}
        for role, may in allowed.items():
            near = Web(self.top)
            near.sign_in(f"near-{role}")
            shown = near.get("record.show", record=self.near)
            self.assertEqual(shown.status == 200, "read" in may, role)
            seen = self.boss.get("record.show", record=self.near).lines[0]["seen"]
            edited = near.post("record.edit", record=self.near, fields={"title": f"由{role}"})
            self.assertEqual(edited.status == 200, "record" in may, f"{role}: {edited}")
            seen = self.boss.get("record.show", record=self.near).lines[0]["seen"]
            reviewed = near.post("record.review", record=self.near, seen=seen, verdict="accepted")
            self.assertEqual(reviewed.status == 200, "review" in may, f"{role}: {reviewed}")
            stale = near.post("record.review", record=self.near, seen=seen, verdict="returned", remark="x")
            self.assertEqual(stale.status, 412 if "review" in may else 403, role)
        entries = self.boss.get("record.show", record=self.near).lines[0]["entries"]
        self.assertEqual({entry["person"] for entry in entries} & {"near-recorder", "near-office"},
                         {"near-recorder", "near-office"})

    def test_a_sites_device_holds_no_account(self):
        self.far_device.sync()
        for file in self.far_device.folder.rglob("*"):
            if file.is_file():
                held = file.read_bytes()
                for name in ("near-viewer", "near-juror", "$argon2id"):
                    self.assertNotIn(name.encode(), held, file)
