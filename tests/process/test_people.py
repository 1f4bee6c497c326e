"""The people of a unit: known to its devices and to headquarters, picked where one records, with a PIN."""

import hashlib
import json
import struct
import time

import hand_made
from hand_made import Author, Peer, chained, entry, hello, tls_context
from https import Web, account, token
from sitelog_processes import CREW, REFUSED, USAGE, ProcessTest
from test_events import Stream

OTHER = "ruzhou"


class TestPeople(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.site = self.device(self.top, "甲")

    def names(self, program, *words):
        return {line["name"] for line in program.run("people", "list", *words).lines if "name" in line}

    def person_of(self, program, record):
        entry = program.look(record)["entries"][-1]
        return entry["person"], entry.get("known_by"), entry.get("person_role")

    def set_pin(self, name, pin, *words, expect=0, site=None):
        return (site or self.site).run("people", "set-pin", name, *words, stdin=pin + "\n", expect=expect)

    def here(self, name, pin=None, expect=0):
        words = ["--pin"] if pin else []
        return self.site.run("people", "here", name, *words, stdin=(pin or "") + "\n", expect=expect)

    def test_people_go_both_ways_and_two_devices_that_add_one_name_add_one_person(self):
        other = self.device(self.top, "乙")
        for program in (self.site, other):
            program.run("people", "add", "张三", "--role", "recorder")
        other.run("people", "add", "李四")
        self.top.run("people", "add", "王五", "--unit", CREW, "--role", "leader", "--leads")
        for _ in range(2):
            self.site.sync()
            other.sync()
        everybody = {"张三", "李四", "王五"}
        for program, words in ((self.site, ()), (other, ()), (self.top, ("--unit", CREW))):
            self.assertEqual(self.names(program, *words), everybody)
        record = self.site.record()
        self.site.run("people", "here", "张三")
        self.site.edit(record, title="由张三")
        other.run("people", "remove", "张三")
        other.sync()
        self.site.sync()
        self.assertEqual(self.names(self.site), everybody - {"张三"})
        # What stands under a removed person's name stands; nothing new comes to.
        self.assertEqual(self.person_of(self.site, record)[0], "张三")
        self.site.run("people", "here", "张三", expect=REFUSED)
        self.assert_sound(self.top, self.site, other)

    def test_nobody_outside_the_unit_is_told_or_says_who_its_people_are(self):
        foreign = self.device(self.top, "外", OTHER)
        self.site.run("people", "add", "机密者")
        self.site.sync()
        foreign.sync()
        self.assertEqual(self.names(foreign), set())
        foreign.run("people", "add", "闯入者", "--unit", CREW, expect=None)
        foreign.sync()
        self.assertEqual(self.names(self.top, "--unit", CREW), {"机密者"})
        for file in foreign.folder.rglob("*"):
            if file.is_file():
                self.assertNotIn("机密者".encode(), file.read_bytes(), file)
        account(self.top, "near", "viewer", CREW)
        account(self.top, "far", "viewer", OTHER)
        near, far = (Web(self.top, token(self.top, name)) for name in ("near", "far"))
        self.assertEqual([line["name"] for line in near.get("people.list").lines], ["机密者"])
        self.assertEqual(far.get("people.list").lines, [])
        self.assertEqual(far.get("people.list", unit=CREW).status, 404)
        self.assertEqual(near.post("people.add", name="x", unit=CREW).status, 403)
        for path in ("records.list?form=@person", "conflicts.list", "status"):
            self.assertNotIn("机密者", far.ask("GET", f"/api/v1/{path}").body)

    def test_any_name_will_do_until_the_unit_asks_for_picked_ones(self):
        self.assertEqual(self.site.status()["names"], "free")
        first = self.site.run("record", "event", *self.words(), "--person", "路人").line["record"]
        self.assertEqual(self.person_of(self.site, first)[0], "路人")
        self.top.run("people", "names", "picked", "--unit", CREW)
        self.top.run("people", "add", "张三", "--unit", CREW, "--role", "recorder")
        self.site.sync()
        self.assertEqual(self.site.status()["names"], "picked")
        refused = self.site.run("record", "event", *self.words(), expect=USAGE)
        self.assertEqual(refused.error["problems"][0]["field"], "person")
        self.site.run("record", "event", *self.words(), "--person", "路人", expect=REFUSED)
        picked = self.site.run("record", "event", *self.words(), "--person", "张三").line["record"]
        self.assertEqual(self.person_of(self.site, picked), ("张三", "folder", "recorder"))
        self.site.run("people", "here", "张三")
        self.assertEqual(self.site.status()["here"], {"name": "张三", "by_pin": False})
        self.site.edit(picked, title="又改")
        self.assertEqual(self.person_of(self.site, picked)[0], "张三")
        self.site.run("people", "here", "--nobody")
        self.site.run("edit", picked, "title=无名", expect=USAGE)
        # The first of the people can be added by nobody in particular.
        self.site.run("people", "remove", "张三")
        self.site.run("people", "add", "李四")
        self.site.run("people", "names", "free")
        self.site.record()

    def words(self):
        return ["kind=film", f"title=第{self.number()}场", "date=2020-06-01", "status=held", "level=county",
                "participants=8"]

    def number(self):
        self.counted = getattr(self, "counted", 0) + 1
        return self.counted

    def test_a_pin_keeps_a_name_and_shows_as_what_the_device_says(self):
        self.site.run("people", "add", "张三")
        self.set_pin("张三", "1234", expect=REFUSED)
        self.set_pin("张三", "8042")
        self.site.run("people", "here", "--nobody")
        self.site.run("record", "event", *self.words(), "--person", "张三", expect=REFUSED)
        self.here("张三", expect=USAGE)
        self.here("张三", "8043", expect=REFUSED)
        self.assertEqual(self.here("张三", "8042").line, {"name": "张三", "by_pin": True})
        record = self.site.record()
        self.assertEqual(self.person_of(self.site, record)[:2], ("张三", "pin"))
        self.site.sync()
        shown = self.top.run("records", "show", record, as_json=False).out
        self.assertRegex(shown, "PIN")
        self.set_pin("张三", "7315", expect=USAGE)  # the one so far is not given
        self.site.run("people", "set-pin", "张三", "--change", stdin="8042\n7315\n")
        self.here("张三", "8042", expect=REFUSED)
        self.here("张三", "7315")
        self.site.run("people", "remove-pin", "张三", stdin="7315\n")
        self.here("张三")
        # No PIN goes anywhere, nor lies anywhere.
        for folder in (self.site.folder, self.top.folder):
            for file in folder.rglob("*"):
                if file.is_file() and file.name not in ("sitelog.db", "sitelog.db-wal"):
                    self.assertNotIn(b"8042", file.read_bytes(), file)

    def test_a_unit_may_want_a_pin_and_a_forgotten_one_has_two_ways_out(self):
        for name, words in (("张三", ()), ("领导", ("--leads",)), ("李四", ())):
            self.site.run("people", "add", name, *words)
        self.site.run("people", "names", "pin")
        self.here("张三", expect=REFUSED)  # has none yet
        for name, pin in (("张三", "8042"), ("领导", "6150"), ("李四", "2580")):
            self.set_pin(name, pin)
        # Nobody has others' names, or does away with PINs, who shows none.
        self.site.run("people", "here", "--nobody")
        for words in (("names", "free"), ("add", "新人", "--leads"), ("remove", "李四")):
            self.assertIn("wants a PIN", self.site.run("people", *words, expect=REFUSED).error["message"])
        self.here("李四", "2580")
        forget = ("people", "forget-pin", "张三", "--leader")
        self.site.run(*forget, "李四", stdin="2580\n", expect=REFUSED)  # leads nothing
        self.site.run(*forget, "领导", stdin="6151\n", expect=REFUSED)
        self.site.run(*forget, "领导", stdin="6150\n")
        self.set_pin("张三", "9053")
        self.here("张三", "9053")
        # Headquarters has it forgotten at every device that hears of it.
        self.site.sync()
        self.top.run("people", "forget-pin", "张三", "--unit", CREW)
        self.here("张三", "9053")
        self.site.sync()
        self.site.run("record", "event", *self.words(), expect=REFUSED)  # here no more
        self.here("张三", "9053", expect=REFUSED)
        self.set_pin("张三", "4711")
        self.here("张三", "4711")
        self.assertEqual(self.person_of(self.site, self.site.record())[:2], ("张三", "pin"))

    def test_nobody_makes_himself_leader_where_somebody_leads(self):
        for name, words in (("张三", ()), ("领导", ("--leads",)), ("李四", ())):
            self.site.run("people", "add", name, *words)
        self.site.run("people", "names", "pin")
        pins = {"张三": "8042", "领导": "6150", "李四": "2580"}
        for name, pin in pins.items():
            self.set_pin(name, pin)
        self.here("李四", pins["李四"])
        for words in (("add", "李四", "--leads"), ("add", "同伙", "--leads"), ("add", "张三", "--role", "leader"),
                      ("remove", "张三"), ("remove", "领导"), ("names", "free"), ("names", "picked"),
                      ("add", "李四", "--leads", "--person", "李四")):
            with self.subTest(words):
                refused = self.site.run("people", *words, expect=REFUSED)
                self.assertIn("somebody who leads it", refused.error["message"])
        self.site.run("people", "forget-pin", "张三", "--leader", "李四", stdin="2580\n", expect=REFUSED)
        self.set_pin("张三", "9999x", expect=USAGE)  # the one so far is not given
        # Somebody new is added by anybody, and whoever goes says so themselves.
        self.site.run("people", "add", "新人")
        self.site.run("people", "remove", "李四")
        # Whoever leads the unit does all of it, and so does headquarters.
        self.here("领导", pins["领导"])
        self.site.run("people", "add", "张三", "--leads")
        self.site.run("people", "remove", "新人")
        self.site.run("people", "names", "picked")
        self.site.sync()
        self.top.run("people", "add", "李四", "--unit", CREW, "--leads")
        self.top.run("people", "names", "pin", "--unit", CREW)
        self.site.sync()
        # A device where nobody has a PIN yet is no way round.
        other = self.device(self.top, "乙")
        other.sync()
        refused = other.run("people", "names", "free", expect=REFUSED)
        self.assertIn("somebody who leads it", refused.error["message"])
        other.run("people", "add", "同伙", "--leads", expect=REFUSED)

    def test_whoever_leads_and_has_a_pin_is_asked_where_any_name_will_do(self):
        for name, words in (("张三", ()), ("领导", ("--leads",))):
            self.site.run("people", "add", name, *words)
        self.site.run("people", "add", "领导二", "--leads")  # nobody could be asked yet
        self.set_pin("领导", "6150")
        self.set_pin("张三", "8042")
        for words in (("--person", "路人"), ("--person", "张三"), ()):
            self.site.run("people", "add", "张三", "--leads", *words, expect=REFUSED)
        self.here("领导", "6150")
        self.site.run("people", "add", "张三", "--leads")

    def test_a_device_of_the_unit_that_says_again_what_was_said_opens_no_pin_of_before(self):
        bad = self.device(self.top, "乙")
        self.site.run("people", "add", "张三")
        self.site.sync()
        who = hashlib.sha256(b"sitelog person record 1\n"
                             + b"".join(struct.pack(">Q", ord(point)) for point in "张三")).digest()[:16]
        author = Author(bad, CREW)
        peer = Peer(self.top.address, tls_context(hand_made.SYNC, bad))
        self.addCleanup(peer.close)
        peer.say(hello(author.id.hex()))
        peer.hear()
        written, head, before = 0, author.start, []

        def say(since):
            nonlocal written, head, before
            made = entry(who, [("pins_since", since, before)], form="@person",
                         wall_ms=int(time.time() * 1000) + written)
            frame, _ = author.entries([made], after=written, head=head if written else None)
            peer.say(frame)
            written, head = written + 1, chained(head, made)
            before = [head[:16]]
            self.wait_until(lambda: self.reaches_site(written), "the site has it")

        say("甲")
        self.set_pin("张三", "8042")
        self.here("张三", "8042")
        # Nobody is asked for a PIN while another is said: the old one opens nothing all the same.
        say("乙")
        say("甲")
        self.here("张三", "8042", expect=REFUSED)
        self.set_pin("张三", "7315")
        self.here("张三", "7315")
        say("甲")
        self.here("张三", "7315", expect=REFUSED)
        self.assertNotIn('"person"', (self.site.folder / "pins.json").read_text().split('"here"')[0])

    def reaches_site(self, entries):
        """That all entries of the other device came to the site."""
        self.site.sync()
        status = self.site.status()["entries"]
        return status["book"] - status["own"] >= entries

    def test_wrong_pins_wait_over_the_end_of_the_program_and_other_people_go_on(self):
        for name, pin in (("张三", "8042"), ("李四", "2580")):
            self.site.run("people", "add", name)
            self.set_pin(name, pin)
        for _ in range(9):
            self.here("张三", "0000", expect=REFUSED)
        self.assertIn("too many wrong PINs", json.dumps(self.here("张三", "8042", expect=REFUSED).error))
        self.here("李四", "2580")

    def test_an_agent_and_a_killed_one_know_who_is_here(self):
        self.site.run("people", "add", "张三")
        self.site.agent()
        self.set_pin("张三", "8042")
        record = self.site.record()
        self.site.kill()
        self.assertEqual(self.person_of(self.site, record)[:2], ("张三", "pin"))
        again = self.site.record()
        self.assertEqual(self.person_of(self.site, again)[:2], ("张三", "pin"))
        (self.site.folder / "pins.json").write_text("{")
        self.assertIn("pins.json", self.site.run("status", expect=None).error["message"])
        (self.site.folder / "pins.json").unlink()
        self.site.record()

    def test_who_their_people_are_is_told_as_it_changes(self):
        account(self.top, "boss", "administrator")
        stream = Stream(Web(self.top, token(self.top, "boss")))
        self.addCleanup(stream.close)
        self.assertEqual(stream.next()[0], "ready")
        self.site.run("people", "add", "张三")
        self.site.sync()
        self.assertEqual(stream.until("people"), {"unit": CREW})
