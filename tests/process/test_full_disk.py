"""Disks that are full: it is said, nothing that was told as saved is lost, and room makes it well."""

import ctypes
import errno
import json
import os
import subprocess
import threading
import unittest
from random import Random

from https import Web, account, token
from sitelog_processes import (CAMPAIGN, CAMPAIGN_FILE, REFUSED, SITE, UNITS_FILE, UNREACHABLE,
                               ProcessTest, an_event)

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000


def big(number):
    """900 characters that hardly pack: a different text for each number."""
    random = Random(number)
    return "".join(chr(random.randrange(0x4e00, 0x9fa6)) for _ in range(900))


FAILED = {REFUSED, UNREACHABLE}


def take_own_mounts():
    """Leaves the machine's mounts to the machine: None, or why this process can't."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWNS | (CLONE_NEWUSER if user != 0 else 0)) != 0:
        return os.strerror(ctypes.get_errno())
    if user != 0:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"),
                           ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    private = subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True, text=True)
    return private.stderr.strip() if private.returncode != 0 else None


class Disk:
    """A file system of its own, of a few megabytes, that can be filled to the last byte."""

    def __init__(self, folder, size):
        self.folder, self.ballast = folder, folder / "ballast"
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)

    def free(self):
        state = os.statvfs(self.folder)
        return state.f_bavail * state.f_frsize

    def fill(self, but=0):
        """Leaves `but` bytes free."""
        with open(self.ballast, "ab") as file:
            while (excess := self.free() - but) > 0:
                try:
                    os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, excess)
                except OSError as error:  # somebody else has taken some meanwhile
                    if error.errno != errno.ENOSPC:
                        raise

    def make_room(self):
        self.ballast.unlink(missing_ok=True)

    def grow(self, size):
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.folder)], check=True)


class FullDiskTest(ProcessTest):
    @classmethod
    def setUpClass(cls):
        why_not = take_own_mounts()
        if why_not:
            raise unittest.SkipTest("a full disk needs a file system of its own, which may not be "
                                    f"mounted here: {why_not}")

    def disk(self, size, name="disk"):
        disk = Disk(self.folder / name, size)
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk.folder)], capture_output=True)
        return disk

    def device_on(self, disk, headquarters, name="甲"):
        device = self.new_device(f"{disk.folder.name}/folder")
        device.messages = self.folder / f"{name}.messages"
        device.name = name
        return device.join(headquarters)

    def headquarters_on(self, disk):
        top = self.headquarters(f"{disk.folder.name}/folder", set_up=False, serving=False)
        top.messages = self.folder / "top.messages"
        top.run("init", "--name", "总工会")
        top.run("units", "import", UNITS_FILE)
        top.run("campaign", "publish", CAMPAIGN_FILE)
        top.serve()
        return top

    def events_file(self, events):
        file = self.folder / "events.jsonl"
        file.write_text("".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events),
                        encoding="utf-8")
        return file

    def assert_says_full(self, outcome):
        self.assertEqual(outcome.status, REFUSED, str(outcome))
        self.assertEqual(outcome.error["reason"], "not_saved", str(outcome))
        self.assertIn("full", outcome.err)
        self.assertIn("make room", outcome.err)

    def held(self, device):
        return {line["record"] for line in device.records() if line["held"]}

    def ids(self, program):
        return {line["record"] for line in program.records()}


class DeviceDisk(FullDiskTest):
    def record_2000(self, device, disk):
        """The disk fills in the middle of a batch; returns what was told by line number."""
        events = [an_event(i, title=f"{i}", summary=big(i)) for i in range(2000)]
        disk.fill(but=4_500_000)
        outcome = device.run("record", "event", "--from", self.events_file(events), expect=None)
        self.assert_says_full(outcome)
        told = {line["line"]: line["record"] for line in outcome.lines if "record" in line}
        self.assertGreater(len(told), 0)
        self.assertLess(len(told), 2000)
        self.assertEqual(self.ids(device), set(told.values()), "what was told stands, and only that")
        self.assertIn(f"{len(told)} records of the file are saved, up to line {max(told)}", outcome.err)
        return told, events

    def test_a_disk_that_fills_in_the_middle_of_a_batch_keeps_what_was_told_and_no_more(self):
        disk = self.disk("16m")
        top = self.headquarters()
        device = self.device_on(disk, top)
        told, events = self.record_2000(device, disk)
        chinese = device.run("--lang", "zh", "record", "event", "--from",
                             self.events_file(events[-500:]), as_json=False, expect=REFUSED)
        self.assertIn("磁盘已满", chinese.err)
        self.assertEqual(device.status()["records"], len(told))

        disk.make_room()
        again = device.record_many(events, again=False)
        self.assertEqual(sum("record" in line for line in again), len(events) - len(told))
        self.assertTrue(device.sync()["caught_up"])
        self.assertEqual(sorted(line["fields"]["title"] for line in top.records()),
                         sorted(event["title"] for event in events))
        self.assert_equal_everywhere(top, device)
        self.assert_sound(top, device)

    def test_an_agent_outlives_a_full_disk_and_goes_on_by_itself_once_there_is_room(self):
        disk = self.disk("16m")
        top = self.headquarters()
        device = self.device_on(disk, top)
        device.agent()
        told, events = self.record_2000(device, disk)
        self.assertTrue(device.running)
        self.assertEqual(len(device.records()), len(told), "reading goes on")
        disk.make_room()
        rest = [event for number, event in enumerate(events, 1) if number not in told]
        device.record_many(rest)
        self.wait_until(lambda: len(top.records()) == 2000, "everything is at headquarters", 120)
        self.wait_until(lambda: device.status()["entries"]["waiting"] == 0, "and acknowledged")
        self.assert_equal_everywhere(top, device)
        self.assertEqual(device.stop(), 0)
        self.assert_sound(top, device)

    def test_a_device_that_has_no_room_for_what_others_wrote_keeps_its_own_and_syncs_later(self):
        disk = self.disk("16m")
        top = self.headquarters()
        device = self.device_on(disk, top)
        other = self.device(top, "乙")
        own = device.record(title="自己的")
        other.record_many(an_event(i, summary=big(i)) for i in range(2000))
        other.sync()
        disk.fill(but=800_000)
        for turn in range(2):
            failed = device.run("sync", expect=REFUSED)
            self.assertEqual(failed.error["reason"], "not_saved")
            self.assertIn("free some space", failed.err)
            self.assertIn("nothing is lost", failed.err)
            self.assertIn(own, self.ids(device))
        disk.make_room()
        self.assertTrue(device.sync()["caught_up"])
        self.settle(device, other)
        self.assert_equal_everywhere(top, device, other)
        self.assert_sound(top, device, other)

    def test_with_no_byte_left_every_command_says_that_the_disk_is_full_and_harms_nothing(self):
        disk = self.disk("8m")
        top = self.headquarters()
        device = self.device_on(disk, top)
        record = device.record(title="先")
        device.sync()
        disk.fill()
        self.assertEqual(disk.free(), 0)
        event = [f"{name}={value}" for name, value in an_event(2).items()]
        for words in (["list"], ["show", record], ["status"], ["verify"], ["sync"],
                      ["record", "event", *event], ["edit", record, "participants=7"]):
            with self.subTest(command=words[0]):
                self.assert_says_full(device.run(*words, expect=None))
        disk.make_room()
        self.assertEqual(self.ids(device), {record})
        device.edit(record, participants=7)
        device.sync()
        self.assert_equal_everywhere(top, device)
        self.assert_sound(top, device)

    def test_an_agent_that_has_not_a_byte_left_still_reads(self):
        disk = self.disk("8m")
        top = self.headquarters()
        device = self.device_on(disk, top)
        record = device.record(title="先")
        device.sync()
        device.agent()
        self.wait_until(lambda: device.said[-1]["event"] == "caught_up", "contact")
        disk.fill()
        self.assertEqual(self.ids(device), {record})
        self.assertEqual(device.show(record)["fields"]["title"], "先")
        self.assertEqual(device.status()["entries"]["waiting"], 0)
        self.assert_says_full(device.run("edit", record, "summary=" + big(0), expect=None))
        disk.make_room()
        device.edit(record, title="后")
        self.assertTrue(device.running)
        self.wait_until(lambda: top.record(record)["fields"]["title"] == "后", "at headquarters")
        self.assertEqual(device.stop(), 0)
        self.assert_sound(top, device)

    def test_an_agent_whose_disk_is_full_outlives_that_headquarters_comes_and_goes(self):
        disk = self.disk("8m")
        top = self.headquarters()
        device = self.device_on(disk, top)
        other = self.device(top, "乙")
        device.agent()
        self.wait_until(lambda: device.said[-1]["event"] == "caught_up", "contact")
        disk.fill()
        for turn in range(2):
            top.stop()
            heard = len(device.said)
            self.wait_until(lambda: len(device.said) > heard, "the agent notices")
            top.serve()
            other.record(title=f"乙 {turn}")
            other.sync()
        self.assertTrue(device.running)
        disk.make_room()
        device.record(title="甲")
        self.wait_until(lambda: len(top.records()) == 3 and len(device.records()) == 3, "all is well")
        self.assertEqual(device.stop(), 0)
        self.settle(device, other)
        self.assert_equal_everywhere(top, device, other)
        self.assert_sound(top, device, other)

    def test_joining_on_a_full_disk_can_be_done_again_with_room(self):
        disk = self.disk("4m")
        top = self.headquarters()
        code = top.invite()["code"]
        device = self.new_device("disk/folder")
        device.messages = self.folder / "device.messages"
        join = ("join", code, "--headquarters", top.address, "--name", "甲")
        for free in (0, 4096, 8192, 16384, 65536, 131072):
            disk.fill(but=free)
            outcome = device.run(*join, expect=None)
            if outcome.status == 0:
                break
            with self.subTest(free=free):
                self.assertTrue(outcome.error["message"])
                self.assertIn("full", outcome.err)
            disk.make_room()
        disk.make_room()
        if not (device.folder / "identity.json").exists():
            device.run(*join)
        device.sync()
        device.record(title="有地方了")
        device.sync()
        self.assertEqual(len(top.run("devices", "list").lines), 1)
        self.assert_equal_everywhere(top, device)
        self.assert_sound(top, device)


class HeadquartersDisk(FullDiskTest):
    def test_headquarters_without_room_goes_on_for_readers_and_heals_by_itself(self):
        disk = self.disk("24m")
        top = self.headquarters_on(disk)
        device, other = self.device(top), self.device(top, "乙", SITE)
        device.record(title="先")
        device.sync()
        device.record_many(an_event(i, summary=big(i)) for i in range(3000))
        disk.fill(but=2_000_000)
        for turn in range(2):
            failed = device.run("sync", expect=None)
            self.assertIn(failed.status, FAILED, str(failed))
            self.assertTrue(failed.error["message"])
            self.assertTrue(failed.err.strip())
        self.assertTrue(top.running, "the daemon goes on")
        self.assertGreaterEqual(self.ids(top), self.held(device), "what was acknowledged stands")
        self.assertEqual(len(device.records()), 3001, "everything waits at the site")
        # Whoever reads is served; whoever would write is told.
        self.assertEqual(top.verify()["findings"], 0)
        self.assertEqual(len(top.run("devices", "list").lines), 2)
        top.run("report", "progress", "--campaign", CAMPAIGN)
        self.assert_says_full(self.refused_for_want_of_room(disk, top))
        self.assertIn("not saved", top.messages.read_text())

        disk.make_room()
        other.record(title="乙的")
        self.assertTrue(other.sync()["caught_up"])
        self.assertTrue(device.sync()["caught_up"])
        self.assert_equal_everywhere(top, device)
        self.assert_equal_everywhere(top, other, unit=SITE)
        self.assertEqual(top.stop(), 0)
        self.assert_sound(top, device, other)

    def test_agents_that_wait_for_room_at_headquarters_deliver_once_there_is_some(self):
        disk = self.disk("24m")
        top = self.headquarters_on(disk)
        device = self.device(top)
        device.agent()
        self.wait_until(lambda: any(line["event"] == "caught_up" for line in device.said), "contact")
        disk.fill(but=500_000)
        device.record_many(an_event(i, summary=big(i)) for i in range(2000))
        self.wait_until(lambda: any("nearly full" in line["detail"] for line in device.said),
                        "headquarters' disk is nearly full")
        waiting = device.status()["entries"]["waiting"]
        self.assertGreater(waiting, 0)
        self.assertTrue(top.running and device.running)
        disk.make_room()
        self.wait_until(lambda: device.status()["entries"]["waiting"] == 0, "delivered", 150)
        self.assert_equal_everywhere(top, device)
        device.stop()
        top.stop()
        self.assert_sound(top, device)

    def test_headquarters_keeps_a_reserve_for_its_own_work_and_tells_both_sides(self):
        disk = self.disk("96m")  # of which 3 MiB are reserved
        top = self.headquarters_on(disk)
        device, other = self.device(top), self.device(top, "乙", SITE)
        account(top, "recorder", "recorder", SITE)
        recorder = Web(top, token(top, "recorder"))
        def add():
            fields = {name: value for name, value in an_event(7).items() if name != "number"}
            return recorder.post("record.add", form="event", unit=SITE, fields=fields, again=True)
        self.assertEqual(add().status, 200)
        record = device.record(title="先")
        device.sync()
        self.assertGreater(top.status()["disk"]["free"], top.status()["disk"]["reserve"])
        disk.fill(but=2_500_000)
        device.record_many(an_event(i, summary=big(i)) for i in range(500))
        for _ in range(3):
            refused = device.sync(expect=REFUSED)
            self.assertEqual(refused.error["reason"], "no_room")
            self.assertIn("nearly full", refused.err)
        told = device.run("--lang", "zh", "sync", as_json=False, expect=REFUSED)
        self.assertIn("总部的磁盘", told.err)
        self.assertIn("总部的磁盘", device.run("--lang", "zh", "status", as_json=False).out)
        self.assertEqual(len(device.records()), 501)
        self.assertEqual(len(top.records()), 2)
        said = add()
        self.assertEqual((said.status, said.json["reason"]), (507, "no_room"))
        disk_told = top.status()["disk"]
        self.assertLess(disk_told["free"], disk_told["reserve"])
        self.assertIn("nearly full", top.run("status", as_json=False).out)
        # Headquarters' own work goes on, reaches sites, and is backed up.
        top.review("accept", record)
        top.run("invite", "--unit", SITE)
        top.run("backup", self.folder / "backup")
        device.sync(expect=REFUSED)
        self.assertEqual(device.show(record)["review"]["state"], "accepted")
        self.assertTrue(other.sync()["caught_up"], "who has nothing to bring is served")
        self.assertNotIn("not saved", top.messages.read_text())

        disk.make_room()
        self.assertNotIn("nearly full", top.run("status", as_json=False).out)
        self.assertTrue(device.sync()["caught_up"])
        self.assertEqual(add().status, 200)
        self.assertEqual(len(top.records()), 503)
        self.assert_equal_everywhere(top, device)
        self.assert_sound(top, device, other)

    def refused_for_want_of_room(self, disk, top):
        """Invites on a full disk until one is refused: the log may have had room for some yet."""
        for _ in range(100):
            disk.fill()
            outcome = top.run("invite", "--unit", SITE, expect=None)
            if outcome.status != 0:
                break
        return outcome

    def test_live_connections_go_on_after_a_command_at_headquarters_had_no_room(self):
        disk = self.disk("8m")
        top = self.headquarters_on(disk)
        devices = [self.device(top, "甲"), self.device(top, "乙"), self.device(top, "丙", SITE)]
        for device in devices:
            device.agent()
            self.wait_until(lambda d=device: d.said[-1]["event"] == "caught_up", "contact")
        for turn in range(5):
            self.assert_says_full(self.refused_for_want_of_room(disk, top))
            disk.make_room()
            for device in devices:
                device.record(title=f"{device.name} {turn}")
            self.wait_until(lambda: len(top.records()) == 3 * (turn + 1), "at headquarters")
            self.assertTrue(top.running)
        for device in devices:
            self.wait_until(lambda d=device: d.status()["entries"]["waiting"] == 0, "acknowledged")
            self.assertEqual(device.stop(), 0)
        self.settle(*devices)
        self.assertEqual(top.stop(), 0)
        self.assert_sound(top, *devices)

    def test_disks_that_fill_on_both_sides_of_a_sync_lose_nothing(self):
        above, below = self.disk("24m", "above"), self.disk("24m", "below")
        top = self.headquarters_on(above)
        device = self.device_on(below, top)
        other = self.device(top, "乙")
        told = {line["record"] for line in
                device.record_many(an_event(i, title=f"甲{i}", summary=big(i)) for i in range(1500))}
        told |= {line["record"] for line in
                 other.record_many(an_event(i, title=f"乙{i}", summary=big(i)) for i in range(1500))}
        other.sync()
        for room in (100_000, 400_000, 1_200_000, 2_500_000):
            above.fill(but=room)
            below.fill(but=room)
            outcomes = []
            syncs = [threading.Thread(target=lambda d=d: outcomes.append(d.run("sync", expect=None)))
                     for d in (device, other)]
            for sync in syncs:
                sync.start()
            for sync in syncs:
                sync.join()
            for outcome in outcomes:
                self.assertIn(outcome.status, FAILED | {0}, str(outcome))
                self.assertTrue(outcome.status == 0 or outcome.err.strip())
            self.assertTrue(top.running)
            self.assertGreaterEqual(self.ids(top), self.held(device))
            above.make_room()
            below.make_room()
        self.settle(device, other)
        self.assertEqual(self.ids(top), told)
        self.assertEqual(self.ids(device), told)
        self.assert_equal_everywhere(top, device, other)
        self.assert_sound(top, device, other)

    def test_serve_on_a_disk_without_a_byte_says_so_and_starts_with_room(self):
        disk = self.disk("8m")
        top = self.headquarters_on(disk)
        device = self.device(top)
        device.record(title="先")
        device.sync()
        top.stop()
        disk.fill()
        self.assert_says_full(top.run("serve", "--listen", top.address, expect=None))
        self.assertEqual(device.run("sync", expect=None).status, UNREACHABLE)
        disk.make_room()
        top.serve()
        self.assertEqual(len(top.records()), 1)
        self.assertTrue(device.sync()["caught_up"])
        self.assert_equal_everywhere(top, device)
        self.assert_sound(top, device)

    def test_headquarters_killed_on_a_full_disk_is_there_for_readers_when_started_again(self):
        disk = self.disk("8m")
        top = self.headquarters_on(disk)
        device = self.device(top)
        device.record(title="先")
        device.sync()
        disk.fill()
        device.record(title="后")
        for _ in range(3):
            self.assertIn(device.run("sync", expect=None).status, FAILED | {0})
            top.kill()
            top.serve()
            self.assertGreaterEqual(self.ids(top), self.held(device))
        disk.make_room()
        self.assertTrue(device.sync()["caught_up"])
        self.assertEqual(len(top.records()), 2)
        self.assert_equal_everywhere(top, device)
        self.assert_sound(top, device)

    def test_a_backup_to_a_full_disk_says_so_and_is_made_with_room(self):
        disk = self.disk("2m")
        top = self.headquarters()
        device = self.device(top)
        device.record_many(an_event(i, summary=big(i)) for i in range(1000))
        device.sync()
        before = top.unit()
        backup = disk.folder / "backup"
        for free in (0, 20_000, 1_000_000):
            disk.make_room()
            disk.fill(but=free)
            self.assert_says_full(top.run("backup", backup, expect=None))
            self.assertFalse((backup / "identity.json").exists(), "what is not whole is no backup")
        self.assertEqual(top.unit(), before)
        unfinished = self.headquarters("unfinished", set_up=False, serving=False)
        unfinished.run("restore", backup, expect=REFUSED)
        disk.make_room()
        disk.grow("64m")
        top.run("backup", backup)

        full = self.disk("2m", "small")
        restored = self.headquarters("small/folder", set_up=False, serving=False)
        restored.messages = self.folder / "restored.messages"
        self.assert_says_full(restored.run("restore", backup, expect=None))
        full.grow("64m")
        restored.run("restore", backup)
        self.assertEqual(restored.unit()["state_digest"], before["state_digest"])
        self.assert_sound(restored, top)


if __name__ == "__main__":
    unittest.main()
