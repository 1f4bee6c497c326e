"""The HTTPS door: any operation by POST, reading ones by GET; what is not as it should be."""

import http.client
import io
import json
import re
import socket
import subprocess
import time

from https import Answer, Web, account, token
from sitelog_processes import CREW, PATIENCE_S, Headquarters, ProcessTest, free_environment


class DoorTest(ProcessTest):
    def setUp(self):
        self.top = self.headquarters(serving=False)
        account(self.top, "boss", "administrator")
        self.top.serve()
        self.boss = Web(self.top, token(self.top, "boss"))

    def add(self, unit=CREW, **fields):
        asked = {"title": "井口演出", "kind": "film", "date": "2020-06-01", "level": "grassroots",
                 "participants": 80, "status": "held", **fields}
        return self.boss.post("record.add", form="event", unit=unit, fields=asked, again=True).answer


class TestAsking(DoorTest):
    def test_any_operation_by_post_and_a_reading_one_by_get(self):
        record = self.add()["record"]
        for answer in (self.boss.get("records.list", unit=CREW, limit=10),
                       self.boss.post("records.list", unit=CREW, limit=10)):
            self.assertEqual([line["record"] for line in answer.lines], [record])
        shown = self.boss.get("record.show", record=record).lines[0]
        entry = shown["entries"][0]
        self.assertEqual([entry[name] for name in ("person", "person_role", "known_by")],
                         ["boss", "administrator", "token"])
        self.top.run("void", record, "--reason", "重复", "--person", "王")
        by_hand = self.boss.get("record.show", record=record).lines[0]["entries"][-1]
        self.assertEqual((by_hand["person"], by_hand["known_by"]), ("王", "folder"))
        self.assertNotIn("person_role", by_hand)
        self.assertEqual(self.top.records()[0]["record"], record)

    def test_what_curl_gets_is_what_the_table_says(self):
        curl = ["curl", "-sS", "--cacert", str(self.top.folder / "web.crt"), "-m", "20", "-H",
                f"Authorization: Bearer {self.boss.token}", f"{self.boss.page.geturl()}/api/v1/units.list"]
        done = subprocess.run(curl, capture_output=True, check=True, env=free_environment(self.folder))
        self.assertEqual(len(json.loads(done.stdout)["lines"]), len(self.top.run("units", "list").lines))

    def test_a_client_that_names_no_protocol_is_answered_and_sites_go_on(self):
        site = self.device(self.top)
        site.record(title="一")
        context = self.boss.context()
        context.set_alpn_protocols([])
        plain = socket.create_connection((self.boss.page.hostname, self.boss.page.port), 20)
        with context.wrap_socket(plain, server_hostname=self.boss.page.hostname) as tls:
            tls.sendall(b"GET /api/v1/status HTTP/1.1\r\nHost: x\r\n\r\n")
            self.assertIn(b"401", tls.recv(100))
        self.assertEqual(site.sync()["sent"], 1)

    def test_lines_come_one_by_one_where_that_is_asked_for(self):
        self.add()
        answer = self.boss.get("records.list", {"Accept": "application/x-ndjson"}, unit=CREW)
        self.assertEqual(answer.fields["Content-Type"], "application/x-ndjson; charset=utf-8")
        kinds = [list(json.loads(line)) for line in answer.body.splitlines()]
        self.assertEqual(kinds, [["line"], ["answer"]])

    def test_many_lines_are_streamed_and_a_reader_that_stops_holds_up_nobody(self):
        for part in range(3):
            lines = "\n".join(json.dumps({"line": n, "text": json.dumps(
                {"title": f"第{n}场" + "长" * 100, "kind": "film", "date": "2020-06-01", "level": "grassroots",
                 "participants": 10, "status": "held", "summary": "长" * 300}, ensure_ascii=False)}, ensure_ascii=False)
                for n in range(part * 1000, part * 1000 + 1000))
            taken = self.boss.ask("POST", f"/api/v1/record.add_many?form=event&unit={CREW}&again=true",
                                  lines.encode(), Content_Type="application/x-ndjson",
                                  Accept="application/x-ndjson")
            self.assertEqual(taken.status, 200, taken)
            self.assertIn('"answer"', taken.body.splitlines()[-1])
        whole = self.boss.get("records.list", unit=CREW, limit=3000)
        self.assertEqual(whole.fields["Transfer-Encoding"], "chunked")
        self.assertEqual(len(whole.lines), 3000)
        slow = []
        for _ in range(20):  # more than there are threads
            tls = self.boss.socket()
            tls.sendall(f"GET /api/v1/records.list?unit={CREW}&limit=3000 HTTP/1.1\r\nHost: x\r\n"
                        f"Authorization: Bearer {self.boss.token}\r\n\r\n".encode())
            slow.append(tls)
        other = self.top.run("tokens", "add", "--account", "boss").line["token"]
        self.assertEqual(Web(self.top, other).get("units.list").status, 200)
        for tls in slow:
            tls.close()

    def test_the_description_names_every_operation_and_answers_fit_it(self):
        api = Web(self.top).ask("GET", "/api/v1/openapi.json").json
        self.assertEqual(api["openapi"], "3.1.0")
        rows = {row["operation"]: row for row in self.top.run("operations").lines}
        for name, row in rows.items():
            path = api["paths"][f"/api/v1/{name}"]
            self.assertEqual("get" in path, not row["writes"], name)
            schema = path["post"]["requestBody"]["content"]["application/json"]["schema"]
            self.assertEqual(set(schema["properties"]),
                             {each["name"] for each in row["arguments"]} - {"person"}, name)
        chinese = Web(self.top, language="zh-CN").ask("GET", "/api/v1/openapi.json").json
        self.assertNotEqual(chinese["paths"]["/api/v1/status"]["get"]["summary"],
                            api["paths"]["/api/v1/status"]["get"]["summary"])

    def test_the_program_prints_the_description_without_a_folder(self):
        nobody = Headquarters(self, "nobody", set_up=False)
        for words, language in (((), "en"), (("--lang", "zh"), "zh"), (("--lang", "en"), "en")):
            printed = nobody.run(*words, "operations", "--openapi", as_json=False).out
            told = Web(self.top, language=language).ask("GET", "/api/v1/openapi.json")
            self.assertEqual(printed, told.body, words)
        self.assertFalse(nobody.folder.exists())


class TestBadAsking(DoorTest):
    def assert_refused(self, answer, status, reason=None):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.fields["Content-Type"], "application/problem+json; charset=utf-8")
        if reason:
            self.assertEqual(answer.json["reason"], reason)
        return answer.json

    def test_every_problem_is_told_by_field_in_the_readers_language(self):
        told = self.assert_refused(self.boss.post("record.add", form=7, nosuch=1, again="yes"), 400, "usage")
        self.assertEqual(set(told["errors"]), {"form", "nosuch", "again"})
        english = told["errors"]["form"][0]["detail"]
        self.boss.language = "zh-CN,en;q=0.1"
        chinese = self.boss.post("record.add", form=7, nosuch=1, again="yes").json
        self.assertNotEqual(chinese["errors"]["form"][0]["detail"], english)
        self.assert_refused(self.boss.get("records.list", limit="many"), 400)
        self.assert_refused(self.boss.get("records.list", limit=10**12), 422, "invalid_value")
        twice = self.boss.ask("GET", "/api/v1/records.list?limit=1&limit=2")
        self.assertEqual(set(self.assert_refused(twice, 400)["errors"]), {"limit"})

    def test_what_is_no_json_object_or_too_deep_or_too_much_is_refused_and_nothing_done(self):
        for body in ("{", "[]", "7", '{"form": }', "\x00", '{"a":' * 50 + "1" + "}" * 50,
                     '{"form":"\ud800"}'.encode("utf-8", "surrogatepass"), b"\xff\xfe"):
            self.assert_refused(self.boss.ask("POST", "/api/v1/record.add", body), 400 if body != '{"a":' * 50 + "1" + "}" * 50 else 422)
        self.assert_refused(self.boss.ask("POST", "/api/v1/record.add", '{"a":[' + "1," * 300_000 + "1]}"), 422,
                            "too_large")
        self.assertEqual(self.top.records(), [])

    def test_paths_and_methods_that_are_not_there(self):
        for path in ("/api/v1/", "/api/v1/nosuch", "/api/v1/status/", "/api/v1/../v1/status", "/API/v1/status",
                     "/api/v1/%2e%2e/status", "/api/v1/sta%00tus"):
            self.assert_refused(self.boss.ask("GET", path), 404)
        for method, path, allowed in (("GET", "record.add", "POST"), ("DELETE", "status", "GET, HEAD, POST"),
                                      ("PUT", "session", "DELETE, GET, HEAD, POST"), ("OPTIONS", "status", "GET, HEAD, POST")):
            answer = self.boss.ask(method, f"/api/v1/{path}")
            self.assert_refused(answer, 405)
            self.assertEqual(answer.fields["Allow"], allowed)
            self.assertIsNone(answer.fields["Access-Control-Allow-Origin"])

    def test_an_address_that_was_typed_as_it_is_read_is_told_how_it_stands(self):
        with self.boss.socket() as raw:
            raw.sendall("GET /api/v1/records.list?text=西关 HTTP/1.1\r\nHost: x\r\nAccept-Language: zh\r\n"
                        f"Authorization: Bearer {self.boss.token}\r\nConnection: close\r\n\r\n".encode())
            told = b"".join(iter(lambda: raw.recv(65536), b"")).decode()
        self.assertIn(" 400 ", told)
        self.assertIn("--data-urlencode", told)

    def test_what_is_read_by_get_is_asked_for_by_head_too(self):
        record = self.add()["record"]
        connection = self.boss.connect()
        for path in (f"record.show?record={record}", "units.list", "session", "openapi.json", "exports.file?id=0",
                     "records.list?nosuch=1", "nosuch"):
            whole = self.boss.ask("GET", f"/api/v1/{path}", connection=connection)
            head = self.boss.ask("HEAD", f"/api/v1/{path}", connection=connection)
            self.assertEqual((head.status, head.body), (whole.status, ""), path)
            for field in ("ETag", "Content-Length", "Content-Type"):
                self.assertEqual(head.fields[field], whole.fields[field], (path, field))
        tag = self.boss.get("units.list").fields["ETag"]
        again = self.boss.ask("HEAD", "/api/v1/units.list", connection=connection, If_None_Match=tag)
        self.assertEqual(again.status, 304)
        self.assertEqual(self.boss.ask("HEAD", "/api/v1/record.add", connection=connection).status, 405)
        self.assertEqual(self.boss.ask("GET", "/api/v1/units.list?x=%ff", connection=connection).status, 400)
        connection.close()
        # Of what has no end too.
        for path in ("/api/v1/events", "/odata/v1/", "/odata/v1/$metadata"):
            connection = self.boss.connect(timeout=PATIENCE_S)
            self.assertEqual(self.boss.ask("HEAD", path, connection=connection).status, 200, path)
            self.assertEqual(self.boss.ask("GET", "/api/v1/units.list", connection=connection).status, 200, path)
            connection.close()

    def test_a_page_of_another_site_changes_nothing(self):
        fields = {"title": "x", "kind": "film", "date": "2020-06-01", "level": "county", "participants": 1,
                  "status": "held"}
        asked = {"form": "event", "unit": CREW, "fields": fields}
        page = self.boss.page.geturl()
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"},
                        {"Sec_Fetch_Site": "same-site", "Origin": page}):
            self.assert_refused(self.boss.ask("POST", "/api/v1/record.add", asked, **headers), 403)
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            self.assert_refused(self.boss.ask("POST", "/api/v1/record.add", asked, Content_Type=kind), 415)
        self.assertEqual(self.top.records(), [])
        own = self.boss.ask("POST", "/api/v1/record.add", asked, Origin=page, Sec_Fetch_Site="same-origin")
        self.assertEqual(own.status, 200, own)

    def test_every_answer_keeps_browsers_from_making_something_else_of_it(self):
        stranger = Web(self.top)
        answers = [self.boss.ask(method, path) for method, path in (
            ("GET", "/api/v1/status"), ("GET", "/api/v1/nosuch"), ("PUT", "/api/v1/status"), ("HEAD", "/api/v1/events"),
            ("GET", "/api/v1/openapi.json"), ("GET", "/odata/v1/$metadata"), ("GET", "/api/v1/exports.file?id=0"),
            ("POST", "/api/v1/record.add"))]
        answers += [stranger.get("status"), stranger.sign_in("boss", "a wrong password")]
        answers.append(self.boss.get("units.list", {"If_None_Match": self.boss.get("units.list").fields["ETag"]}))
        self.assertEqual(answers[-1].status, 304)
        answers += [self.answer_in(self.raw(bytes(sent))) for sent in (
            b"GET / HTTP/1.1\r\n\r\n", b"GET /" + b"a" * 20000)]
        pages = [stranger.ask("GET", path) for path in ("/about", "/setup", "/setup.js", "/setup.css")]
        for answer in answers + pages:
            policy = answer.fields["Content-Security-Policy"]
            for directive in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'none'"):
                self.assertIn(directive, policy, answer)
            self.assertNotIn("unsafe", policy)
            if answer not in pages:
                self.assertNotIn("'self'", policy, answer)
            self.assertEqual(answer.fields["X-Content-Type-Options"], "nosniff")
            self.assertEqual(answer.fields["Referrer-Policy"], "no-referrer")
            self.assertEqual(answer.fields["Cache-Control"], "no-store")
            self.assertIsNone(answer.fields["Server"])
            self.assertIsNone(answer.fields["Location"])
            self.assertIsNone(answer.fields["Strict-Transport-Security"])

    def answer_in(self, answer):
        head, _, body = answer.partition(b"\r\n\r\n")
        status, _, fields = head.partition(b"\r\n")
        return Answer(int(status.split()[1]), http.client.parse_headers(io.BytesIO(fields + b"\r\n\r\n")), body.decode())

    def test_the_page_of_a_set_up_link_runs_nothing_but_its_own_script(self):
        for language, word in (("zh", "密码"), ("en", "password")):
            answer = Web(self.top, language=language).ask("GET", "/setup")
            self.assertEqual(answer.status, 200)
            self.assertIn(word, answer.body)
            self.assertNotIn("<script>", answer.body)
            self.assertIn("script-src 'self'; style-src 'self'", answer.fields["Content-Security-Policy"])
        for path, kind in (("/setup.js", "text/javascript"), ("/setup.css", "text/css")):
            self.assertEqual(self.boss.ask("GET", path).fields["Content-Type"], kind + "; charset=utf-8")
        script = self.boss.ask("GET", "/setup.js").body
        # What it writes is text; what it looks for is there; who came in can go out.
        for word in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "sessionStorage",
                     "postMessage"):
            self.assertNotIn(word, script)
        # Kept by the browser is who is in, for the pages to ask by, and no more.
        self.assertEqual(re.findall(r"localStorage.*", script), [
            'localStorage.setItem("sitelog.signed-in", session.account);',
            'localStorage.removeItem("sitelog.signed-in");'])
        for name in re.findall(r'(?:at|on)\("(\w+)"', script):
            self.assertIn(f'id="{name}"', answer.body)
        for name in re.findall(r"words\.(\w+)", script):
            self.assertIn(f' data-{name}="', answer.body)
        self.assertRegex(script, r'on\("leave"[^!]+ask\("session", undefined, "DELETE"\)')
        self.assertIn('<form id="leave" hidden><button>sign out</button></form>', answer.body)

    def test_markup_and_formulas_stay_text(self):
        for title in ("<script>alert(1)</script>", "=cmd|'/C calc'!A0", "\"quoted\" \\ back"):
            record = self.add(title=title)["record"]
            shown = self.boss.get("record.show", record=record)
            self.assertEqual(shown.lines[0]["fields"]["title"], title)
            self.assertTrue(shown.fields["Content-Type"].startswith("application/json"))

    def raw(self, *pieces, pause=0.0):
        """What is answered to bytes as they are."""
        with self.boss.socket() as tls:
            try:
                for piece in pieces:
                    tls.sendall(piece)
                    time.sleep(pause)
            except OSError:
                pass
            out = b""
            try:
                while more := tls.recv(65536):
                    out += more
            except OSError:
                pass
            return out

    def test_heads_and_bodies_have_limits(self):
        bearer = f"Authorization: Bearer {self.boss.token}\r\n".encode()
        post = b"POST /api/v1/record.add HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        cases = [
            (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-A: " + b"a" * 20000 + b"\r\n\r\n", b"431"),
            (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: 1\r\n" * 100 + b"\r\n", b"431"),
            (b"GET /" + b"a" * 20000, b"431"),
            (b"GET / HTTP/1.1\r\n\r\n", b"400"),
            (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", b"400"),
            (b"GET http://other/ HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
            (b"\x16\x03\x01 garbage\r\n\r\n", b"400"),
            (post + bearer + b"Content-Length: 9000000\r\n\r\n", b"413"),
            (post + b"Content-Length: 9000000\r\n\r\n", b"401"),
            (post + bearer + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
            (post + bearer + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}", b"400"),
            (post + bearer + b"Content-Length: -1\r\n\r\n", b"400"),
            (post + bearer + b"Transfer-Encoding: chunked\r\n\r\n" + b"100000\r\n" + b" " * 0x100000 + b"\r\n", b"413"),
        ]
        for sent, status in cases:
            pieces = [sent] if not sent.endswith(b" " * 100 + b"\r\n") else [sent] + [b"100000\r\n" + b" " * 0x100000 + b"\r\n"] * 6
            answer = self.raw(*pieces)
            self.assertTrue(answer.startswith(b"HTTP/1.1 " + status), (sent[:80], answer[:200]))
        self.assertEqual(self.boss.get("status").status, 200)

    def test_where_a_body_ends_is_never_guessed(self):
        smuggled = b"GET /api/v1/session HTTP/1.1\r\nHost: x\r\n\r\n"
        for codings in (["identity"], ["xchunked"], ["chunked, identity"], ["chunked", "chunked"], ["gzip, chunked"]):
            fields = "".join(f"Transfer-Encoding: {coding}\r\n" for coding in codings)
            told = self.raw(f"POST /api/v1/session HTTP/1.1\r\nHost: x\r\n{fields}"
                            "Content-Type: application/json\r\n\r\n".encode() + smuggled)
            self.assertRegex(told.split(b"\r\n")[0], rb"^HTTP/1.1 (400|501) ", codings)
            self.assertEqual(len(re.findall(rb"HTTP/1\.1 \d\d\d ", told)), 1, told)

    def test_schemes_and_kinds_of_bodies_are_the_same_in_large_letters(self):
        secret = token(self.top, "boss")
        for scheme in ("bearer", "BEARER"):
            answer = Web(self.top).ask("POST", "/api/v1/status", b"{}", Content_Type="Application/JSON",
                                       Authorization=f"{scheme} {secret}")
            self.assertEqual(answer.status, 200, answer.body)

    def test_requests_may_follow_each_other_without_waiting(self):
        one = (f"GET /api/v1/units.list HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.boss.token}\r\n"
               .encode())
        answer = self.raw(one + b"\r\n" + one + b"\r\n" + one + b"Connection: close\r\n\r\n")
        self.assertEqual(answer.count(b"HTTP/1.1 200 OK"), 3)

    def test_an_answer_waits_for_the_body_where_the_client_asks_first(self):
        head = (f"POST /api/v1/units.list HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.boss.token}\r\n"
                "Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
                "Connection: close\r\n\r\n").encode()
        with self.boss.socket() as tls:
            tls.sendall(head)
            self.assertTrue(tls.recv(100).startswith(b"HTTP/1.1 100"))
            tls.sendall(b"{}")
            self.assertTrue(tls.recv(100).startswith(b"HTTP/1.1 200"))

    def test_slow_and_half_open_clients_shut_nobody_out_nor_a_site(self):
        held = []
        for n in range(150):  # more than one address has places for
            if n % 3 == 0:
                held.append(socket.create_connection((self.boss.page.hostname, self.boss.page.port), 20))
                continue
            tls = self.boss.socket()
            if n % 3 == 1:
                tls.sendall(b"GET /api/v1/sta")
            held.append(tls)
        site = self.device(self.top)
        site.record(title="一")
        self.assertEqual(site.sync()["sent"], 1)
        began = time.monotonic()
        self.assertEqual(self.boss.get("status").status, 200)
        self.assertLess(time.monotonic() - began, 5)
        slow = self.boss.socket()
        slow.sendall(b"GET /api/v1/status HTTP/1.1\r\n")
        slow.settimeout(PATIENCE_S)
        self.assertEqual(slow.recv(100), b"")  # its time is over
        for each in held:
            each.close()

    def test_a_certificate_of_the_administrators_own_is_shown_and_a_wrong_one_refused(self):
        self.top.stop()
        key, certificate = self.folder / "page.key", self.folder / "page.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", certificate, "-subj", "/CN=page", "-days", "30",
                        "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        refused = self.top.run("serve", "--listen", "127.0.0.1:0", "--web-certificate", certificate, "--web-key",
                               self.top.folder / "web.key", expect=1)
        self.assertIn("not of this key", refused.error["message"])
        said = self.top.start("serve", "--listen", self.top.address, "--web-certificate", certificate, "--web-key", key)
        self.boss.page = type(self.boss.page)(*["https", said["page"].split("//")[1], "", "", ""])
        (self.top.folder / "web.crt").write_bytes(certificate.read_bytes())  # what the client trusts
        answer = self.boss.get("status")
        self.assertEqual(answer.status, 200)
        self.assertIn("max-age", answer.fields["Strict-Transport-Security"])

    def test_the_certificate_stays_the_same_over_restarts(self):
        before = (self.top.folder / "web.crt").read_bytes()
        self.top.restart()
        self.assertEqual((self.top.folder / "web.crt").read_bytes(), before)
        self.assertEqual((self.top.folder / "web.key").stat().st_mode & 0o777, 0o600)

    def test_ending_the_daemon_ends_who_is_connected(self):
        held = [self.boss.socket() for _ in range(5)]
        began = time.monotonic()
        self.assertEqual(self.top.stop(), 0)
        self.assertLess(time.monotonic() - began, 10)
        for each in held:
            each.close()
