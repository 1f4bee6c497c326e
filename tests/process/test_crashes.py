"""kill -9 at any moment: nothing that was acknowledged is lost, nothing is there twice."""

import json
import subprocess
import sys
import threading
import time
import unittest

from sitelog_processes import BIN, SITE, ProcessTest, an_event, free_environment

ROUNDS = 10


class CrashTest(ProcessTest):
    def titles(self, program):
        lines = program.records()
        return [line["fields"]["title"] for line in lines], {line["record"] for line in lines}

    def assert_all_there_once(self, program, records):
        titles, found = self.titles(program)
        self.assertEqual(len(titles), len(set(titles)), "nothing is there twice")
        self.assertEqual(records - found, set(), "nothing is lost")


class Crashes(CrashTest):
    def start_and_kill(self, device, words, after_s):
        """Starts a device's command, ends it after a while by SIGKILL; returns its output lines."""
        command = [str(BIN / device.program), "--data", str(device.folder), "--json", *map(str, words)]
        self.note(f"$ {' '.join(command)}   # killed after {after_s:.3f} s")
        file = self.folder / "killed.out"
        with open(file, "wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL,
                                       env=free_environment(self.folder))
            try:
                process.wait(after_s)
            except subprocess.TimeoutExpired:
                pass
            process.kill()
            process.wait()
        whole = file.read_bytes()
        whole = whole[:whole.rfind(b"\n") + 1]
        return [json.loads(line) for line in whole.decode().splitlines()], process.returncode

    def test_headquarters_killed_during_a_sync_loses_nothing(self):
        random = self.random()
        top = self.headquarters()
        devices = [self.device(top, "甲"), self.device(top, "乙"), self.device(top, "丙", SITE)]
        recorded = set()
        number = 0

        def record_more():
            nonlocal number
            for device in devices:
                lines = device.record_many(an_event(number + i) for i in range(500))
                number += 500
                recorded.update(line["record"] for line in lines)

        record_more()
        start = time.monotonic()
        for device in devices:
            device.sync()
        usual_s = time.monotonic() - start
        interrupted = 0
        for turn in range(ROUNDS):
            record_more()
            outcomes = []
            syncs = [threading.Thread(
                target=lambda d=device: outcomes.append(d.run("sync", expect=None).status))
                for device in devices]
            for sync in syncs:
                sync.start()
            time.sleep(random.uniform(0.01, usual_s))
            top.kill()
            for sync in syncs:
                sync.join()
            self.assertTrue(set(outcomes) <= {0, 3}, outcomes)
            interrupted += 3 in outcomes
            top.serve()
            for device in devices:
                self.assertTrue(device.sync()["caught_up"])
        self.settle(*devices)
        print(f"{interrupted} of {ROUNDS} rounds met a sync", end=" ", flush=True)
        self.assert_all_there_once(top, recorded)
        self.assertEqual(len(top.records()), len(recorded))
        self.assert_equal_everywhere(top, *devices[:2])
        self.assert_equal_everywhere(top, devices[2], unit=SITE)
        self.assert_sound(top, *devices)

    def test_a_device_killed_while_recording_keeps_every_record_it_told(self):
        random = self.random()
        top = self.headquarters()
        device = self.device(top)
        file = self.folder / "events.jsonl"
        told = set()
        cut_short = 0
        start = time.monotonic()
        told.update(line["record"] for line in
                    device.record_many(an_event(-i, title=f"{i} 先") for i in range(4000)))
        usual_s = time.monotonic() - start
        for turn in range(ROUNDS):
            file.write_text("".join(json.dumps(an_event(turn * 10_000 + i)) + "\n"
                                    for i in range(4000)))
            lines, status = self.start_and_kill(device, ["record", "event", "--from", file],
                                                random.uniform(0.01, usual_s))
            told.update(line["record"] for line in lines)
            cut_short += status < 0
            if turn % 3 == 2:
                self.start_and_kill(device, ["sync"], random.uniform(0.01, 0.3))
        print(f"{cut_short} of {ROUNDS} recordings cut short", end=" ", flush=True)
        self.assertGreater(len(told), 0)
        self.assert_all_there_once(device, told)
        self.assertTrue(device.sync()["caught_up"])
        self.assert_all_there_once(top, told)
        self.assert_equal_everywhere(top, device)
        self.assert_sound(top, device)

    def test_a_device_killed_during_a_sync_goes_on_where_it_was(self):
        random = self.random()
        top = self.headquarters()
        a, b = self.device(top, "甲"), self.device(top, "乙")
        recorded = set()
        cut_short = 0
        for turn in range(ROUNDS):
            for device in (a, b):
                lines = device.record_many(an_event(i, title=f"{device.name}{turn}/{i}")
                                           for i in range(800))
                recorded.update(line["record"] for line in lines)
                if turn == 0:
                    start = time.monotonic()
                    device.sync()
                    usual_s = time.monotonic() - start
                    continue
                _, status = self.start_and_kill(device, ["sync"], random.uniform(0.01, usual_s))
                cut_short += status < 0
        print(f"{cut_short} of {2 * (ROUNDS - 1)} syncs cut short", end=" ", flush=True)
        self.settle(a, b)
        for program in (top, a, b):
            self.assert_all_there_once(program, recorded)
        self.assert_equal_everywhere(top, a, b)
        self.assert_sound(top, a, b)

    def test_an_agent_ended_while_it_takes_a_batch_has_saved_what_it_told(self):
        random = self.random()
        top = self.headquarters()
        device = self.device(top)
        file = self.folder / "events.jsonl"
        told = set()
        for turn in range(6):
            file.write_text("".join(json.dumps(an_event(i, title=f"{turn}/{i}")) + "\n"
                                    for i in range(4000)))
            device.agent()
            outcomes = []
            batch = threading.Thread(target=lambda: outcomes.append(
                device.run("record", "event", "--from", file, expect=None)))
            batch.start()
            time.sleep(random.uniform(0.05, 0.5))
            device.stop() if turn % 2 else device.kill()
            batch.join()
            lines = [line for line in outcomes[0].lines if "record" in line]
            told.update(line["record"] for line in lines)
            if outcomes[0].status == 0:
                self.assertEqual(len(lines), 4000, "done is said only when all is saved")
            else:
                self.assertTrue(outcomes[0].err.strip(), "in words")
        self.assertGreater(len(told), 0)
        self.assert_all_there_once(device, told)
        device.sync()
        self.assert_all_there_once(top, told)
        self.assert_equal_everywhere(top, device)
        self.assert_sound(top, device)

    def test_an_agent_killed_at_once_after_an_answer_has_saved_it(self):
        random = self.random()
        top = self.headquarters()
        device = self.device(top)
        recorded = set()
        for turn in range(ROUNDS):
            device.agent()
            for number in range(random.randrange(1, 4)):
                recorded.add(device.record(number=number, title=f"{turn}/{number}"))
            device.kill()
        self.assert_all_there_once(device, recorded)
        device.sync()
        self.assert_all_there_once(top, recorded)
        self.assert_sound(top, device)

    def test_a_first_sync_that_is_killed_is_not_taken_for_a_complete_one(self):
        random = self.random()
        top = self.headquarters()
        first = self.device(top)
        first.record_many(an_event(i) for i in range(3000))
        first.sync()
        incomplete = 0
        usual_s = 0
        for turn in range(ROUNDS + 1):
            device = self.new_device(f"新 {turn}")
            words = ["join", top.invite()["code"], "--headquarters", top.address,
                     "--name", device.name]
            if turn == 0:
                start = time.monotonic()
                device.run(*words)
                usual_s = time.monotonic() - start
                continue
            self.start_and_kill(device, words, random.uniform(0.05, usual_s))
            if not (device.folder / "identity.json").exists():
                device.run(*words)
                continue
            status = device.status()
            if status["records"] < 3000:
                incomplete += 1
                self.assertFalse(status["last_sync"] and status["last_sync"]["caught_up"], status)
                self.assertNotEqual(status["book_digest"], top.unit()["book_digest"])
            self.assertTrue(device.sync()["caught_up"])
            self.assert_equal_everywhere(top, device)
        print(f"{incomplete} of {ROUNDS} were incomplete", end=" ", flush=True)
        self.assert_sound(top, *(program for program in self.programs if program.program == "sitelog"))

    def test_setting_up_and_joining_that_are_killed_can_be_done_again(self):
        random = self.random()
        top = self.headquarters()
        cut_short = 0
        usual_s = 0.1
        for turn in range(2 * ROUNDS):
            device = self.new_device(f"终端 {turn}")
            code = top.invite()["code"]
            words = ["join", code, "--headquarters", top.address, "--name", device.name]
            other = self.headquarters(f"other-{turn}", set_up=False, serving=False)
            for program, command in ((device, words), (other, ["init", "--name", "总工会"])):
                if turn == 0:
                    start = time.monotonic()
                    program.run(*command)
                    usual_s = max(usual_s, time.monotonic() - start)
                    continue
                _, status = self.start_and_kill(program, command, random.uniform(0.001, usual_s))
                cut_short += status < 0
                if not (program.folder / "identity.json").exists():
                    program.run(*command)
            device.sync()
            device.record(title=f"{turn}")
            device.sync()
            self.assert_sound(device, other)
        print(f"{cut_short} of {2 * (2 * ROUNDS - 1)} cut short", end=" ", flush=True)
        self.assertEqual(len(top.run("devices", "list").lines), 2 * ROUNDS,
                         "one invitation, one device, however often it asked")
        self.assertEqual(len(top.records()), 2 * ROUNDS)
        self.assert_sound(top)

    def test_a_data_file_that_was_being_made_when_its_maker_was_killed_is_no_obstacle(self):
        top = self.headquarters()
        device = self.new_device("甲")
        device.folder.mkdir()
        # Ends in the middle of a transaction, as SIGKILL does, with its journal beside the file.
        subprocess.run([sys.executable, "-c", "import os, sqlite3, sys\n"
                        "made = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
                        "made.execute('PRAGMA cache_size = 1')\n"
                        "made.execute('BEGIN')\n"
                        "made.execute('CREATE TABLE entries (bytes BLOB)')\n"
                        "for _ in range(50): made.execute('INSERT INTO entries VALUES (zeroblob(4000))')\n"
                        "os._exit(9)\n", str(device.folder / "sitelog.db")], check=False)
        self.assertTrue((device.folder / "sitelog.db-journal").exists())
        device.join(top)
        device.record(title="一")
        self.assertTrue(device.sync()["caught_up"])
        self.assert_equal_everywhere(top, device)
        self.assert_sound(top, device)


if __name__ == "__main__":
    unittest.main()
