"""What the programs say where people try, mistype or mistake something."""

import json
import os
import shutil
import subprocess
import unittest

from sitelog_processes import (BIN, CREW, DONE, REFUSED, SITE, USAGE, ProcessTest, free_environment)


class Messages(ProcessTest):
    def said(self, *words, language="zh", program="sitelog", expect=None, data=None):
        command = [str(BIN / program), "--lang", language, *map(str, words)]
        if data is not None:
            command += ["--data", str(data)]
        return self.run_command(command, expect)

    def test_the_programs_speak_chinese_without_any_file_beside_them(self):
        alone = self.folder / "sitelog"
        shutil.copy(BIN / "sitelog", alone)
        self.assertIn("用法", self.run_command([str(alone), "--lang", "zh", "--help"]).out)

    def test_help_and_version_are_what_people_try(self):
        self.assertRegex(self.said("--version", expect=DONE).out, r"^sitelog \d+\.\d+")
        self.assertRegex(self.said("--version", program="sitelogd", expect=DONE).out, r"^sitelogd \d")
        self.assertEqual(self.said("help", "record", expect=DONE).out,
                         self.said("record", "--help", expect=DONE).out)
        self.assertEqual(self.said("help", expect=DONE).out, self.said("--help", expect=DONE).out)

    def test_an_argument_that_was_typed_is_not_translated(self):
        top = self.headquarters(serving=False)
        told = self.said("records", "list", "--unit", "no", program="sitelogd", data=top.folder,
                         expect=REFUSED)
        self.assertIn("没有单位 no", told.err)

    def test_a_missing_invitation_file_and_a_folder_are_called_so(self):
        missing = self.said("join", self.folder / "invitation.json", language="en", expect=REFUSED)
        self.assertIn("there is no file", missing.err)
        for program, words in (("sitelog", ["join", self.folder]),
                               ("sitelog", ["record", "event", "--from", self.folder]),
                               ("sitelogd", ["units", "import", self.folder])):
            told = self.said(*words, program=program, language="en", expect=REFUSED)
            self.assertIn("is a folder", told.err, words)

    def test_a_mistake_in_a_definition_is_told_in_chinese(self):
        file = self.folder / "plan.toml"
        file.write_text('id = "a"\ntitle = “中文引号”\n', encoding="utf-8")
        told = self.said("campaign", "check", file, program="sitelogd",
                         data=self.headquarters(serving=False).folder, expect=REFUSED).err
        self.assertIn("第 2 行", told)
        self.assertIn("title = “中文引号”", told)
        self.assertNotRegex(told.splitlines()[0].replace(str(file), "").replace("title", "")
                            .replace("TOML", ""), r"[A-Za-z]{4}")

    def test_another_users_folder_is_called_so(self):
        if os.geteuid() != 0:
            self.skipTest("takes two users")
        top = self.headquarters(serving=False)
        os.chmod(self.folder, 0o755)
        os.chmod(top.folder, 0o755)
        program = self.folder / "sitelogd"
        shutil.copy(BIN / "sitelogd", program)
        done = subprocess.run([str(program), "--data", str(top.folder), "--json", "status"],
                              capture_output=True, text=True, user=65534, group=65534,
                              env=free_environment(self.folder), timeout=60)
        self.assertEqual(done.returncode, REFUSED, done.stderr)
        error = json.loads(done.stdout.splitlines()[-1])["error"]
        self.assertEqual(error["reason"], "not_permitted")
        self.assertIn("belongs to the user", error["message"])
        os.chmod(top.folder, 0o700)
        done = subprocess.run([str(program), "--data", str(top.folder), "--json", "status"],
                              capture_output=True, text=True, user=65534, group=65534,
                              env=free_environment(self.folder), timeout=60)
        error = json.loads(done.stdout.splitlines()[-1])["error"]
        self.assertEqual(error["reason"], "not_permitted")
        self.assertIn("another user", error["message"])

    def test_a_date_is_taken_as_people_write_it_where_it_can_be_but_one(self):
        top = self.headquarters()
        device = self.device(top)
        for written, meant in (("20200701", "2020-07-01"), ("7月1日", "2020-07-01"),
                               ("８月２号", "2020-08-02")):
            record = device.record(date=written)
            self.assertEqual(device.show(record)["fields"]["date"], meant)
        device.run("record", "event", "kind=film", "title=x", "date=2月30日", expect=REFUSED)

    def test_an_option_takes_one_word_and_leaves_the_next(self):
        top = self.headquarters(serving=False)
        refused = top.run("invite", "--unit", CREW, "--address", "10.0.0.1:1", "10.0.0.2:2",
                          expect=USAGE)
        self.assertIn("10.0.0.2:2", refused.error["message"])
        top.run("invite", "--unit", SITE, "--address", "10.0.0.1:1", "--address", "10.0.0.2:2")


if __name__ == "__main__":
    unittest.main()
