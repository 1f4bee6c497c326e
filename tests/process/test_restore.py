"""Back to an older copy: whoever was put back is healed by the others, and goes on."""

import shutil
import sqlite3
import threading
import unittest

from sitelog_processes import CREW, REFUSED, SITE, UNITS_FILE, ProcessTest, an_event

LOST = 1000   # entries that headquarters acknowledged after the copy was made
CLONED = 80   # rounds in which two copies of one disk are both used


class HeadquartersPutBack(ProcessTest):
    def put_back(self, top, backup):
        """Headquarters loses its folder and is restored from the backup."""
        top.stop()
        top.folder.rename(self.folder / "lost")
        top.run("restore", backup)
        top.serve()

    def test_sites_give_back_what_headquarters_lost(self):
        top = self.headquarters()
        a, b = self.device(top, "甲"), self.device(top, "乙")
        a.record_many(an_event(i, title=f"前 {i}") for i in range(30))
        returned = a.record(title="退回")
        a.sync()
        self.top_backup(top)
        a.record_many(an_event(i, title=f"后 {i}") for i in range(30))
        top.run("policy", "set", "--unit", CREW, "site")
        self.settle(a, b)
        top.review("return", returned, "--remark", "请更正")
        conflicting = b.record(title="冲突")
        self.settle(a, b)
        a.edit(conflicting, participants=1)
        b.edit(conflicting, participants=2)
        self.settle(a, b)
        before = top.unit()
        records = top.records()

        self.put_back(top, self.folder / "backup")
        self.assertLess(top.unit()["records"], before["records"])
        self.settle(a, b)
        after = top.unit()
        for name in ("book_digest", "state_digest", "records", "conflicts"):
            self.assertEqual(after[name], before[name], name)
        self.assertEqual(top.records(), records)
        self.assertEqual(top.record(returned)["review"]["state"], "returned")

        # And it goes on writing, without ever using a number twice.
        top.review("accept", returned)
        top.run("units", "import", self.renamed_units())
        a.edit(returned, participants=77)
        self.settle(a, b)
        self.assert_equal_everywhere(top, a, b)
        self.assertEqual(b.show(returned)["review"]["state"], "accepted")
        self.assert_sound(top, a, b)

    def test_a_restore_that_was_killed_begins_again_and_a_folder_without_identity_is_left_alone(self):
        top = self.headquarters()
        device = self.device(top)
        device.record(title="一")
        device.sync()
        self.top_backup(top)
        before = top.unit()
        device.record(title="二")
        device.sync()
        top.stop()
        identity = top.folder / "identity.json"
        lost = identity.read_bytes()
        identity.unlink()
        refused = top.run("restore", self.folder / "backup", expect=REFUSED)
        self.assertEqual(refused.error["reason"], "folder_exists")
        self.assertFalse(identity.exists())
        identity.write_bytes(lost)
        self.assertEqual(len(top.records()), 2, "nothing was changed")

        top.folder.rename(self.folder / "lost")
        top.run("restore", self.folder / "backup")
        self.assertFalse((top.folder / "restoring").exists())
        # As it is just before the end, and with less of it.
        identity.unlink()
        for missing in ("no file", "device.key", "sitelog.db"):
            (top.folder / "restoring").write_text("backup")
            (top.folder / missing).unlink(missing_ok=True)
            top.run("restore", self.folder / "backup")
            self.assertEqual(top.unit()["state_digest"], before["state_digest"])
            self.assertFalse((top.folder / "restoring").exists())
            refused = top.run("restore", self.folder / "backup", expect=REFUSED)
            self.assertEqual(refused.error["reason"], "folder_exists")
            identity.unlink()
        (top.folder / "restoring").write_text("backup")
        top.run("restore", self.folder / "backup")
        top.serve()
        self.settle(device)
        self.assertEqual(len(top.records()), 2)
        self.assert_sound(top, device)

    def top_backup(self, top):
        top.run("backup", self.folder / "backup")

    def renamed_units(self):
        file = self.folder / "units.csv"
        file.write_text(UNITS_FILE.read_text(encoding="utf-8").replace("卫东区总工会", "卫东区总工会（新）"),
                        encoding="utf-8")
        return file

    def lose_a_thousand(self, top, copy):
        """Two units at work: a copy is made by `copy`, then 1,000 more entries are acknowledged."""
        crew = [self.device(top, name) for name in ("甲", "乙")]
        site = [self.device(top, name, SITE) for name in ("丙", "丁")]
        devices = crew + site
        edited = {}
        for device in devices:
            device.record_many(an_event(i, title=f"前 {device.name} {i}") for i in range(50))
            edited[device] = device.record(title=f"改 {device.name}")
        self.settle(*devices)
        copy()
        held = sum(device.status()["entries"]["held"] for device in devices)
        for turn in range(10):
            for device in devices:
                device.record_many(an_event(i, title=f"后 {device.name} {turn}/{i}") for i in range(24))
                device.edit(edited[device], participants=1000 + turn)
                device.sync()
        self.settle(*devices)
        acknowledged = sum(device.status()["entries"]["held"] for device in devices) - held
        self.assertEqual(acknowledged, LOST)
        return crew, site

    def assert_heals(self, top, crew, site, put_back):
        names = ("book_digest", "state_digest", "records", "conflicts", "entries")
        before = {code: {name: top.unit(code)[name] for name in names} for code in (CREW, SITE)}
        records = top.records()
        put_back()
        self.assertEqual(len(top.records()), len(records) - LOST + 40, "it was put back")
        for device in crew + site:
            self.assertTrue(device.sync()["caught_up"])
        self.settle(*crew, *site)
        for code in (CREW, SITE):
            self.assertEqual({name: top.unit(code)[name] for name in names}, before[code], code)
        self.assertEqual(top.records(), records)
        self.assert_equal_everywhere(top, *crew)
        self.assert_equal_everywhere(top, *site, unit=SITE)
        # And all go on.
        crew[0].record(title="继续")
        top.review("return", records[0]["record"], "--remark", "继续")
        self.settle(*crew, *site)
        self.assert_equal_everywhere(top, *crew)
        self.assert_equal_everywhere(top, *site, unit=SITE)
        self.assert_sound(top, *crew, *site)

    def test_a_thousand_acknowledged_entries_come_back_to_a_restored_backup(self):
        top = self.headquarters()
        crew, site = self.lose_a_thousand(top, lambda: self.top_backup(top))
        self.assert_heals(top, crew, site, lambda: self.put_back(top, self.folder / "backup"))

    def test_a_thousand_acknowledged_entries_come_back_to_a_plain_copy_of_the_folder(self):
        top = self.headquarters()
        copy = self.folder / "copy"

        def make_copy():
            top.stop()
            shutil.copytree(top.folder, copy)
            top.serve()

        def put_back():
            top.stop()
            shutil.rmtree(top.folder)
            copy.rename(top.folder)
            top.serve()

        crew, site = self.lose_a_thousand(top, make_copy)
        self.assert_heals(top, crew, site, put_back)

    def test_agents_that_are_running_heal_a_restored_headquarters_by_themselves(self):
        top = self.headquarters()
        devices = [self.device(top, "甲"), self.device(top, "乙")]
        for device in devices:
            device.record_many(an_event(i, title=f"前 {device.name} {i}") for i in range(20))
        self.settle(*devices)
        self.top_backup(top)
        for device in devices:
            device.agent()
            device.record_many(an_event(i, title=f"后 {device.name} {i}") for i in range(100))
        self.wait_until(lambda: len(top.records()) == 240, "all is at headquarters")
        for device in devices:
            self.wait_until(lambda d=device: d.status()["book_digest"] == top.unit()["book_digest"] and
                            d.status()["entries"]["waiting"] == 0, "and everywhere")
        self.put_back(top, self.folder / "backup")
        self.wait_until(lambda: len(top.records()) == 240, "all is there again", 120)
        for device in devices:
            self.wait_until(lambda d=device: d.status()["book_digest"] == top.unit()["book_digest"] and
                            d.status()["entries"]["waiting"] == 0, "and everywhere again")
            device.stop()
        self.assert_equal_everywhere(top, *devices)
        self.assert_sound(top, *devices)

    def test_devices_that_joined_since_the_backup_are_known_again(self):
        top = self.headquarters()
        a = self.device(top, "甲")
        a.record(number=1)
        a.sync()
        self.top_backup(top)
        b = self.device(top, "乙")
        alone = self.device(top, "丙", SITE)
        b.record(number=2)
        alone.record(number=3)
        self.settle(a, b, alone)
        before = {top_unit["unit"]: top_unit for top_unit in top.status()["units"]}

        self.put_back(top, self.folder / "backup")
        b.record(number=4, title="恢复之后")
        alone.record(number=5, title="恢复之后")
        b.sync()
        alone.sync()
        self.settle(a, b, alone)
        self.assert_equal_everywhere(top, a, b)
        self.assert_equal_everywhere(top, alone, unit=SITE)
        self.assertEqual(top.unit()["records"], before[CREW]["records"] + 1)
        self.assertEqual(top.unit(SITE)["records"], before[SITE]["records"] + 1)
        known = {line["name"] for line in top.run("devices", "list").lines}
        self.assertEqual(known, {"甲", "乙", "丙"})
        self.assert_sound(top, a, b, alone)

    def test_what_headquarters_writes_before_it_is_healed_stands_beside_what_it_lost(self):
        top = self.headquarters()
        a = self.device(top, "甲")
        record = a.record(number=1)
        a.sync()
        self.top_backup(top)
        top.review("return", record, "--remark", "之前")
        a.sync()
        self.put_back(top, self.folder / "backup")
        top.review("return", record, "--remark", "之后")
        a.sync()
        self.settle(a)
        self.assert_equal_everywhere(top, a)
        self.assertEqual(top.unit()["quarantined"], 0)
        remarks = {entry["fields"]["_review"]["value"]["remark"]
                   for entry in top.record(record)["entries"] if "_review" in entry["fields"]}
        self.assertEqual(remarks, {"之前", "之后"})
        self.assert_sound(top, a)

    def test_a_backup_can_be_made_while_devices_sync(self):
        top = self.headquarters()
        a = self.device(top, "甲")
        a.record_many(an_event(i) for i in range(3000))
        sync = threading.Thread(target=a.sync)
        sync.start()
        for number in range(3):
            top.run("backup", self.folder / f"backup-{number}")
        sync.join()
        for number in range(3):
            copy = self.headquarters(f"copy-{number}", set_up=False, serving=False)
            copy.run("restore", self.folder / f"backup-{number}")
            self.assert_sound(copy)
        self.assert_sound(top)

    def test_backup_and_restore_overwrite_nothing(self):
        top = self.headquarters()
        self.top_backup(top)
        self.assertIn("nothing was changed",
                      top.run("backup", self.folder / "backup", expect=REFUSED).error["message"])
        top.run("restore", self.folder / "backup", expect=REFUSED)
        other = self.headquarters("other", set_up=False, serving=False)
        other.run("restore", self.folder / "nothing-here", expect=REFUSED)
        self.assertFalse((other.folder / "identity.json").exists())


class DevicePutBack(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.a, self.b = self.device(self.top, "甲"), self.device(self.top, "乙")

    def assert_everything_everywhere(self, titles):
        self.settle(self.a, self.b)
        for program in (self.top, self.a, self.b):
            self.assertEqual(sorted(line["fields"]["title"] for line in program.records()),
                             sorted(titles), program.name)
        self.assert_equal_everywhere(self.top, self.a, self.b)
        self.assert_sound(self.top, self.a, self.b)

    def record(self, *titles):
        for title in titles:
            self.a.record(title=title)
        return list(titles)

    def copy(self):
        shutil.copytree(self.a.folder, self.folder / "copy")

    def put_back(self):
        shutil.rmtree(self.a.folder)
        (self.folder / "copy").rename(self.a.folder)

    def epochs(self):
        device = self.a.status()["device"]
        return {entry["stream"] for record in self.top.records()
                for entry in self.top.record(record["record"])["entries"] if entry["device"] == device}

    def test_a_device_put_back_takes_its_own_events_back_before_it_goes_on(self):
        titles = self.record("一", "二")
        self.a.sync()
        self.copy()
        titles += self.record("三", "四")
        self.a.sync()
        self.put_back()
        self.assertEqual(self.a.sync()["received"], 2)
        titles += self.record("五")
        self.assert_everything_everywhere(titles)

    def test_a_device_put_back_that_recorded_first_goes_on_in_a_new_epoch(self):
        titles = self.record("一", "二")
        self.a.sync()
        self.copy()
        titles += self.record("三", "四")
        self.a.sync()
        self.put_back()
        titles += self.record("五", "六", "七")
        self.assert_everything_everywhere(titles)
        titles += self.record("八")
        self.assert_everything_everywhere(titles)
        self.assertEqual(len(self.epochs()), 2, "what is written after the fork was met")
        titles += self.record("九")
        self.assert_everything_everywhere(titles)
        self.assertEqual(len(self.epochs()), 2, "once is enough")

    def test_two_copies_of_one_device_that_both_record_lose_nothing(self):
        titles = self.record("一")
        self.a.sync()
        self.copy()
        clone = self.new_device("副本")
        (self.folder / "copy").rename(clone.folder)
        titles += self.record("甲一", "甲二")
        clone.record(title="副一")
        titles.append("副一")
        for _ in range(3):
            self.a.sync()
            clone.sync()
            clone.record(title=f"副 {_}")
            titles.append(f"副 {_}")
            titles += self.record(f"甲 {_}")
        for _ in range(3):
            self.a.sync()
            clone.sync()
        self.assert_everything_everywhere(titles)
        self.assertEqual(clone.status()["state_digest"], self.top.unit()["state_digest"])
        self.assert_sound(clone)

    def epoch_in(self, folder):
        """The epoch in which a device goes on, as its data file says; None: the next is a new one."""
        database = sqlite3.connect(f"file:{folder}/sitelog.db?mode=ro", uri=True)
        row = database.execute("SELECT value FROM meta WHERE key = ?", (f"epoch:{CREW}",)).fetchone()
        database.close()
        return row and int(row[0])

    def streams_at_headquarters(self, device):
        """epoch → numbers at which its ways end, of all that a device has ever written."""
        database = sqlite3.connect(f"file:{self.top.folder}/sitelog.db?mode=ro", uri=True)
        rows = database.execute(
            "SELECT epoch, last FROM streams JOIN devices USING (device_id) JOIN books USING (book_id)"
            " WHERE device = ? AND code = ?", (bytes.fromhex(device), CREW)).fetchall()
        database.close()
        out = {}
        for epoch, last in rows:
            out.setdefault(epoch, []).append(last)
        return {epoch: sorted(ends) for epoch, ends in out.items()}

    def test_ten_new_events_after_being_put_back_stand_beside_the_lost_ones(self):
        titles = [f"旧 {i}" for i in range(30)]
        self.a.record_many(an_event(i, title=title) for i, title in enumerate(titles))
        self.a.sync()
        first = self.epoch_in(self.a.folder)
        self.copy()
        later = [f"后来 {i}" for i in range(25)]
        self.a.record_many(an_event(i, title=title) for i, title in enumerate(later))
        self.a.sync()
        self.put_back()
        new = [f"新 {i}" for i in range(10)]
        lines = self.a.record_many(an_event(i, title=title) for i, title in enumerate(new))
        self.assertEqual([line["number"] for line in lines], list(range(31, 41)),
                         "numbers that are out there already")
        device = self.a.status()["device"]
        self.a.sync()
        self.assertEqual(self.streams_at_headquarters(device), {first: [40, 55]}, "both ways are kept")
        self.assertIsNone(self.epoch_in(self.a.folder))
        self.assert_everything_everywhere(titles + later + new)

        last = [f"再后 {i}" for i in range(5)]
        lines = self.a.record_many(an_event(i, title=title) for i, title in enumerate(last))
        self.assertEqual([line["number"] for line in lines], [1, 2, 3, 4, 5])
        second = self.epoch_in(self.a.folder)
        self.assertNotIn(second, (None, first))
        self.assert_everything_everywhere(titles + later + new + last)
        self.assertEqual(self.streams_at_headquarters(device), {first: [40, 55], second: [5]})

    def test_two_copies_used_at_once_for_long_lose_nothing_and_are_never_ignored(self):
        self.a.record(title="一")
        self.a.sync()
        self.copy()
        clone = self.new_device("副本")
        (self.folder / "copy").rename(clone.folder)
        titles = ["一"]
        device = self.a.status()["device"]
        for turn in range(CLONED):
            outcomes = []
            for program in (self.a, clone):
                titles.append(f"{program.name} {turn}")
                program.record(title=titles[-1])
            syncs = [threading.Thread(target=lambda p=program: outcomes.append(
                p.run("sync", expect=None))) for program in (self.a, clone)]
            for sync in syncs:
                sync.start()
            for sync in syncs:
                sync.join()
            # One may push the other's connection aside: it is told, and comes again.
            for outcome in outcomes:
                self.assertIn(outcome.status, {0, 3}, f"round {turn}: {outcome}")
        for _ in range(2):
            for program in (self.a, clone):
                self.assertTrue(program.sync()["caught_up"])
        self.assert_everything_everywhere(titles)
        self.assertEqual(clone.status()["state_digest"], self.top.unit()["state_digest"])
        self.assert_sound(clone)
        streams = self.streams_at_headquarters(device)
        print(f"{sum(map(len, streams.values()))} ways in {len(streams)} epochs", end=" ", flush=True)
        self.assertLessEqual(len(streams), 3, "once apart, each copy goes on in an epoch of its own")

    def test_an_edit_made_after_being_put_back_meets_the_lost_one_as_a_conflict(self):
        record = self.a.record(title="一", participants=1)
        self.settle(self.a, self.b)
        self.copy()
        self.a.edit(record, participants=2)
        self.a.sync()
        self.put_back()
        self.a.edit(record, participants=3)
        self.settle(self.a, self.b)
        self.settle(self.a, self.b)
        self.assert_equal_everywhere(self.top, self.a, self.b)
        values = {c["value"] for c in self.top.conflicts()[0]["candidates"]}
        self.assertEqual(values, {2, 3})


if __name__ == "__main__":
    unittest.main()
