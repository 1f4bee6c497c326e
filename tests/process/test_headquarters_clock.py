"""Headquarters' own clock is wrong, and is put right: nobody goes by it meanwhile, and people are told."""

import datetime
import time
import unittest
import uuid

from sitelog_processes import CREW, REFUSED
from test_clocks import ClockTest, seconds_off

TEN_YEARS_S = 10 * 365 * 86400
DAY_S = 86400
HOUR_S = 3600


class RestartedDevices(ClockTest):
    """Devices whose machine can be started anew."""

    def boot(self, device):
        file = self.folder / f"{device.name}.boot"
        file.write_text(str(uuid.uuid4()) + "\n")
        device.prefix = ["unshare", "-m", "sh", "-c",
                         f'mount --bind {file} /proc/sys/kernel/random/boot_id && exec "$0" "$@"']


class HeadquartersClock(RestartedDevices):
    def setUp(self):
        self.top = self.headquarters(serving=False)
        self.set_clock(self.top, 0)
        self.top.serve()
        self.latest(self.top)
        self.b, self.c = self.device(self.top, "乙"), self.device(self.top, "丙")
        for device in (self.b, self.c):
            self.boot(device)
        self.first, self.second = (self.b.record(title=title) for title in ("一", "二"))
        self.settle(self.b, self.c)

    def told(self):
        return self.top.run("--lang", "en", "status", as_json=False).out

    def assert_shown(self, record, title):
        self.assertEqual(self.top.record(record)["fields"]["title"], title)

    def test_while_it_is_in_2001_no_site_is_told_so_and_status_says_what_to_do(self):
        self.assertNotIn("clock", self.top.status())
        self.c.edit(self.first, title="丙先改")
        time.sleep(1)
        self.b.edit(self.first, title="乙后改")
        self.b.edit(self.second, title="乙先改")
        time.sleep(1)
        self.set_clock(self.top, seconds_off(datetime.datetime(2001, 9, 9)))
        self.assertTrue(self.b.sync()["caught_up"])
        self.assertLess(abs(self.offset_ms(self.b)), 20_000)
        self.assertLess(self.top.status()["clock"]["doubted_since"], 1_100_000_000_000)
        self.assertIn("sitelogd clock confirm", self.told())
        log = self.top.messages.read_text().splitlines()
        self.assertEqual(sum("sitelogd clock confirm" in line for line in log), 1)
        # Nobody confirms 2001 by mistake.
        today = datetime.date.today().isoformat()
        refused = self.top.run("clock", "confirm", today, expect=REFUSED)
        self.assertEqual(refused.error["reason"], "invalid_value")
        self.set_clock(self.top, 0)
        self.assertNotIn("clock", self.top.status())
        self.boot(self.b)
        self.settle(self.b)
        self.c.edit(self.second, title="丙后改")
        self.settle(self.c, self.b)
        self.assert_shown(self.first, "乙后改")
        self.assert_shown(self.second, "丙后改")
        self.assert_equal_everywhere(self.top, self.b, self.c)
        self.assert_sound(self.top, self.b, self.c)

    def test_once_it_is_confirmed_after_ten_years_ahead_it_is_gone_by_again(self):
        self.set_clock(self.top, TEN_YEARS_S)
        self.b.edit(self.first, title="乙当天改")
        self.b.sync()
        self.set_clock(self.top, 0)
        self.assertIn("clock", self.top.status())
        self.boot(self.b)
        self.b.sync()
        self.assertIn("clock", self.top.status())
        done = self.top.run("clock", "confirm", datetime.date.today().isoformat()).line
        self.assertTrue(done["doubted"])
        self.assertNotIn("clock", self.top.status())
        time.sleep(1)
        self.c.edit(self.first, title="丙后来改")
        self.settle(self.c, self.b)
        self.assert_shown(self.first, "丙后来改")
        self.assertLess(abs(self.offset_ms(self.b)), 20_000)
        self.assertFalse(self.top.run("clock", "confirm", datetime.date.today().isoformat()).line["doubted"])
        self.assert_equal_everywhere(self.top, self.b, self.c)
        self.assert_sound(self.top, self.b, self.c)


class TabletAnHourAhead(RestartedDevices):
    def test_after_months_it_is_held_to_no_earlier_day_than_it_wrote(self):
        days = 45
        top = self.headquarters(serving=False)
        self.set_clock(top, 0)
        top.serve()
        self.latest(top)
        tablet, b = self.device(top, "下井平板"), self.device(top, "乙")
        record = b.record(title="原样")
        self.settle(tablet, b)
        for day in range(days):
            for program in (top, b):
                self.set_clock(program, day * DAY_S)
            self.set_clock(tablet, day * DAY_S + HOUR_S)
            self.boot(tablet)
            tablet.record(title=f"第{day}日")
            self.boot(tablet)
            tablet.sync()
        # The last day: b in the morning, the tablet in the afternoon; neither has seen the other.
        for program in (top, b):
            self.set_clock(program, days * DAY_S)
        b.sync()
        b.edit(record, title="早上")
        self.set_clock(tablet, days * DAY_S + 9 * HOUR_S)
        self.boot(tablet)
        tablet.edit(record, title="下午")
        for program in (top, b):
            self.set_clock(program, days * DAY_S + 9 * HOUR_S)
        self.set_clock(tablet, days * DAY_S + 10 * HOUR_S)
        self.boot(tablet)
        self.settle(b, tablet)
        self.assertEqual(top.record(record)["fields"]["title"], "下午")
        held = self.candidates(top, record)["下午"]
        self.assert_now(held.get("corrected_wall", held["wall"]), days * DAY_S + 9 * HOUR_S)
        self.assert_equal_everywhere(top, tablet, b)


if __name__ == "__main__":
    unittest.main()
