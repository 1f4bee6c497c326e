"""Who has the same record open: told to whoever may see it, held in memory alone."""

from https import Web, account, token
from sitelog_processes import CREW
from test_door import DoorTest
from test_events import Stream

FAR = "wugang"


class TestLooking(DoorTest):
    def setUp(self):
        super().setUp()
        for name, unit in (("first", CREW), ("second", CREW), ("far", FAR)):
            account(self.top, name, "checker", unit)
        self.first, self.second, self.far = map(self.signed_in, ("first", "second", "far"))
        self.record = self.add(CREW, title="合唱")["record"]

    def signed_in(self, name):
        out = Web(self.top)
        self.assertEqual(out.sign_in(name).status, 200)
        return out

    def listen(self, web):
        out = Stream(web)
        self.addCleanup(out.close)
        self.assertEqual(out.next()[0], "ready")
        return out

    def look(self, web, record):
        return web.post("session.looking", record=record).answer["others"]

    def test_two_at_one_record_see_each_other_come_and_go(self):
        first, second, far = map(self.listen, (self.first, self.second, self.far))
        told = {"unit": CREW, "record": self.record}
        self.assertEqual(self.look(self.first, self.record), [])
        self.assertEqual(second.until("looking"), {**told, "account": "first"})
        self.assertEqual(self.look(self.second, self.record), ["first"])
        # Not that one looks oneself.
        self.assertEqual(first.until("looking"), {**told, "account": "second"})
        other = self.add(CREW, title="锣鼓")["record"]
        self.assertEqual(self.look(self.first, other), [])
        self.assertEqual(second.until("looking"), {**told, "account": "first", "left": True})
        self.assertEqual(second.until("looking"), {"unit": CREW, "record": other, "account": "first"})
        self.assertEqual(self.look(self.second, None), [])
        self.assertEqual(first.until("looking"), {**told, "account": "second", "left": True})
        # Elsewhere nobody hears of it.
        away = self.add(FAR, title="远处")["record"]
        self.assertEqual(self.look(self.far, away), [])
        self.add(FAR, title="又一场")
        heard = []
        while (got := far.next())[0] != "status" or len([kind for kind, _ in heard if kind == "record"]) < 2:
            heard.append(got)
        self.assertNotIn("looking", [kind for kind, _ in heard])

    def test_what_lies_elsewhere_is_not_there_and_a_token_looks_at_nothing(self):
        self.assertEqual(self.far.post("session.looking", record=self.record).status, 404)
        self.assertEqual(self.first.post("session.looking", record="0190aaaa").status, 404)
        self.assertEqual(self.first.post("session.looking", record=7).status, 400)
        self.assertEqual(self.first.post("session.looking", unit=CREW).status, 400)
        program = Web(self.top, token(self.top, "first"))
        self.assertEqual(program.post("session.looking", record=self.record).status, 403)
        self.assertEqual(Web(self.top).post("session.looking", record=self.record).status, 401)
        self.assertEqual(self.first.ask("GET", "/api/v1/session.looking").status, 405)
        paths = self.first.ask("GET", "/api/v1/openapi.json").json["paths"]
        self.assertIn("post", paths["/api/v1/session.looking"])

    def test_it_is_forgotten_with_the_daemon_and_written_nowhere(self):
        entries = self.top.verify()["entries"]
        self.look(self.first, self.record)
        self.assertEqual(self.look(self.second, self.record), ["first"])
        self.assertEqual(self.top.verify()["entries"], entries)
        self.assertNotIn("session.looking", str(self.top.run("audit", "list").lines))
        self.top.restart()
        self.assertEqual(self.look(self.signed_in("second"), self.record), [])
