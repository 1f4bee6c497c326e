"""GET /api/v1/events: what changes is told at once to who listens, each within their units."""

import json
import socket
import time

from https import Web, account, token
from sitelog_processes import CREW, PATIENCE_S, an_event
from test_door import DoorTest

NEAR, FAR = "ruzhou", "wugang"


class Stream:
    """Events as a browser reads them."""

    def __init__(self, web, **fields):
        self.connection = web.connect(timeout=30)
        self.connection.request("GET", "/api/v1/events", headers=web.fields(Accept="text/event-stream", **fields))
        self.response = self.connection.getresponse()
        self.status, self.last_id = self.response.status, None
        self.socket = self.connection.sock

    def next(self, timeout=20):
        """The next event: its kind and data; nothing at the stream's end."""
        if self.socket:
            self.socket.settimeout(timeout)
        kind, data = None, None
        while True:
            try:
                line = self.response.readline().decode().rstrip("\n")
            except (OSError, ValueError) as error:
                if isinstance(error, TimeoutError):
                    raise
                return None, None
            except Exception:  # http.client: cut off
                return None, None
            if line == "" and kind is None and self.response.isclosed():
                return None, None
            name, _, value = line.partition(": ")
            if name == "id":
                self.last_id = value
            elif name == "event":
                kind = value
            elif name == "data":
                data = json.loads(value)
            elif line == "" and kind:
                return kind, data

    def until(self, kind, timeout=20):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            got, data = self.next(timeout)
            if got in (kind, None):
                return data if got else None
        raise AssertionError(f"no {kind} within {timeout} s")

    def close(self):
        self.response.close()
        self.connection.close()


class TestEvents(DoorTest):
    def listen(self, web=None, **fields):
        out = Stream(web or self.boss, **fields)
        self.addCleanup(out.close)
        self.assertEqual(out.status, 200)
        if "Last_Event_ID" not in fields:
            self.assertEqual(out.next()[0], "ready")
        return out

    def assert_ends(self, stream, timeout=5):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if stream.next(timeout)[0] is None:
                return
        self.fail("the stream goes on")

    def test_a_record_of_a_site_is_told_when_it_arrives(self):
        site = self.device(self.top)
        stream = self.listen()
        self.assertEqual(stream.response.headers["Content-Type"], "text/event-stream; charset=utf-8")
        record = site.record(title="一")
        site.sync()
        data = stream.until("record")
        self.assertEqual(data, {"unit": CREW, "record": record, "form": "event", "campaign": "thousand-events",
                                "review": "pending", "conflict": False})
        self.assertEqual(stream.until("status"), {"unit": CREW})
        self.top.review("accept", record)
        self.assertEqual(stream.until("record")["review"], "accepted")
        self.top.edit(record, "title=顶")
        site.edit(record, title="站")
        self.assertFalse(stream.until("record")["conflict"])
        site.sync()
        self.assertTrue(stream.until("record")["conflict"])

    def test_units_campaigns_policies_and_devices_are_told(self):
        stream = self.listen()
        self.top.run("units", "change", CREW, "--name", "新名")
        self.assertEqual(stream.until("unit"), {"unit": CREW})
        self.top.run("policy", "set", "--unit", CREW, "ask")
        self.assertEqual(stream.until("policy"), {"unit": CREW})
        self.device(self.top)
        self.assertEqual(stream.until("device")["unit"], CREW)
        self.top.run("campaign", "withdraw", "thousand-events", "--reason", "x", "--confirm")
        self.assertEqual(stream.until("campaign"), {"campaign": "thousand-events"})

    def test_nobody_hears_of_what_lies_outside_their_units(self):
        account(self.top, "near", "viewer", NEAR)
        near = Web(self.top)
        near.sign_in("near")
        stream = self.listen(near)
        self.add(FAR, title="远处的秘密")
        here = self.add(NEAR)["record"]
        kind, data = stream.next()
        self.assertEqual((kind, data["record"]), ("record", here))

    def listen_again(self, web, place):
        """As soon as those that were closed before are noticed to be gone."""
        until = time.monotonic() + PATIENCE_S
        while True:
            out = Stream(web, Last_Event_ID=place)
            self.addCleanup(out.close)
            if out.status == 200:
                return out
            self.assertEqual(out.status, 429)
            self.assertLess(time.monotonic(), until)
            time.sleep(0.2)

    def test_the_place_that_another_stood_at_tells_nothing_that_is_not_ones_own(self):
        account(self.top, "near", "viewer", NEAR)
        near = Web(self.top, token(self.top, "near"))
        whole = self.listen()
        self.add(NEAR, title="一")
        whole.until("record")
        place = whole.last_id
        self.add(FAR, title="远处的秘密")
        whole.until("record")
        here = self.add(NEAR, title="二")["record"]
        for given in (place, f"{place.split('-')[0]}-0"):
            stream = self.listen_again(near, given)
            told = []
            while not told or told[-1] != here:
                kind, data = stream.next()
                self.assertIn(kind, ("record", "status", "reset", "unit"))
                self.assertNotEqual(data.get("unit"), FAR)
                if kind == "reset":
                    break
                told.append(data.get("record"))
            stream.close()
        # What was altered is no place at all.
        run, number = place.split("-")
        for given in (f"{run}-{int(number) + 10**6}", f"{run}-99999999999999999999", f"{run}--1", f"{run}-1x", "-", "x",
                      f"{run[::-1]}x-{number}"):
            stream = self.listen_again(near, given)
            self.assertEqual(stream.next()[0], "reset", given)
            stream.close()

    def test_who_may_come_in_is_told_to_nobody(self):
        stream = self.listen()
        self.top.run("accounts", "add", "li", "--role", "recorder", "--unit", NEAR)
        self.top.run("accounts", "grant", "li", "--role", "viewer")
        # That somebody judges there is public, as the tree of units is: of whom it says nothing.
        self.top.run("accounts", "grant", "li", "--role", "checker", "--unit", NEAR)
        self.assertEqual(stream.next(), ("unit", {"unit": NEAR}))
        self.top.run("accounts", "add", "wang", "--role", "checker", "--unit", NEAR)
        here = self.add(NEAR)["record"]
        kind, data = stream.next()
        self.assertEqual((kind, data.get("record")), ("record", here))
        self.assertEqual(stream.next(), ("status", {"unit": NEAR}))

    def test_who_comes_back_is_told_what_was_missed_or_that_too_much_was(self):
        stream = self.listen()
        first = self.add()["record"]
        self.assertEqual(stream.until("record")["record"], first)
        stream.until("status")
        last_id = stream.last_id
        stream.close()
        missed = [self.add(title=f"第{n}场")["record"] for n in range(3)]
        again = self.listen(Last_Event_ID=last_id)
        told = [again.until("record")["record"] for _ in missed]
        self.assertEqual(told, missed)
        for gap in ("x", "0-1", last_id.split("-")[0] + "-999999", "-", last_id + "0" * 30):
            self.assertEqual(self.listen(Last_Event_ID=gap).next()[0], "reset", gap)
        self.top.restart()
        self.assertEqual(self.listen(Last_Event_ID=last_id).next()[0], "reset")

    def test_much_of_one_unit_is_told_as_much(self):
        site, stream = self.device(self.top), self.listen()
        site.record_many([an_event(n) for n in range(700)])
        site.sync()
        self.assertEqual(stream.until("records"), {"unit": CREW})

    def test_who_may_not_stay_hears_no_more(self):
        for name, role in (("out", "viewer"), ("off", "viewer"), ("less", "office"), ("new", "viewer")):
            account(self.top, name, role, CREW)
        people = {name: Web(self.top) for name in ("out", "off", "less", "new")}
        for name, web in people.items():
            web.sign_in(name)
        streams = {name: self.listen(web) for name, web in people.items()}
        made = self.top.run("tokens", "add", "--account", "boss").line
        program = self.listen(Web(self.top, made["token"]))
        people["out"].ask("DELETE", "/api/v1/session")
        self.assert_ends(streams["out"])
        self.top.run("accounts", "disable", "off")
        self.assert_ends(streams["off"])
        self.top.run("accounts", "withdraw", "less", "--role", "office", "--unit", CREW)
        self.assert_ends(streams["less"])
        self.top.run("accounts", "reset", "new")
        self.assert_ends(streams["new"])
        self.top.run("tokens", "remove", made["id"])
        self.assert_ends(program)

    def test_who_may_read_nothing_gets_no_stream(self):
        account(self.top, "juror", "juror", CREW)
        juror = Web(self.top)
        juror.sign_in("juror")
        self.assertEqual(juror.get("events").status, 403)
        self.assertEqual(Web(self.top).get("events").status, 401)
        narrow = token(self.top, "boss", "--operations", "units.list")
        self.assertEqual(Web(self.top, narrow).get("events").status, 403)
        self.assertEqual(self.boss.post("events").status, 405)

    def test_streams_of_an_account_are_few_and_who_leaves_makes_room(self):
        streams = [self.listen() for _ in range(8)]
        full = self.boss.get("events")
        self.assertEqual(full.status, 429, full)
        self.assertIsNotNone(full.fields["Retry-After"])
        self.assertEqual(self.boss.get("units.list").status, 200)
        streams[0].socket.shutdown(socket.SHUT_RDWR)
        self.wait_until(lambda: self.heard_again(), "a place", 10)

    def heard_again(self):
        stream = Stream(self.boss)
        if stream.status == 200:
            self.addCleanup(stream.close)
            return True
        stream.close()
        return False

    def test_two_hundred_who_listen_or_do_not_read_hold_up_nobody(self):
        names = [f"p{n}" for n in range(25)]
        for name in names:
            self.top.run("accounts", "add", name, "--role", "viewer")
        webs = [Web(self.top, token(self.top, name)) for name in names]
        streams = [self.listen(web) for web in webs for _ in range(8)]
        site = self.device(self.top)
        record = site.record(title="一")
        site.sync()
        self.assertEqual(streams[-1].until("record")["record"], record)
        began = time.monotonic()
        self.assertEqual(self.boss.get("units.list").status, 200)
        site.record(title="二")
        self.assertEqual(site.sync()["sent"], 1)
        self.assertLess(time.monotonic() - began, 15)

    def test_ending_the_daemon_ends_the_streams_at_once(self):
        self.listen()
        began = time.monotonic()
        self.assertEqual(self.top.stop(), 0)
        self.assertLess(time.monotonic() - began, 15)
