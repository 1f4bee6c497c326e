"""What people type, and what they are shown of it: encodings, control characters, lines."""

import json
import subprocess
import unittest

from sitelog_processes import BIN, DONE, REFUSED, USAGE, ProcessTest, free_environment

GBK = "市总工会".encode("gbk")


class TypedText(ProcessTest):
    def typed(self, *words, expect=None, language="en"):
        """Runs a command of words that are bytes."""
        done = subprocess.run([str(BIN / words[0]), "--lang", language, *words[1:]],
                              capture_output=True, env=free_environment(self.folder), timeout=60)
        if expect is not None:
            self.assertEqual(done.returncode, expect, done.stderr)
        return done

    def test_a_terminal_of_another_encoding_is_told_so_and_nothing_is_made(self):
        folder = self.folder / "new"
        told = self.typed("sitelogd", "--data", str(folder), "init", "--name", GBK, expect=USAGE)
        self.assertIn("your terminal sends GBK", told.stderr.decode())
        self.assertIn("市总工会", told.stderr.decode())
        self.assertFalse(folder.exists())
        chinese = self.typed("sitelogd", "--data", str(folder), "init", "--name", GBK, language="zh")
        self.assertIn("UTF-8", chinese.stderr.decode())
        self.assertIn("your terminal sends GBK", chinese.stderr.decode(), "which GBK shows too")
        no_gbk = self.typed("sitelogd", "--data", str(folder), "init", "--name", b"\xff\xff")
        self.assertIn("is not text in UTF-8", no_gbk.stderr.decode())

    def test_every_word_of_both_programs_is_looked_at(self):
        top = self.headquarters()
        device = self.device(top)
        before = device.status()["last_sync"]["wall"]
        for words in (["sync", "--headquarters", b"\xb8\xdf:1"], ["record", b"\xbb\xee"],
                      ["edit", "0123", b"title=\xbb\xee"], ["join", GBK], [b"\xbb\xee"],
                      ["list", b"--\xbb\xee"], ["--data", GBK, "status"]):
            with self.subTest(words=words):
                done = self.typed("sitelog", "--data", str(device.folder), "--json", *words,
                                  expect=USAGE)
                self.assertEqual(json.loads(done.stdout)["error"]["reason"], "usage")
        self.assertEqual(device.status()["last_sync"]["wall"], before)

    def test_a_folder_with_names_in_another_encoding_opens_and_shows_it(self):
        top = self.headquarters(serving=False)
        identity = top.folder / "identity.json"
        identity.write_bytes(identity.read_bytes().replace("平顶山市总工会".encode(), GBK))
        self.assertIn("\ufffd", top.status()["name"])
        self.assert_sound(top)

    def test_an_identity_that_can_not_be_read_says_what_to_do(self):
        top = self.headquarters(serving=False)
        identity = top.folder / "identity.json"
        whole = identity.read_bytes()
        identity.write_bytes(whole[:40])
        error = top.run("status", expect=REFUSED).error
        self.assertEqual(error["reason"], "folder_damaged")
        self.assertIn("Put back this file from a backup", error["message"])
        identity.write_bytes(whole)
        self.assert_sound(top)

    def test_a_name_of_several_lines_or_none_is_no_name(self):
        for name in ("总\n工会", "a\x1b[2J", "\u202eabc", "\u200b", " "):
            with self.subTest(name=name):
                top = self.headquarters("other", set_up=False, serving=False)
                top.run("init", "--name", name, expect=REFUSED)
                self.assertFalse(top.folder.exists())

    def test_people_remarks_and_reasons_are_one_line_or_several_plain_ones(self):
        top = self.headquarters()
        device = self.device(top)
        event = ["kind=film", "title=x", "date=2020-07-01", "status=held"]
        for person in ("甲\n  审核: 已接受", "甲\u202e", "甲\u009b31m", "\u200b"):
            device.run("record", "event", *event, "--person", person, expect=None)
        self.assertEqual(device.records(), [])
        record = device.run("record", "event", *event, "--person", "甲").line["record"]
        device.run("void", record, "--reason", "错\x07", expect=REFUSED)
        device.sync()
        top.review("return", record, "--remark", "请\u2066改", expect=REFUSED)
        top.review("return", record, "--field", "title=请\x1b改", expect=USAGE)
        top.review("return", record, "--remark", "请改\n审核: 已接受")
        device.sync()
        self.assertEqual(device.show(record)["review"]["remark"], "请改\n审核: 已接受")
        shown = device.run("--lang", "zh", "show", record, as_json=False).out
        self.assertIn("\n          审核: 已接受", shown)
        self.assertNotIn("\n审核: 已接受", shown)

    def test_lines_of_a_long_text_stand_below_its_field(self):
        top = self.headquarters()
        device = self.device(top)
        record = device.record(summary="一\n审核: 已接受\r\nheld by headquarters")
        shown = device.run("show", record, as_json=False).out.splitlines()
        self.assertEqual([line for line in shown if line.endswith("held by headquarters")],
                         [" " * 10 + "held by headquarters"] * 2, "the field, and its history")
        self.assertEqual(device.show(record)["fields"]["summary"],
                         "一\n审核: 已接受\nheld by headquarters")

    def test_a_required_field_takes_something_that_is_seen(self):
        top = self.headquarters()
        device = self.device(top)
        refused = device.run("record", "event", "kind=film", "date=2020-07-01", "status=held", "title=\u200b\u2060",
                             expect=REFUSED)
        self.assertEqual([p["problem"]["field"] for p in refused.lines if "problem" in p], ["title"])


if __name__ == "__main__":
    unittest.main()
