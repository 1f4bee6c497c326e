"""A write over HTTPS by a key (Idempotency-Key): done once, however often and however it is asked for."""

import concurrent.futures
import json
import threading
import time
import uuid

from https import Web, account, token
from sitelog_processes import CREW
from test_door import DoorTest


def a_key():
    return f'"{uuid.uuid4()}"'


class TestIdempotency(DoorTest):
    def event(self, title="井口演出", **more):
        fields = {"title": title, "kind": "film", "date": "2020-06-01", "level": "grassroots", "participants": 80,
                  "status": "held"}
        return {"form": "event", "unit": CREW, "fields": fields, "again": True, **more}

    def add_by(self, key, web=None, **event):
        return (web or self.boss).ask("POST", "/api/v1/record.add", self.event(**event), Idempotency_Key=key)

    def titles(self):
        return sorted(line["fields"]["title"] for line in self.top.records())

    def test_the_same_key_is_answered_the_same_and_writes_once_also_after_a_power_failure(self):
        key = a_key()
        first = self.add_by(key)
        self.assertEqual(first.status, 200, first)
        self.assertEqual(self.add_by(key).body, first.body)
        self.assertEqual(self.add_by(key.strip('"')).body, first.body)
        self.top.kill()
        self.top.serve()
        self.assertEqual(self.add_by(key).body, first.body)
        self.assertEqual(self.titles(), ["井口演出"])
        self.assertNotEqual(self.add_by(a_key()).json["answer"]["record"], first.json["answer"]["record"])
        self.assertEqual(len(self.titles()), 2)
        self.top.stop()
        self.assertEqual(self.top.verify()["findings"], 0)

    def test_a_key_with_another_body_is_refused_and_does_nothing(self):
        key = a_key()
        self.add_by(key)
        for other in (self.add_by(key, title="别的"),
                      self.boss.ask("POST", "/api/v1/record.void", self.event(), Idempotency_Key=key)):
            self.assertEqual(other.status, 422, other)
            self.assertEqual(other.fields["Content-Type"], "application/problem+json; charset=utf-8")
        self.assertEqual(self.titles(), ["井口演出"])

    def test_a_key_is_of_one_account(self):
        account(self.top, "li", "administrator")
        li, key = Web(self.top, token(self.top, "li")), a_key()
        one, other = self.add_by(key), self.add_by(key, li)
        self.assertNotEqual(one.json["answer"]["record"], other.json["answer"]["record"])

    def test_what_is_asked_at_once_by_one_key_is_done_once(self):
        for round in range(5):
            key, barrier = a_key(), threading.Barrier(6)

            def ask():
                barrier.wait()
                return self.add_by(key, title=f"第{round}轮")

            with concurrent.futures.ThreadPoolExecutor(6) as pool:
                answers = [each.result() for each in [pool.submit(ask) for _ in range(6)]]
            done = [answer.body for answer in answers if answer.status == 200]
            self.assertGreaterEqual(len(done), 1)
            self.assertEqual(len(set(done)), 1)
            for answer in answers:
                self.assertIn(answer.status, (200, 409), answer)
                self.assertEqual(answer.status == 409, answer.fields["Retry-After"] is not None)
        self.assertEqual(len(self.titles()), 5)

    def test_whatever_moment_it_is_killed_at_asking_again_writes_nothing_twice(self):
        random = self.random()
        for round in range(8):
            key, title = a_key(), f"第{round}次"
            asking = threading.Thread(target=lambda: self.swallow(lambda: self.add_by(key, title=title)))
            asking.start()
            time.sleep(random.random() * 0.05)
            self.top.kill()
            asking.join()
            self.top.serve()
            answer = self.add_by(key, title=title)
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(self.add_by(key, title=title).body, answer.body)
            named = [line["record"] for line in self.top.records() if line["fields"]["title"] == title]
            self.assertEqual(named, [answer.answer["record"]])

    def swallow(self, asking):
        try:
            asking()
        except Exception:  # the connection is cut
            pass

    def test_a_refusal_did_nothing_so_the_key_is_free(self):
        key = a_key()
        refused = self.boss.ask("POST", "/api/v1/record.add", {**self.event(), "fields": {"title": "x"}},
                                Idempotency_Key=key)
        self.assertEqual(refused.status, 422, refused)
        self.assertEqual(self.add_by(key).status, 200)
        self.assertEqual(self.titles(), ["井口演出"])

    def test_a_key_that_is_none_is_refused(self):
        for key in ("", '""', "a b", '"a', "x" * 300, 'a"b', "a,b", "键"):
            sent = key.encode() if key == "键" else key
            answer = self.boss.ask("POST", "/api/v1/record.add", self.event(), Idempotency_Key=sent)
            self.assertEqual(answer.status, 400, (key, str(answer)))
        self.assertEqual(self.titles(), [])

    def test_lines_are_saved_once_and_answered_again_line_by_line(self):
        lines = "\n".join(json.dumps({"line": n, "text": json.dumps(self.event(f"第{n}场")["fields"])})
                          for n in range(3)).encode()

        def send(key, body=lines):
            return self.boss.ask("POST", f"/api/v1/record.add_many?form=event&unit={CREW}&again=true", body,
                                 Content_Type="application/x-ndjson", Idempotency_Key=key)

        key = a_key()
        first = send(key)
        self.assertEqual(first.json["answer"]["saved"], 3)
        self.assertEqual(send(key).body, first.body)
        self.assertEqual(len(self.titles()), 3)
        # What was answered at length is not kept; that it was done is.
        many = b"\n".join(lines for _ in range(60))
        self.assertEqual(send(key, many).status, 422)
        key = a_key()
        self.assertEqual(send(key, many).json["answer"]["saved"], 180)
        self.assertEqual(send(key, many).status, 409)
        self.assertEqual(len(self.titles()), 183)

    def test_what_opens_a_door_is_answered_again_and_kept_in_no_file(self):
        boss, key = Web(self.top), a_key()
        boss.sign_in("boss")
        made = [boss.post("tokens.add", {"Idempotency_Key": key}, account="boss").answer for _ in range(2)]
        self.assertEqual(made[0], made[1])
        self.assertEqual(len(boss.get("tokens.list").lines), 2)
        self.top.stop()
        for file in self.top.folder.rglob("*"):
            if file.is_file():
                self.assertNotIn(made[0]["token"].encode(), file.read_bytes(), file)

    def test_a_role_that_was_withdrawn_is_not_answered_again(self):
        account(self.top, "li", "office", "ruzhou")
        li, key = Web(self.top), a_key()
        li.sign_in("li")
        asked = {**self.event(), "unit": "ruzhou"}
        self.assertEqual(li.post("record.add", {"Idempotency_Key": key}, **asked).status, 200)
        self.top.run("accounts", "withdraw", "li", "--role", "office", "--unit", "ruzhou")
        self.assertEqual(li.post("record.add", {"Idempotency_Key": key}, **asked).status, 403)

    def test_of_two_roles_the_one_it_was_done_by_is_gone_then_it_is_not_told_again(self):
        for name in ("li", "wang"):
            account(self.top, name, "office", "ruzhou")
            self.top.run("accounts", "grant", name, "--role", "office", "--unit", "wugang")
        li, wang = Web(self.top, token(self.top, "li")), Web(self.top, token(self.top, "wang"))
        keys = {unit: a_key() for unit in ("ruzhou", "wugang")}
        lines = "".join(json.dumps({"line": n, "text": json.dumps(self.event(f"第{n}场")["fields"])}) + "\n"
                        for n in range(2)).encode()
        many = a_key()

        def add(unit):
            return li.post("record.add", {"Idempotency_Key": keys[unit]}, **{**self.event(unit), "unit": unit})

        def add_many():
            return wang.ask("POST", "/api/v1/record.add_many?form=event&unit=wugang&again=true", lines,
                            Content_Type="application/x-ndjson", Idempotency_Key=many)

        first = {unit: add(unit) for unit in keys}
        self.assertEqual({answer.status for answer in first.values()}, {200})
        told = add_many()
        self.assertEqual(told.json["answer"]["saved"], 2)
        for name in ("li", "wang"):
            self.top.run("accounts", "withdraw", name, "--role", "office", "--unit", "wugang")
        again = add("wugang")
        self.assertEqual(again.status, 403, again)
        self.assertNotIn(first["wugang"].answer["record"], again.body)
        self.assertEqual(add_many().status, 403)
        said = [(line.get("who"), line.get("operation")) for line in self.top.run("audit", "list").lines
                if line.get("what") == "refused"]
        self.assertEqual(said, [("li", "record.add"), ("wang", "record.add_many")])
        # What they would still be let do is told as it was, also after a restart.
        self.assertEqual(add("ruzhou").body, first["ruzhou"].body)
        self.top.restart()
        self.assertEqual(add("ruzhou").body, first["ruzhou"].body)
        self.assertEqual(add("wugang").status, 403)
        self.top.run("accounts", "grant", "wang", "--role", "office", "--unit", "wugang")
        self.assertEqual(add_many().body, told.body)
        self.assertEqual(len(self.titles()), 4)
