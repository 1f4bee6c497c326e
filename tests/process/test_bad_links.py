"""Links that cut, stall, damage, delay and crumble what passes: nothing is lost, doubled or claimed."""

import json
import threading
import time
import unittest

from proxy import Proxy, Way
from sitelog_processes import DONE, UNREACHABLE, ProcessTest, an_event

ROUNDS = 40
GIVEN_UP_S = 130  # 90 s of silence, and some


def a_long_event(number, random):
    """An event whose text hardly shrinks when packed."""
    return an_event(number, summary=random.randbytes(200).hex())


class BadLink(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.a, self.b = self.device(self.top, "甲"), self.device(self.top, "乙")
        self.proxy = Proxy(self, self.top.address)
        self.recorded = set()

    def record_some(self, device, events):
        lines = device.record_many(events)
        self.recorded.update(line["record"] for line in lines)

    def sync_through(self, device, up=None, down=None):
        """One sync by the bad link; checks that it says what is true, and returns its outcome."""
        ways = (up or Way(), down or Way())
        self.proxy.plan = lambda: ways
        self.note(f"# up {ways[0]} down {ways[1]}")
        outcome = device.run("sync", "--headquarters", self.proxy.address, expect=None, timeout=GIVEN_UP_S)
        self.assert_true_of(device, outcome)
        return outcome

    def assert_true_of(self, device, outcome):
        status = device.status()
        if outcome.status == DONE:
            self.assertTrue(outcome.line["caught_up"])
            self.assertEqual(status["entries"]["waiting"], 0)
            self.assertNotIn("failure", status["last_sync"])
        else:
            self.assertEqual(outcome.status, UNREACHABLE, str(outcome))
            self.assertIn(outcome.error["reason"], ("unreachable", "not_headquarters"), str(outcome))
            self.assertTrue(outcome.error["message"])
            self.assertFalse(any(line.get("caught_up") for line in outcome.lines), str(outcome))
            self.assertIn("failure", status["last_sync"])
        self.assert_held_is_held(device, status)

    def assert_held_is_held(self, device, status):
        held = {line["record"] for line in device.records() if line["held"]}
        self.assertEqual(held - {line["record"] for line in self.top.records()}, set())
        at_top = next(one for one in self.top.unit()["devices"] if one["device"] == status["device"])
        self.assertLessEqual(status["entries"]["held"], at_top["entries"])

    def know_only(self, device, address):
        """Makes this the one address of headquarters that the device knows."""
        file = device.folder / "identity.json"
        identity = json.loads(file.read_text())
        identity["addresses"] = [address]
        file.write_text(json.dumps(identity, ensure_ascii=False))

    def assert_one_good_sync_mends_it(self, *devices):
        for device in devices:
            self.assertTrue(device.run("sync", "--headquarters", self.top.address).line["caught_up"])
            self.assertEqual(device.status()["book_digest"], self.top.unit()["book_digest"])

    def assert_all_there_once(self):
        self.settle(self.a, self.b)
        for program in (self.top, self.a, self.b):
            found = [line["record"] for line in program.records()]
            self.assertEqual(len(found), len(set(found)))
            self.assertEqual(set(found), self.recorded, program.name)
        self.assert_equal_everywhere(self.top, self.a, self.b)
        self.assert_sound(self.top, self.a, self.b)

    def usual_bytes(self, device):
        """What one sync carries each way; syncs by a good link on the way."""
        before = self.proxy.up_bytes, self.proxy.down_bytes
        self.assertEqual(self.sync_through(device).status, DONE)
        return self.proxy.up_bytes - before[0], self.proxy.down_bytes - before[1]


class Faults(BadLink):
    def live_through(self, fault):
        """Rounds of recording and editing on both devices and syncing by a link with a fault in one
        direction; `fault(random, offset)` is the Way."""
        random = self.random()
        self.record_some(self.a, (a_long_event(i, random) for i in range(100)))
        usual_up, _ = self.usual_bytes(self.a)
        _, usual_down = self.usual_bytes(self.b)
        shared = sorted(self.recorded)
        failed = 0
        for turn in range(ROUNDS):
            device = self.a if turn % 2 else self.b
            for one in (self.a, self.b):
                self.record_some(one, (a_long_event(turn * 1000 + i, random)
                                       for i in range(random.choice((1, 10, 100)))))
                one.edit(one.seen(random.choice(shared)), participants=turn)
            is_up = random.random() < 0.5
            usual = usual_up if is_up else usual_down
            at = int(usual ** random.random()) if random.random() < 0.5 else random.randrange(usual)
            way = fault(random, at)
            outcome = self.sync_through(device, **{"up" if is_up else "down": way})
            failed += outcome.status != DONE
            if turn % 4 == 3:
                self.assert_one_good_sync_mends_it(self.a, self.b)
        print(f"{failed} of {ROUNDS} syncs failed", end=" ", flush=True)
        self.assertGreater(failed, ROUNDS // 4, "the faults met the syncs")
        self.assert_all_there_once()

    def test_syncs_cut_at_any_byte_lose_and_double_nothing(self):
        self.live_through(lambda random, at: Way(cut_at=at, reset=random.random() < 0.5))

    def test_syncs_with_a_damaged_byte_lose_and_double_nothing(self):
        self.live_through(lambda random, at: Way(flip_at=at))

    def test_a_link_that_crumbles_and_dawdles_only_takes_time(self):
        random = self.random()
        for up, down in ((Way(piece=3), Way(piece=5)), (Way(delay_s=0.05), Way(delay_s=0.2)),
                         (Way(piece=700, delay_s=0.01), Way(piece=1))):
            self.record_some(self.a, (a_long_event(i, random) for i in range(40)))
            for device in (self.a, self.b):
                self.assertEqual(self.sync_through(device, up, down).status, DONE)
        self.assert_all_there_once()

    def test_joining_over_a_link_that_is_cut_can_be_done_again_with_the_same_code(self):
        random = self.random()
        for turn in range(12):
            device = self.new_device(f"新{turn}")
            code = self.top.invite()["code"]
            way = Way(cut_at=random.randrange(2500), reset=turn % 3 == 0)
            plans = [(way, Way()) if turn % 2 else (Way(), way)]
            self.proxy.plan = lambda plans=plans: plans.pop() if plans else (Way(), Way())
            first = device.run("join", code, "--headquarters", self.proxy.address, expect=None)
            self.assertIn(first.status, (DONE, UNREACHABLE), str(first))
            if first.status != DONE and not (device.folder / "identity.json").exists():
                device.run("join", code, "--headquarters", self.top.address)
            self.record_some(device, [an_event(turn)])
            self.assert_one_good_sync_mends_it(device)
        self.assert_all_there_once()
        self.assertEqual(len(self.top.unit()["devices"]), 14, "each device once")


class GoingOn(BadLink):
    """Much to send over links that break before it is through."""

    EVENTS = 4000
    CUT_EVERY = 100 * 1024  # less than a sixth of it all, and more than one batch

    def setUp(self):
        super().setUp()
        self.numbers = self.random()
        self.record_long(self.b, self.EVENTS)
        self.whole, _ = self.usual_bytes(self.b)
        self.record_long(self.a, self.EVENTS)

    def record_long(self, device, count):
        self.record_some(device, (a_long_event(i, self.numbers) for i in range(count)))

    def slow(self, cut_at):
        """2 MB a second; what had arrived before the cut was read before the cut."""
        return Way(cut_at=cut_at, before_cut=self.until_read, piece=4096, delay_s=0.002)

    def until_read(self):
        held = None
        while held != (now := self.top.unit()["entries"]["book"]):
            held = now
            time.sleep(0.5)

    def test_a_device_that_was_cut_off_goes_on_where_it_was(self):
        outcome = self.sync_through(self.a, up=self.slow(self.whole * 6 // 10))
        self.assertEqual(outcome.status, UNREACHABLE)
        before = self.proxy.up_bytes
        self.assertEqual(self.sync_through(self.a).status, DONE)
        second = self.proxy.up_bytes - before
        print(f"{self.whole} bytes at once; cut off at 60 %, then {second} bytes", end=" ", flush=True)
        self.assertLess(second, self.whole * 6 // 10)
        self.assert_all_there_once()

    def test_a_link_that_never_lasts_carries_everything_in_the_end(self):
        attempts, before = 0, 0
        while True:
            outcome = self.sync_through(self.a, self.slow(self.CUT_EVERY), self.slow(self.CUT_EVERY))
            attempts += 1
            if outcome.status == DONE:
                break
            there = self.top.unit()["entries"]["book"] + self.a.status()["entries"]["book"]
            self.assertGreater(there, before, "each attempt brings some more over")
            before = there
        print(f"{self.whole} bytes each way by a link cut every {self.CUT_EVERY}: {attempts} attempts",
              end=" ", flush=True)
        self.assertGreater(attempts, 5)
        self.assert_all_there_once()

    def test_an_agent_on_a_link_that_never_lasts_comes_through_by_itself(self):
        self.a.run("sync", "--headquarters", self.top.address)
        self.proxy.plan = lambda: (self.slow(self.CUT_EVERY), Way())
        for device in (self.a, self.b):
            self.know_only(device, self.proxy.address)
        self.a.agent()
        for _ in range(4):
            self.record_long(self.a, 600)
        self.wait_until(lambda: self.a.status()["entries"]["waiting"] == 0, "all went over")
        offline = sum(line["event"] == "offline" for line in self.a.said)
        print(f"cut {offline} times", end=" ", flush=True)
        self.assertGreater(offline, 0)
        self.a.stop()
        for device in (self.a, self.b):
            self.know_only(device, self.top.address)
        self.assert_all_there_once()


class Silence(BadLink):
    def test_a_link_that_goes_silent_is_given_up_and_recording_never_waits_for_it(self):
        ways = {
            "before the handshake": (Way(swallow_at=0), Way(swallow_at=0)),
            "in the handshake": (Way(swallow_at=400), Way()),
            "answers vanish": (Way(), Way(swallow_at=1000)),
            "what is sent vanishes": (Way(swallow_at=20_000), Way()),
            "both vanish": (Way(swallow_at=30_000), Way(swallow_at=1100)),
        }
        random = self.random()
        devices, outcomes = {}, {}
        for name in ways:
            devices[name] = self.device(self.top, f"{len(devices)}")
            self.record_some(devices[name], (a_long_event(i, random) for i in range(300)))

        def sync(name):
            proxy = Proxy(self, self.top.address)
            proxy.plan = lambda: ways[name]
            start = time.monotonic()
            outcome = devices[name].run("sync", "--headquarters", proxy.address, expect=None,
                                        timeout=GIVEN_UP_S)
            outcomes[name] = outcome, time.monotonic() - start

        threads = [threading.Thread(target=sync, args=(name,)) for name in ways]
        for thread in threads:
            thread.start()
        time.sleep(5)
        for name, device in devices.items():
            start = time.monotonic()
            self.record_some(device, [an_event(1, title=name)])
            print(f"recorded in {time.monotonic() - start:.2f} s", end="; ", flush=True)
        for thread in threads:
            thread.join()
        for name, (outcome, taken_s) in outcomes.items():
            print(f"{name}: {taken_s:.0f} s", end="; ", flush=True)
            with self.subTest(name):
                self.assertEqual(outcome.status, UNREACHABLE, str(outcome))
                self.assert_true_of(devices[name], outcome)
        self.assert_one_good_sync_mends_it(*devices.values())
        self.assert_all_there_once()


if __name__ == "__main__":
    unittest.main()
