"""One verdict on many records: on each as it was seen, on none that changed, by nobody who may not."""

import json
import time
import unittest

from https import Web, account, token
from sitelog_processes import CREW, ProcessTest

FAR = "wugang"


class TestBulkReview(ProcessTest):
    def setUp(self):
        self.top = self.headquarters(serving=False)
        account(self.top, "boss", "administrator")
        account(self.top, "office", "office", CREW)
        account(self.top, "near", "viewer", CREW)
        self.top.serve()
        self.boss, self.office, self.near = (Web(self.top, token(self.top, name))
                                             for name in ("boss", "office", "near"))

    def add(self, unit=CREW, **fields):
        asked = {"title": "井口演出", "kind": "film", "date": "2020-06-01", "level": "grassroots",
                 "participants": 80, "status": "held", **fields}
        return self.boss.post("record.add", form="event", unit=unit, fields=asked, again=True).answer["record"]

    def picked(self, **asked):
        return [{"record": line["record"], "seen": line["seen"]}
                for line in self.boss.get("records.list", **asked).lines]

    def review(self, who, picked, query="verdict=accepted"):
        body = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in picked)
        return who.ask("POST", f"/api/v1/review.many?{query}", body.encode(),
                       Content_Type="application/x-ndjson")

    def states(self):
        return {line["record"]: line["review"]["state"] for line in self.boss.get("records.list").lines}

    def test_all_that_stand_as_they_were_seen_are_reviewed_and_the_others_named(self):
        records = [self.add(title=f"第{i}场") for i in range(120)]
        picked = self.picked()
        changed, void = records[7], records[60]
        self.boss.post("record.edit", record=changed, fields={"title": "后来改了"})
        self.boss.post("record.void", record=void, reason="重复",
                       seen=self.boss.get("record.show", record=void).lines[0]["seen"])
        answer = self.review(self.office, picked)
        self.assertEqual(answer.answer, {"reviewed": 118, "unchanged": 0, "left_out": 2})
        left_out = {line["record"]: line["error"]["reason"] for line in answer.lines if "error" in line}
        self.assertEqual(left_out, {changed: "changed", void: "changed"})
        self.assertEqual([line["record"] for line in answer.lines], [line["record"] for line in picked])
        states = self.states()
        self.assertEqual({name for name, state in states.items() if state == "pending"}, {changed})
        self.assertEqual(states[void], "refused", "what headquarters voids it refuses")
        codes = {line["record"]: line["code"] for line in answer.lines if "code" in line}
        shown = self.boss.get("record.show", record=records[0]).lines[0]
        self.assertEqual(shown["code"], codes[records[0]])
        self.assertEqual(shown["entries"][-1]["person"], "office")
        # The same once more: nothing is as it was seen then, and nothing happens twice.
        again = self.review(self.office, picked)
        self.assertEqual(again.answer, {"reviewed": 0, "unchanged": 0, "left_out": 120})
        self.assertEqual(len(self.boss.get("record.show", record=records[0]).lines[0]["entries"]),
                         len(shown["entries"]))

    def test_one_named_twice_is_reviewed_once(self):
        self.add()
        picked = self.picked()
        answer = self.review(self.boss, picked * 3)
        self.assertEqual(answer.answer, {"reviewed": 1, "unchanged": 0, "left_out": 2})

    def test_only_who_may_and_only_where_they_may(self):
        near, far = self.add(), self.add(FAR)
        picked = self.picked()
        self.assertEqual(self.review(self.near, picked).status, 403)
        answer = self.review(self.office, picked)
        self.assertEqual(answer.answer["reviewed"], 1)
        foreign = next(line for line in answer.lines if line["record"] == far)["error"]
        nothing = self.review(self.office, [{"record": "0" * 32, "seen": "0" * 64}]).lines[0]["error"]
        self.assertEqual(foreign["reason"], "unknown_record")
        self.assertEqual(json.dumps(foreign).replace(far, "X"), json.dumps(nothing).replace("0" * 32, "X"))
        self.assertEqual(self.states(), {near: "accepted", far: "pending"})

    def test_a_line_that_is_none_is_refused_before_anything_is_done(self):
        record = self.add()
        good = self.picked()[0]
        for bad in ("{", "[]", '"x"', '{"record": 5, "seen": "x"}', {"record": record},
                    {"record": record[-6:], "seen": good["seen"]}, {"record": record, "seen": "nonsense"}):
            answer = self.review(self.boss, [good, bad])
            self.assertIn(answer.status, (400, 422), bad)
        self.assertEqual(self.review(self.boss, [good], "verdict=returned").status, 422)
        self.assertEqual(self.review(self.boss, [good], "verdict=perhaps").status, 422)
        self.assertEqual(self.states(), {record: "pending"})

    def test_sites_sync_while_many_are_reviewed(self):
        site = self.device(self.top)
        site.record_many([{"title": f"第{i}场", "kind": "film", "date": "2020-06-01", "level": "grassroots",
                           "participants": 10 + i % 50, "status": "held"} for i in range(3000)])
        site.sync()
        other = self.device(self.top, "另一台", FAR)
        picked = self.picked()
        body = "".join(json.dumps(line) + "\n" for line in picked).encode()
        connection = self.boss.connect()
        connection.request("POST", "/api/v1/review.many?verdict=accepted", body=body,
                           headers=self.boss.fields(Content_Type="application/x-ndjson",
                                                    Accept="application/x-ndjson"))
        response = connection.getresponse()
        response.readline()
        other.record(title="同时")
        begun = time.monotonic()
        self.assertEqual(other.sync()["sent"], 1)
        beside = time.monotonic() - begun
        told = json.loads(response.read().splitlines()[-1])
        connection.close()
        self.assertEqual(told["answer"]["reviewed"], 3000)
        self.assertLess(beside, 3, "a process and a sync beside it")


if __name__ == "__main__":
    unittest.main()
