"""Pages for people, where they are installed: what is sent, how packed, how long it is good."""

import gzip
import threading
import time

from https import Web
from sitelog_processes import ProcessTest

POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
          "connect-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
SCRIPT = ("const 词 = '待审';\n" * 40_000).encode()


class TestPageFiles(ProcessTest):
    def pages(self, name="pages"):
        """A folder as its builder leaves it."""
        review = self.folder / name / "review"
        (review / "assets").mkdir(parents=True)
        (review / "index.html").write_text("<!doctype html><title>审核</title>")
        (review / "assets" / "main-1a2b.js").write_bytes(SCRIPT)
        (review / "assets" / "main-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
        (review / "assets" / "mark-3c4d.png").write_bytes(b"\x89PNG")
        return self.folder / name

    def served(self, pages, name="headquarters"):
        top = self.headquarters(name, serving=False)
        top.serve("127.0.0.1:0", "--pages", pages)
        return top

    def get(self, top, path, method="GET", connection=None, **fields):
        used = connection or Web(top).connect()
        used.request(method, path, headers={name.replace("_", "-"): value for name, value in fields.items()})
        answer = used.getresponse()
        body = answer.read()
        if connection is None:
            used.close()
        return answer.status, dict(answer.headers), body

    def test_a_stranger_is_given_the_page_and_what_it_loads(self):
        top = self.served(self.pages())
        status, fields, body = self.get(top, "/review/")
        self.assertEqual((status, body.decode()), (200, "<!doctype html><title>审核</title>"))
        self.assertEqual(fields["Content-Type"], "text/html; charset=utf-8")
        self.assertEqual(fields["Content-Security-Policy"], POLICY)
        self.assertEqual(fields["Cache-Control"], "no-cache")
        for path in ("/review/records/0190?x=%ff", "/review/index.html", "/review/%E8%AE%B0%E5%BD%95"):
            self.assertEqual(self.get(top, path)[2], body, path)
        self.assertEqual(self.get(top, "/review/", If_None_Match=fields["ETag"])[::2], (304, b""))
        status, fields, body = self.get(top, "/review/assets/main-1a2b.js")
        self.assertEqual((status, body), (200, SCRIPT))
        self.assertEqual(fields["Cache-Control"], "public, max-age=31536000, immutable")
        status, fields, packed = self.get(top, "/review/assets/main-1a2b.js", Accept_Encoding="br, gzip")
        self.assertEqual((status, fields["Content-Encoding"], fields["Vary"]), (200, "gzip", "Accept-Encoding"))
        self.assertEqual(gzip.decompress(packed), SCRIPT)
        self.assertEqual(self.get(top, "/review/assets/main-1a2b.js", Accept_Encoding="gzip;q=0")[2], SCRIPT)
        self.assertEqual(self.get(top, "/review/assets/mark-3c4d.png")[1]["Content-Type"], "image/png")
        for path in ("/review/assets/gone.js", "/review/assets/main-1a2b.js.gz", "/review/assets/../../identity.json"):
            self.assertEqual(self.get(top, path)[0], 404, path)
        for path in ("/review/../identity.json", "/review/%2e%2e/%2e%2e/device.key"):
            self.assertEqual(self.get(top, path)[2].decode(), "<!doctype html><title>审核</title>", path)
        self.assertEqual(self.get(top, "/review/", "POST")[0], 405)

    def test_heads_are_told_alone_and_the_connection_goes_on(self):
        top = self.served(self.pages())
        connection = Web(top).connect()
        for path in ("/review/", "/review/assets/main-1a2b.js", "/review", "/"):
            _, told, _ = self.get(top, path, connection=connection)
            for _ in range(3):
                status, fields, body = self.get(top, path, "HEAD", connection)
                self.assertEqual(body, b"")
                self.assertEqual(fields, told, path)
        self.assertEqual(self.get(top, "/review/assets/main-1a2b.js", connection=connection)[2], SCRIPT)
        connection.close()

    def test_the_port_itself_leads_to_the_page_and_the_page_before_stays_reachable(self):
        top = self.served(self.pages())
        for path in ("/", "/review"):
            status, fields, _ = self.get(top, path)
            self.assertEqual((status, fields["Location"]), (303, "/review/"), path)
        about = Web(top).ask("GET", "/about")
        self.assertEqual(about.status, 200)
        self.assertIn('href="/review/"', about.body)
        self.assertNotIn("not installed", about.body)

    def test_pages_that_are_not_there_or_not_good_are_told_and_the_door_goes_on(self):
        empty = self.folder / "empty"
        empty.mkdir()
        large = self.pages("large")
        (large / "review" / "large.bin").write_bytes(bytes(16 << 20))
        linked = self.pages("linked")
        (linked / "review" / "assets" / "key.js").symlink_to(self.folder / "headquarters" / "device.key")
        top = self.headquarters(serving=False)
        for pages, said, shown in ((self.folder / "nowhere", "can't be read", False), (empty, "can't be read", False),
                                   (large, "16 MiB", False), (linked, "assets/key.js", True)):
            top.serve("127.0.0.1:0", "--pages", pages)
            self.wait_until(lambda said=said: said in top.messages.read_text(), "it is told in the log")
            self.assertEqual(self.get(top, "/")[0], 303 if shown else 200, pages)
            self.assertEqual(self.get(top, "/review/")[0], 200 if shown else 404, pages)
            self.assertEqual(self.get(top, "/review/assets/key.js")[0], 404)
            self.assertEqual("not installed" in Web(top).ask("GET", "/about").body, not shown)
            top.stop()

    def test_strangers_who_guess_at_passwords_hold_up_nobodys_page(self):
        top = self.served(self.pages())
        over = threading.Event()

        def guess():
            web = Web(top)
            while not over.is_set():
                web.ask("POST", "/api/v1/session", {"account": "nobody", "password": "wrong horse battery"})

        guessers = [threading.Thread(target=guess) for _ in range(8)]
        for each in guessers:
            each.start()
        try:
            took = []
            for _ in range(20):
                began = time.monotonic()
                self.assertEqual(self.get(top, "/review/assets/main-1a2b.js")[0], 200)
                took.append(time.monotonic() - began)
            self.assertLess(sorted(took)[10], 1)
        finally:
            over.set()
            for each in guessers:
                each.join()
