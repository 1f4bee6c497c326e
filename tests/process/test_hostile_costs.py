"""Peers whose few bytes cost headquarters much: the sites of other units hardly notice."""

import time
import unittest
from pathlib import Path

import attacks
import hand_made
from hand_made import Peer, frame, tls_context
from sitelog_processes import SITE, ProcessTest

# How long a sync of one record may take meanwhile, beside what it takes in peace on this machine.
OTHERS_S_MAX = 1


class Costs(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.honest = self.device(self.top, "甲", SITE)
        self.honest.record()
        self.honest.sync()
        self.in_peace_s = max(self.sync_s() for _ in range(3))

    def sync_s(self):
        self.honest.record()
        start = time.monotonic()
        self.assertTrue(self.honest.sync()["caught_up"])
        return time.monotonic() - start

    def begin(self, attack):
        out = attack(self, self.top)
        self.addCleanup(out.end)
        out.prepare()
        out.begin()
        return out

    def assert_others_hardly_notice(self):
        time.sleep(3)  # what is free at first is used up
        taken = [self.sync_s() for _ in range(8)]
        print(f"{self.in_peace_s:.2f} s in peace, {max(taken):.2f} s at most", end="; ", flush=True)
        self.assertLess(max(taken), self.in_peace_s + OTHERS_S_MAX)
        start = time.monotonic()
        self.top.status()
        self.assertLess(time.monotonic() - start, self.in_peace_s + OTHERS_S_MAX)

    def memory_mib(self):
        status = Path(f"/proc/{self.top.process.pid}/status").read_text(encoding="ascii")
        return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024

    def test_vectors_of_wrong_marks_against_forks_cost_other_units_no_second(self):
        self.begin(attacks.WrongMarks)
        self.assert_others_hardly_notice()

    def test_records_that_one_device_blows_up_cost_other_units_no_second(self):
        for attack in (attacks.Ladder, attacks.Candidates, attacks.FatDocument, attacks.NamedAgain,
                       attacks.Clocks, attacks.OwnConflicts):
            with self.subTest(attack.item):
                begun = self.begin(attack)
                self.assert_others_hardly_notice()
                begun.end()

    def test_branches_without_an_end_cost_other_units_no_second(self):
        for attack in (attacks.Branches, attacks.FatBranches, attacks.DearRecords, attacks.AllRanges):
            with self.subTest(attack.item):
                begun = self.begin(attack)
                self.assert_others_hardly_notice()
                begun.end()

    def test_a_range_said_again_and_again_takes_no_memory(self):
        before = self.memory_mib()
        self.begin(attacks.RepeatedRange)
        self.assert_others_hardly_notice()
        print(f"{self.memory_mib() - before:.0f} MiB", end="; ", flush=True)
        self.assertLess(self.memory_mib() - before, 40)

    def test_four_hundred_silent_connections_a_second_keep_no_site_out(self):
        silent = self.begin(attacks.SilentConnections)
        self.wait_until(lambda: len(silent.links) > 1100, "more than there are places")
        self.assert_others_hardly_notice()

    def test_seventy_wrong_joins_a_second_keep_nobody_from_joining(self):
        self.begin(attacks.WrongJoins)
        self.assert_others_hardly_notice()
        code = self.top.invite()["code"]
        start = time.monotonic()
        self.new_device("新").run("join", code, "--headquarters", self.top.address)
        self.assertLess(time.monotonic() - start, self.in_peace_s + OTHERS_S_MAX)

    def test_what_hundreds_of_strangers_send_takes_no_memory(self):
        stranger = tls_context(hand_made.JOIN)
        before = self.memory_mib()
        peers = [Peer(self.top.address, stranger) for _ in range(200)]
        for peer in peers:
            peer.say(frame(bytes(1024 * 1024))[:-1])
        print(f"{self.memory_mib() - before:.0f} MiB", end="; ", flush=True)
        self.assertLess(self.memory_mib() - before, 40)
        for peer in peers:
            peer.close()


if __name__ == "__main__":
    unittest.main()
