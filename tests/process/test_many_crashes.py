"""Everybody is killed all the time: what was answered is there, once, with everybody."""

import json
import os
import random
import subprocess
import threading
import time
import unittest

from sitelog_processes import BIN, SITE, an_event, free_environment
from test_crashes import CrashTest

KILLS = int(os.environ.get("SITELOG_KILLS", 1000))  # more for a long night


class Site:
    """A device at work whose agent and commands are killed: records, edits and syncs, by chance."""

    def __init__(self, case, device, usual_s, seed):
        self.case, self.device, self.usual_s = case, device, usual_s
        self.random = random.Random(seed)
        self.told = set()     # records whose saving was answered
        self.edited = []      # (record, stream, number) of edits that were answered
        self.given = 0        # lines given to be recorded
        self.kills = {"agent": 0, "record": 0, "sync": 0, "edit": 0}

    def work(self, enough):
        while not enough():
            if self.random.random() < 0.5:
                self.device.agent()
            for _ in range(self.random.randrange(1, 5)):
                getattr(self, self.random.choice(["record", "record", "sync", "edit"]))()
            self.case.assertIn(self.device.stop(), {None, 0})

    def record(self):
        events = [an_event(self.given + i, title=f"{self.device.name} {self.given + i}")
                  for i in range(self.random.randrange(1, 400))]
        self.given += len(events)
        file = self.case.folder / f"{self.device.name}.jsonl"
        file.write_text("".join(json.dumps(event) + "\n" for event in events))
        for line in self.command("record", "record", "event", "--from", file):
            if "record" in line:
                self.told.add(line["record"])

    def sync(self):
        self.command("sync", "sync")

    def edit(self):
        if not self.told:
            return
        record = self.random.choice(sorted(self.told))
        for line in self.command("edit", "edit", record, f"participants={self.random.randrange(9999)}"):
            if "number" in line:
                self.edited.append((record, line["stream"], line["number"]))

    def command(self, kind, *words):
        """Runs a command; it, or the agent that works for it, is killed at some moment of it."""
        command = [str(BIN / "sitelog"), "--data", str(self.device.folder), "--json",
                   *map(str, words)]
        through_agent = self.device.running
        victim = self.random.choice(["agent", kind] if through_agent else [kind])
        after_s = self.random.uniform(0.002, self.random.choice([1, 3]) * self.usual_s[kind])
        self.case.note(f"$ {' '.join(command)}   # {victim} killed after {after_s:.3f} s")
        file = self.case.folder / f"{self.device.name}.out"
        with open(file, "wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE,
                                       env=free_environment(self.case.folder))
            try:
                process.wait(after_s)
            except subprocess.TimeoutExpired:
                if victim == "agent":
                    self.device.kill()
                    self.kills["agent"] += 1
                else:
                    process.kill()
            _, words = process.communicate(timeout=60)
        if process.returncode < 0:
            self.kills[kind] += 1
        self.case.assertIn(process.returncode, {0, 1, 3, -9}, words.decode())
        if process.returncode > 0:
            self.case.assertTrue(words.strip(), "a command that fails says why")
        whole = file.read_bytes()
        whole = whole[:whole.rfind(b"\n") + 1]
        return [json.loads(line) for line in whole.decode().splitlines()]


class ManyCrashes(CrashTest):
    """Everybody is killed all the time, for as long as SITELOG_KILLS says."""

    def usual_s(self, device):
        """How long each command takes on this machine when nobody else is at work."""
        out = {}
        record = device.record(title="计时")
        for kind, do in (("record", lambda: device.record_many(an_event(i, title=f"计时 {i}")
                                                               for i in range(200))),
                         ("sync", device.sync),
                         ("edit", lambda: device.edit(record, participants=1))):
            start = time.monotonic()
            do()
            out[kind] = time.monotonic() - start
        return out

    def kill_headquarters_now_and_then(self, top, chance, enough):
        while not enough():
            time.sleep(chance.uniform(0.02, 0.3))
            top.kill()
            self.top_kills += 1
            top.serve()

    def test_hundreds_of_kills_of_everybody_lose_nothing_and_double_nothing(self):
        chance = self.random()
        top = self.headquarters()
        devices = [self.device(top, "甲"), self.device(top, "乙"), self.device(top, "丙", SITE)]
        usual_s = self.usual_s(devices[0])
        timed = len(devices[0].records())
        sites = [Site(self, device, usual_s, chance.getrandbits(64)) for device in devices]
        self.top_kills = 0
        failures = []

        def kills():
            return self.top_kills + sum(sum(site.kills.values()) for site in sites)

        def guarded(work, *args):
            try:
                work(*args, lambda: kills() >= KILLS or failures)
            except BaseException as failure:
                failures.append(failure)

        threads = [threading.Thread(target=guarded, args=(site.work,)) for site in sites]
        threads.append(threading.Thread(target=guarded, args=(self.kill_headquarters_now_and_then,
                                                              top, random.Random(chance.random()))))
        start = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        by_kind = {kind: sum(site.kills[kind] for site in sites) for kind in sites[0].kills}
        told = {site.device.name: len(site.told) for site in sites}
        print(f"{kills()} kills in {time.monotonic() - start:.0f} s: headquarters {self.top_kills}, "
              f"{by_kind}; records told {told}, "
              f"edits told {sum(len(site.edited) for site in sites)}", end=" ", flush=True)
        self.assertGreater(self.top_kills, 0)
        self.assertTrue(all(by_kind.values()), by_kind)

        self.settle(*devices)
        crew = sites[0].told | sites[1].told
        self.assert_all_there_once(top, crew | sites[2].told)
        for device, records in zip(devices, (crew, crew, sites[2].told)):
            self.assert_all_there_once(device, records)
            self.assertLessEqual(len(device.records()), timed + sum(
                site.given for site in sites if (site.device is devices[2]) == (device is devices[2])),
                "nothing is there that nobody gave")
        for site in sites:
            for record, stream, number in site.edited:
                times = [(entry["stream"], entry["number"]) for entry in top.record(record)["entries"]]
                self.assertEqual(times.count((stream, number)), 1, f"{record}: an answered edit")
        self.assert_equal_everywhere(top, *devices[:2])
        self.assert_equal_everywhere(top, devices[2], unit=SITE)
        self.assert_sound(top, *devices)


if __name__ == "__main__":
    unittest.main()
