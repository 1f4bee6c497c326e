"""Peers whose few bytes cost headquarters much: the sites of other units hardly notice."""

import contextlib
import os
import resource
import socket
import threading
import time
import unittest
from pathlib import Path

import hand_made
from hand_made import ACKNOWLEDGE, VECTOR, Author, Peer, field, frame, hello, of_book, tls_context
from sitelog_processes import CREW, SITE, ProcessTest

# How long a sync of one record may take meanwhile, beside what it takes in peace on this machine.
OTHERS_S_MAX = 1


class Costs(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.honest = self.device(self.top, "甲", SITE)
        self.honest.record()
        self.honest.sync()
        self.open = contextlib.ExitStack()
        self.addCleanup(self.open.close)
        self.over = threading.Event()
        self.threads = []
        self.addCleanup(self.end)
        self.in_peace_s = max(self.sync_s() for _ in range(3))

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def sync_s(self):
        self.honest.record()
        start = time.monotonic()
        self.assertTrue(self.honest.sync()["caught_up"])
        return time.monotonic() - start

    def go_on(self, attack):
        """Again and again, beside the test."""
        def run():
            while not self.over.is_set():
                with contextlib.suppress(OSError):
                    attack()
        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()

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
        bad = self.device(self.top, "乙")
        author = Author(bad, CREW)
        context = tls_context(hand_made.SYNC, bad)

        def greeted():
            peer = self.open.enter_context(contextlib.closing(Peer(self.top.address, context)))
            peer.say(hello(author.id.hex()))
            self.assertIsNotNone(peer.hear())
            return peer

        peer = greeted()
        trunk, head = author.entries([b"first"])
        peer.say(trunk)
        forks = [author.entries([os.urandom(8) for _ in range(20)], 1, head) for _ in range(60)]
        for fork, _ in forks:
            peer.say(fork)
        peer.hear_until_quiet()
        self.assertGreater(self.top.unit()["entries"]["book"], 1200)
        wrong = [of_book(VECTOR, CREW, [author.tip(2 + i % 20, os.urandom(32)) for i in range(4096)])
                 for _ in range(3)]
        receipts = of_book(ACKNOWLEDGE, CREW, [author.tip(21, forks[0][1])]) * 100
        attackers = [greeted() for _ in range(4)]
        for number, attacker in enumerate(attackers):
            def listen(attacker=attacker):
                while attacker.hear() is not None:
                    pass
            def attack(attacker=attacker, content=receipts if number == 3 else b"".join(wrong)):
                if not attacker.say(content):
                    self.over.wait(1)
            threading.Thread(target=listen, daemon=True).start()
            self.go_on(attack)
        self.assert_others_hardly_notice()

    def test_four_hundred_silent_connections_a_second_keep_no_site_out(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < 4096:
            self.skipTest(f"the system allows {hard} open files, 4096 are needed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4096), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        host, port = self.top.address.rsplit(":", 1)
        links = []

        def attack():
            links.append(socket.create_connection((host, int(port)), timeout=5))
            if len(links) > 3000:
                links.pop(0).close()
            time.sleep(1 / 400)

        self.go_on(attack)
        self.wait_until(lambda: len(links) > 1100, "more than there are places")
        self.assert_others_hardly_notice()
        self.end()
        for link in links:
            link.close()

    def test_seventy_wrong_joins_a_second_keep_nobody_from_joining(self):
        stranger = tls_context(hand_made.JOIN)
        wrong = frame(field(hand_made.JOIN_REQUEST, field(1, b"12345678") + field(2, bytes(32)) + field(3, "x")
                            + field(4, bytes(64))))
        peers = []

        def attack():
            peers.append(Peer(self.top.address, stranger))
            peers[-1].say(wrong)
            if len(peers) > 100:
                peers.pop(0).close()
            time.sleep(1 / 80)

        self.go_on(attack)
        self.assert_others_hardly_notice()
        code = self.top.invite()["code"]
        start = time.monotonic()
        self.new_device("新").run("join", code, "--headquarters", self.top.address)
        self.assertLess(time.monotonic() - start, self.in_peace_s + OTHERS_S_MAX)
        self.end()
        for peer in peers:
            peer.close()

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
