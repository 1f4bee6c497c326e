#!/usr/bin/env python3
"""What attacks on headquarters cost it and everybody else: for each, the time of the store's thread, how
long a sync of another unit takes beside it, and the daemon's memory.

    hostile.py [--seconds N] [--only WORD] [--results FILE]
"""

import argparse
import json
import os
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "process"))

import attacks
from sitelog_processes import CREW, SITE, ProcessTest

SYNC_S_MAX = 1        # longer than in peace
MEMORY_MIB_MAX = 300
TICKS = os.sysconf("SC_CLK_TCK")


class Hostile(ProcessTest):
    settings = None

    def store_s(self):
        """Processor time of the store's thread."""
        for task in Path(f"/proc/{self.top.process.pid}/task").iterdir():
            if (task / "comm").read_text().strip() == "store":
                stat = (task / "stat").read_text().rsplit(")", 1)[1].split()
                return (int(stat[11]) + int(stat[12])) / TICKS
        raise AssertionError("no thread is named store")

    def memory_mib(self):
        status = Path(f"/proc/{self.top.process.pid}/status").read_text(encoding="ascii")
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024

    def sync_s(self):
        self.honest.record()
        start = time.monotonic()
        self.assertTrue(self.honest.sync()["caught_up"])
        return time.monotonic() - start

    def measured(self, kind):
        self.top = self.headquarters(f"headquarters of {kind.__name__}")
        self.honest = self.device(self.top, f"甲 beside {kind.__name__}", SITE)
        self.sync_s()
        in_peace = [self.sync_s() for _ in range(3)]
        attack = kind(self, self.top)
        attack.prepare()
        before_s, began = self.store_s(), time.monotonic()
        attack.begin()
        beside = []
        while time.monotonic() - began < self.settings.seconds or len(beside) < 3:
            beside.append(self.sync_s())
            time.sleep(0.2)
        took = time.monotonic() - began
        line = {"attack": kind.item, "store_share": round((self.store_s() - before_s) / took, 3),
                "sync_in_peace_s": round(max(in_peace), 3), "sync_beside_s": round(max(beside), 3),
                "syncs": len(beside), "entries_taken": self.top.unit(CREW)["entries"]["book"],
                "memory_mib": round(self.memory_mib())}
        line["holds"] = (line["sync_beside_s"] <= line["sync_in_peace_s"] + SYNC_S_MAX
                         and line["memory_mib"] <= MEMORY_MIB_MAX)
        attack.end()
        self.top.stop()
        return line

    def test_all(self):
        lines = []
        for kind in attacks.ALL:
            if self.settings.only and self.settings.only.lower() not in kind.__name__.lower():
                continue
            lines.append(self.measured(kind))
            print(json.dumps(lines[-1], ensure_ascii=False), flush=True)
        if self.settings.results:
            Path(self.settings.results).write_text(json.dumps(lines, ensure_ascii=False, indent=1) + "\n")
        self.assertEqual([line["attack"] for line in lines if not line["holds"]], [])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, default=10, help="of each attack")
    parser.add_argument("--only", help="attacks whose class has this in its name")
    parser.add_argument("--results", help="the file for the figures as JSON")
    Hostile.settings = parser.parse_args()
    done = unittest.TextTestRunner(verbosity=0).run(unittest.TestSuite([Hostile("test_all")]))
    return 0 if done.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
