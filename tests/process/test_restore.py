"""Back to an older copy: whoever was put back is healed by the others, and goes on."""

import shutil
import threading
import unittest

from sitelog_processes import CREW, REFUSED, SITE, UNITS_FILE, ProcessTest, an_event


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
        top.run("review", "return", returned, "--remark", "请更正")
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
        top.run("review", "accept", returned)
        top.run("units", "import", self.renamed_units())
        a.edit(returned, participants=77)
        self.settle(a, b)
        self.assert_equal_everywhere(top, a, b)
        self.assertEqual(b.show(returned)["review"]["state"], "accepted")
        self.assert_sound(top, a, b)

    def top_backup(self, top):
        top.run("backup", self.folder / "backup")

    def renamed_units(self):
        file = self.folder / "units.csv"
        file.write_text(UNITS_FILE.read_text(encoding="utf-8").replace("卫东区总工会", "卫东区总工会（新）"),
                        encoding="utf-8")
        return file

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
        top.run("review", "return", record, "--remark", "之前")
        a.sync()
        self.put_back(top, self.folder / "backup")
        top.run("review", "return", record, "--remark", "之后")
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
