"""Connections of a device made by hand: any bytes inside real TLS, with the device's own certificate."""

import contextlib
import hashlib
import json
import socket
import ssl
import struct
import subprocess
import threading

SYNC, JOIN = "sitelog/1", "sitelog-join/1"
FRAME_BYTES_MAX = 1024 * 1024 + 16
PLAIN, ZSTD, COLUMNS = 0, 1, 2

# Fields of Message in proto/sync.proto.
HELLO, REFUSE, VECTOR, ENTRIES, ACKNOWLEDGE, LOCATE, PING, GOODBYE = 1, 3, 4, 5, 6, 7, 10, 12
JOIN_REQUEST = 13


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out + bytes([number]))


def field(number, content):
    """One field of a protobuf message: bytes or text with their length, a number as a varint."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    content = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(content)) + content


def frame(message, packing=PLAIN):
    return struct.pack(">IB", len(message) + 1, packing) + message


def hello(device, books=()):
    return frame(field(HELLO, field(1, 2) + field(2, 2) + field(3, bytes.fromhex(device))
                       + b"".join(field(4, field(1, book) + field(2, digest)) for book, digest in books)))


def vector(book, tips=0):
    tip = field(1, bytes(16)) + field(3, 1) + field(4, bytes(32))
    return frame(field(VECTOR, field(1, book) + field(2, tip) * tips))


def sized(content):
    return struct.pack(">Q", len(content)) + content


def of_book(message, book, tips):
    """A Vector or an Acknowledge of these tips."""
    return frame(field(message, field(1, book) + b"".join(field(2, one) for one in tips)))


def value(of):
    """A Value of proto/ledger.proto: a text, a number, a list of texts, members by name, or cleared."""
    if of is None:
        return field(6, 1)
    if isinstance(of, list):
        return field(4, b"".join(field(1, item) for item in of))
    if isinstance(of, dict):
        return field(5, b"".join(field(1, field(1, name) + field(2, value(of[name]))) for name in sorted(of)))
    return field(2, of * 2 if of >= 0 else -of * 2 - 1) if isinstance(of, int) else field(1, of)


def entry(record, assignments, parents=(), form="event", wall_ms=0, monotonic_ms=0, boot=0):
    """An Entry of proto/ledger.proto; `assignments`: (field, value, names of what it replaces)."""
    seen = list(dict.fromkeys([*parents, *(name for made in assignments for name in made[2])]))
    def indexes(number, names):
        return field(number, b"".join(varint(seen.index(name)) for name in names)) if names else b""
    return (field(1, record) + field(2, form) + b"".join(field(3, name) for name in seen)
            + indexes(4, parents)
            + b"".join(field(5, field(1, name) + field(2, value(to)) + indexes(3, replaces))
                       for name, to, replaces in assignments)
            + field(6, field(1, wall_ms * 2) + field(4, monotonic_ms * 2)
                    + varint(5 << 3 | 1) + struct.pack("<Q", boot)))


def chained(head, content):
    """The chain hash behind an entry."""
    return hashlib.sha256(head + hashlib.sha256(content).digest()).digest()


class Author:
    """Entries of a device, made and signed by hand: any bytes, in a stream of epoch 0 that parts
    wherever that is wanted."""

    def __init__(self, device, book):
        self.key_file = device.folder / "device.key"
        self.book = book
        self.key = subprocess.run(["openssl", "pkey", "-in", str(self.key_file), "-pubout", "-outform", "DER"],
                                  check=True, capture_output=True).stdout[-32:]
        self.id = hashlib.sha256(self.key).digest()[:16]
        self.start = hashlib.sha256(b"sitelog stream 1\n" + sized(book.encode()) + self.id + bytes(8)).digest()

    def sign(self, message):
        to_sign = self.key_file.parent.with_suffix(".to_sign")
        to_sign.write_bytes(message)
        return subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", str(self.key_file), "-in",
                               str(to_sign)], check=True, capture_output=True).stdout

    def tip(self, number, head):
        return field(1, self.id) + field(3, number) + field(4, head)

    def entries(self, contents, after=0, head=None):
        """A batch that goes on behind `after`, where the chain hash is `head`; and the hash at its end."""
        previous = head[:16] if head else b""
        head = head or self.start
        for content in contents:
            head = chained(head, content)
        signed = (b"sitelog head 1\n" + sized(self.book.encode()) + self.id + bytes(8)
                  + struct.pack(">Q", after + len(contents)) + head)
        body = field(1, self.book) + field(2, self.key) + field(4, after + 1)
        body += field(5, previous) if previous else b""
        body += b"".join(field(6, content) for content in contents) + field(7, self.sign(signed))
        return frame(field(ENTRIES, body)), head


def ping(nonce=0):
    return frame(field(PING, field(1, nonce)))


def zstd_of(head, size):
    """A zstd frame (RFC 8878) that unfolds to `head` and zeros, `size` bytes in all: a raw block and
    run-length blocks of up to 128 KiB."""
    def block(kind, length, content, last):
        return struct.pack("<I", length << 3 | kind << 1 | last)[:3] + content

    out = struct.pack("<IBQ", 0xFD2FB528, 0b1110_0000, size)  # one segment, its size in 8 bytes
    out += block(0, len(head), head, False)
    left = size - len(head)
    whole, rest = divmod(left, 128 * 1024)
    return out + block(1, 128 * 1024, b"\0", False) * whole + block(1, rest, b"\0", True)


def ping_of(size):
    """A Ping of that many bytes: with a field of zeros that nobody knows; and how it begins."""
    head = field(PING, b"") + varint(99 << 3 | 2)
    length = size - len(head) - 3
    assert len(varint(length)) == 3
    return head + varint(length) + bytes(length), head + varint(length)


def tls_context(protocol, device=None):
    """For a device's folder with its certificate; without one as a stranger."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols([protocol])
    if device is not None:
        identity = json.loads((device.folder / "identity.json").read_text())
        certificate = device.case.folder / f"{device.name}.pem"
        certificate.write_text(ssl.DER_cert_to_PEM_cert(bytes.fromhex(identity["certificate"])))
        context.load_cert_chain(certificate, device.folder / "device.key")
    return context


class Peer:
    """A connection to headquarters on which anything can be said."""

    def __init__(self, address, context, receive_buffer=None, timeout_s=30):
        host, port = address.rsplit(":", 1)
        plain = socket.socket()
        if receive_buffer is not None:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.settimeout(timeout_s)
        plain.connect((host, int(port)))
        self.link = context.wrap_socket(plain)
        self.listening = None

    def say(self, content):
        """False where the other end would not take it."""
        try:
            self.link.sendall(content)
            return True
        except OSError:
            return False

    def exactly(self, size):
        out = b""
        while len(out) < size:
            more = self.link.recv(size - len(out))
            if not more:
                raise EOFError
            out += more
        return out

    def hear(self):
        """The next frame as (packing, message), or None where the other end has closed."""
        try:
            length = struct.unpack(">I", self.exactly(4))[0]
            body = self.exactly(length)
        except (EOFError, ssl.SSLError, ConnectionError):
            return None
        return body[0], body[1:]

    def hear_until_quiet(self, quiet_s=1):
        """All frames until none comes for a while, or the end (then a None is last)."""
        self.link.settimeout(quiet_s)
        out = []
        try:
            while not out or out[-1] is not None:
                out.append(self.hear())
        except TimeoutError:
            pass
        return out

    def listen(self):
        """Hears all that comes, on a thread of its own, so that the other end can go on."""
        def hear_all():
            with contextlib.suppress(OSError, ValueError):
                while self.hear() is not None:
                    pass
        self.listening = threading.Thread(target=hear_all, daemon=True)
        self.listening.start()

    def close(self):
        # The number of a closed socket is soon another file's: nobody may still read by it.
        with contextlib.suppress(OSError):
            self.link.shutdown(socket.SHUT_RDWR)
        if self.listening:
            self.listening.join()
        self.link.close()


def reason_of(frame_heard):
    """The reason of a Refuse; None for any other message."""
    if frame_heard is None or frame_heard[0] != PLAIN or frame_heard[1][:1] != varint(REFUSE << 3 | 2):
        return None
    inner = frame_heard[1][2:] if frame_heard[1][1] < 128 else frame_heard[1][3:]
    return inner[2:2 + inner[1]].decode() if inner[:1] == b"\x0a" else None
