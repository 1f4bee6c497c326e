"""What an enrolled device makes by hand of what was sent, of verdicts, and of what is void."""

import hashlib
import struct
import unittest

import hand_made
from hand_made import Author, Peer, chained, entry, hello, tls_context
from sitelog_processes import CAMPAIGN, CAMPAIGN_FILE, CREW, DONE, an_event
from stations import GROUP, StationsTest

CHAIN = ["checker@" + GROUP, "office@"]
FIELDS = {name: value for name, value in an_event(3).items() if name != "number"}


class Hand:
    """A device whose entries are made by hand, of one record."""

    def __init__(self, test, name="乙"):
        self.test = test
        self.device = test.device(test.top, name)
        self.author = Author(self.device, CREW)
        self.peer = Peer(test.top.address, tls_context(hand_made.SYNC, self.device))
        test.addCleanup(self.peer.close)
        self.peer.say(hello(self.author.id.hex()))
        self.peer.hear()
        self.head, self.number = self.author.start, 0
        self.record = bytes(range(16))
        self.set = {}  # by field, what it wrote last

    @property
    def known(self):
        return self.record.hex()

    def write(self, assignments, parents=None):
        """One entry on top of all that headquarters has, unless told otherwise; its name."""
        parents = self.tips() if parents is None else parents
        content = entry(self.record, assignments, parents=parents)
        frame, head = self.author.entries([content], after=self.number, head=self.head)
        self.head, self.number = head, self.number + 1
        self.peer.say(frame)
        self.test.assertIsNotNone(self.peer.hear())
        name = head[:16]
        self.test.wait_until(lambda: name in self.entries(), "headquarters has it")
        self.set.update({made[0]: [name] for made in assignments})
        return name

    def entries(self):
        """What headquarters has of the record: by entry, the fields that it sets."""
        shown = self.test.top.run("records", "show", self.known, expect=None)
        lines = shown.lines[0]["entries"] if shown.status == DONE else []
        return {bytes.fromhex(each["entry"]): each["fields"] for each in lines}

    def tips(self):
        return list(self.entries())[-1:]

    def voiding(self):
        """Headquarters' entry that declares it void."""
        return [name for name, fields in self.entries().items() if "_void" in fields]


def digest(domain, heads):
    out = hashlib.sha256(domain)
    for name in sorted(heads):
        out.update(struct.pack(">Q", len(name)) + name.encode() + struct.pack(">Q", 1) + heads[name])
    return out.hexdigest()


def sending(heads, chain=CHAIN, **more):
    """`_sent` of these heads, by field."""
    by_entry = {}
    for name, head in heads.items():
        by_entry.setdefault(head.hex(), []).append(name)
    content = {name: head for name, head in heads.items() if name != "_campaign"}
    return {"content": digest(b"sitelog content 1\n", content),
            "explanations": digest(b"sitelog explanations 1\n", {}),
            "heads": {name: sorted(fields) for name, fields in by_entry.items()},
            "chain": list(chain), **more}


def number(of):
    return struct.pack(">Q", of)


def counted(text):
    return number(len(text.encode())) + text.encode()


def laid_out(value):
    """A value as names of what was sent are made of it."""
    if isinstance(value, str):
        return number(1) + counted(value)
    if isinstance(value, list):
        return number(4) + number(len(value)) + b"".join(counted(item) for item in value)
    return number(5) + number(len(value)) + b"".join(counted(name) + laid_out(value[name]) for name in sorted(value))


def name_of(sent):
    return hashlib.sha256(b"sitelog sent 1\n" + laid_out(sent)).hexdigest()


class SentByHand(StationsTest):
    def begun(self):
        """A record that a device made by hand, its heads by field."""
        hand = Hand(self)
        name = hand.write([(field, FIELDS[field], []) for field in sorted(FIELDS)]
                          + [("_campaign", "thousand-events", [])], parents=[])
        return hand, {field: name for field in [*FIELDS, "_campaign"]}

    def is_refused(self, record):
        review = self.review(record)
        self.assertEqual((review["state"], review.get("changed_since")), ("refused", True), review)
        self.assertEqual([self.counted(each) for each in ("accepted", "pending", "refused")], [0, 0, 1])

    def test_a_device_neither_speaks_for_a_station_nor_chooses_who_judges_it(self):
        hand, heads = self.begun()
        sent = sending(heads, ["checker@my-friend", "office@"])
        hand.write([("_sent", sent, [])])
        verdict = {"verdict": "accepted", "unit": "", "of": "0" * 64}
        hand.write([("_review.office", verdict, [])])
        hand.write([("_sent", {**sent, "content": "0" * 64}, [])])
        reasons = sorted(line["reason"] for line in self.top.run("quarantine").lines)
        self.assertEqual(reasons, ["malformed", "not_permitted"])
        wanted = hand.known
        shown = self.shown(wanted)
        self.assertEqual((shown["review"]["state"], shown["review"]["waiting"]),
                         ("pending", {"role": "checker", "unit": "my-friend"}))
        self.assertEqual(shown["would_ask"][0], {"role": "checker", "unit": GROUP})
        # Nobody sits at such a chair, not by a role elsewhere; the office sees it, and is told again.
        self.assertEqual(self.stranger.get("record.show", record=wanted).status, 404)
        self.assertEqual(self.say(self.checker, wanted).status, 403)
        self.assertIn({"role": "checker", "unit": "", "records": 1, "empty": True},
                      self.top.status()["waiting"])
        done = self.say(self.office, wanted)
        self.assertEqual(done.status, 200, str(done))
        self.assertIn("by the units and roles of today", str(done.answer["notices"]))
        self.assert_sound(self.top)

    def test_nothing_that_a_device_sends_gets_around_what_headquarters_declared_void(self):
        hand, heads = self.begun()
        record = hand.known
        hand.write([("_sent", sending(heads), [])])
        self.assertEqual(self.say(self.office, record).status, 200)
        self.top.run("void", self.top.seen(record), "--reason", "没有举办")
        # While it is void no station judges it.
        for who in (self.checker, self.office):
            said = self.say(who, record)
            self.assertEqual(said.status, 403, str(said))
            self.assertIn("takes that back", str(said))
        hand.write([("_void", None, hand.voiding())])
        self.assertNotIn("void", self.shown(record))
        self.is_refused(record)
        for chain in (["office@"], ["director@"], CHAIN):
            hand.write([("_sent", sending(heads, chain, note=chain[0]), hand.set["_sent"])])
            self.is_refused(record)
        said = self.say(self.checker, record)
        self.assertIn("declared it void", str(said.answer["notices"]))
        self.is_refused(record)
        nowhere = {**heads, "title": bytes(16)}  # what is not here was not sent
        hand.write([("_sent", sending(nowhere), hand.set["_sent"])])
        self.assertNotIn("stations", self.review(record))
        self.is_refused(record)
        self.assert_sound(self.top)
        # Headquarters judges it again, knowing that.
        hand.write([("_sent", sending(heads, CHAIN, note="at last"), hand.set["_sent"])])
        said = self.say(self.office, record)
        self.assertEqual(said.status, 200, str(said))
        self.assertIn("its unit took that back", str(said.answer["notices"]))
        self.assertEqual(self.review(record)["state"], "accepted")
        hand.write([("_sent", sending(heads, CHAIN, note="again"), hand.set["_sent"])])
        self.assertEqual(self.review(record)["state"], "pending")
        self.assert_sound(self.top)

    def test_what_a_station_refused_does_not_become_accepted_by_sending_what_was_before(self):
        hand, heads = self.begun()
        record, first = hand.known, sending(heads)
        hand.write([("_sent", first, [])])
        for who in (self.checker, self.office):
            self.assertEqual(self.say(who, record).status, 200)
        self.assertEqual(self.review(record)["state"], "accepted")
        hand.write([("_sent", sending(heads, note="without a word of what was before"), hand.set["_sent"])])
        self.assertEqual(self.say(self.checker, record, "refused", remark="不实").status, 200)
        self.assertEqual(self.review(record)["state"], "refused")
        hand.write([("_sent", first, hand.set["_sent"])])
        self.assertEqual(self.review(record)["state"], "pending")
        self.assertEqual(self.counted("accepted"), 0)
        # Nor as if it had begun the record.
        hand.write([("_sent", first, [])], parents=[])
        self.assertEqual(self.review(record)["state"], "pending")
        # The unit sends it again, and it is looked at anew.
        self.site.sync()
        self.site.run("send", self.site.seen(record))
        self.site.sync()
        self.assertEqual(self.review(record)["waiting"], {"role": "checker", "unit": GROUP})
        self.assert_equal_everywhere(self.top, self.site)
        self.assert_sound(self.top, self.site)

    def test_what_was_accepted_as_a_whole_is_no_answer_once_a_station_spoke(self):
        hand, heads = self.begun()
        record = hand.known
        self.assertEqual(self.say(self.office, record).status, 200)
        hand.write([("_sent", sending(heads), [])])
        self.assertEqual(self.review(record)["state"], "accepted")
        self.assertEqual(self.say(self.checker, record, "refused", remark="不实").status, 200)
        for note in ("one", "two"):
            hand.write([("_sent", sending(heads, note=note), hand.set["_sent"])])
            self.assertEqual(self.review(record)["state"], "pending")
            self.assertEqual(self.counted("accepted"), 0)
            self.assertEqual(self.say(self.office, record, "refused", remark="不实").status, 200)
        # What the office said at its station is all that it says, also when that is past.
        hand.write([("_sent", sending(heads, note="three"), hand.set["_sent"])])
        self.assertEqual(self.say(self.checker, record).status, 200)
        self.assertEqual(self.review(record)["waiting"], {"role": "office", "unit": ""})
        self.assert_sound(self.top)

    def test_no_lower_station_ends_headquarters_word_that_a_record_is_void(self):
        hand, heads = self.begun()
        record = hand.known
        hand.write([("_sent", sending(heads, ["checker@"]), [])])
        self.top.run("void", self.top.seen(record), "--reason", "没有举办")
        self.assertEqual(self.review(record)["state"], "refused")
        hand.write([("_void", None, hand.voiding())])
        hand.write([("_sent", sending(heads), hand.set["_sent"])])
        self.is_refused(record)
        self.assertEqual(self.say(self.checker, record).status, 200)
        self.is_refused(record)
        said = self.say(self.office, record)
        self.assertIn("its unit took that back", str(said.answer["notices"]))
        self.assertEqual(self.review(record)["state"], "accepted")

    def test_what_a_unit_is_to_send_next_can_not_be_made_past_beforehand(self):
        hand, heads = self.begun()
        record, first = hand.known, sending(heads)
        hand.write([("_sent", first, [])])
        self.site.sync()
        self.assertEqual(self.say(self.checker, record, "returned", remark="?").status, 200)
        said = self.shown(record)["review"]
        self.assertEqual((said["state"], said["sent"]), ("returned", name_of(first)))
        # All that the unit's device is going to send is known, and so is its name.
        other = self.top.record(self.sent(title="另一场"))["entries"]
        campaign = next(each["fields"]["_sent"]["value"]["campaign"] for each in other if "_sent" in each["fields"])
        following = [{**first, "campaign": campaign, "before": name_of(first)}]
        following.append({**following[0], "before": name_of(following[0])})
        for each in following:
            hand.write([("_sent", {**first, "before": name_of(each)}, hand.set["_sent"])])
        self.site.sync()
        self.site.run("send", self.site.seen(record))
        self.site.sync()
        self.assertEqual(self.review(record)["waiting"], {"role": "checker", "unit": GROUP})
        self.assert_sound(self.top, self.site)

    def test_a_record_tells_each_sending_by_the_name_that_verdicts_call_it(self):
        hand, heads = self.begun()
        record, first = hand.known, sending(heads)
        hand.write([("_sent", first, [])])
        self.assertEqual(self.say(self.checker, record, "returned", remark="?").status, 200)
        # Another, which says nothing of what was before, or what is not so.
        silent, lying = sending(heads, note="silent"), {**sending(heads, note="lying"), "before": "0" * 64}
        hand.write([("_sent", silent, hand.set["_sent"])])
        hand.write([("_sent", lying, hand.set["_sent"])])
        shown = self.shown(record)
        named = {each["sent"]: each["value"].get("before") for each in shown["history"]["_sent"]}
        self.assertEqual(named, {name_of(first): None, name_of(silent): None, name_of(lying): "0" * 64})
        judged = shown["history"]["_review.checker"][-1]["value"]
        self.assertEqual((judged["of"], shown["review"]["sent"]), (name_of(first), name_of(lying)))
        of_entry = [each["fields"]["_sent"]["sent"] for each in shown["entries"] if "_sent" in each["fields"]]
        self.assertEqual(sorted(of_entry), sorted(named))

    def test_a_conflict_that_arises_after_sending_keeps_no_station_from_judging_what_was_sent(self):
        hand, heads = self.begun()
        record = hand.known
        sent = hand.write([("_sent", sending(heads), [])])
        begun = heads["title"]
        for participants in (400, 500):
            hand.write([("participants", participants, [begun]), ("invented", str(participants), [])], [sent])
        conflicts = {each["field"] for each in self.shown(record)["conflicts"]}
        self.assertEqual(conflicts, {"participants", "invented"})
        for who in (self.checker, self.office):
            said = self.say(who, record)
            self.assertEqual(said.status, 200, str(said))
            told, = (each["text"] for each in said.answer["notices"] if "in conflict" in each["text"])
            self.assertIn("invented", told)
        self.assertEqual(self.review(record)["state"], "accepted")
        self.assertEqual(self.shown(record)["as_sent"]["participants"], FIELDS["participants"])

    def test_what_two_devices_sent_at_once_is_returned_to_be_sent_again_and_not_accepted(self):
        hand, heads = self.begun()
        record = hand.known
        begun = [heads["title"]]
        for note in ("one", "two"):
            hand.write([("_sent", sending(heads, note=note), [])], begun)
        said = self.say(self.checker, record)
        self.assertEqual(said.status, 422, str(said))
        self.assertIn("return it", said.body)
        self.assertEqual(self.say(self.checker, record, "returned", remark="请重新报送").status, 200)
        self.site.sync()
        self.site.run("send", self.site.seen(record))
        self.site.sync()
        self.assertEqual(self.shown(record)["conflicts"], [])
        self.assertEqual(self.say(self.checker, record).status, 200)
        self.assert_sound(self.top, self.site)

    def test_a_record_moved_to_another_campaign_stands_where_it_was_sent_and_both_are_shown(self):
        self.top.run("campaign", "publish", CAMPAIGN_FILE.parent / "artists-among-workers.toml")
        hand, heads = self.begun()
        hand.write([("_sent", sending(heads), [])])
        hand.write([("_campaign", "artists-among-workers", [heads["_campaign"]])])
        shown = self.shown(hand.known)
        self.assertEqual((shown["campaign"], shown["campaign_now"]), (CAMPAIGN, "artists-among-workers"))
        words = self.top.run("--lang", "zh", "records", "show", hand.known, as_json=False).out
        self.assertRegex(words, "现在改属活动方案“.*创作实践活动（artists-among-workers）”")
        self.assertNotIn("活动方案：thousand-events", words)

    def test_who_says_that_they_were_there_first_takes_nothing_of_a_record(self):
        hand, heads = self.begun()
        record, first = hand.known, sending(heads)
        hand.write([("_sent", first, [])])
        self.assertEqual(self.say(self.office, record).status, 200)
        before = self.shown(record)
        other = Hand(self, "丙")
        other.write([("_sent", first, []), ("title", "另一场", [heads["title"]])], parents=[])
        self.assertEqual(self.review(record)["state"], "accepted")
        after = self.shown(record)
        self.assertEqual(after["created"], before["created"])
        self.assertEqual(after["as_sent"]["title"], before["fields"]["title"])


if __name__ == "__main__":
    unittest.main()
