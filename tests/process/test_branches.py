"""Disks that are put back, and machines made from one joined disk: whatever was recorded arrives."""

import shutil
import time
import unittest

from sitelog_processes import CREW, ProcessTest

MORNINGS = 70
MACHINES = 6
SYNC_S_MAX = 20


class Branches(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.device_of_image = self.device(self.top, "甲")
        self.device_of_image.record(title="before the image")
        self.device_of_image.sync()
        self.image = self.folder / "image"
        shutil.copytree(self.device_of_image.folder, self.image)

    def put_back(self, device):
        shutil.rmtree(device.folder, ignore_errors=True)
        shutil.copytree(self.image, device.folder)

    def titles(self):
        return {line["fields"]["title"] for line in self.top.records()}

    def line_of(self, device):
        wanted = device.status()["device"]
        lines = self.top.run("devices", "list").lines
        return next(line for line in lines if line["device"] == wanted)

    def test_a_disk_put_back_every_morning_is_served_for_longer_than_two_months(self):
        device = self.device_of_image
        expected = {"before the image"}
        for morning in range(MORNINGS):
            self.put_back(device)
            device.record(title=f"morning {morning}")
            expected.add(f"morning {morning}")
            began = time.monotonic()
            self.assertTrue(device.sync()["caught_up"])
            self.assertLess(time.monotonic() - began, SYNC_S_MAX)
        self.assertEqual(self.titles(), expected)
        # What was put back last goes on, and another device is served as ever.
        device.record(title="later that day")
        self.assertTrue(device.sync()["caught_up"])
        other = self.device(self.top, "乙")
        other.record(title="by another")
        self.assertTrue(other.sync()["caught_up"])
        self.assertEqual(self.titles(), expected | {"later that day", "by another"})
        # The first goes on where the image ended.
        self.assertEqual(self.line_of(device)["branches"], MORNINGS - 1)
        self.assertEqual(self.line_of(other)["branches"], 0)
        told = self.top.run("devices", "list", as_json=False).out
        self.assertIn(str(MORNINGS - 1), told)
        self.assertIn("sitelogd invite", told)
        self.settle(device, other)
        self.assert_equal_everywhere(self.top, device, other)
        self.assert_sound(self.top, device, other)

    def test_machines_made_from_one_joined_disk_all_bring_what_they_recorded(self):
        machines = [self.new_device(f"机{n}") for n in range(MACHINES)]
        expected = {"before the image"}
        for day in range(3):
            for n, machine in enumerate(machines):
                if day == 0:
                    self.put_back(machine)
                machine.record(title=f"day {day} at {n}")
                expected.add(f"day {day} at {n}")
            for machine in machines if day != 1 else reversed(machines):
                self.assertTrue(machine.sync()["caught_up"])
        self.settle(*machines)
        self.assertEqual(self.titles(), expected)
        self.assert_equal_everywhere(self.top, *machines)
        self.assert_sound(self.top, *machines)


if __name__ == "__main__":
    unittest.main()
