"""Backups and data folders: who may have prepared them, who may read them, what a restore takes."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import time
import unittest

from sitelog_processes import BIN, REFUSED, USAGE, ProcessTest

KEYS = ("device.key", "agreement.key", "authority.key")
LARGE_BYTES = 300_000_000
PASSPHRASE = "正确的马电池订书钉"


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


class Backups(ProcessTest):
    def setUp(self):
        self.top = self.headquarters(serving=False)

    def backup(self, name="backup", *words, **how):
        return self.top.run("backup", self.folder / name, *words, **how)

    def restore(self, name="backup", *words, to="restored", **how):
        out = self.headquarters(to, set_up=False, serving=False)
        return out, out.run("restore", self.folder / name, *words, **how)

    def passphrase(self, text=PASSPHRASE, name="passphrase"):
        file = self.folder / name
        file.write_text(text + "\n", encoding="utf-8")
        return file

    def key_pair(self, name="safe"):
        private, public = self.folder / f"{name}.key", self.folder / f"{name}.pub"
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-out", private], check=True, capture_output=True)
        subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
        return private, public

    def assert_nothing_there(self, program):
        self.assertFalse(program.folder.exists(), "a refused restore leaves nothing behind")

    def test_a_backup_is_made_anew_and_never_into_what_somebody_prepared(self):
        prepared = self.folder / "prepared"
        prepared.mkdir(mode=0o777)
        os.chmod(prepared, 0o777)
        stolen = self.folder / "stolen"
        stolen.mkdir()
        for key in KEYS:
            os.symlink(stolen / key, prepared / f"{key}.new")
        os.symlink(stolen, self.folder / "link")
        for target in ("prepared", "link"):
            for words in ((), ("--passphrase-file", self.passphrase())):
                refused = self.backup(target, *words, expect=REFUSED)
                self.assertEqual(refused.error["reason"], "folder_exists")
                self.assertIn("Name one that is not there", refused.error["message"])
        self.assertEqual(list(stolen.iterdir()), [])
        self.assertEqual(sorted(p.name for p in prepared.iterdir()), sorted(f"{k}.new" for k in KEYS))

    def test_what_is_kept_is_its_owners_alone_whatever_the_umask(self):
        os.umask(0)
        try:
            top = self.headquarters("open-handed", serving=True)
            device = self.device(top)
            device.record(title="一")
            device.sync()
            top.run("backup", self.folder / "backup")
            top.run("backup", self.folder / "sealed", "--passphrase-file", self.passphrase())
            for folder in (top.folder, device.folder, self.folder / "backup"):
                self.assertEqual(mode(folder), 0o700, folder)
                for path in folder.rglob("*"):
                    wanted = 0o700 if path.is_dir() else 0o600
                    self.assertEqual(mode(path), wanted, path)
            self.assertIn("sitelog.db-wal", os.listdir(top.folder))
            self.assertEqual(mode(self.folder / "sealed"), 0o600)
        finally:
            os.umask(0o022)

    def test_a_folder_that_others_could_read_is_closed_and_that_is_told(self):
        os.chmod(self.top.folder, 0o755)
        os.chmod(self.top.folder / "sitelog.db", 0o644)
        os.chmod(self.top.folder / "device.key", 0o640)
        told = self.top.run("status").err
        for name in ("sitelog.db", "device.key"):
            self.assertIn(str(self.top.folder / name), told)
            self.assertEqual(mode(self.top.folder / name), 0o600)
        self.assertEqual(mode(self.top.folder), 0o700)
        self.assertNotIn("other users", self.top.run("status").err)

    def test_a_folder_that_others_may_write_in_is_refused(self):
        for opened in (0o770, 0o707):
            os.chmod(self.top.folder, opened)
            refused = self.top.run("status", expect=REFUSED)
            self.assertIn("chmod 700", refused.error["message"])
            self.assertEqual(mode(self.top.folder), opened)
        os.chmod(self.top.folder, 0o700)
        self.top.run("status")

    def test_links_in_a_data_folder_are_not_followed(self):
        victim = self.folder / "victim"
        victim.write_text("somebody's")
        for name in ("lock", "identity.json.new", "device.key"):
            path = self.top.folder / name
            aside = path.rename(self.folder / "aside") if path.exists() else None
            os.symlink(victim, path)
            refused = self.top.run("status", expect=REFUSED)
            self.assertIn(name, refused.error["message"])
            self.assertEqual(victim.read_text(), "somebody's")
            path.unlink()
            if aside:
                aside.rename(path)
        self.top.run("status")

    @unittest.skipIf(os.geteuid() != 0, "only root can give a folder away")
    def test_a_folder_of_another_user_is_refused_by_name(self):
        os.chown(self.top.folder, 65534, -1)
        refused = self.top.run("status", expect=REFUSED)
        self.assertIn("belongs to the user", refused.error["message"])
        os.chown(self.top.folder, 0, -1)
        self.top.run("status")

    def test_a_restore_says_whose_backup_it_was_and_how_much_is_in_it(self):
        self.backup()
        _, done = self.restore()
        self.assertEqual(done.line["headquarters"], "平顶山市总工会")
        self.assertLess(abs(done.line["made"] / 1000 - time.time()), 300)
        self.assertEqual(done.line["records"], self.top.unit()["records"])
        words = self.restore(to="again")[0]
        shown = self.headquarters("third", set_up=False, serving=False).run(
            "restore", self.folder / "backup", as_json=False).out
        self.assertIn("平顶山市总工会", shown)
        self.assert_sound(words)

    def test_an_incomplete_or_foreign_backup_is_refused_and_says_what_is_wrong(self):
        self.backup("good")
        other = self.headquarters("other", serving=False)
        serving = self.headquarters("serving")
        device = self.device(serving)
        good = self.folder / "good"

        def flip_in_the_middle(folder):
            with open(folder / "sitelog.db", "r+b") as file:
                file.seek(os.path.getsize(folder / "sitelog.db") // 2)
                byte = file.read(1)
                file.seek(-1, 1)
                file.write(bytes([byte[0] ^ 1]))

        def cut(folder):
            os.truncate(folder / "sitelog.db", 8192)

        def foreign(name, of):
            return lambda folder: shutil.copy(of.folder / name, folder / name)

        spoilt = {
            **{f"no {name}": (name, lambda folder, name=name: (folder / name).unlink())
               for name in (*KEYS, "identity.json", "sitelog.db")},
            **{f"empty {name}": (name, lambda folder, name=name: (folder / name).write_bytes(b""))
               for name in (*KEYS, "identity.json", "sitelog.db", "backup.json")},
            **{f"another's {name}": (name, foreign(name, other)) for name in (*KEYS, "sitelog.db")},
            "a device's key": ("device.key", foreign("device.key", device)),
            "a changed byte": ("sitelog.db", flip_in_the_middle),
            "cut off": ("sitelog.db", cut),
        }
        for with_manifest in (True, False):
            for what, (named, spoil) in spoilt.items():
                if not with_manifest and what in ("a changed byte", "empty backup.json"):
                    continue  # a plain copy says nothing of its bytes
                with self.subTest(what, with_manifest=with_manifest):
                    bad = self.folder / "bad"
                    shutil.copytree(good, bad)
                    spoil(bad)
                    if not with_manifest:
                        (bad / "backup.json").unlink()
                    out, refused = self.restore("bad", expect=REFUSED)
                    self.assertIn(named, refused.error["message"])
                    self.assert_nothing_there(out)
                    shutil.rmtree(bad)
        out, refused = self.restore("甲", expect=USAGE)
        self.assertIn("site's device", refused.error["message"])
        self.assert_nothing_there(out)
        self.restore("good")

    def test_an_encrypted_backup_comes_back_by_its_key_alone(self):
        private, public = self.key_pair()
        passphrase = self.passphrase()
        ways = {"by-key": (("--encrypt-to", public), ("--key-file", private)),
                "by-words": (("--passphrase-file", passphrase), ("--passphrase-file", passphrase))}
        wrong = (("--key-file", self.key_pair("other")[0]),
                 ("--passphrase-file", self.passphrase("错误的马电池订书钉", "wrong")))
        digest = self.top.unit()["state_digest"]
        for name, (seal, unseal) in ways.items():
            made = self.backup(name, *seal).line
            self.assertTrue(made["encrypted"])
            sealed = (self.folder / name).read_bytes()
            for secret in (b"PRIVATE KEY", b"SQLite format", "平顶山".encode()):
                self.assertNotIn(secret, sealed)
            for words in wrong:
                out, _ = self.restore(name, *words, expect=REFUSED)
                self.assert_nothing_there(out)
            out, _ = self.restore(name, expect=USAGE)
            self.assert_nothing_there(out)
            out, _ = self.restore(name, *unseal, to=f"restored-{name}")
            self.assertEqual(out.unit()["state_digest"], digest)
            self.assert_sound(out)
        self.assertEqual([p for p in os.listdir(self.top.folder) if p.startswith("backup")], [],
                         "no copy stays in the data folder")

    def test_a_changed_or_cut_off_encrypted_backup_is_refused_and_nothing_is_left(self):
        passphrase = self.passphrase()
        database = sqlite3.connect(self.top.folder / "sitelog.db")
        database.executemany("INSERT INTO meta VALUES (?, hex(randomblob(50000)))",
                             ((f"large {i}",) for i in range(40)))
        database.commit()
        database.close()
        self.backup("sealed", "--passphrase-file", passphrase)
        sealed = (self.folder / "sealed").read_bytes()
        piece = (1 << 20) + 16
        self.assertGreater(len(sealed), 3 * piece, "it has several pieces")
        head = sealed.index(b"1\n") + 2 + 4 + int.from_bytes(sealed[17:21], "big")
        spoilt = {
            "a byte of the last piece": sealed[:-20] + bytes([sealed[-20] ^ 1]) + sealed[-19:],
            "a byte of the first": sealed[:head + 5] + bytes([sealed[head + 5] ^ 1]) + sealed[head + 6:],
            "the last piece gone": sealed[:head + (len(sealed) - head) // piece * piece],
            "half a piece": sealed[:head + piece + piece // 2],
            "two pieces changed round": sealed[:head] + sealed[head + piece:head + 2 * piece] +
                                        sealed[head:head + piece] + sealed[head + 2 * piece:],
            "one piece twice": sealed[:head + piece] + sealed[head:],
            "more behind it": sealed + b"more",
            "its head alone": sealed[:head],
            "half of its head": sealed[:head // 2],
        }
        for what, content in spoilt.items():
            with self.subTest(what):
                (self.folder / "spoilt").write_bytes(content)
                out, _ = self.restore("spoilt", "--passphrase-file", passphrase, expect=REFUSED)
                self.assert_nothing_there(out)

    def test_invitations_that_were_open_are_void_after_a_restore(self):
        self.top.serve()
        code = self.top.invite()["code"]
        self.backup()
        late = self.new_device("迟")
        late.run("join", code, "--headquarters", self.top.address, "--name", "迟")
        self.top.stop()
        out, done = self.restore()
        self.assertEqual(done.line["invitations_void"], 1)
        out.serve(self.top.address)
        thief = self.new_device("贼")
        refused = thief.run("join", code, "--headquarters", out.address, expect=REFUSED)
        self.assertEqual(refused.error["reason"], "invitation_unknown")


class SealedFormat(ProcessTest):
    def test_an_encrypted_backup_needs_memory_for_a_piece_of_it_only(self):
        top = self.headquarters(serving=False)
        passphrase = self.folder / "passphrase"
        passphrase.write_text("a passphrase for the test\n")
        database = sqlite3.connect(top.folder / "sitelog.db")
        database.executemany("INSERT INTO meta VALUES (?, hex(zeroblob(100000)))",
                             ((f"large {i}",) for i in range(1500)))
        database.commit()
        database.close()
        sealed = self.folder / "sealed"
        usage = self.peak_kib(top, "backup", sealed, "--passphrase-file", passphrase)
        self.assertGreater(sealed.stat().st_size, LARGE_BYTES)
        self.assertLess(usage, LARGE_BYTES // 2048, "KiB")
        out = self.headquarters("restored", set_up=False, serving=False)
        usage = self.peak_kib(out, "restore", sealed, "--passphrase-file", passphrase)
        self.assertLess(usage, LARGE_BYTES // 2048, "KiB")
        self.assertTrue(json.loads((out.folder / "identity.json").read_text()))

    def peak_kib(self, program, *words):
        """The most memory a command had at once."""
        pid = os.posix_spawn(str(BIN / program.program),
                             [program.program, "--data", str(program.folder), "--json",
                              *map(str, words)], dict(os.environ, LANG="en_US.UTF-8"))
        _, status, usage = os.wait4(pid, 0)
        self.assertEqual(status, 0)
        return usage.ru_maxrss


if __name__ == "__main__":
    unittest.main()
