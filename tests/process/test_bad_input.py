"""Bad input, wrong people: told in words, and nothing of it is taken."""

import json
import os
import shutil
import sqlite3
import unittest
from pathlib import Path

from sitelog_processes import (CAMPAIGN, CAMPAIGN_FILE, CREW, REFUSED, SITE, UNITS_FILE, ProcessTest,
                               an_event)

EVENT = ["kind=performance", "title=井口慰问演出", "date=2020-07-01", "status=held"]


class Values(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.device = self.device(self.top)
        self.top.stop()

    def refused_fields(self, *words, form="event"):
        refused = self.device.run("record", form, *words, expect=REFUSED)
        problems = [line["problem"] for line in refused.lines if "problem" in line]
        for problem in problems:
            self.assertTrue(problem["message"])
            self.assertNotIn("{}", problem["message"])
        return {problem["field"]: problem["message"] for problem in problems}

    def test_a_value_that_can_not_be_is_refused_with_the_field_and_what_is_allowed(self):
        for field, value, allowed in (
                ("nosuch", "x", ""), ("kind", "送温暖", "film Films"), ("level", "省", "Grassroots"),
                ("status", "maybe", "held"), ("date", "2020-02-30", "2020-06-01"),
                ("date", "2020-13-01", "2020-06-01"), ("date", "yesterday", "2020-06-01"),
                ("date", "0000-00-00", ""), ("participants", "-3", "0"), ("participants", "viele", ""),
                ("participants", "1e99", ""), ("participants", "3.5", ""),
                ("participants", "99999999999999999999999", ""), ("sessions", "10001", "10000"),
                ("delivery", "gift", "purchased"), ("title", "", ""), ("title", "字" * 3000, ""),
                ("site_type", "moon", "mine")):
            with self.subTest(field=field, value=value[:30]):
                others = [word for word in EVENT if not word.startswith(field + "=")]
                found = self.refused_fields(*others, f"{field}={value}")
                self.assertEqual(list(found), [field])
                self.assertIn(allowed, found[field])
        self.assertEqual(self.device.records(), [])
        self.assertEqual(self.device.status()["entries"]["own"], 0)

    def test_all_that_is_wrong_is_told_at_once(self):
        found = self.refused_fields("kind=x", "date=2020-13-01", "participants=-1")
        self.assertEqual(set(found), {"kind", "date", "participants", "title", "status"})

    def test_an_edit_that_can_not_be_changes_nothing(self):
        record = self.device.record(participants=5)
        for word in ("participants=-1", "nosuch=1", "kind=x", "title=", "_review=accepted",
                     "_campaign=x", "_void=x"):
            self.device.run("edit", record, "venue=井口", word, expect=REFUSED)
        shown = self.device.show(record)
        self.assertNotIn("venue", shown["fields"])
        self.assertEqual((len(shown["entries"]), shown["review"]), (1, {"state": "pending", "unsent": True}))

    def test_unknown_forms_campaigns_and_records_are_refused_by_name(self):
        for words, said in ((["record", "nosuch", *EVENT], "nosuch"),
                            (["record", "unit", *EVENT], "unit"),
                            (["record", "event", "--campaign", "other", *EVENT], CAMPAIGN),
                            (["edit", "ffffffff", "title=x"], "ffffffff"),
                            (["edit", "zz", "title=x"], "zz"),
                            (["show", "'; DROP TABLE records; --"], ""),
                            (["void", "ffffffff", "--reason", "x"], "ffffffff")):
            refused = self.device.run(*words, expect=REFUSED)
            self.assertIn(said, refused.error["message"])

    def test_a_wrong_line_among_ten_thousand_is_told_by_its_number_and_the_others_are_saved(self):
        wrong = {17: '{"kind": "film"', 4000: "[]", 7777: json.dumps(an_event(1, participants=-1)),
                 9999: json.dumps(an_event(1, nosuch=1)), 10000: "not JSON"}
        lines = self.device.record_many((wrong.get(i) or an_event(i, title=str(i))
                                         for i in range(1, 10_001)), expect=REFUSED)
        bad = {line["line"]: line["error"] for line in lines if "error" in line}
        self.assertEqual(set(bad), set(wrong))
        for error in bad.values():
            self.assertTrue(error["message"])
        self.assertIn("participants", bad[7777]["message"])
        self.assertIn("nosuch", bad[9999]["message"])
        saved = [line for line in lines if "record" in line]
        self.assertEqual(len(saved), 10_000 - len(wrong))
        self.assertEqual({line["fields"]["title"] for line in self.device.records()},
                         {str(i) for i in range(1, 10_001)} - {str(i) for i in wrong})

    def test_a_line_that_is_not_text_is_told_by_its_number_and_the_others_are_saved(self):
        file = self.folder / "mixed.jsonl"
        file.write_bytes(b"".join(line + b"\n" for line in (
            json.dumps(an_event(1)).encode(), b'{"title": "\xff\xfe"}',
            json.dumps(an_event(2), ensure_ascii=False).encode("gb18030"), b"\x00" * 10,
            json.dumps(an_event(3)).encode())))
        lines = self.device.run("record", "event", "--from", file, "--again", expect=REFUSED).lines
        self.assertEqual([line["line"] for line in lines if "record" in line], [1, 5])
        self.assertEqual([line["line"] for line in lines if "error" in line], [2, 3, 4])

    def test_lines_of_a_batch_may_be_empty_huge_or_without_an_end(self):
        outcome = self.device.run("record", "event", "--from", "-", "--again", expect=REFUSED,
                                  stdin="\n\n" + json.dumps(an_event(1)) + "\r\n"
                                  + json.dumps(an_event(2, summary="字" * 2_000_000)) + "\n"
                                  + "{" * 10_000 + "\n" + '{"title": null, "kind": {"a": [1]}}\n'
                                  + json.dumps(an_event(3)))
        saved = [line["line"] for line in outcome.lines if "record" in line]
        self.assertEqual(saved, [3, 7])
        self.assertEqual([line["line"] for line in outcome.lines if "error" in line], [4, 5, 6])
        self.device.run("record", "event", "--from", self.folder / "nothing", expect=REFUSED)
        self.device.run("record", "event", "--from", self.folder, expect=REFUSED)
        self.assertEqual(self.device.run("record", "event", "--from", "-", stdin="").lines, [])

    def test_the_same_through_the_agent(self):
        self.device.agent()
        self.test_a_wrong_line_among_ten_thousand_is_told_by_its_number_and_the_others_are_saved()
        self.test_lines_of_a_batch_may_be_empty_huge_or_without_an_end()
        self.test_a_line_that_is_not_text_is_told_by_its_number_and_the_others_are_saved()
        self.refused_fields("kind=x", "date=2020-13-01")


class Files(ProcessTest):
    def setUp(self):
        self.top = self.headquarters("top", set_up=False, serving=False)
        self.top.run("init", "--name", "总工会")

    def test_headquarters_has_a_name_under_which_it_can_write(self):
        other = self.headquarters("other", set_up=False, serving=False)
        for name in ("", "  ", "总" * 90):
            refused = other.run("init", "--name", name, expect=REFUSED)
            self.assertEqual(refused.error["reason"], "invalid_value")
            self.assertFalse(other.folder.exists())
        other.run("init", "--name", "总" * 85)
        other.run("units", "import", UNITS_FILE)

    def problems(self, *words):
        refused = self.top.run(*words, expect=REFUSED)
        return [line["problem"]["message"] for line in refused.lines if "problem" in line]

    def test_a_units_file_with_errors_is_told_by_file_and_line_and_nothing_is_published(self):
        header = "code,name,parent,kind,level\n"
        good = "city,市总工会,,federation,city\n"
        cases = {
            "twice": (header + good + "mine,矿,city,enterprise,grassroots\nmine,矿二,city,enterprise,grassroots\n", 4),
            "parent": (header + good + "mine,矿,nosuch,enterprise,grassroots\n", 3),
            "columns": (header + good + "mine,矿,city,enterprise,grassroots,more\n", 3),
            "cycle": (header + good + "a,甲,b,enterprise,grassroots\nb,乙,a,enterprise,grassroots\n", 3),
            "header": ("code,name,superior,kind,level\n" + good, 1),
            "code": (header + good + "a b/c,矿,city,enterprise,grassroots\n", 3),
            "name": (header + good + "mine,,city,enterprise,grassroots\n", 3),
            "quote": (header + good + "mine,\"矿,city,enterprise,grassroots\n", 3),
        }
        for name, (content, line) in cases.items():
            with self.subTest(case=name):
                file = self.folder / f"{name}.csv"
                file.write_text(content, encoding="utf-8")
                problems = self.problems("units", "import", file)
                self.assertTrue(problems)
                self.assertTrue(any(f"{name}.csv" in p and str(line) in p for p in problems), problems)
        binary = self.folder / "noise.csv"
        binary.write_bytes((header + good).encode("gb18030") + b"\xff\xff")
        problems = self.problems("units", "import", binary)
        self.assertTrue(any("noise.csv" in p and "CSV" in p for p in problems), problems)
        (self.folder / "empty.csv").write_bytes(b"")
        self.assertTrue(self.problems("units", "import", self.folder / "empty.csv"))
        self.top.run("units", "import", self.folder / "nothing.csv", expect=REFUSED)
        self.top.run("units", "import", self.folder, expect=REFUSED)
        self.assertEqual(self.top.run("units", "list").lines, [])

    def test_a_units_file_from_a_spreadsheet_is_taken(self):
        file = self.folder / "units.csv"
        file.write_bytes(b"\xef\xbb\xbf" + 'code,name,parent,kind,level\r\n'
                         'city,"市总工会, 本级",,federation,city\r\n'.encode())
        self.assertEqual(self.top.run("units", "import", file).line["added"], 1)
        self.assertEqual(self.top.run("units", "list").line["name"], "市总工会, 本级")

    def test_a_campaign_file_with_errors_is_told_by_file_and_line_and_nothing_is_published(self):
        self.top.run("units", "import", UNITS_FILE)
        good = CAMPAIGN_FILE.read_text(encoding="utf-8")

        def line_of(text, content):
            return content[:content.rindex(text)].count("\n") + 1

        changes = {
            "syntax": ("to = 2020-11-30", "to = = 2020-11-30"),
            "date": ("to = 2020-11-30", "to = 2020-02-30"),
            "order": ("to = 2020-11-30", "to = 2020-01-30"),
            "type": ('type = "phone"', 'type = "telephone"'),
            "vocabulary": ('vocabulary = "delivery"', 'vocabulary = "nosuch"'),
            "policy": ('policy = "ask"', 'policy = "guess"'),
            "quota": ("ruzhou = 60", "ruzhou = -60"),
            "word": ("printed_total = 600", "printed_totla = 600"),
            "report": ('kind = "kind"\nlevel', 'kind = "nosuch"\nlevel'),
            "twice": ('key = "film"', 'key = "performance"'),
        }
        for name, (old, new) in changes.items():
            with self.subTest(case=name):
                self.assertIn(old, good)
                content = good.replace(old, new, 1)
                file = self.folder / f"{name}.toml"
                file.write_text(content, encoding="utf-8")
                for command in ("check", "publish"):
                    problems = self.problems("campaign", command, file)
                    line = line_of(new, content)
                    near = [str(n) for n in range(line - 6, line + 2)]
                    self.assertTrue(any(f"{name}.toml" in p and any(n in p for n in near)
                                        for p in problems), (line, problems))
        self.top.run("campaign", "publish", self.folder / "nothing.toml", expect=REFUSED)
        self.assertEqual(self.top.run("campaign", "list").lines, [])

    def test_policies_and_invitations_for_unknown_units_are_refused(self):
        self.top.run("units", "import", UNITS_FILE)
        self.top.run("campaign", "publish", CAMPAIGN_FILE)
        for words in (["policy", "set", "--unit", "nosuch", "ask"],
                      ["policy", "set", "--unit", CREW, "--field", "nosuch", "ask"],
                      ["policy", "set", "--unit", CREW, "guess"],
                      ["policy", "set", "--unit", CREW, "max"],
                      ["invite", "--unit", "nosuch"], ["invite", "--unit", "root"],
                      ["invite", "--unit", CREW, "--days", "0"],
                      ["records", "list", "--unit", "nosuch"], ["devices", "list", "--unit", "nosuch"],
                      ["conflicts", "list", "--unit", "nosuch"], ["devices", "revoke", "nosuch"]):
            with self.subTest(words=words):
                self.top.run(*words, expect=REFUSED)

    def test_nothing_is_set_up_twice(self):
        before = (self.top.folder / "identity.json").read_bytes()
        self.assertIn("nothing was changed",
                      self.top.run("init", "--name", "另一个", expect=REFUSED).error["message"])
        self.assertEqual((self.top.folder / "identity.json").read_bytes(), before)


class Invitations(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()

    def join(self, device, code, expect=REFUSED):
        return device.run("join", code, "--headquarters", self.top.address, expect=expect)

    def assert_not_joined(self, device):
        self.assertEqual(device.run("status", expect=REFUSED).error["reason"], "not_joined")
        self.assertFalse((device.folder / "sitelog.db").exists(), "nothing was read")

    def test_wrong_used_and_expired_invitations_are_refused(self):
        code = self.top.invite()["code"]
        mistyped = code[:-1] + ("0" if code[-1] != "0" else "1")
        wrong = self.new_device("wrong")
        for text in (mistyped, "HELLO", "", str(self.folder), code + code):
            with self.subTest(code=text):
                refused = self.join(wrong, text, expect=None)
                self.assertIn(refused.status, (1, 2))
                self.assertTrue(refused.error["message"])
        self.assert_not_joined(wrong)

        first, second = self.new_device("first"), self.new_device("second")
        self.join(first, code, expect=0)
        self.assertEqual(self.join(second, code).error["reason"], "invitation_used")
        self.assert_not_joined(second)

        expired = self.top.invite()["code"]
        self.top.stop()
        with sqlite3.connect(self.top.folder / "sitelog.db") as database:
            database.execute("UPDATE invitations SET expires_ms = 1 WHERE device IS NULL")
        database.close()
        self.top.serve()
        third = self.new_device("third")
        self.assertEqual(self.join(third, expired).error["reason"], "invitation_expired")
        self.assert_not_joined(third)
        self.assertEqual(len(self.top.run("devices", "list").lines), 1)

        # Refused once, a device may still join with a good one.
        self.join(third, self.top.invite()["code"], expect=0)

    def test_an_invitation_of_another_headquarters_is_not_taken(self):
        other = self.headquarters("other")
        device = self.new_device("甲")
        refused = device.run("join", other.invite()["code"], "--headquarters", self.top.address,
                             expect=3)
        self.assertEqual(refused.error["reason"], "not_headquarters")
        self.assert_not_joined(device)
        self.assertEqual(self.top.run("devices", "list").lines, [])

    def test_joining_without_a_headquarters_is_status_three_and_can_be_tried_again(self):
        code = self.top.invite()["code"]
        self.top.stop()
        device = self.new_device("甲")
        self.assertEqual(self.join(device, code, expect=3).error["reason"], "unreachable")
        self.top.serve()
        self.join(device, code, expect=0)
        self.assertEqual(device.status()["unit"], CREW)

    def test_an_invitation_file_that_is_damaged_is_refused(self):
        file = self.top.invite(CREW, "--address", self.top.address)["file"]
        content = Path(file).read_text(encoding="utf-8")
        for number, bad in enumerate((content[:50], "[]", "{}", content.replace('"code"', '"kode"'),
                                      "\x00" * 100, "x" * 1_000_000)):
            damaged = self.folder / f"damaged-{number}.json"
            damaged.write_text(bad, encoding="utf-8")
            refused = self.new_device(f"d{number}").run("join", damaged, expect=REFUSED)
            self.assertTrue(refused.error["message"])


class Rights(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()
        self.crew = self.device(self.top, "甲")
        self.other = self.device(self.top, "乙", SITE)

    def test_a_device_of_another_unit_sees_and_reaches_nothing_of_this_one(self):
        record = self.crew.record(title="秘密")
        self.settle(self.crew, self.other)
        self.assertEqual(self.other.records(), [])
        self.other.run("show", record, expect=REFUSED)
        self.other.run("edit", record, "title=x", expect=REFUSED)
        with sqlite3.connect(self.other.folder / "sitelog.db") as database:
            for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'"
                                             " AND sql NOT LIKE '%VIRTUAL%'").fetchall():
                for row in database.execute(f"SELECT * FROM \"{table}\""):
                    text = repr([v if isinstance(v, str) else bytes(v).decode("utf-8", "replace")
                                 for v in row if isinstance(v, (str, bytes))])
                    self.assertNotIn("秘密", text, table)
        database.close()

    def test_a_device_that_says_it_is_of_another_unit_is_refused(self):
        self.crew.record(title="秘密")
        self.crew.sync()
        identity = self.other.folder / "identity.json"
        claimed = json.loads(identity.read_text(encoding="utf-8"))
        claimed["unit"] = CREW
        identity.write_text(json.dumps(claimed), encoding="utf-8")
        before = self.top.unit()
        for words in (["record", "event", *EVENT], ["sync"], ["list"], ["agent"]):
            refused = self.other.run(*words, expect=REFUSED)
            self.assertEqual(refused.error["reason"], "folder_damaged")
        self.assertEqual(self.top.unit()["book_digest"], before["book_digest"], "nothing was written")

    def test_a_revoked_device_is_refused_with_the_reason_and_keeps_its_events(self):
        before_record = self.crew.record(title="之前")
        self.crew.sync()
        self.top.run("devices", "revoke", "甲", "--reason", "丢失")
        self.crew.record(title="之后")
        held = self.top.unit()
        refused = self.crew.sync(expect=REFUSED)
        self.assertEqual(refused.error["reason"], "revoked")
        self.assertEqual(self.top.unit()["book_digest"], held["book_digest"], "nothing was written")
        self.assertEqual(self.top.record(before_record)["fields"]["title"], "之前")
        self.assertEqual(len(self.crew.records()), 2)
        self.assertEqual(self.crew.status()["entries"]["waiting"], 1)

        self.top.stop()
        self.top.serve()
        self.assertEqual(self.crew.sync(expect=REFUSED).error["reason"], "revoked")
        self.top.run("devices", "reinstate", "甲")
        self.crew.sync()
        self.assertEqual(len(self.top.records()), 2)
        self.assert_equal_everywhere(self.top, self.crew)
        self.assert_sound(self.top, self.crew)

    def test_a_copied_folder_without_its_key_reaches_nothing(self):
        self.crew.record()
        self.crew.sync()
        thief = self.new_device("thief")
        shutil.copytree(self.crew.folder, thief.folder)
        shutil.copy(self.other.folder / "device.key", thief.folder / "device.key")
        (thief.folder / "resumption.key").unlink(missing_ok=True)
        for words in (["sync"], ["status"], ["record", "event", *EVENT]):
            self.assertEqual(thief.run(*words, expect=REFUSED).error["reason"], "folder_damaged")


class DataFolders(ProcessTest):
    def test_a_folder_in_use_names_its_holder_and_is_left_alone(self):
        top = self.headquarters()
        second = top.run("serve", "--listen", "127.0.0.1:0", expect=REFUSED)
        self.assertEqual(second.error["reason"], "folder_in_use")
        self.assertIn("sitelogd serve", second.error["message"])
        self.assertIn(str(top.process.pid), second.error["message"])
        self.assertTrue(top.status()["units"], "the first goes on")
        device = self.device(top)
        device.agent()
        second = device.run("agent", expect=REFUSED)
        self.assertIn(str(device.process.pid), second.error["message"])

    def test_a_folder_left_by_a_killed_process_opens_again(self):
        top = self.headquarters()
        top.kill()
        self.assertTrue((top.folder / "lock").exists())
        self.assertTrue(top.status()["units"])
        top.serve()

    def make_newer(self, folder):
        with sqlite3.connect(folder / "sitelog.db") as database:
            database.execute("PRAGMA user_version = 999")
        database.close()

    def test_a_folder_of_a_newer_version_is_not_touched(self):
        top = self.headquarters()
        device = self.device(top)
        device.record()
        top.stop()
        for program in (top, device):
            self.make_newer(program.folder)
            before = (program.folder / "sitelog.db").read_bytes()
            refused = program.run("status", expect=REFUSED)
            self.assertEqual(refused.error["reason"], "folder_newer")
            self.assertEqual((program.folder / "sitelog.db").read_bytes(), before)
        top.run("serve", "--listen", "127.0.0.1:0", expect=REFUSED)

    def test_a_damaged_data_file_is_told_and_not_overwritten(self):
        top = self.headquarters()
        device = self.device(top)
        device.record_many(an_event(i) for i in range(300))
        top.stop()
        file = device.folder / "sitelog.db"
        whole = file.read_bytes()
        for name, content in (("header", b"\x00" * 100 + whole[100:]), ("text", b"not a database" * 100),
                              ("empty", b""), ("short", whole[:5000]), ("missing", None)):
            with self.subTest(damage=name):
                for extra in ("sitelog.db-wal", "sitelog.db-shm"):
                    (device.folder / extra).unlink(missing_ok=True)
                if content is None:
                    file.unlink()
                else:
                    file.write_bytes(content)
                refused = device.run("record", "event", *EVENT, expect=REFUSED)
                self.assertEqual(refused.error["reason"], "folder_damaged", str(refused))
                device.run("list", expect=REFUSED)
                self.assertEqual(file.read_bytes() if file.exists() else None, content)

    def test_damage_within_the_data_file_is_found_by_verify(self):
        top = self.headquarters()
        device = self.device(top)
        record = device.record(title="井口慰问演出 原来的")
        top.stop()
        file = device.folder / "sitelog.db"
        content = file.read_bytes()
        self.assertIn("原来的".encode(), content)
        file.write_bytes(content.replace("原来的".encode(), "改过的".encode()))
        self.assertGreater(device.verify(expect=REFUSED)["findings"], 0)
        self.assertTrue(record)

    def test_without_its_key_a_folder_gets_no_new_identity(self):
        top = self.headquarters()
        device = self.device(top)
        device.record()
        top.stop()
        other = self.headquarters("other")
        code = other.invite()["code"]
        for program in (top, device):
            for name in ("device.key", "agreement.key", "identity.json"):
                file = program.folder / name
                kept = file.read_bytes()
                for content in (None, b"", b"garbage", kept[:40]):
                    with self.subTest(program=program.name, file=name, content=content):
                        file.unlink(missing_ok=True)
                        if content is not None:
                            file.write_bytes(content)
                        refused = program.run("status", expect=REFUSED)
                        self.assertEqual(refused.error["reason"], "folder_damaged", str(refused))
                        self.assertIn(name, refused.error["message"])
                        if program is device:
                            program.run("record", "event", *EVENT, expect=REFUSED)
                            program.run("join", code, "--headquarters", other.address, expect=REFUSED)
                        else:
                            program.run("init", "--name", "新", expect=REFUSED)
                        self.assertEqual(file.read_bytes() if file.exists() else None, content,
                                         "nothing was put in its place")
                        file.unlink(missing_ok=True)
                file.write_bytes(kept)
                os.chmod(file, 0o600)
        top.serve()
        self.assertEqual(device.sync()["sent"], 1, "put back, all is well")


if __name__ == "__main__":
    unittest.main()
