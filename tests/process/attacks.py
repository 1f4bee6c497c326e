"""What an enrolled enemy or a stranger does to headquarters with a few bytes, again and again: each as a
class, for the tests of what it costs everybody else and for the bench that measures it."""

import contextlib
import hashlib
import os
import resource
import socket
import threading
import time

import hand_made
from hand_made import ACKNOWLEDGE, VECTOR, Author, Peer, chained, entry, field, frame, hello, of_book, tls_context
from https import Web, account, token
from sitelog_processes import CAMPAIGN, CREW


class Attack:
    """Prepared on a headquarters that serves; then `strike` goes on in `threads` threads until `over`."""

    item = ""      # what it aims at
    threads = 1

    def __init__(self, case, top):
        self.case = case
        self.top = top
        self.open = contextlib.ExitStack()
        self.over = threading.Event()
        self.running = []

    def prepare(self):
        pass

    def strike(self, number):
        raise NotImplementedError

    def begin(self):
        def run(number):
            while not self.over.is_set():
                with contextlib.suppress(OSError):
                    self.strike(number)
        for number in range(self.threads):
            self.running.append(threading.Thread(target=run, args=(number,), daemon=True))
            self.running[-1].start()

    def end(self):
        self.over.set()
        for thread in self.running:
            thread.join(timeout=60)
        self.open.close()


class Enrolled(Attack):
    """Has a device's key: a stolen tablet's."""

    def __init__(self, case, top):
        super().__init__(case, top)
        self.bad = case.device(top, f"乙 {type(self).__name__}")
        self.author = Author(self.bad, CREW)
        self.context = tls_context(hand_made.SYNC, self.bad)
        self.peers = {}

    def greeted(self):
        peer = self.open.enter_context(contextlib.closing(Peer(self.top.address, self.context)))
        peer.say(hello(self.author.id.hex()))
        if peer.hear() is None:
            raise ConnectionError
        peer.listen()
        return peer

    def say(self, number, content):
        """On a connection of that thread's own; on a new one where that was closed."""
        if number not in self.peers:
            self.peers[number] = self.greeted()
        if not self.peers[number].say(content):
            del self.peers[number]
            self.over.wait(0.2)


class WrongMarks(Enrolled):
    item = "vectors of 64 wrong marks against forks, receipts that name them"
    threads = 4

    def prepare(self):
        peer = self.greeted()
        trunk, head = self.author.entries([b"first"])
        peer.say(trunk)
        forks = [self.author.entries([os.urandom(8) for _ in range(20)], 1, head) for _ in range(60)]
        for fork, _ in forks:
            peer.say(fork)
        self.case.wait_until(lambda: self.top.unit()["entries"]["book"] > 1200, "the forks")
        wrong = [of_book(VECTOR, CREW, [self.author.tip(2 + i % 20, os.urandom(32)) for i in range(64)])
                 for _ in range(3 * 64)]
        self.content = [b"".join(wrong)] * 3
        self.content.append(of_book(ACKNOWLEDGE, CREW, [self.author.tip(21, forks[0][1])]) * 100)

    def strike(self, number):
        self.say(number, self.content[number])


class OneRecord(Enrolled):
    """Entries of one record, in a stream that goes on; `make(number, names)` gives what one says."""

    def prepare(self):
        self.head = None
        self.count = 0
        self.names = []
        self.record = os.urandom(16)

    def more(self, count, make):
        contents = []
        head = self.head or self.author.start
        for _ in range(count):
            contents.append(make(len(self.names) + 1, self.names))
            head = chained(head, contents[-1])
            self.names.append(head[:16])
        batch, end = self.author.entries(contents, self.count, self.head)
        self.head, self.count = end, self.count + count
        return batch


class Ladder(OneRecord):
    item = "a ladder of assignments under ask"

    def prepare(self):
        super().prepare()
        self.top.run("policy", "set", "--unit", CREW, "--field", "title", "ask")

    def rung(self, number, names):
        return entry(self.record, [("title", str(number), names[-2:-1])], parents=names[-1:])

    def strike(self, number):
        self.say(number, self.more(20, self.rung))


class Candidates(OneRecord):
    item = "candidates of one field without an end"

    def strike(self, number):
        self.say(number, self.more(50, lambda n, names: entry(
            self.record, [("title", str(n), [])], parents=names[:1])))


class FatDocument(OneRecord):
    item = "256 fields in each entry of one record, none of which replaces another"

    def strike(self, number):
        self.say(number, self.more(10, lambda n, names: entry(
            self.record, [(f"field{i}", f"{n} {i}", []) for i in range(256)], parents=names[:1])))


class NamedAgain(OneRecord):
    item = "one entry that names another 20,000 times"

    def strike(self, number):
        self.say(number, self.more(10, lambda n, names: entry(
            self.record, [("title", str(n), names[:1] * 20_000)], parents=names[:1])))


class Clocks(OneRecord):
    item = "clock entries, beside conflicts"

    def prepare(self):
        super().prepare()
        self.record = self.author.id
        for _ in range(40):
            record = os.urandom(16)
            conflict = [entry(record, [("title", str(n), [])]) for n in range(2)]
            self.say(0, self.more(2, lambda n, names, of=conflict: of[n % 2]))

    def strike(self, number):
        self.say(number, self.more(50, lambda n, names: entry(
            self.record, [(f"{n:016x}", {"monotonic": n, "wall": n}, [])], parents=names[-1:],
            form="clock")))


class OwnConflicts(OneRecord):
    item = "clock entries, beside thousands of conflicts with itself"

    def prepare(self):
        super().prepare()
        for _ in range(16):  # 8,000 entries: nearly as many as are taken
            self.say(0, self.more(500, lambda n, names: entry(
                (n // 2).to_bytes(16, "big"), [("title", str(n), [])], boot=7, monotonic_ms=n)))

    def strike(self, number):
        before = self.names[-1:] if self.count > 8000 else []  # the clock entry said last
        self.say(number, self.more(1, lambda n, names: entry(
            self.author.id, [(f"{7:016x}", {"monotonic": 0, "wall": n}, before)], form="clock")))


class Invented(Enrolled):
    item = "invented campaigns, kinds, levels and forms"

    def prepare(self):
        self.head, self.count = None, 0

    def strike(self, number):
        contents = [entry(os.urandom(16), [("_campaign", os.urandom(16).hex(), []),
                                           ("kind", os.urandom(16).hex(), []),
                                           ("level", os.urandom(16).hex(), [])],
                          form=os.urandom(8).hex() if n % 2 else "event") for n in range(200)]
        batch, end = self.author.entries(contents, self.count, self.head)
        self.count, self.head = self.count + len(contents), end
        self.say(number, batch)


class Branches(Enrolled):
    item = "branches of one stream without an end"

    def prepare(self):
        trunk, self.head = self.author.entries([b"first"])
        self.say(0, trunk)

    def strike(self, number):
        batch, _ = self.author.entries([os.urandom(8)], 1, self.head)
        self.say(number, batch)


class FatBranches(Branches):
    item = "256 fields of one record, other ones in each branch of a stream"

    def prepare(self):
        super().prepare()
        self.record = os.urandom(16)

    def strike(self, number):
        said = [entry(self.record, [(f"field{i}", os.urandom(4).hex(), []) for i in range(256)]) for _ in range(15)]
        batch, _ = self.author.entries(said, 1, self.head)
        self.say(number, batch)


class DearRecords(Enrolled):
    """Somebody reviews many of them at once, or asks what would come of it."""

    item = "records of thousands of fields, reviewed many at once"
    records, fields = 40, 4000

    def prepare(self):
        head, count = self.author.start, 0
        batches, after = [], None
        for number in range(self.records):
            record, parents = os.urandom(16), []
            contents = [entry(record, [("_campaign", CAMPAIGN, []), ("title", str(number), [])])]
            head = chained(head, contents[0])
            for begin in range(0, self.fields, 250):
                parents = [head[:16]]
                contents.append(entry(record, [(f"{name:x}", 1, []) for name in range(begin + 4096, begin + 4346)],
                                      parents=parents))
                head = chained(head, contents[-1])
            batch, end = self.author.entries(contents, count, after)
            count, after = count + len(contents), end
            batches.append(batch)
        for batch in batches:
            self.say(0, batch)
        self.case.wait_until(lambda: self.top.unit()["entries"]["book"] >= count, "the records", 60)
        account(self.top, "reviewer", "administrator")
        self.reviewer = Web(self.top, token(self.top, "reviewer"))

    def strike(self, number):
        one = self.reviewer.post("review.select").answer["selection"]
        self.reviewer.post("review.many", selection=one, verdict="accepted", unsent=True, preview=True)


class AllRanges(Enrolled):
    item = "a vector said by parts that all differ"
    threads = 2

    def prepare(self):
        peer = self.greeted()
        trunk, head = self.author.entries([b"first"])
        peer.say(trunk)
        for _ in range(70):
            peer.say(self.author.entries([os.urandom(8)], 1, head)[0])
        self.case.wait_until(lambda: self.top.unit()["entries"]["book"] > 70, "the branches")

    def strike(self, number):
        self.say(number, frame(field(VECTOR, field(1, CREW) + field(4, os.urandom(64 * 32)))) * 50)


class RepeatedRange(Enrolled):
    item = "one range of a vector said again and again, with other tips each time"

    def strike(self, number):
        tips = b"".join(field(2, self.author.tip(n % 90 + 1, bytes(6) + os.urandom(26))) for n in range(4096))
        self.say(number, frame(field(VECTOR, field(1, CREW) + tips + field(3, bytes(8)))))


class SilentConnections(Attack):
    item = "400 silent connections a second"

    def prepare(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < 4096:
            self.case.skipTest(f"the system allows {hard} open files, 4096 are needed")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4096), hard))
        self.open.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.links = []
        self.open.callback(lambda: [link.close() for link in self.links])

    def strike(self, number):
        host, port = self.top.address.rsplit(":", 1)
        self.links.append(socket.create_connection((host, int(port)), timeout=5))
        if len(self.links) > 3000:
            self.links.pop(0).close()
        time.sleep(1 / 400)


class Strangers(Attack):
    """Strangers who each say `content` and stay, `most` of them at once."""

    pause_s = 0.0

    def prepare(self):
        self.stranger = tls_context(hand_made.JOIN)
        self.peers = []
        self.open.callback(lambda: [peer.close() for peer in self.peers])

    def strike(self, number):
        self.peers.append(Peer(self.top.address, self.stranger))
        self.peers[-1].say(self.content)
        if len(self.peers) > self.most:
            self.peers.pop(0).close()
        time.sleep(self.pause_s)


class WrongJoins(Strangers):
    item = "80 wrong joins a second"
    most = 100
    pause_s = 1 / 80
    content = frame(field(hand_made.JOIN_REQUEST, field(1, b"12345678") + field(2, bytes(32)) + field(3, "x")
                          + field(4, bytes(64))))


class Unproved(Strangers):
    item = "a megabyte from each of hundreds of strangers, before any proof"
    most = 300
    content = frame(bytes(1024 * 1024))[:-1]


ALL = (WrongMarks, Ladder, Candidates, FatDocument, NamedAgain, Clocks, OwnConflicts, Invented, Branches,
       FatBranches, DearRecords, AllRanges, RepeatedRange, SilentConnections, WrongJoins, Unproved)
