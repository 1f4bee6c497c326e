"""Whoever else is at the port, or behind the address: nothing stops, nothing is taken."""

import json
import os
import random
import socket
import ssl
import struct
import subprocess
import threading
import time
import unittest

from proxy import Proxy, Way
from sitelog_processes import UNREACHABLE, ProcessTest

GARBAGE = [
    b"", b"\x00" * 4096, b"\xff" * 4096, b"GET / HTTP/1.1\r\nHost: sitelog\r\n\r\n",
    b"POST /sync HTTP/1.0\r\nContent-Length: 999999999\r\n\r\n" + b"x" * 10_000, b"SSH-2.0-x\r\n",
    # A TLS record header that promises more than follows, and one that is too long.
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50,
    b"\x16\x03\x01\xff\xff" + b"\x01" * 70_000,
    b"\x15\x03\x03\x00\x02\x02\x28",  # an alert
]

# What a captive portal answers to everything: its own page, or where that is.
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 14\r\n\r\n<h1>Login</h1>"
ELSEWHERE = b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n"


def address_of(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def client_hello():
    """The first bytes of a TLS 1.3 handshake."""
    outgoing = ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    link = context.wrap_bio(ssl.MemoryBIO(), outgoing)
    try:
        link.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


class AtThePort(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.device = self.device(self.top)
        self.sockets = []
        self.addCleanup(lambda: [s.close() for s in self.sockets])

    def connect(self):
        out = socket.create_connection(address_of(self.top.address), timeout=10)
        self.sockets.append(out)
        return out

    def send(self, content):
        link = self.connect()
        try:
            link.sendall(content)
        except OSError:
            pass  # refused before all was sent
        return link

    def assert_serving(self):
        self.assertTrue(self.top.running)
        record = self.device.record()
        self.assertEqual(self.device.sync(timeout=20)["sent"], 1)
        self.assertEqual(self.top.record(record)["record"], record)

    def test_garbage_http_and_broken_handshakes_end_their_connection_and_nothing_else(self):
        hello = client_hello()
        seed = random.Random(1)
        more = [seed.randbytes(seed.randrange(1, 20_000)) for _ in range(20)]
        for content in GARBAGE + [hello[:length] for length in (1, 5, 6, 50, len(hello) - 1)] + more:
            link = self.send(content)
            link.settimeout(10)
            try:
                link.shutdown(socket.SHUT_WR)
                while link.recv(65536):
                    pass  # an alert, then the end
            except OSError:
                pass  # reset, also good
            link.close()
        self.assert_serving()
        said = self.top.messages.read_text()
        self.assertGreater(said.count("\n"), len(GARBAGE), "each is told in the log")

    def test_garbage_inside_a_handshake_is_no_use_either(self):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        for protocols in ([], ["http/1.1"], ["h2"], ["nosuch/1"]):
            if protocols:
                context.set_alpn_protocols(protocols)
            try:
                with context.wrap_socket(self.connect()) as link:
                    link.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    while link.recv(65536):
                        pass
            except (ssl.SSLError, OSError):
                pass
        self.assert_serving()

    def test_frames_of_a_stranger_without_a_certificate_are_refused(self):
        for protocol in ("sitelog/1", "sitelog-join/1"):
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.set_alpn_protocols([protocol])
            for frame in (struct.pack(">I", 0xFFFFFFFF), struct.pack(">I", 10) + b"\xff" * 10,
                          b"\x00" * 100, os.urandom(5000), struct.pack("<I", 2**31), b"\x01"):
                try:
                    with context.wrap_socket(self.connect()) as link:
                        self.assertEqual(link.selected_alpn_protocol(), protocol)
                        link.sendall(frame)
                        link.settimeout(1 if len(frame) == 1 else 10)
                        while link.recv(65536):
                            pass
                except (ssl.SSLError, OSError):
                    pass
        self.assert_serving()

    def test_silent_and_half_open_connections_keep_nobody_waiting(self):
        hello = client_hello()
        for number in range(60):
            self.send(hello[:number % len(hello)])
        for _ in range(20):
            self.send(hello)  # shakes hands half-way, then silence
        start = time.monotonic()
        self.assert_serving()
        self.assertLess(time.monotonic() - start, 5)
        reset = self.connect()
        reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        reset.close()
        self.assert_serving()
        self.assertEqual(self.top.stop(), 0, "they don't keep it from ending")

    def test_a_flood_of_connections_is_outlived(self):
        def flood():
            for _ in range(100):
                try:
                    with socket.create_connection(address_of(self.top.address), timeout=5) as link:
                        link.sendall(os.urandom(100))
                except OSError:
                    pass
        floods = [threading.Thread(target=flood) for _ in range(4)]
        for thread in floods:
            thread.start()
        self.assert_serving()
        for thread in floods:
            thread.join()
        self.assert_serving()


class FalseHeadquarters(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.device = self.device(self.top)
        self.record = self.device.record(title="等待")

    def serve_with(self, handle):
        """Answers every connection with `handle(socket)`; returns the address."""
        listener = socket.create_server(("127.0.0.1", 0))

        def answer():
            while True:
                try:
                    link, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=lambda: self.quietly(handle, link), daemon=True).start()

        threading.Thread(target=answer, daemon=True).start()
        self.addCleanup(listener.close)
        return f"127.0.0.1:{listener.getsockname()[1]}"

    def quietly(self, handle, link):
        try:
            with link:
                handle(link)
        except (OSError, ssl.SSLError):
            pass

    def certificate(self, name="captive.example"):
        key, certificate = self.folder / "other.key", self.folder / "other.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "30", "-subj",
                        f"/CN={name}", "-keyout", str(key), "-out", str(certificate)], check=True,
                       capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.set_alpn_protocols(["sitelog/1", "sitelog-join/1", "http/1.1"])
        return context

    def assert_all_waits_after(self, address, reason):
        record = self.device.record(title="再等")
        waiting = self.device.status()["entries"]["waiting"]
        start = time.monotonic()
        failed = self.device.run("sync", "--headquarters", address, expect=UNREACHABLE, timeout=120)
        self.assertEqual(failed.error["reason"], reason, str(failed))
        self.assertTrue(failed.error["message"])
        self.assertLess(time.monotonic() - start, 45)
        self.assert_nothing_is_claimed(failed)
        words = self.device.run("sync", "--headquarters", address, expect=UNREACHABLE, as_json=False)
        self.assertEqual(words.out, "", "nothing looks as if it had worked")
        self.assertEqual(self.device.status()["entries"]["waiting"], waiting)
        self.assertFalse(self.device.show(record)["held"])
        self.assertEqual(self.device.sync()["sent"], waiting, "the true one is still known")

    def assert_nothing_is_claimed(self, outcome):
        self.assertFalse(any("caught_up" in line for line in outcome.lines), str(outcome))
        self.assertIn("failure", self.device.status()["last_sync"])

    def test_a_captive_portals_page_is_not_headquarters(self):
        for page, after_s in ((PAGE, 0), (ELSEWHERE, 0), (PAGE, 3)):
            with self.subTest(page=page[:12], after_s=after_s):
                def portal(link, page=page, after_s=after_s):
                    link.recv(4096)
                    time.sleep(after_s)
                    link.sendall(page)

                self.assert_all_waits_after(self.serve_with(portal), "not_headquarters")

    def test_a_portal_that_appears_in_mid_session_is_not_headquarters(self):
        proxy = Proxy(self, self.top.address)
        # From within the handshake to where the receipts would come.
        for at in (0, 100, 250, 400, 550):
            with self.subTest(at=at):
                self.device.record_many({"kind": "film", "title": f"{at}/{i}", "status": "held", "date": "2020-07-01"}
                                        for i in range(300))
                proxy.plan = lambda at=at: (Way(), Way(insert_at=at, insert=ELSEWHERE))
                outcome = self.device.run("sync", "--headquarters", proxy.address, expect=None)
                self.assertEqual(outcome.status, UNREACHABLE, str(outcome))
                self.assertIn(outcome.error["reason"], ("not_headquarters", "unreachable"))
                self.assert_nothing_is_claimed(outcome)
        self.assertTrue(self.device.sync()["caught_up"])
        self.assert_equal_everywhere(self.top, self.device)

    def test_an_agent_behind_a_portal_says_offline_until_the_portal_is_gone(self):
        proxy = Proxy(self, self.top.address)
        file = self.device.folder / "identity.json"
        identity = json.loads(file.read_text())
        file.write_text(json.dumps(dict(identity, addresses=[proxy.address])))
        self.device.agent()

        def events(what):
            return sum(line["event"] == what for line in self.device.said)

        self.wait_until(lambda: events("caught_up") == 1, "in step")
        proxy.plan = lambda: (Way(), Way(insert_at=0, insert=PAGE))
        for link in proxy.links:
            link.end(False)
        self.device.record(title="门户后")
        self.wait_until(lambda: events("offline") >= 3, "offline")
        self.assertEqual(events("caught_up"), 1)
        status = self.device.status()
        self.assertEqual(status["entries"]["waiting"], 1)
        self.assertEqual(status["last_sync"]["failure"]["reason"], "not_headquarters")
        proxy.plan = lambda: (Way(), Way())
        self.device.record(title="门户走了")
        self.wait_until(lambda: self.device.status()["entries"]["waiting"] == 0, "in step again")
        # What it says comes a moment later than what it does.
        self.wait_until(lambda: events("caught_up") >= 2, "and says so")
        self.assertEqual(events("caught_up"), 2)

    def test_a_stranger_at_the_first_address_does_not_hide_headquarters_at_the_second(self):
        portal = self.serve_with(lambda link: link.sendall(ELSEWHERE))
        file = self.device.folder / "identity.json"
        identity = json.loads(file.read_text())
        file.write_text(json.dumps(dict(identity, addresses=[portal, self.top.address])))
        self.device.agent()
        self.wait_until(lambda: self.device.status()["entries"]["waiting"] == 0, "sent")
        self.device.stop()
        file.write_text(json.dumps(dict(identity, addresses=[portal, self.top.address])))
        self.device.record(title="又一条")
        self.assertEqual(self.device.sync()["sent"], 1)

    def test_a_proxy_that_opens_tls_with_an_authority_of_its_own_is_not_headquarters(self):
        """As companies' and towns' gateways do: the certificate names all that the true one names."""
        context = self.forged_certificate()
        seen = []

        def gateway(link):
            onward = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            onward.check_hostname, onward.verify_mode = False, ssl.CERT_NONE
            onward.set_alpn_protocols(["sitelog/1"])
            with onward.wrap_socket(socket.create_connection(address_of(self.top.address))), \
                    context.wrap_socket(link, server_side=True) as secured:
                while data := secured.recv(4096):
                    seen.append(data)

        self.assert_all_waits_after(self.serve_with(gateway), "not_headquarters")
        self.assertEqual(seen, [], "nothing was told to it")

    def forged_certificate(self):
        """A server with a chain whose names and uses are those of headquarters', but not its keys."""
        shown = ssl.DER_cert_to_PEM_cert(bytes.fromhex(
            json.loads((self.top.folder / "identity.json").read_text())["certificate"]))
        (self.folder / "shown.pem").write_text(shown)

        def openssl(*words):
            return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True,
                                  text=True, cwd=self.folder).stdout

        def name(which):
            line = openssl("x509", "-in", "shown.pem", "-noout", f"-{which}", "-nameopt",
                           "sep_multiline,lname,utf8")
            parts = [part.strip() for part in line.splitlines()[1:]]
            short = {"commonName": "CN", "organizationName": "O", "organizationalUnitName": "OU"}
            return "".join(f"/{short[part.split('=')[0]]}={part.split('=', 1)[1]}" for part in parts)

        for which, key in (("issuer", "forger.key"), ("subject", "forged.key")):
            openssl("genpkey", "-algorithm", "ed25519", "-out", key)
        openssl("req", "-x509", "-new", "-key", "forger.key", "-subj", name("issuer"), "-days", "30",
                "-out", "forger.pem")
        openssl("req", "-new", "-key", "forged.key", "-subj", name("subject"), "-out", "forged.csr")
        (self.folder / "uses").write_text("basicConstraints=critical,CA:FALSE\n"
                                          "keyUsage=critical,digitalSignature\n"
                                          "extendedKeyUsage=clientAuth,serverAuth\n")
        openssl("x509", "-req", "-in", "forged.csr", "-CA", "forger.pem", "-CAkey", "forger.key",
                "-CAcreateserial", "-days", "30", "-extfile", "uses", "-out", "forged.pem")
        chain = self.folder / "chain.pem"
        chain.write_text((self.folder / "forged.pem").read_text() + (self.folder / "forger.pem").read_text())
        forged = openssl("x509", "-in", "forged.pem", "-noout", "-subject", "-issuer")
        self.assertEqual(forged, openssl("x509", "-in", "shown.pem", "-noout", "-subject", "-issuer"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, self.folder / "forged.key")
        context.set_alpn_protocols(["sitelog/1"])
        return context

    def test_a_tls_server_with_another_certificate_is_not_headquarters(self):
        context = self.certificate()

        def other(link):
            with context.wrap_socket(link, server_side=True) as secured:
                secured.sendall(b"\x00" * 100)
                secured.recv(4096)

        self.assert_all_waits_after(self.serve_with(other), "not_headquarters")

    def test_another_sitelog_headquarters_is_not_ours(self):
        other = self.headquarters("other")
        self.assert_all_waits_after(other.address, "not_headquarters")
        self.assertEqual(other.unit()["entries"]["book"], 0)

    def test_a_server_that_hangs_up_is_not_reached(self):
        address = self.serve_with(lambda link: link.close())
        failed = self.device.run("sync", "--headquarters", address, expect=UNREACHABLE)
        self.assertIn(failed.error["reason"], ("unreachable", "not_headquarters"))
        self.assertEqual(self.device.status()["entries"]["waiting"], 1)

    def test_a_server_that_stays_silent_is_given_up(self):
        address = self.serve_with(lambda link: time.sleep(100))
        start = time.monotonic()
        failed = self.device.run("sync", "--headquarters", address, expect=UNREACHABLE, timeout=120)
        print(f"given up after {time.monotonic() - start:.0f} s", end=" ", flush=True)
        self.assertEqual(failed.error["reason"], "unreachable")
        self.assertEqual(self.device.status()["entries"]["waiting"], 1)

    def test_a_link_that_breaks_in_the_middle_of_a_sync_leaves_everything_waiting(self):
        self.device.record_many({"kind": "film", "title": str(i), "status": "held", "date": "2020-07-01",
                                 "summary": os.urandom(200).hex()} for i in range(2000))
        for limit in (0, 100, 1500, 5000, 50_000, 200_000):
            with self.subTest(bytes=limit):
                address = self.serve_with(lambda link, limit=limit: self.relay(link, limit))
                failed = self.device.run("sync", "--headquarters", address, expect=None)
                self.assertEqual(failed.status, UNREACHABLE, str(failed))
        self.assertEqual(len(self.device.records()), 2001)
        self.assertTrue(self.device.sync()["caught_up"])
        self.assert_equal_everywhere(self.top, self.device)
        self.assert_sound(self.top, self.device)

    def relay(self, link, limit):
        """Passes bytes between the device and headquarters until the device has sent `limit`."""
        onward = socket.create_connection(address_of(self.top.address))

        def back():
            self.quietly(lambda _: [link.sendall(data) for data in iter(lambda: onward.recv(4096), b"")],
                         onward)

        threading.Thread(target=back, daemon=True).start()
        passed = 0
        while passed < limit:
            data = link.recv(min(4096, limit - passed))
            if not data:
                break
            onward.sendall(data)
            passed += len(data)
        link.shutdown(socket.SHUT_RDWR)
        onward.shutdown(socket.SHUT_RDWR)

    def test_joining_through_a_portal_or_a_stranger_is_refused_and_leaves_no_identity(self):
        code = self.top.invite()["code"]
        context = self.certificate()

        def other(link):
            with context.wrap_socket(link, server_side=True) as secured:
                secured.recv(4096)

        portal = self.serve_with(lambda link: link.sendall(b"HTTP/1.1 302 Found\r\n\r\n"))
        device = self.new_device("新")
        for address in (portal, self.serve_with(other)):
            failed = device.run("join", code, "--headquarters", address, expect=UNREACHABLE)
            self.assertEqual(failed.error["reason"], "not_headquarters")
        self.assertFalse((device.folder / "identity.json").exists())
        device.run("join", code, "--headquarters", self.top.address)


if __name__ == "__main__":
    unittest.main()
