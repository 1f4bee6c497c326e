"""A TCP proxy that misbehaves as networks do, for tests.

It cuts, swallows, damages, delays and crumbles what passes, separately in both directions.
"""

import contextlib
import dataclasses
import socket
import struct
import threading
import time
from collections.abc import Callable


@dataclasses.dataclass
class Way:
    """What happens to the bytes of one direction of one connection. Offsets count its bytes."""

    cut_at: int | None = None  # both directions end there
    before_cut: Callable[[], None] | None = None  # called then; the connection lasts until it returns
    reset: bool = False  # by a reset, instead of an orderly end
    swallow_at: int | None = None  # from there on all is taken and nothing passed on, in silence
    flip_at: int | None = None  # one bit of this byte is turned over
    insert_at: int | None = None  # `insert` is sent there in place of all that follows, then the end
    insert: bytes = b""
    delay_s: float = 0  # of each piece
    piece: int = 65536  # bytes at most that pass in one go


class Link:
    """One connection through the proxy."""

    def __init__(self, near, far, up, down, proxy):
        self.near, self.far, self.proxy = near, far, proxy
        self.swallowing = False
        self.carrying = 2
        for source, sink, way in ((near, far, up), (far, near, down)):
            threading.Thread(target=self.carry, args=(source, sink, way, way is up), daemon=True).start()

    def carry(self, source, sink, way, is_up):
        passed = 0
        try:
            while data := source.recv(way.piece):
                if way.delay_s:
                    time.sleep(way.delay_s)
                if self.swallowing or (way.swallow_at is not None and passed >= way.swallow_at):
                    continue
                end = passed + len(data)
                if way.flip_at is not None and passed <= way.flip_at < end:
                    data = bytearray(data)
                    data[way.flip_at - passed] ^= 1 << way.flip_at % 8
                ends = [at for at in (way.cut_at, way.insert_at, way.swallow_at)
                        if at is not None and at <= end]
                data = data[:min(ends) - passed] if ends else data
                sink.sendall(data)
                passed += len(data)
                self.proxy.count(is_up, len(data))
                if passed == way.insert_at:
                    sink.sendall(way.insert)
                    return self.end(False)
                if passed == way.cut_at:
                    if way.before_cut:
                        way.before_cut()
                    return self.end(way.reset)
            if not self.swallowing and way.swallow_at is None:
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            self.end(False)
        finally:
            self.let_go()

    def end(self, reset):
        for end in (self.near, self.far):
            with contextlib.suppress(OSError):  # the other direction was first
                if reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)  # wakes the other thread

    def let_go(self):
        """The last of both threads closes: the number of a closed socket is soon another file's, by which
        nobody may still read."""
        with self.proxy.lock:
            self.carrying -= 1
            last = self.carrying == 0
        if last:
            self.near.close()
            self.far.close()


class Proxy:
    """Passes connections on to `target`; `plan()` gives the ways up and down of each."""

    def __init__(self, case, target):
        self.target = target
        self.plan = lambda: (Way(), Way())
        self.up_bytes = self.down_bytes = 0
        self.links = []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()
        case.addCleanup(self.close)

    def serve(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            host, port = self.target.rsplit(":", 1)
            try:
                far = socket.create_connection((host, int(port)))
            except OSError:
                near.close()
                continue
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.links.append(Link(near, far, *self.plan(), self))

    def count(self, is_up, size):
        with self.lock:
            if is_up:
                self.up_bytes += size
            else:
                self.down_bytes += size

    def swallow(self):
        """From now on the open connections carry nothing, and neither end is told."""
        for link in self.links:
            link.swallowing = True

    def close(self):
        self.listener.close()
        for link in self.links:
            link.end(False)
