"""Wrong clocks: nothing is refused or lost for its time, and order by clocks is put right."""

import datetime
import glob
import time
import unittest

from sitelog_processes import CREW, REFUSED, SITE, ProcessTest, free_environment

YEAR_S = 365.25 * 24 * 3600
# A frozen clock is not what is meant: the clock goes on from a wrong beginning.
WRONG = {"1970": datetime.datetime(1970, 1, 2), "2001": datetime.datetime(2001, 9, 9),
         "twenty years ahead": datetime.datetime.now() + datetime.timedelta(days=20 * 365)}
EXACT_MS = 20_000  # what a busy machine may take between a reading and its use

LIBRARIES = [path for pattern in ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/lib64/faketime",
                                  "/usr/local/lib/faketime", "/usr/local/lib/*/faketime")
             for path in sorted(glob.glob(pattern + "/libfaketimeMT.so.1"))]


def seconds_off(then):
    return int(then.timestamp() - time.time())


@unittest.skipUnless(LIBRARIES, "wrong clocks need libfaketime (Debian package faketime)")
class ClockTest(ProcessTest):
    """Each program may have its own wall clock; the clock since boot is everybody's and right."""

    def set_clock(self, program, off_s):
        """Sets the wall clock of a program's processes, of those that run as well."""
        file = self.folder / f"{program.name}.clock"
        new = self.folder / f"{program.name}.clock.new"
        new.write_text(f"{off_s:+d}\n")
        new.rename(file)
        program.environment = free_environment(
            self.folder, LD_PRELOAD=LIBRARIES[0], FAKETIME_TIMESTAMP_FILE=str(file),
            FAKETIME_NO_CACHE="1", FAKETIME_DONT_FAKE_MONOTONIC="1", DONT_FAKE_MONOTONIC="1")

    def device_at(self, headquarters, off_s, name, unit=CREW):
        device = self.new_device(name)
        self.set_clock(device, off_s)
        return device.join(headquarters, unit)

    def offset_ms(self, device):
        return device.status()["clock"]["offset_ms"]

    def candidates(self, program, record):
        conflict = next(line for line in program.conflicts() if line["record"] == record)
        return {candidate["value"]: candidate for candidate in conflict["candidates"]}

    def assert_now(self, wall_ms, true_off_s=0):
        self.assertLess(abs(wall_ms - 1000 * (time.time() + true_off_s)), EXACT_MS)

    def latest(self, top):
        top.run("policy", "set", "--unit", CREW, "latest")


class DeviceClocks(ClockTest):
    def test_a_device_whose_clock_is_decades_off_joins_records_and_syncs(self):
        top = self.headquarters()
        right = self.device(top, "准")
        records = []
        devices = []
        for name, then in WRONG.items():
            off_s = seconds_off(then)
            device = self.device_at(top, off_s, name)
            devices.append(device)
            self.assertLess(abs(device.status()["clock"]["wall"] - 1000 * (time.time() + off_s)),
                            EXACT_MS, "the clock is as wrong as it should be")
            records.append(device.record(title=f"钟不准：{name}"))
            device.record_many({"title": f"{name} {i}", "kind": "film", "status": "held", "date": "2020-07-01",
                                "level": "grassroots", "participants": i} for i in range(50))
            self.assertTrue(device.sync()["caught_up"])
            self.assertLess(abs(self.offset_ms(device) + 1000 * off_s), EXACT_MS)
            told = device.run("status", as_json=False).out
            direction = "behind" if off_s < 0 else "ahead of"
            self.assertRegex(told, rf"clock is off: \d+ days and \d+ hours {direction} headquarters'")
            self.assertIn("compare the dates on both sides first", told)
            self.assertLessEqual(device.sync()["received"], 1, "headquarters' word on it")
            quiet = device.sync()
            self.assertEqual((quiet["sent"], quiet["received"]), (0, 0),
                             "the correction is written once")
        self.settle(right, *devices)
        self.assertEqual(len(top.records()), 51 * len(WRONG))
        for record in records:
            self.assertEqual(right.show(record)["held"], True)
        for line in top.run("devices", "list").lines:
            self.assert_now(line["contact"])
        self.assert_equal_everywhere(top, right, *devices)
        self.assert_sound(top, right, *devices)

    def test_latest_goes_by_the_true_time_of_each_change_not_by_what_the_clock_said(self):
        top = self.headquarters()
        self.latest(top)
        right = self.device(top, "准")
        slow = self.device_at(top, seconds_off(WRONG["1970"]), "慢")
        fast = self.device_at(top, seconds_off(WRONG["twenty years ahead"]), "快")
        ours, theirs, third = (right.record(title=title) for title in ("一", "二", "三"))
        self.settle(right, slow, fast)

        # The fast clock's change came first in truth, and the slow one's last.
        fast.edit(ours, participants=1)
        fast.edit(third, participants=1)
        right.edit(ours, participants=2)
        right.edit(theirs, participants=2)
        slow.edit(theirs, participants=3)
        slow.edit(third, participants=3)
        self.settle(right, slow, fast)
        for program in (top, right, slow, fast):
            shown = {line["record"]: line["fields"]["participants"] for line in program.records()}
            self.assertEqual(shown, {ours: 2, theirs: 3, third: 3}, program.name)
        for record, values in ((ours, {1, 2}), (theirs, {2, 3}), (third, {1, 3})):
            found = self.candidates(top, record)
            self.assertEqual(set(found), values, "the clock hides nobody's value")
            for candidate in found.values():
                self.assert_now(candidate.get("corrected_wall", candidate["wall"]))
                wrong = candidate["device"] != right.status()["device"]
                self.assertEqual("corrected_wall" in candidate, wrong)
        self.assert_equal_everywhere(top, right, slow, fast)
        self.assert_sound(top, right, slow, fast)

    def test_a_clock_that_jumps_while_an_agent_records_and_syncs_loses_and_reorders_nothing(self):
        top = self.headquarters()
        self.latest(top)
        other = self.device(top, "准")
        device = self.device_at(top, 0, "跳")
        record = device.record(title="跳钟", participants=999)
        device.agent()
        told = {record}
        jumps = [0, -40 * YEAR_S, 20 * YEAR_S, -3600, 3600, -YEAR_S, 0]
        for number, off_s in enumerate(jumps):
            self.set_clock(device, int(off_s))
            told.add(device.record(title=f"第{number}次"))
            device.edit(record, participants=number)
            device.record_many({"title": f"{number}/{i}", "kind": "film", "status": "held", "date": "2020-07-01",
                                "level": "grassroots", "participants": i} for i in range(20))
            self.wait_until(lambda: device.status()["entries"]["waiting"] == 0, "all is sent")
        entries = [entry["fields"]["participants"]["value"] for entry in top.record(record)["entries"]
                   if "participants" in entry["fields"]]
        self.assertEqual(entries, [999] + list(range(len(jumps))), "in the order they were written")
        self.assertEqual(top.record(record)["fields"]["participants"], len(jumps) - 1)
        self.assertEqual(top.conflicts(), [])
        self.assertEqual(device.stop(), 0)

        # Back and forth between two contacts: the time since boot says what came when.
        self.settle(device, other)
        self.set_clock(device, int(15 * YEAR_S))
        device.edit(record, participants=100)
        self.set_clock(device, int(-15 * YEAR_S))
        second = device.record(title="跳回")
        other.edit(record, participants=200)
        self.settle(device, other)
        self.assertEqual(top.record(record)["fields"]["participants"], 200)
        for candidate in self.candidates(top, record).values():
            self.assert_now(candidate.get("corrected_wall", candidate["wall"]))
        self.assertLessEqual(told | {second}, {line["record"] for line in top.records()})
        self.assertEqual(len(top.records()), 2 + 21 * len(jumps))
        self.assert_equal_everywhere(top, device, other)
        self.assert_sound(top, device, other)

    def test_a_clock_that_was_set_right_again_needs_nothing_else(self):
        top = self.headquarters()
        device = self.device_at(top, seconds_off(WRONG["twenty years ahead"]), "甲")
        device.record(title="快的时候")
        device.sync()
        self.set_clock(device, 0)
        device.record(title="对的时候")
        device.sync()
        self.assertLess(abs(self.offset_ms(device)), EXACT_MS)
        self.assertNotIn("clock is off", device.run("status", as_json=False).out)
        self.assertEqual(len(top.records()), 2)
        self.assert_equal_everywhere(top, device)
        self.assert_sound(top, device)


class HeadquartersClock(ClockTest):
    def test_headquarters_with_a_wrong_clock_takes_everything_and_may_be_set_right(self):
        for name, then in WRONG.items():
            with self.subTest(headquarters=name):
                off_s = seconds_off(then)
                top = self.headquarters(f"headquarters {name}", set_up=False, serving=False)
                self.set_clock(top, off_s)
                top.set_up()
                top.serve()
                self.latest(top)
                a, b = (self.device(top, f"{device} {name}") for device in ("甲", "乙"))
                record = a.record(title="一")
                self.settle(a, b)
                self.assertLess(abs(self.offset_ms(a) - 1000 * off_s), EXACT_MS)
                a.edit(record, participants=1)
                b.edit(record, participants=2)
                self.settle(a, b)
                self.assertEqual(top.record(record)["fields"]["participants"], 2)
                self.assert_equal_everywhere(top, a, b)

                self.set_clock(top, 0)
                top.restart()
                done = top.run("clock", "confirm", datetime.date.today().isoformat()).line
                self.assertEqual(done["doubted"], name == "twenty years ahead")
                again = a.record(title="二")
                self.settle(a, b)
                self.assertLess(abs(self.offset_ms(a)), EXACT_MS)
                a.edit(again, participants=1)
                b.edit(again, participants=2)
                self.settle(a, b)
                for program in (top, a, b):
                    self.assertEqual({line["fields"]["participants"] for line in program.records()},
                                     {2}, "later stays later")
                    for one in (record, again):
                        for candidate in self.candidates(program, one).values():
                            self.assert_now(candidate.get("corrected_wall", candidate["wall"]))
                self.assert_equal_everywhere(top, a, b)
                self.assert_sound(top, a, b)
                top.stop()

    def test_an_invitation_from_a_slow_clock_is_told_as_expired_and_a_new_one_joins(self):
        top = self.headquarters()
        self.set_clock(top, seconds_off(WRONG["2001"]))
        top.restart()
        code = top.invite()["code"]
        self.set_clock(top, 0)
        top.restart()
        device = self.new_device("甲")
        refused = device.run("join", code, "--headquarters", top.address, expect=REFUSED)
        self.assertEqual(refused.error["reason"], "invitation_expired")
        self.assertIn("new", refused.err)
        device.join(top)
        device.record(title="一")
        self.assertEqual(device.sync()["sent"], 1)
        self.assert_sound(top, device)

    def test_agents_stay_in_touch_while_headquarters_clock_jumps(self):
        top = self.headquarters(serving=False)
        self.set_clock(top, 0)
        top.serve()
        a, b = self.device(top, "甲"), self.device(top, "乙", SITE)
        a.agent()
        b.agent()
        for number, off_s in enumerate((0, -30 * YEAR_S, 30 * YEAR_S, 0)):
            self.set_clock(top, int(off_s))
            for device in (a, b):
                device.record(title=f"{device.name}{number}")
            self.wait_until(lambda: len(top.records()) == 2 * (number + 1), "all is at headquarters")
        for device in (a, b):
            self.assertEqual([line["event"] for line in device.said].count("offline"), 0)
            self.wait_until(lambda d=device: d.status()["entries"]["waiting"] == 0, "acknowledged")
        self.assert_equal_everywhere(top, a)
        self.assert_equal_everywhere(top, b, unit=SITE)
        self.assert_sound(top, a, b)


if __name__ == "__main__":
    unittest.main()
