"""Peers that know the protocol and abuse it: the daemon serves everyone else, in bounded memory."""

import contextlib
import os
import random
import resource
import socket
import threading
import time
import unittest
from pathlib import Path

import hand_made
from hand_made import Peer, field, frame, hello, ping, reason_of, tls_context, vector, zstd_of
from sitelog_processes import CREW, ProcessTest, an_event

# What all abuse of one kind together may cost the daemon, and how long it may hold up others.
GROWTH_MIB_MAX = 128
MESSAGE_BYTES_MAX = 1024 * 1024
OTHERS_S_MAX = 20


class HostileDevices(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.honest = self.device(self.top, "甲")
        self.bad = self.device(self.top, "乙")
        self.bad_id = self.bad.status()["device"]
        self.context = tls_context(hand_made.SYNC, self.bad)
        self.open = contextlib.ExitStack()
        self.addCleanup(self.open.close)
        self.before_mib = self.memory_mib("VmRSS")

    def memory_mib(self, what):
        status = Path(f"/proc/{self.top.process.pid}/status").read_text(encoding="ascii")
        for line in status.splitlines():
            if line.startswith(what + ":"):
                return int(line.split()[1]) / 1024

    def assert_memory_bounded(self):
        grown = self.memory_mib("VmHWM") - self.before_mib
        print(f"{self.before_mib:.0f} MiB before, at most {grown:.0f} more", end="; ", flush=True)
        self.assertLess(grown, GROWTH_MIB_MAX)

    def assert_others_are_served(self, within_s=OTHERS_S_MAX):
        record = self.honest.record()
        start = time.monotonic()
        self.assertTrue(self.honest.sync()["caught_up"])
        taken_s = time.monotonic() - start
        self.assertLess(taken_s, within_s)
        self.assertEqual(self.top.record(record)["record"], record)
        return taken_s

    def peer(self, context=None, **more):
        out = Peer(self.top.address, context or self.context, **more)
        self.open.callback(out.close)
        return out

    def greeted(self, **more):
        """A connection of the bad device on which Hello and Welcome were said."""
        out = self.peer(**more)
        out.say(hello(self.bad_id))
        welcome = out.hear()
        self.assertIsNone(reason_of(welcome))
        self.assertIsNotNone(welcome)
        return out

    def tcp(self):
        host, port = self.top.address.rsplit(":", 1)
        out = socket.create_connection((host, int(port)), timeout=10)
        self.open.enter_context(out)
        return out

    def fill(self, records, seed=1):
        """Records at headquarters that don't shrink when packed."""
        numbers = random.Random(seed)
        self.honest.record_many(an_event(i, summary=numbers.randbytes(400).hex()) for i in range(records))
        self.honest.sync()

    def test_two_thousand_silent_connections_keep_nobody_out(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < 4096:
            self.skipTest(f"the system allows {hard} open files, 4096 are needed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4096), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        stranger = tls_context(hand_made.JOIN)
        for _ in range(150):
            self.peer(stranger)  # shakes hands, then silence
        slow = [self.tcp() for _ in range(50)]
        for _ in range(1800):
            self.tcp()
        taken, start, sent = [], time.monotonic(), 0
        while time.monotonic() - start < 25:
            for link in slow:  # one byte a second of what might be a handshake
                with contextlib.suppress(OSError):
                    link.send(b"\x16\x03\x01\x02\x00\x01"[sent % 6:][:1])
            sent += 1
            taken.append(self.assert_others_are_served())
            time.sleep(1)
        print(f"{len(taken)} syncs meanwhile, the slowest in {max(taken):.1f} s", end="; ", flush=True)
        self.assert_memory_bounded()
        self.assertEqual(self.top.stop(), 0)

    def test_a_device_that_asks_and_never_reads_is_held_to_a_limit(self):
        self.fill(12_000)
        for _ in range(6):  # two more than one device may have
            peer = self.peer(receive_buffer=4096, timeout_s=2)
            peer.say(hello(self.bad_id))
            for _ in range(200):
                if not peer.say(vector(CREW)):
                    break
            for _ in range(50):
                if not peer.say(ping() * 5000):
                    break
            self.assert_others_are_served(within_s=5)
        self.assert_memory_bounded()

    def test_a_device_that_writes_a_byte_now_and_then_holds_up_nobody(self):
        content = frame(field(hand_made.VECTOR, field(1, CREW)))
        slow = [self.greeted() for _ in range(3)]
        for byte in content[:8]:
            for peer in slow:
                self.assertTrue(peer.say(bytes([byte])))
            self.assertLess(self.assert_others_are_served(), 5)
        for peer in slow:
            self.assertTrue(peer.say(content[8:] + ping(7)), "slow is no fault")
            self.assertNotIn(None, peer.hear_until_quiet())
        self.assert_memory_bounded()

    def test_a_frame_that_unfolds_without_end_is_refused(self):
        for size in (MESSAGE_BYTES_MAX + 1, 1 << 30, 30 << 30):
            bomb = frame(zstd_of(b"", size), hand_made.ZSTD)
            self.assertLess(len(bomb), hand_made.FRAME_BYTES_MAX, "only what it unfolds to is too much")
            for _ in range(20):
                peer = self.greeted()
                peer.say(bomb)
                self.assertEqual(reason_of(peer.hear()), "malformed")
                self.assertIsNone(peer.hear())
        self.assert_memory_bounded()
        self.assert_others_are_served()

    def test_many_frames_that_unfold_to_the_limit_at_once_stay_in_bounds(self):
        whole, head = hand_made.ping_of(MESSAGE_BYTES_MAX)
        packed = frame(zstd_of(head, len(whole)), hand_made.ZSTD)
        self.assertLess(len(packed), 100)
        for _ in range(3):
            peer = self.greeted()
            self.assertTrue(peer.say(packed * 500))
            heard = peer.hear_until_quiet()
            self.assertEqual(len(heard), 500, "each is answered")
            self.assertNotIn(None, heard)
        self.assert_memory_bounded()
        self.assert_others_are_served()

    def test_frames_at_each_limit_are_taken_and_past_it_refused(self):
        digest = bytes(32)
        locate = field(1, CREW) + field(2, field(1, bytes(16)) + field(4, digest))
        sample = field(3, field(1, 1))
        # What is sent after the greeting, and the reason of its refusal, None for taken.
        cases = {
            "a message of 1 MiB": (frame(hand_made.ping_of(MESSAGE_BYTES_MAX)[0]), None),
            "a message of 1 MiB and a byte": (frame(hand_made.ping_of(MESSAGE_BYTES_MAX + 1)[0]), "too_large"),
            "a frame at its limit": (frame(bytes(hand_made.FRAME_BYTES_MAX - 1)), "too_large"),
            "a frame past its limit": (frame(bytes(hand_made.FRAME_BYTES_MAX)), "too_large"),
            "the longest length": (b"\xff\xff\xff\xff", "too_large"),
            "an empty frame": (b"\x00\x00\x00\x00", "malformed"),
            "a frame of one byte": (b"\x00\x00\x00\x01\x00", "malformed"),
            "an unknown packing": (frame(b"\x52\x00", 3), "malformed"),
            "an unknown message": (frame(field(99, b"x")), "malformed"),
            "64 tips": (vector(CREW, 64), None),
            "65 tips": (vector(CREW, 65), "malformed"),
            "64 samples": (frame(field(hand_made.LOCATE, locate + sample * 64)), None),
            "65 samples": (frame(field(hand_made.LOCATE, locate + sample * 65)), "malformed"),
            "a reason of 1025 bytes": (frame(field(hand_made.GOODBYE, field(1, "x" * 1025))), "malformed"),
            "a book of 65 bytes": (vector("x" * 65), "malformed"),
            "another unit's book": (vector("site-east-1"), "wrong_unit"),
            "1025 entries": (frame(field(hand_made.ENTRIES, field(1, CREW) + field(2, bytes(32))
                                         + field(4, 1) + field(6, b"x") * 1025
                                         + field(7, bytes(64)))), "malformed"),
            "an entry of 64 KiB and a byte": (frame(field(hand_made.ENTRIES, field(1, CREW)
                                              + field(2, bytes(32)) + field(4, 1)
                                              + field(6, bytes(65537)) + field(7, bytes(64)))), "malformed"),
            "Hello again": (hello(self.bad_id), "malformed"),
        }
        for name, (content, reason) in cases.items():
            with self.subTest(name):
                peer = self.greeted()
                peer.say(content + (ping(5) if reason is None else b""))
                heard = peer.hear_until_quiet(0.5)
                reasons = [one for one in map(reason_of, heard) if one]
                if reason is None:
                    self.assertEqual(reasons, [])
                    self.assertNotIn(None, heard, "it goes on")
                    self.assertIn(hand_made.varint(11 << 3 | 2), [one[1][:1] for one in heard], "a Pong")
                else:
                    self.assertEqual(reasons, [reason])
                    self.assertIsNone(heard[-1], "it has ended")
                peer.close()
        for books in (4096, 4097):
            peer = self.peer()
            peer.say(hello(self.bad_id, [(f"u{i}", digest) for i in range(books)]))
            self.assertEqual(reason_of(peer.hear()), None if books == 4096 else "malformed")
        self.assert_memory_bounded()
        self.assert_others_are_served()

    def test_garbage_in_the_frames_of_a_device_ends_its_session_and_nothing_else(self):
        numbers = self.random()
        digest = self.top.unit()["book_digest"]
        good = [vector(CREW, 3), ping(1), hello(self.bad_id), frame(field(hand_made.ENTRIES, field(1, CREW)
                + field(2, bytes(32)) + field(4, 1) + field(6, b"entry") + field(7, bytes(64))))]
        for _ in range(300):
            content = bytearray(numbers.choice(good) + numbers.randbytes(numbers.choice((0, 0, 5, 300))))
            for _ in range(numbers.randrange(1, 6)):
                content[numbers.randrange(4, len(content))] = numbers.randrange(256)
            peer = self.greeted()
            peer.say(bytes(content) + b"\xff\xff\xff\xff")
            while peer.hear() is not None:
                pass
            peer.close()
        self.assertEqual(self.top.unit()["book_digest"], digest)
        self.assert_memory_bounded()
        self.assert_others_are_served()
        self.assert_sound(self.top)

    def test_frames_played_again_change_nothing(self):
        self.fill(3000)
        self.bad.record_many(an_event(i) for i in range(700))
        self.bad.sync()
        before = self.top.unit()
        # Headquarters gives out what a device without anything lacks, this device's own included.
        peer = self.greeted()
        peer.say(vector(CREW))
        batches = [one for one in peer.hear_until_quiet() if one[0] == hand_made.COLUMNS]
        self.assertGreater(len(batches), 5)
        batches = [frame(message, packing) for packing, message in batches]
        for turn in range(30):
            random.Random(turn).shuffle(batches)
            peer = self.greeted()
            self.assertTrue(peer.say(b"".join(batches)))
            heard = peer.hear_until_quiet(0.3)
            self.assertNotIn(None, heard)
            self.assertEqual([one for one in map(reason_of, heard) if one], [])
            peer.close()
        after = self.top.unit()
        for what in ("book_digest", "state_digest", "records", "entries"):
            self.assertEqual(after[what], before[what])
        self.assert_memory_bounded()
        self.assert_others_are_served()
        self.assert_sound(self.top)

    def test_five_thousand_connections_come_and_go(self):
        def sockets():
            count = 0
            for file in Path(f"/proc/{self.top.process.pid}/fd").iterdir():
                with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                    count += os.readlink(file).startswith("socket:")
            return count

        before = sockets()
        for turn in range(5000):
            host, port = self.top.address.rsplit(":", 1)
            with socket.create_connection((host, int(port)), timeout=10) as link:
                if turn % 3 == 0:
                    link.sendall(b"\x16\x03\x01")
            if turn % 10 == 0:
                self.greeted().close()
            if turn % 1000 == 0:
                self.assertLess(self.assert_others_are_served(), 5)
        self.wait_until(lambda: sockets() <= before, "no connection is left over")
        self.assert_memory_bounded()
        self.assert_others_are_served()

    def test_a_device_revoked_in_mid_session_is_told_why_and_keeps_what_it_has(self):
        self.bad.agent()
        self.wait_until(lambda: any(line["event"] == "caught_up" for line in self.bad.said), "connected")
        told = set()

        def go_on_recording():
            for number in range(60):
                told.add(self.bad.record(number=number, title=f"路上 {number}"))

        recording = threading.Thread(target=go_on_recording)
        recording.start()
        self.wait_until(lambda: len(told) > 20, "entries are on the way")
        self.top.run("devices", "revoke", self.bad_id, "--reason", "平板丢失")
        recording.join()
        self.wait_until(lambda: any("平板丢失" in line["detail"] for line in self.bad.said), "told why")
        self.bad.stop()
        self.assertEqual(self.bad.sync(expect=1).error["reason"], "revoked")
        self.assertEqual({line["record"] for line in self.bad.records()}, told, "all stays")
        at_top = {line["record"] for line in self.top.records()}
        held = {line["record"] for line in self.bad.records() if line["held"]}
        aside = {line["record"] for line in self.top.run("quarantine").lines}
        self.assertEqual(held - at_top - aside, set(), "what it says is held is held")
        self.assertGreater(len(told - at_top), 0)
        self.top.run("devices", "reinstate", self.bad_id)
        self.assertTrue(self.bad.sync()["caught_up"])
        self.settle(self.honest, self.bad)
        self.assertEqual({line["record"] for line in self.top.records()}, told)
        self.assert_equal_everywhere(self.top, self.honest, self.bad)
        self.assert_sound(self.top, self.honest, self.bad)


if __name__ == "__main__":
    unittest.main()
