"""The key that others encrypt to: made once, kept, told to headquarters, copied with backups."""

import json
import shutil
import sqlite3
import unittest

from sitelog_processes import REFUSED, ProcessTest


def grants(program):
    """The agreement keys in the grants that a folder holds, by (book, device)."""
    with sqlite3.connect(f"file:{program.folder}/sitelog.db?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT code, lower(hex(record)), state ->> '$.fields.agreement_key' FROM records"
            " JOIN books USING (book_id) WHERE form = 'grant'").fetchall()
    database.close()
    return {(book, device): key for book, device, key in rows}


def identity(program):
    return json.loads((program.folder / "identity.json").read_text())


def digests(program):
    program.status()  # opens the folder
    with sqlite3.connect(f"file:{program.folder}/sitelog.db?mode=ro", uri=True) as database:
        rows = database.execute("SELECT code, entries, state_digest FROM books ORDER BY code").fetchall()
    database.close()
    return rows


def make_older(folder):
    """The folder as a build left it that knew no agreement keys."""
    (folder / "agreement.key").unlink()
    file = folder / "identity.json"
    content = json.loads(file.read_text())
    del content["agreement_key"]
    file.write_text(json.dumps(content))


class AgreementKeys(ProcessTest):
    def test_a_device_that_joins_has_its_agreement_key_in_its_grant(self):
        top = self.headquarters()
        device = self.device(top)
        key = identity(device)["agreement_key"]
        self.assertEqual((len(key), key[:2]), (130, "04"))
        own = device.status()["device"]
        at_top = grants(top)
        self.assertEqual(at_top[device.status()["unit"], own], key)
        self.assertEqual(at_top, grants(device))
        self.assertIn(identity(top)["agreement_key"],
                      [said for (book, _), said in at_top.items() if book == "root"])
        for program in (top, device):
            self.assertEqual((program.folder / "agreement.key").stat().st_mode & 0o777, 0o600)
        self.assertEqual([line["device"] for line in top.run("devices", "list").lines], [own],
                         "headquarters is no device")
        itself = next(device for book, device in at_top if book == "root")
        refused = top.run("devices", "revoke", itself, "--reason", "x", expect=REFUSED)
        self.assertEqual(refused.error["reason"], "unknown_device")
        self.assert_equal_everywhere(top, device)
        self.assert_sound(top, device)

    def test_a_folder_of_an_earlier_build_gets_a_key_when_opened_and_says_it_at_the_next_contact(self):
        top = self.headquarters()
        device = self.device(top)
        device.record()
        device.sync()
        top.stop()
        before = {program: digests(program) for program in (top, device)}
        for program in (top, device):
            make_older(program.folder)
            self.assertEqual(digests(program), before[program], "opening it changes nothing in it")
            made = (program.folder / "agreement.key").read_bytes()
            program.status()
            self.assertEqual((program.folder / "agreement.key").read_bytes(), made, "drawn once")
        top.serve()
        device.sync()
        said = grants(top)
        self.assertEqual(sorted(said.values()),
                         sorted(identity(program)["agreement_key"] for program in (top, device)))
        self.assertEqual(grants(device), said)
        again = device.sync()
        self.assertEqual((again["sent"], again["received"], again["exchanges"]), (0, 0, 1))
        self.assert_equal_everywhere(top, device)
        self.assert_sound(top, device)

    def test_a_backup_holds_the_agreement_key_and_one_that_lost_it_is_not_restored(self):
        top = self.headquarters()
        device = self.device(top)
        backup = self.folder / "backup"
        top.run("backup", backup)
        key = (top.folder / "agreement.key").read_bytes()
        self.assertEqual((backup / "agreement.key").read_bytes(), key)
        self.assertEqual((backup / "agreement.key").stat().st_mode & 0o777, 0o600)
        short = self.folder / "short"
        shutil.copytree(backup, short)
        (short / "agreement.key").unlink()
        older = self.folder / "older"
        shutil.copytree(backup, older)
        make_older(older)
        (older / "backup.json").unlink()  # that build wrote none

        top.stop()
        top.folder.rename(self.folder / "lost")
        refused = top.run("restore", short, expect=REFUSED)
        self.assertEqual(refused.error["reason"], "folder_damaged")
        self.assertIn("agreement.key", refused.error["message"])
        self.assertFalse((top.folder / "identity.json").exists())
        top.run("restore", older)
        self.assertFalse((top.folder / "agreement.key").exists())
        top.serve()
        device.sync()
        self.assertNotEqual((top.folder / "agreement.key").read_bytes(), key)
        self.assertIn(identity(top)["agreement_key"], grants(device).values())

    def test_an_agreement_key_that_cannot_be_read_is_told_by_its_name(self):
        device = self.device(self.headquarters())
        key = device.folder / "agreement.key"
        kept = key.read_bytes()
        key.unlink()
        key.mkdir()
        refused = device.run("status", expect=REFUSED)
        self.assertEqual(refused.error["reason"], "not_saved")
        self.assertIn("agreement.key", refused.error["message"])
        key.rmdir()
        key.write_bytes(kept)
        device.run("status")


if __name__ == "__main__":
    unittest.main()
