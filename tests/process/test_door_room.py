"""What one account, or strangers, hold and wait for at the HTTPS door keeps nobody else out."""

import json
import resource
import socket
import threading
import time

from https import Web, account, token
from sitelog_processes import CREW, PATIENCE_S, ProcessTest
from test_door import DoorTest

BODY = 4 * 1024 * 1024
RUZHOU = "ruzhou"


def post_head(web, length, operation="units.list", more=""):
    """The head of a request whose body does not come with it; `length`: of it, or None for chunks."""
    size = f"Content-Length: {length}" if length is not None else "Transfer-Encoding: chunked"
    who = f"Authorization: Bearer {web.token}\r\n" if web.token else ""
    who += f"Cookie: {web.cookie}\r\n" if web.cookie else ""
    return (f"POST /api/v1/{operation} HTTP/1.1\r\nHost: x\r\nAccept-Language: en\r\n{who}"
            f"Content-Type: application/json\r\n{size}\r\n{more}\r\n").encode()


def all_of(tls, timeout=PATIENCE_S):
    """All that is answered until the other end closes, or breaks off; TimeoutError where it does not."""
    out = b""
    tls.settimeout(timeout)
    while True:
        try:
            more = tls.recv(65536)
        except TimeoutError:
            raise
        except OSError:
            return out
        if not more:
            return out
        out += more


def send(tls, data):
    """False where the other end listens no more."""
    try:
        tls.sendall(data)
        return True
    except OSError:
        return False


class RoomTest(DoorTest):
    """A boss, and accounts that may do little."""

    def setUp(self):
        self.top = self.headquarters(serving=False)
        account(self.top, "boss", "administrator")
        for n in range(4):
            account(self.top, f"small{n}", "viewer", CREW)
        self.top.serve()
        self.boss = Web(self.top, token(self.top, "boss"))
        self.small = [Web(self.top, token(self.top, f"small{n}")) for n in range(4)]
        self.open = []
        self.addCleanup(lambda: [each.close() for each in self.open])

    def connected(self, web):
        tls = web.socket(PATIENCE_S)
        self.open.append(tls)
        return tls

    def large(self, web):
        """The status of a body as large as one may be."""
        return web.ask("POST", "/api/v1/units.list", b"{" + b" " * (BODY - 2) + b"}").status

    def assert_others_go_on(self):
        self.assertEqual(Web(self.top).sign_in("boss").status, 200)
        self.assertEqual(self.boss.get("records.list").status, 200)
        record = self.add()
        # Whoever may review it does.
        seen = self.boss.get("record.show", record=record["record"]).lines[0]["seen"]
        done = self.boss.post("record.review", record=record["record"], seen=seen, verdict="accepted")
        self.assertEqual(done.status, 200, done)
        self.assertEqual(self.large(self.boss), 200)


class TestBodies(RoomTest):
    def test_bodies_that_do_not_come_or_drip_take_nobodys_room_and_are_let_go(self):
        heads = (post_head(self.small[0], BODY), post_head(self.small[0], None))
        silent = []
        for n in range(60):
            tls = self.connected(self.small[0])
            tls.sendall(heads[n % 2])
            silent.append(tls)
        ended = threading.Event()

        def drip():
            for _ in range(4 * PATIENCE_S):
                for n, tls in enumerate(silent[:30]):
                    send(tls, b"1\r\n \r\n" if n % 2 else b" ")
                if ended.wait(1):
                    return

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            self.assert_others_go_on()
            self.assertEqual(self.small[0].post("units.list").status, 200)  # theirs too
            for tls in silent:
                all_of(tls)
        finally:
            ended.set()
            dripping.join()

    def test_one_account_that_sends_much_waits_for_itself_and_small_bodies_always_go(self):
        for _ in range(4):  # of it as much as it may
            self.assertTrue(send(self.connected(self.small[0]),
                                 post_head(self.small[0], BODY) + b" " * (BODY - 1)))
        until = time.monotonic() + PATIENCE_S
        while True:  # as soon as what was sent is there
            tls = self.connected(self.small[0])
            tls.sendall(post_head(self.small[0], BODY, more="Expect: 100-continue\r\n"))
            refused = tls.recv(100)
            if not refused.startswith(b"HTTP/1.1 100"):
                break
            tls.close()
            self.assertLess(time.monotonic(), until, "as much as it likes")
        refused += all_of(tls)
        self.assertTrue(refused.startswith(b"HTTP/1.1 503"), refused)
        self.assertIn(b"Retry-After: 2\r\n", refused)
        self.assertIn(b"this account sends", refused)
        self.assertEqual(self.small[0].post("units.list").status, 200)
        self.assert_others_go_on()

    def test_who_fills_the_room_from_many_accounts_gives_way(self):
        for web in self.small:
            for _ in range(4):
                send(self.connected(web), post_head(web, BODY) + b" " * (BODY - 1))
        self.assert_others_go_on()

    def test_chunks_have_bounds_all_round(self):
        web = self.small[0]
        endless = self.connected(web)
        send(endless, post_head(web, None) + b"1;" + b"a" * 100_000)
        self.assertTrue(all_of(endless).startswith(b"HTTP/1.1 431"))
        trailer = self.connected(web)
        send(trailer, post_head(web, None) + b"2\r\n{}\r\n0\r\nA: " + b"a" * 100_000)
        self.assertTrue(all_of(trailer).startswith(b"HTTP/1.1 431"))

    def rights_end(self, web, end):
        """A body of `web`'s is on its way when `end` is called; what was answered."""
        body = json.dumps({"form": "event", "unit": RUZHOU, "again": True, "fields": {
            "title": "不该有的", "kind": "film", "date": "2020-06-01", "level": "grassroots", "participants": 80,
            "status": "held"}}).encode()
        tls = self.connected(web)
        head = post_head(web, len(body), "record.add", "Expect: 100-continue\r\nConnection: close\r\n")
        tls.sendall(head)
        self.assertTrue(tls.recv(100).startswith(b"HTTP/1.1 100"))  # it was admitted
        tls.sendall(body[:-1])
        end()
        send(tls, body[-1:])
        return all_of(tls)

    def test_rights_that_end_while_a_body_comes_do_nothing_any_more(self):
        self.top.run("accounts", "add", "li", "--role", "office", "--unit", RUZHOU, "--password-stdin",
                     stdin="correct horse battery\n")
        ways = []
        given = self.top.run("tokens", "add", "--account", "li").line
        ways.append((Web(self.top, given["token"]), lambda: self.top.run("tokens", "remove", given["id"])))
        signed_in = Web(self.top)
        signed_in.sign_in("li")
        ways.append((signed_in, lambda: self.assertEqual(signed_in.ask("DELETE", "/api/v1/session").status, 200)))
        ways.append((Web(self.top, token(self.top, "li")), lambda: self.top.run("accounts", "disable", "li")))
        for web, end in ways:
            answer = self.rights_end(web, end)
            self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 401"), answer)
        self.assertEqual(self.top.records(), [])

    def test_a_body_of_who_may_not_stay_is_not_waited_for(self):
        tls = self.connected(self.small[0])
        tls.sendall(post_head(self.small[0], BODY))
        self.top.run("accounts", "disable", "small0")
        # As fast as a slow link, so that it could go on for a quarter of an hour.
        until = time.monotonic() + PATIENCE_S
        while send(tls, b" " * 4096):
            self.assertLess(time.monotonic(), until, "it is listened to still")
            time.sleep(0.5)


class TestStrangers(RoomTest):
    def from_address(self, number):
        """A connection from an address of its own."""
        plain = socket.create_connection((self.boss.page.hostname, self.boss.page.port), PATIENCE_S,
                                         (f"127.0.1.{number}", 0))
        try:
            tls = self.boss.context().wrap_socket(plain, server_hostname=self.boss.page.hostname)
        except OSError:  # it made room for another of these
            return plain
        self.open.append(tls)
        return tls

    def test_strangers_with_bodies_from_many_addresses_keep_nobody_from_signing_in(self):
        nobody = Web(self.top)
        held = []
        for n in range(300):
            tls = self.from_address(1 + n % 40)
            send(tls, post_head(nobody, 8000, "session") + b" " * (7000 if n % 2 else 0))
            held.append(tls)
        self.assert_others_go_on()

    def test_passwords_asked_for_from_many_addresses_give_way_to_who_asks_for_one(self):
        body = json.dumps({"account": "nobody", "password": "x" * 20}).encode()
        for n in range(200):
            send(self.from_address(1 + n % 20), post_head(Web(self.top), len(body), "session") + body)
        answer = Web(self.top).sign_in("boss")
        self.assertEqual(answer.status, 200, answer)
        self.assert_others_go_on()


class TestPlaces(ProcessTest):
    def test_who_takes_every_place_by_many_accounts_loses_one_to_whoever_comes(self):
        top = self.headquarters(serving=False)
        account(top, "boss", "administrator")
        few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (few, most))
        for n in range(33):  # with 64 connections each: one more than there are places for
            top.run("accounts", "add", f"small{n}", "--role", "viewer", "--unit", CREW)
        top.serve()
        boss = Web(top, token(top, "boss"))
        small = [Web(top, token(top, f"small{n}")) for n in range(33)]
        context, held = boss.context(), []
        for web in small:
            for _ in range(64):
                try:
                    plain = socket.create_connection((web.page.hostname, web.page.port), PATIENCE_S)
                    tls = context.wrap_socket(plain, server_hostname=web.page.hostname)
                    held.append(tls)
                    tls.sendall(f"GET /api/v1/session HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {web.token}\r\n\r\n"
                                .encode())
                    tls.recv(10)
                except OSError:
                    pass
        for _ in range(5):
            self.assertEqual(Web(top).sign_in("boss").status, 200)
            self.assertEqual(boss.get("records.list").status, 200)
        for each in held:
            each.close()


class TestHeldAnswers(RoomTest):
    """Answers larger than what networks hold on the way."""

    def setUp(self):
        super().setUp()
        account(self.top, "reader", "viewer", CREW)
        for part in range(4):
            lines = "\n".join(json.dumps({"line": n, "text": json.dumps(
                {"title": f"第{n}场", "kind": "film", "date": "2020-06-01", "level": "grassroots", "participants": 10,
                 "status": "held", "summary": "长" * 3000}, ensure_ascii=False)}, ensure_ascii=False)
                for n in range(part * 400, part * 400 + 400))
            taken = self.boss.ask("POST", f"/api/v1/record.add_many?form=event&unit={CREW}&again=true",
                                  lines.encode(), Content_Type="application/x-ndjson")
            self.assertEqual(taken.status, 200, taken.body[:300])

    def ask_unread(self, web, path):
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.settimeout(PATIENCE_S)
        plain.connect((web.page.hostname, web.page.port))
        tls = web.context().wrap_socket(plain, server_hostname=web.page.hostname)
        self.open.append(tls)
        tls.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {web.token}\r\n\r\n".encode())
        return tls

    def test_lists_and_files_that_nobody_reads_hold_up_only_their_own(self):
        jobs = [self.export(web) for web in self.small]
        held = []
        for web, job in zip(self.small, jobs):
            held += [self.ask_unread(web, f"/api/v1/exports.file?id={job['id']}") for _ in range(20)]
            held += [self.ask_unread(web, "/api/v1/records.list") for _ in range(20)]
        for tls in held[::20]:
            self.assertTrue(tls.recv(12).startswith(b"HTTP/1.1"))
        self.assert_others_go_on()
        mine = self.export(self.boss)
        took = self.boss.ask("GET", f"/api/v1/exports.file?id={mine['id']}")
        self.assertEqual(took.status, 200)
        self.assertEqual(len(took.body.splitlines()), mine["records"])

    def test_who_reads_as_slowly_as_they_may_from_many_accounts_gives_way(self):
        held = [self.ask_unread(web, "/api/v1/records.list") for web in self.small for _ in range(8)]
        ended = threading.Event()

        def sip():
            while not ended.wait(0.5):
                for tls in held:
                    try:
                        left = 40_000
                        while left > 0 and (got := tls.recv(left)):
                            left -= len(got)
                    except OSError:
                        pass

        sipping = threading.Thread(target=sip)
        sipping.start()
        try:
            self.assert_others_go_on()
        finally:
            ended.set()
            sipping.join()

    def test_who_goes_away_in_the_middle_of_an_answer_keeps_no_thread(self):
        for _ in range(12):
            tls = self.ask_unread(self.small[0], "/api/v1/records.list")
            self.assertTrue(tls.recv(12).startswith(b"HTTP/1.1 200"))
            tls.close()
        told = self.small[0].ask("GET", "/api/v1/records.list")
        self.assertEqual((told.status, len(told.lines)), (200, 1600))

    def test_who_is_disabled_in_the_middle_gets_no_more(self):
        job = self.export(self.small[0])
        held = [self.ask_unread(self.small[0], path)
                for path in ("/api/v1/records.list", f"/api/v1/exports.file?id={job['id']}")]
        for tls in held:
            self.assertTrue(tls.recv(12).startswith(b"HTTP/1.1 200"))
        self.top.run("accounts", "disable", "small0")
        time.sleep(3)  # who may still read is looked at every second
        listed, file = map(all_of, held)  # what the network held, and then no end
        self.assertNotIn(b'"answer"', listed[-200:])
        self.assertLess(len(file), job["bytes"])

    def export(self, web):
        job = web.post("exports.start", form="event", format="jsonl").answer
        return self.ended(web, job)

    def ended(self, web, job):
        until = time.monotonic() + PATIENCE_S
        while job["state"] in ("waiting", "running"):
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)
            job = web.get("exports.show", id=job["id"]).answer
        self.assertEqual(job["state"], "done", job)
        return job

    def test_exports_and_selections_as_fast_as_one_can_leave_room_for_others(self):
        ended = threading.Event()
        account(self.top, "greedy", "office", RUZHOU)
        greedy = Web(self.top, token(self.top, "greedy"))
        told = {"exports": set(), "selections": set()}

        def start(operation, kind, **asked):
            connection = greedy.connect(PATIENCE_S)
            while not ended.is_set():
                answer = greedy.ask("POST", f"/api/v1/{operation}", {"form": "event", **asked}, connection=connection)
                told[kind].add(answer.status)

        threads = [threading.Thread(target=start, args=("exports.start", "exports"), kwargs={"format": "xlsx"})
                   for _ in range(8)]
        threads += [threading.Thread(target=start, args=("review.select", "selections")) for _ in range(8)]
        for each in threads:
            each.start()
        try:
            for _ in range(3):
                self.assert_others_go_on()
            self.export(self.boss)
            picked = self.boss.post("review.select", form="event").answer
            self.assertGreater(picked["records"], 1000)
            done = self.boss.get("review.selection", selection=picked["selection"])
            self.assertEqual(done.status, 200, "others' selections put it out")
            self.top.run("accounts", "disable", "greedy")
        finally:
            ended.set()
            for each in threads:
                each.join()
        self.assertLessEqual(told["exports"], {200, 401, 403, 422, 503})
        self.assertLessEqual(told["selections"], {200, 401, 403, 503})
        self.assertEqual(self.export(self.boss)["state"], "done")


if __name__ == "__main__":
    import unittest
    unittest.main()
