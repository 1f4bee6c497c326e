"""One verdict on many records: on each as it was seen, on none that changed, by nobody who may not."""

import contextlib
import http.client
import json
import time
import unittest

from https import Web, account, token
from sitelog_processes import CREW, PATIENCE_S, REFUSED, USAGE, ProcessTest

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

    # Also what was not sent yet: these records are headquarters' own.
    def review(self, who, picked, query="verdict=accepted&unsent=true"):
        body = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in picked)
        return who.ask("POST", f"/api/v1/review.many?{query}", body.encode(),
                       Content_Type="application/x-ndjson")

    def counted(self, answer):
        return tuple(answer.answer[name] for name in ("reviewed", "unchanged", "left_out"))

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
        self.assertEqual(self.counted(answer), (118, 0, 2))
        (notice,) = answer.answer["notices"]
        self.assertEqual(notice["records"], 118)
        self.assertIn("it was not sent yet", notice["text"])
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
        self.assertEqual(self.counted(again), (0, 0, 120))
        self.assertEqual(len(self.boss.get("record.show", record=records[0]).lines[0]["entries"]),
                         len(shown["entries"]))

    def test_one_named_twice_is_reviewed_once(self):
        self.add()
        picked = self.picked()
        answer = self.review(self.boss, picked * 3)
        self.assertEqual(self.counted(answer), (1, 0, 2))

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

    def add_many(self, count, unit=CREW, **fields):
        lines = [{"line": n + 1, "text": json.dumps({"title": f"第{n}场", "kind": ("film", "lecture")[n % 10 == 0],
                                                     "date": "2020-06-01", "level": "grassroots",
                                                     "participants": 10 + n % 50, "status": "held", **fields})}
                 for n in range(count)]
        answer = self.boss.ask("POST", f"/api/v1/record.add_many?form=event&unit={unit}",
                               "".join(json.dumps(line) + "\n" for line in lines).encode(),
                               Content_Type="application/x-ndjson")
        self.assertEqual(answer.answer["saved"], count)
        return [line["record"] for line in answer.lines if "record" in line]

    def test_of_five_thousand_selected_those_twelve_that_changed_are_named(self):
        records = self.add_many(5000)
        selected = self.office.post("review.select", form="event", state="held").answer
        self.assertEqual((selected["records"], selected["waiting"]), (5000, 5000))
        changed = records[100:4900:400]
        self.assertEqual(len(changed), 12)
        for record in changed:
            self.boss.post("record.edit", record=record, fields={"title": "后来改了"})
        later = self.add(title="后来的")  # fits the filter and was not there
        one = selected["selection"]
        answer = self.office.post("review.many", verdict="accepted", unsent=True, selection=one)
        self.assertEqual(self.counted(answer), (4988, 0, 12))
        self.assertEqual(len(answer.lines), 5000)
        left_out = {line["record"].split("/")[-1]: line["error"]["reason"]
                    for line in answer.lines if "error" in line}
        self.assertEqual(left_out, {record: "changed" for record in changed})
        told = self.office.get("review.selection", selection=one)
        self.assertEqual({line["record"].split("/")[-1] for line in told.lines}, set(changed))
        self.assertEqual((told.answer["reviewed"], told.answer["left_out"], told.answer["waiting"]), (4988, 12, 0))
        pending = {line["record"] for line in self.boss.get("records.list", review="pending").lines}
        self.assertEqual(pending, {*changed, later})
        # Once is enough: what was done is not done again.
        self.assertEqual(self.office.post("review.many", verdict="accepted", unsent=True, selection=one).answer,
                         {"reviewed": 0, "unchanged": 0, "left_out": 0})

    def test_a_selection_that_was_broken_off_goes_on_where_it_was(self):
        self.add_many(1500)
        one = self.office.post("review.select", form="event").answer["selection"]
        connection = self.office.connect()
        connection.request("POST", "/api/v1/review.many", body=json.dumps({"verdict": "accepted", "unsent": True, "selection": one}),
                           headers=self.office.fields(Content_Type="application/json",
                                                      Accept="application/x-ndjson"))
        connection.getresponse().readline()
        connection.close()
        until = time.monotonic() + PATIENCE_S
        while self.office.get("review.selection", selection=one).answer["at_work"]:
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)
        rest = self.office.post("review.many", verdict="accepted", unsent=True, selection=one)
        told = self.office.get("review.selection", selection=one).answer
        self.assertEqual((told["reviewed"], told["left_out"], told["waiting"]), (1500, 0, 0))
        self.assertEqual(rest.answer["left_out"], 0)
        self.assertEqual(set(self.states().values()), {"accepted"})

    def audited(self):
        return [line for line in self.top.run("audit", "list").lines if line.get("operation") == "review.many"]

    def test_what_was_decided_before_the_daemon_was_killed_stands_in_the_audit_list(self):
        self.add_many(4000)
        one = self.office.post("review.select", form="event").answer["selection"]
        connection = self.office.connect()
        connection.request("POST", "/api/v1/review.many", body=json.dumps({"verdict": "accepted", "unsent": True, "selection": one}),
                           headers=self.office.fields(Content_Type="application/json",
                                                      Accept="application/x-ndjson"))
        connection.getresponse().readline()
        self.top.kill()
        connection.close()
        decided = len(self.top.run("records", "list", "--review", "accepted").lines)
        self.assertGreater(decided, 0)
        self.assertLess(decided, 4000, "it was killed in between")
        said = self.audited()
        self.assertTrue(said)
        self.assertEqual({(line["what"], line["who"], line["how"]) for line in said}, {("under_way", "office", "token")})
        told = dict(part.split("=") for part in said[-1]["on"].split())
        self.assertEqual((told["verdict"], told["selection"]), ("accepted", one))
        self.assertGreater(int(told["reviewed"]), 0)
        self.assertLessEqual(int(told["reviewed"]), decided)
        words = self.top.run("--lang", "zh", "audit", "list", as_json=False).out
        self.assertRegex(words, "进行中，到此为止")

    def test_a_few_that_are_decided_at_once_are_one_line_of_the_audit_list(self):
        self.add_many(3)
        self.assertEqual(self.counted(self.review(self.office, self.picked())), (3, 0, 0))
        self.assertEqual([line["what"] for line in self.audited()], ["done"])
        # What is only looked at beforehand decides nothing.
        self.add_many(200, date="2020-06-02")
        one = self.office.post("review.select", form="event", review="pending").answer["selection"]
        self.office.post("review.many", verdict="accepted", unsent=True, preview=True, selection=one)
        self.assertEqual([line["what"] for line in self.audited()], ["done", "done"])

    def test_a_selection_is_its_accounts_alone_and_each_row_is_checked_again(self):
        mine, far = self.add(), self.add(FAR)
        everything = self.boss.post("review.select").answer
        self.assertEqual(everything["records"], 2)
        own = self.office.post("review.select").answer
        self.assertEqual(own["records"], 1)
        self.assertEqual(self.near.post("review.select").status, 403)
        for other in (everything["selection"], "0" * 32):
            self.assertEqual(self.office.post("review.many", verdict="accepted", unsent=True, selection=other).status, 404)
            self.assertEqual(self.office.get("review.selection", selection=other).status, 404)
        self.assertEqual(self.office.post("review.many", verdict="returned", selection=own["selection"]).status, 422)
        self.assertEqual(self.office.post("review.select", kind="nosuch").status, 422)
        # Who may no more reviews no more of what they selected.
        self.top.run("accounts", "grant", "office", "--role", "office", "--unit", FAR)
        self.top.run("accounts", "withdraw", "office", "--role", "office", "--unit", CREW)
        answer = self.office.post("review.many", verdict="accepted", unsent=True, selection=own["selection"])
        self.assertEqual(self.counted(answer), (0, 0, 1))
        self.assertEqual(self.states(), {mine: "pending", far: "pending"})
        # Nor is it named to them any more; it is, once they may see it again.
        told = self.office.get("review.selection", selection=own["selection"])
        self.assertEqual((told.answer["left_out"], told.lines), (1, []))
        self.top.run("accounts", "grant", "office", "--role", "office", "--unit", CREW)
        (line,) = self.office.get("review.selection", selection=own["selection"]).lines
        self.assertTrue(line["record"].endswith(mine), line)

    def test_the_command_line_reviews_what_it_lists_or_what_it_listed_before(self):
        records = [self.add(title=f"第{i}场") for i in range(6)]
        other = self.add(title="讲座", kind="lecture")
        many = ("review", "many", "accepted", "--unsent")
        *lines, told = self.top.run(*many, "--kind", "film").lines
        self.assertEqual((told["preview"], told["reviewed"], len(lines)), (True, 6, 6))
        self.assertEqual(set(self.states().values()), {"pending"})
        listed = self.folder / "listed.jsonl"
        listed.write_text(self.top.run("records", "list", "--kind", "film").out)
        self.top.edit(records[3], "title=又改")
        told = self.top.run(*many, "--lines", listed, "--confirm")
        self.assertEqual(tuple(told.lines[-1][name] for name in ("reviewed", "unchanged", "left_out")), (5, 0, 1))
        self.assertEqual({name for name, state in self.states().items() if state == "pending"}, {records[3], other})
        self.assertEqual(self.top.run(*many, "--review", "pending", "--confirm").lines[-1]["reviewed"], 2)
        self.top.run(*many, "--lines", listed, "--kind", "film", expect=USAGE)
        listed.write_text("{}\n")
        self.top.run(*many, "--lines", listed, expect=REFUSED)
        for confirm in ((), ("--confirm",)):
            self.top.run("review", "many", "returned", "--kind", "film", *confirm, expect=REFUSED)

    def test_the_preview_tells_what_the_deed_would_and_does_nothing(self):
        plain, odd = self.add(), self.add(title="没有人数", participants=None)
        for record in (plain, odd):
            self.top.run("send", self.top.seen(record))
        unsent, changed = self.add(title="未送"), self.add(title="已改")
        picked = self.picked()
        self.top.edit(changed, "title=又改")
        before = self.states()
        for how in ("verdict=accepted", "verdict=accepted&unsent=true"):
            told = self.review(self.boss, picked, how + "&preview=true")
            self.assertTrue(told.answer["preview"])
            self.assertEqual(self.states(), before)
            if "unsent" not in how:
                self.assertEqual(self.counted(told)[2], 2)  # not sent; changed since
                continue
            self.assertEqual(self.counted(told), (3, 0, 1))
            self.assertTrue(told.answer["notices"])
            done = self.review(self.boss, picked, how)
            self.assertEqual({**done.answer, "preview": True}, told.answer)
            of = lambda answer: [[line.get(part) for part in ("record", "notices", "error")] for line in answer.lines]
            self.assertEqual(of(told), of(done))
        self.assertEqual({self.states()[record] for record in (plain, odd, unsent)}, {"accepted"})
        self.assertEqual(self.review(self.boss, picked, "verdict=returned&preview=true").status, 422)
        # A selection waits still after it was looked at.
        one = self.boss.post("review.select", review="accepted").answer
        told = self.boss.post("review.many", selection=one["selection"], verdict="refused", remark="?",
                              unsent=True, preview=True)
        self.assertEqual((told.answer["reviewed"], told.answer["preview"]), (3, True))
        self.assertEqual(self.boss.get("review.selection", selection=one["selection"]).answer["waiting"], 3)
        # The audit list tells how many, and which were meant.
        lines = self.top.run("audit", "list").lines
        of = {line["operation"]: line["on"] for line in lines if line.keys() >= {"operation", "on"}}
        self.assertIn("review=accepted", of["review.select"])
        self.assertIn("records=3", of["review.select"])
        self.assertRegex(of["review.many"], "preview=yes.*reviewed=3")
        words = self.top.run("--lang", "zh", "audit", "list", as_json=False).out
        self.assertIn("已审核：3", words)

    def test_what_was_not_sent_yet_is_left_out_unless_it_is_meant(self):
        record = self.add()
        answer = self.review(self.office, self.picked(), "verdict=accepted")
        self.assertEqual(self.counted(answer), (0, 0, 1))
        self.assertIn("--unsent", answer.lines[0]["error"]["text"])
        self.assertEqual(self.states(), {record: "pending"})
        told = self.top.run("review", "many", "accepted", "--confirm")
        self.assertIn("--unsent", told.out + told.err + json.dumps(told.lines))

    def test_a_remark_that_says_nothing_is_no_reason(self):
        self.add()
        (picked,) = self.picked()
        for blank in ("", "  ", "\u3000"):
            for said in ({"remark": blank}, {"fields": {"title": blank}}, {"remark": "少了照片", "fields": {"title": blank}}):
                answer = self.boss.post("record.review", **picked, verdict="returned", **said)
                self.assertIn(answer.status, (400, 422), said)
        self.assertEqual(set(self.states().values()), {"pending"})

    def test_who_is_disabled_or_loses_the_role_meanwhile_reviews_no_more(self):
        self.add_many(4000)
        for ends in (("accounts", "disable", "office"), ("accounts", "withdraw", "office", "--role", "office", "--unit", CREW)):
            office = Web(self.top, token(self.top, "office"))
            one = office.post("review.select", form="event", review="pending").answer["selection"]
            connection = office.connect()
            connection.request("POST", "/api/v1/review.many",
                               body=json.dumps({"verdict": "accepted", "unsent": True, "selection": one}),
                               headers=office.fields(Content_Type="application/json", Accept="application/x-ndjson",
                                                     Idempotency_Key=f'"{ends[1]}"'))
            response = connection.getresponse()
            response.readline()
            self.top.run(*ends)
            with contextlib.suppress(http.client.IncompleteRead):
                response.read()
            connection.close()
            before = self.accepted()
            self.top.run("accounts", "disable", "office", "--undo")
            time.sleep(1)
            self.assertEqual(self.accepted(), before, "nothing goes on")
            self.assertLess(before, 4000)

    def accepted(self):
        return self.boss.get("records.list", review="accepted", limit=1).answer["of"]

    def test_sites_sync_while_many_are_reviewed(self):
        site = self.device(self.top)
        site.record_many([{"title": f"第{i}场", "kind": "film", "date": "2020-06-01", "level": "grassroots",
                           "participants": 10 + i % 50, "status": "held"} for i in range(3000)])
        site.sync()
        other = self.device(self.top, "另一台", FAR)
        picked = self.picked()
        body = "".join(json.dumps(line) + "\n" for line in picked).encode()
        connection = self.boss.connect()
        connection.request("POST", "/api/v1/review.many?verdict=accepted&unsent=true", body=body,
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
