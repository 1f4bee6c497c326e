"""What a process finds when it starts: closed descriptors, few of them, signals, a medium to read only."""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

from sitelog_processes import BIN, DONE, REFUSED, ProcessTest, an_event, free_environment
from test_full_disk import take_own_mounts


class Environment(ProcessTest):
    def run_raw(self, program, *words, prepare=None, **how):
        return subprocess.run([str(BIN / program.program), "--data", str(program.folder), "--json",
                               *map(str, words)], preexec_fn=prepare, capture_output=True,
                              env=free_environment(self.folder), encoding="utf-8", timeout=60, **how)

    def test_a_closed_output_is_no_descriptor_for_a_file_of_the_folder(self):
        top = self.headquarters(serving=False)
        for closed in ((2,), (1, 2), (0, 1, 2)):
            process = subprocess.Popen(
                ["/bin/sh", "-c", 'exec "$@" ' + " ".join(f"{n}>&-" for n in closed), "sh",
                 str(BIN / "sitelogd"), "--data", str(top.folder), "serve", "--listen", "127.0.0.1:0"],
                stdout=subprocess.DEVNULL, env=free_environment(self.folder))
            self.addCleanup(lambda p=process: p.poll() is None and p.kill())
            self.wait_until(lambda: (top.folder / "control.sock").exists(), "it serves")
            self.assertIn("serve", (top.folder / "lock").read_text())
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(20), DONE)
            self.assertRegex((top.folder / "lock").read_text(), r"\Asitelogd serve \(process \d+\)\Z")
        self.assert_sound(top)

    def test_the_end_of_a_terminal_is_not_the_end_of_who_serves(self):
        top = self.headquarters()
        device = self.device(top)
        device.agent()
        for program in (top, device):
            program.process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        device.record(title="一")
        self.wait_until(lambda: device.status()["entries"]["waiting"] == 0, "both go on")
        self.assertTrue(top.running and device.running)
        self.assertEqual((device.stop(), top.stop()), (DONE, DONE))

    def test_a_file_that_may_not_grow_is_told_like_a_full_disk(self):
        top = self.headquarters()
        device = self.device(top)
        device.record(title="一")
        size = sum(path.stat().st_size for path in device.folder.glob("sitelog.db*"))
        limit = max(path.stat().st_size for path in device.folder.glob("sitelog.db*")) + 4096

        def few_bytes():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        lines = "\n".join(f'{{"kind":"film","title":"{i}","date":"2020-07-01","status":"held","level":"district",'
                          f'"participants":3}}' for i in range(2000))
        done = self.run_raw(device, "record", "event", "--from", "-", prepare=few_bytes, input=lines)
        self.assertEqual(done.returncode, REFUSED, f"{size}: {done}")
        self.assertIn("the disk is full", done.stdout + done.stderr)
        device.record(title="二")
        self.assert_sound(device)

    def test_a_shortage_of_descriptors_is_not_told_as_damage(self):
        top = self.headquarters()
        device = self.device(top)
        device.record_many(an_event(i) for i in range(20))
        seen = set()
        for number in range(3, 24):
            def few(number=number):
                resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))

            for words in (("verify",), ("list",), ("status",)):
                done = self.run_raw(device, *words, prepare=few)
                said = done.stdout + done.stderr
                seen.add(done.returncode)
                self.assertNotIn("damaged", said, f"{number} descriptors, {words}")
                self.assertNotIn('"finding"', said, f"{number} descriptors, {words}")
                self.assertIn(done.returncode, (0, 1, 127), f"{number} descriptors, {words}: {said}")
        self.assertIn(0, seen)
        self.assertIn(1, seen)

    @unittest.skipIf(os.geteuid() != 0, "only root can leave files that others can't read")
    def test_a_cache_that_cannot_be_read_stops_no_sync(self):
        top = self.headquarters()
        device = self.device(top)
        cache = device.folder / "resumption.key"
        self.assertTrue(cache.exists())
        cache.unlink()
        cache.mkdir()
        (cache / "in the way").write_text("")
        device.record(title="一")
        self.assertTrue(device.sync()["caught_up"])

    def test_headquarters_says_at_its_start_that_it_runs_as_root(self):
        top = self.headquarters()
        top.stop()
        self.assertEqual("running as root" in top.messages.read_text(), os.geteuid() == 0)

    def test_a_device_joins_by_a_code_that_no_list_of_processes_shows(self):
        top = self.headquarters()
        by_input, by_file = self.new_device("甲"), self.new_device("乙")
        words = ("--headquarters", top.address)
        by_input.run("join", "-", *words, stdin=top.invite()["code"] + "\n")
        code = self.folder / "code"
        code.write_text(top.invite()["code"] + "\n")
        by_file.run("join", "--code-file", code, *words)
        self.settle(by_input, by_file)
        nobody = self.new_device("丙")
        for wrong in (("join", *words), ("join", "-", "--code-file", code, *words)):
            nobody.run(*wrong, expect=2)
        nobody.run("join", "--code-file", self.folder / "nothing", *words, expect=REFUSED)
        nobody.run("join", "-", *words, stdin="", expect=REFUSED)
        self.assertFalse(nobody.folder.exists())

    def test_what_a_device_certificate_is_for_is_calling_alone(self):
        import json
        top = self.headquarters()
        device = self.device(top)
        uses = {}
        for program in (top, device):
            der = bytes.fromhex(json.loads((program.folder / "identity.json").read_text())["certificate"])
            shown = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-ext",
                                    "extendedKeyUsage"], input=der, capture_output=True, check=True)
            uses[program] = shown.stdout.decode()
        self.assertIn("Client Authentication", uses[device])
        self.assertNotIn("Server Authentication", uses[device])
        self.assertIn("Server Authentication", uses[top])


class ReadOnlyMedium(ProcessTest):
    def setUp(self):
        why_not = take_own_mounts()
        if why_not:
            self.skipTest(f"nothing can be mounted here: {why_not}")
        self.top = self.headquarters()
        self.site = self.device(self.top)
        self.site.record(title="一")
        self.site.sync()
        self.site.record(title="二")

    def on_medium(self, program):
        """The program's folder as a medium to read only shows it."""
        medium = self.folder / f"medium-{program.name}"
        medium.mkdir()
        subprocess.run(["mount", "--bind", str(program.folder), str(medium)], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", str(medium)], capture_output=True)
        subprocess.run(["mount", "-o", "remount,ro,bind", str(medium)], check=True)
        out = type(program).__new__(type(program))
        out.__dict__.update(program.__dict__, folder=medium, process=None)
        return out

    def test_a_folder_on_a_medium_to_read_only_can_be_read_and_says_why_no_more(self):
        self.top.stop()
        for program, listing in ((self.site, ("list",)), (self.top, ("records", "list"))):
            at_home = program.run(*listing).out
            seen = self.on_medium(program)
            self.assertEqual(seen.run(*listing).out, at_home)
            self.assertEqual(seen.verify()["findings"], 0)
        refused = self.on_medium_site().run("record", "event", "kind=film", "title=x", "date=2020-07-01", "status=held",
                                            "level=district", "participants=3", expect=REFUSED)
        self.assertIn("read-only", refused.error["message"])

    def test_a_folder_of_an_older_version_on_such_a_medium_is_read_from_a_copy_that_goes(self):
        self.top.stop()
        room = self.folder / "room"
        room.mkdir()
        for program in (self.site, self.top):
            program.environment = free_environment(self.folder, TMPDIR=str(room))
        for program, listing in ((self.site, ("list",)), (self.top, ("records", "list"))):
            at_home = program.run(*listing).out
            # As schema 5 was.
            file = sqlite3.connect(program.folder / "sitelog.db")
            for table in ("traits", "columns", "unfiled", "segments", "words", "unindexed"):
                file.execute(f"DROP TABLE {table}")
            file.execute("DROP INDEX laid_down")
            file.execute("CREATE INDEX records_by_list ON records (list_id, record) WHERE list_id IS NOT NULL")
            file.execute("PRAGMA user_version = 5")
            file.commit()
            file.close()
            bytes_before = (program.folder / "sitelog.db").read_bytes()
            seen = self.on_medium(program)
            self.assertEqual(seen.run(*listing).out, at_home)
            self.assertEqual(seen.verify()["findings"], 0)
            self.assertEqual((program.folder / "sitelog.db").read_bytes(), bytes_before)
        self.assertEqual(list(room.iterdir()), [])
        # Where there is no place for the copy it is said.
        nowhere = free_environment(self.folder, TMPDIR=str(self.folder / "nowhere"))
        refused = self.on_medium_site().run("list", environment=nowhere, expect=REFUSED)
        self.assertIn("copy", refused.error["message"])

    def on_medium_site(self):
        out = type(self.site).__new__(type(self.site))
        out.__dict__.update(self.site.__dict__, folder=self.folder / f"medium-{self.site.name}")
        return out

    def test_last_changes_that_a_medium_cannot_show_are_not_left_out_unsaid(self):
        # As a stick pulled out of a running machine: the log has entries, its index is gone.
        self.site.agent()
        self.site.record(title="三")
        copy = self.folder / "copy"
        shutil.copytree(self.site.folder, copy, ignore=lambda *_: {"control.sock", "sitelog.db-shm"})
        os.chmod(copy, 0o700)
        self.site.stop()
        self.assertGreater((copy / "sitelog.db-wal").stat().st_size, 0)
        pulled = type(self.site).__new__(type(self.site))
        pulled.__dict__.update(self.site.__dict__, folder=copy, name="copy", process=None)
        seen = self.on_medium(pulled)
        refused = seen.run("list", expect=REFUSED)
        self.assertIn("copy the folder", refused.error["message"])
        refused = seen.run("verify", expect=REFUSED)
        titles = [line["fields"]["title"] for line in pulled.records()]
        self.assertIn("三", titles)


if __name__ == "__main__":
    unittest.main()
