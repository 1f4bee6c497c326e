"""A process that owns a folder and says nothing is given up, and nothing asked of it is done later."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
import unittest

from sitelog_processes import (BIN, REFUSED, SITE, UNREACHABLE, ProcessTest, an_event,
                               free_environment)


class Stopped(ProcessTest):
    PATIENCE_S = 10  # kLocalAcceptTimeoutMs

    def stopped(self, program):
        os.kill(program.process.pid, signal.SIGSTOP)
        self.addCleanup(lambda process=program.process: process.poll() is None and
                        process.send_signal(signal.SIGCONT))

    def go_on(self, program):
        os.kill(program.process.pid, signal.SIGCONT)

    def run_at_once(self, *calls):
        outcomes = [None] * len(calls)

        def run(number, program, words):
            start = time.monotonic()
            outcome = program.run(*words, expect=None)
            outcomes[number] = (outcome, time.monotonic() - start)

        threads = [threading.Thread(target=run, args=(number, *call))
                   for number, call in enumerate(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes

    def assert_given_up(self, outcome, taken_s, process):
        self.assertEqual(outcome.status, REFUSED, str(outcome))
        self.assertEqual(outcome.error["reason"], "folder_in_use")
        for words in (f"process {process}", "nothing of this was done", "What to do: "):
            self.assertIn(words, outcome.err)
        self.assertGreater(taken_s, self.PATIENCE_S - 1)
        self.assertLess(taken_s, self.PATIENCE_S + 15)

    def test_a_caller_who_only_waits_does_not_keep_a_sync_from_ending(self):
        top = self.headquarters()
        device = self.device(top)
        device.record(title="一")
        self.stopped(top)
        syncs = threading.Thread(target=device.sync)
        syncs.start()
        local = device.folder / "control.sock"
        self.wait_until(local.exists, "the sync answers other commands")
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(str(local))
            event = {"line": 1, "text": json.dumps(an_event(title="二"))}
            request = [{"operation": "record.add_many", "args": {"form": "event"},
                        "caller": {"language": "en", "program": "sitelog"}}, {"input": event}]
            caller.sendall("".join(json.dumps(line) + "\n" for line in request).encode())
            with caller.makefile() as answers:
                self.assertIn("accepted", json.loads(answers.readline()))
                self.go_on(top)
                syncs.join(60)
                self.assertFalse(syncs.is_alive())
                self.assertEqual(answers.read(), "", "it was not told that anything is saved")
        self.assertTrue(device.sync()["caught_up"])
        self.assertEqual(len(device.records()), 1)
        self.assertEqual(len(top.records()), 1)

    def test_commands_give_a_stopped_agent_up_and_nothing_of_them_is_done_later(self):
        top = self.headquarters()
        device = self.device(top)
        record = device.record(title="先")
        device.agent()
        process = device.process.pid
        self.stopped(device)
        words = [f"{name}={value}" for name, value in an_event(title="不算").items()]
        file = self.folder / "events.jsonl"
        file.write_text("".join(json.dumps(an_event(i, title=f"不算 {i}")) + "\n" for i in range(4000)))
        for outcome, taken_s in self.run_at_once(
                (device, ["record", "event", *words]), (device, ["edit", record, "title=不算"]),
                (device, ["record", "event", "--from", file]), (device, ["list"]),
                (device, ["status"]), (device, ["sync"])):
            self.assert_given_up(outcome, taken_s, process)
        self.go_on(device)
        device.record(title="后")
        self.assertEqual({line["fields"]["title"] for line in device.records()}, {"先", "后"})
        self.wait_until(lambda: len(top.records()) == 2, "at headquarters")
        self.assertEqual(device.stop(), 0)
        self.assert_equal_everywhere(top, device)
        self.assert_sound(top, device)

    def test_a_stopped_headquarters_is_given_up_by_commands_and_sites_and_goes_on_afterwards(self):
        top = self.headquarters()
        device = self.device(top)
        record = device.record(title="先")
        device.sync()
        device.record(title="后")
        seen = top.seen(record)
        process = top.process.pid
        self.stopped(top)
        *commands, (sync, _) = self.run_at_once(
            (top, ["records", "list"]), (top, ["status"]), (top, ["invite", "--unit", SITE]),
            (top, ["review", "return", seen, "--remark", "不算"]), (device, ["sync"]))
        for outcome, taken_s in commands:
            self.assert_given_up(outcome, taken_s, process)
        self.assertEqual(sync.status, UNREACHABLE, str(sync))
        self.assertEqual(device.status()["entries"]["waiting"], 1)
        self.go_on(top)
        self.assertTrue(device.sync()["caught_up"])
        self.assertEqual(top.record(record)["review"]["state"], "pending")
        self.assertEqual(len(top.records()), 2)
        self.assert_equal_everywhere(top, device)
        self.assert_sound(top, device)

    def test_a_command_that_was_accepted_may_take_longer_than_that(self):
        top = self.headquarters()
        device = self.device(top)
        device.agent()
        command = [str(BIN / "sitelog"), "--data", str(device.folder), "--json", "record", "event",
                   "--from", "-"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              env=free_environment(self.folder)) as process:
            process.stdin.write(json.dumps(an_event(1)) + "\n")
            process.stdin.flush()
            time.sleep(self.PATIENCE_S + 1)
            out, _ = process.communicate(json.dumps(an_event(2)) + "\n", timeout=60)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(len(out.splitlines()), 2)
        self.wait_until(lambda: len(top.records()) == 2, "at headquarters")


if __name__ == "__main__":
    unittest.main()
