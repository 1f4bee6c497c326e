"""`verify` at a site and at headquarters: whatever was changed in the file is named, in both languages."""

import random
import shutil
import sqlite3
import unittest

from sitelog_processes import CREW, REFUSED, ProcessTest, an_event

# What is changed, on which side, and the kinds of finding of which one must be named.
SITE, TOP = "site", "headquarters"
DAMAGES = [
    (SITE, "entries", "bytes", "chain"),
    (SITE, "entries", "name", "chain"),
    (SITE, "blocks", "packed", "entry"),
    (SITE, "blocks", "entries", "entry"),
    (SITE, "records", "state", "record"),
    (SITE, "records", "first_entry", "record"),
    (SITE, "records", "list_id", "record"),
    (SITE, "lists", "campaign", "record"),
    (SITE, "records", "heads", "record"),
    (SITE, "books", "state_digest", "digest"),
    (SITE, "heads", "head", "head"),
    (SITE, "heads", "signature", "head"),
    (SITE, "streams", "head", "chain"),
    (SITE, "devices", "key", "device"),
    (SITE, "receipts", "receipt", "receipt"),
    (SITE, "acknowledgements", "device", "held"),
    (SITE, "conflicts", "conflict", "conflict"),
    (SITE, "meta", "key", "setting"),
    (TOP, "entries", "bytes", "chain"),
    (TOP, "blocks", "packed", "entry"),
    (TOP, "blocks", "first_entry", "chain"),
    (TOP, "records", "state", "record"),
    (TOP, "records", "first_entry", "record"),
    (TOP, "lists", "review", "record"),
    (TOP, "records", "heads", "record"),
    (TOP, "tallies", "axes", "tally"),
    (TOP, "conflicts", "field", "conflict"),
    (TOP, "heads", "signature", "head"),
    (TOP, "invitations", "device", "invitation"),
    (TOP, "acknowledgements", "device", "held"),
]


class Verify(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        a, b = self.device(self.top, "甲"), self.device(self.top, "乙")
        record = a.record(title="一", participants=10)
        a.record(title="二")
        # Enough for a block at headquarters, and at the site that takes it from there.
        b.record_many([an_event(title=f"第{i}场", summary=f"{i}：" + "送文艺下基层，工人弟兄看演出。" * 40)
                       for i in range(30)])
        self.settle(a, b)
        a.edit(record, participants=20)
        b.edit(record, participants=30)
        self.settle(a, b)
        self.top.stop()
        self.a = a
        self.random = random.Random(5)

    def sides(self):
        return {SITE: self.a, TOP: self.top}

    def database(self, program):
        return program.folder / "sitelog.db"

    def keep(self, program):
        """Keeps the whole file beside the folder, with nothing left in its log."""
        with sqlite3.connect(self.database(program)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        whole = self.folder / f"{program.name}.whole"
        shutil.copy(self.database(program), whole)
        return whole

    def put_back(self, program, whole):
        for beside in ("-wal", "-shm"):
            self.database(program).with_name("sitelog.db" + beside).unlink(missing_ok=True)
        shutil.copy(whole, self.database(program))

    def flip(self, program, table, column):
        """Changes one bit in one cell; False where the table has no row."""
        database = sqlite3.connect(self.database(program))
        database.text_factory = bytes
        # Campaigns and units are read at opening: then no command starts.
        only = {"records": " AND form = 'event'",
                "lists": " AND form = 'event' AND list_id IN (SELECT list_id FROM records)"}.get(table, "")
        rows = database.execute(f"SELECT {column}, typeof({column}), * FROM {table}"
                                f" WHERE length({column}) > 0{only}").fetchall()
        names = [row[1].decode() for row in database.execute(f"PRAGMA table_info({table})")]
        changed = 0
        if rows:
            value, kind, *row = rows[self.random.randrange(len(rows))]
            if kind == b"integer":
                new = str(value ^ 1)
            else:
                value = bytearray(value)
                value[self.random.randrange(len(value))] ^= 1
                new = f"CAST(x'{value.hex()}' AS {'TEXT' if kind == b'text' else 'BLOB'})"
            same = " AND ".join(f"CAST({name} AS BLOB) IS CAST(? AS BLOB)" for name in names)
            changed = database.execute(f"UPDATE {table} SET {column} = {new} WHERE {same}",
                                       row).rowcount
            database.commit()
        database.close()
        return changed == 1

    def test_a_bit_changed_in_any_table_is_named_with_its_place(self):
        programs = self.sides()
        for program in programs.values():
            self.assertEqual(program.verify()["findings"], 0)
        whole = {side: self.keep(program) for side, program in programs.items()}
        for side, table, column, kind in DAMAGES:
            with self.subTest(side=side, table=table, column=column):
                program = programs[side]
                self.put_back(program, whole[side])
                self.assertTrue(self.flip(program, table, column), "nothing there to change")
                done = program.run("verify", expect=REFUSED)
                findings = [line for line in done.lines if "finding" in line]
                self.assertIn(kind, {line["finding"] for line in findings}, str(done))
                for line in findings:
                    self.assertTrue(line["where"] and line["what"], line)
                summary = next(line for line in done.lines if "findings" in line)
                self.assertEqual(summary["findings"], len(findings))
                self.assertEqual(done.error["reason"], "folder_damaged")
        for side, program in programs.items():
            self.put_back(program, whole[side])
            self.assertEqual(program.verify()["findings"], 0, "and whole again")

    def test_a_damaged_entry_that_was_never_sent_ends_a_sync_with_the_reason_and_holds_up_nobody_else(self):
        whole = self.a.record(title="三")
        self.a.record(title="四")
        database = sqlite3.connect(self.database(self.a))
        last, entry = database.execute(
            "SELECT entry_id, bytes FROM entries WHERE instr(bytes, ?)", ("四".encode(),)).fetchone()
        spoilt = entry[:-1] + bytes([entry[-1] ^ 1])
        database.execute("UPDATE entries SET bytes = ? WHERE entry_id = ?", (spoilt, last))
        database.commit()
        database.close()
        self.top.serve()
        done = self.a.run("sync", expect=REFUSED, timeout=30)
        self.assertIn("bad_signature", str(done))
        # Both left in one signed batch; neither is said to be held, and both stay here.
        status = self.a.status()
        self.assertEqual(status["entries"]["waiting"], 2)
        self.assertEqual(status["last_sync"]["failure"]["reason"], "bad_signature")
        self.assertEqual(self.a.show(whole)["fields"]["title"], "三")
        # Others go on.
        other = self.device(self.top, "丙")
        fresh = other.record(title="五")
        other.sync()
        self.assertEqual(self.top.record(fresh)["fields"]["title"], "五")

    def test_a_damaged_entry_is_named_by_unit_stream_and_number(self):
        self.keep(self.a)
        self.assertTrue(self.flip(self.a, "entries", "bytes"))
        done = self.a.run("verify", expect=REFUSED)
        where = [line["where"] for line in done.lines if line.get("finding") == "chain"]
        self.assertRegex(where[0], r"^unit [\w-]+, stream [\w-]+/[0-9a-f]{32}/[0-9a-f]{16}, entry \d+$")

    def test_a_damaged_campaign_is_named_though_no_command_can_open_the_folder(self):
        for program in self.sides().values():
            whole = self.keep(program)
            with sqlite3.connect(self.database(program)) as database:
                database.execute("UPDATE records SET state = '{' || state WHERE form = 'campaign'")
            database.close()
            done = program.run("verify", expect=REFUSED)
            self.assertEqual(done.error["reason"], "folder_damaged")
            self.assertRegex(done.error["message"], "record [0-9a-f]{32} does not read back")
            self.put_back(program, whole)

    def test_people_are_told_in_their_language_what_is_wrong_and_what_to_read(self):
        self.keep(self.a)
        self.keep(self.top)
        for program in (self.a, self.top):
            self.assertTrue(self.flip(program, "entries", "bytes"))
            for language, said in (("en", "the bytes are not those that were hashed"),
                                   ("zh", "内容与写入时的哈希不符")):
                done = program.run("--lang", language, "verify", expect=REFUSED, as_json=False)
                self.assertIn(said, done.out)
                self.assertIn("docs/recovery.md", done.err)

    def test_bits_changed_anywhere_in_the_file_are_refused_or_named_or_change_nothing(self):
        seed = self.random.random()
        print(f"seed {seed}", end=" ", flush=True)
        bits = random.Random(seed)
        for program in self.sides().values():
            whole = self.keep(program)
            size = whole.stat().st_size
            shown = program.run(*self.listing(program)).out
            found = 0
            for _ in range(60):
                self.put_back(program, whole)
                offset, bit = bits.randrange(size), 1 << bits.randrange(8)
                with open(self.database(program), "r+b") as file:
                    file.seek(offset)
                    byte = file.read(1)[0]
                    file.seek(offset)
                    file.write(bytes([byte ^ bit]))
                done = program.run("verify", expect=None)
                with self.subTest(program=program.name, offset=offset, bit=bit):
                    self.assertIn(done.status, (0, REFUSED), str(done))
                    if done.status == REFUSED:
                        found += 1
                        self.assertEqual(done.error["reason"], "folder_damaged", str(done))
                    else:
                        self.assertEqual(program.run(*self.listing(program)).out, shown)
            self.assertGreater(found, 10)
            self.put_back(program, whole)

    def listing(self, program):
        return ["list"] if program is self.a else ["records", "list"]


if __name__ == "__main__":
    unittest.main()
