"""A slow, lossy link between two network namespaces, for tests.

Each namespace has a TUN device; a thread carries the packets between the two, with the rate, the
delay and the loss of a bad mobile network. Works where the kernel has no netem, and the packets
that are lost follow a seed. Needs root (or CAP_NET_ADMIN and CAP_SYS_ADMIN), /dev/net/tun and
iproute2's `ip`.
"""

import collections
import ctypes
import fcntl
import os
import random
import select
import shutil
import struct
import subprocess
import threading
import time

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
CLONE_NEWNET = 0x40000000
QUEUE_BYTES = 64 * 1024  # waiting for the slow part; what comes when it is full is lost


class NotPossible(Exception):
    """Why this machine does not let a test have such a link."""


class Direction:
    """The packets of one way: lost, queued, sent one after the other at the rate, late."""

    def __init__(self, link):
        self.link = link
        self.free_at = 0.0  # when the last byte queued has left
        self.late = collections.deque()  # (when it arrives, packet)
        self.bytes = self.packets = self.lost = 0

    def take(self, packet, now):
        self.packets += 1
        self.bytes += len(packet)
        waiting_bytes = max(0.0, self.free_at - now) * self.link.bit_per_s / 8
        if (not self.link.up or self.link.numbers.random() < self.link.loss
                or waiting_bytes + len(packet) > QUEUE_BYTES):
            self.lost += 1
            return
        self.free_at = max(self.free_at, now) + len(packet) * 8 / self.link.bit_per_s
        self.late.append((self.free_at + self.link.delay_s, packet))


class SlowLink:
    """Namespaces `near` (10.99.0.1) and `far` (10.99.0.2) and the link between them."""

    NEAR_ADDRESS, FAR_ADDRESS = "10.99.0.1", "10.99.0.2"

    def __init__(self, bit_per_s, round_trip_s, loss, seed):
        self.bit_per_s, self.delay_s, self.loss = bit_per_s, round_trip_s / 2, loss
        self.numbers = random.Random(seed)
        self.up = True
        self.near, self.far = (f"sitelog-{end}-{os.getpid()}" for end in ("near", "far"))
        self.ends, self.thread = [], None
        self.stop_reading, self.stop_writing = os.pipe()
        self.forth, self.back = Direction(self), Direction(self)
        try:
            for name, own, other in ((self.near, self.NEAR_ADDRESS, self.FAR_ADDRESS),
                                     (self.far, self.FAR_ADDRESS, self.NEAR_ADDRESS)):
                self.ends.append(self.make_end(name, own, other))
        except BaseException:
            self.close()
            raise
        self.thread = threading.Thread(target=self.carry, daemon=True)
        self.thread.start()

    def make_end(self, name, own, other):
        if shutil.which("ip") is None:
            raise NotPossible("there is no `ip` (iproute2)")
        self.ip("netns", "add", name)
        out = self.in_namespace(name, self.open_tun)
        for words in (("link", "set", "lo", "up"), ("addr", "add", own, "peer", other, "dev", "link0"),
                      ("link", "set", "link0", "up", "mtu", "1400")):
            self.ip("-n", name, *words)
        return out

    @staticmethod
    def ip(*words):
        done = subprocess.run(["ip", *words], capture_output=True, text=True)
        if done.returncode != 0:
            raise NotPossible(f"ip {' '.join(words)}: {done.stderr.strip()}")

    @staticmethod
    def open_tun():
        try:
            out = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(out, TUNSETIFF, struct.pack("16sH22x", b"link0", IFF_TUN | IFF_NO_PI))
            return out
        except OSError as error:
            raise NotPossible(f"/dev/net/tun: {error}") from error

    @staticmethod
    def in_namespace(name, act):
        """Runs `act` in that namespace, on a thread of its own, which ends there."""
        result = []

        def inside():
            try:
                libc = ctypes.CDLL(None, use_errno=True)
                with open(f"/run/netns/{name}", "rb") as namespace:
                    if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                        raise NotPossible(f"setns: {os.strerror(ctypes.get_errno())}")
                result.append(act())
            except Exception as error:
                result.append(error)

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        if isinstance(result[0], Exception):
            raise result[0]
        return result[0]

    def carry(self):
        near, far = self.ends
        ways = ((near, far, self.forth), (far, near, self.back))
        while True:
            now = time.monotonic()
            due = [way.late[0][0] for _, _, way in ways if way.late]
            patience = max(0.0, min(due) - now) if due else None
            readable, _, _ = select.select([near, far, self.stop_reading], [], [], patience)
            if self.stop_reading in readable:
                return
            now = time.monotonic()
            for source, sink, way in ways:
                if source in readable:
                    way.take(os.read(source, 65536), now)
                while way.late and way.late[0][0] <= now:
                    packet = way.late.popleft()[1]
                    if self.up:
                        os.write(sink, packet)

    def close(self):
        if self.thread is not None:
            os.write(self.stop_writing, b"x")
            self.thread.join()
        for file in (*self.ends, self.stop_reading, self.stop_writing):
            os.close(file)
        for name in (self.near, self.far):
            if os.path.exists(f"/run/netns/{name}"):
                subprocess.run(["ip", "netns", "del", name], check=False)
