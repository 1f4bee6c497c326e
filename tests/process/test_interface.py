"""What tools rely on: commands, JSON shapes, exit statuses, languages, the data folder."""

import json
import pathlib
import os
import re
import signal
import subprocess
import threading
import time
import unittest

from sitelog_processes import (BIN, CAMPAIGN, CAMPAIGN_FILE, CREW, DEFINITIONS, DONE, REFUSED, SITE,
                               UNITS_FILE, UNREACHABLE, USAGE, ProcessTest, an_event,
                               free_environment)

HEADQUARTERS_COMMANDS = [
    "init", "serve", "units import", "units list", "campaign check", "campaign publish", "campaign definition",
    "policy set", "invite", "devices list", "devices revoke", "records list", "records show",
    "review accept", "review return", "review refuse", "conflicts list", "conflicts show", "decide",
    "report statistics", "report progress", "report board", "comment", "undo", "status", "verify", "backup", "restore"]
SITE_COMMANDS = ["join", "record", "edit", "void", "comment", "undo", "list", "show", "status", "sync", "agent",
                 "conflicts", "decide", "verify"]
HEX_32 = re.compile(r"[0-9a-f]{32}\Z")
HEX_64 = re.compile(r"[0-9a-f]{64}\Z")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Help(ProcessTest):
    def help_of(self, program, *words, language="en"):
        return self.run_command([str(BIN / program), "--lang", language, *words, "--help"]).out

    def test_every_promised_command_has_help_with_an_example(self):
        for program, commands in (("sitelogd", HEADQUARTERS_COMMANDS), ("sitelog", SITE_COMMANDS)):
            for command in commands:
                with self.subTest(command=f"{program} {command}"):
                    text = self.help_of(program, *command.split())
                    self.assertIn("Usage:", text)
                    self.assertIn(f"{program} {command}", text.split("Example:")[1])

    def test_help_is_in_the_language_asked_for(self):
        for program, commands in (("sitelogd", HEADQUARTERS_COMMANDS), ("sitelog", SITE_COMMANDS)):
            for command in ["", *commands]:
                with self.subTest(command=f"{program} {command}"):
                    words = command.split()
                    chinese = self.help_of(program, *words, language="zh")
                    first = chinese.strip().splitlines()[0]
                    self.assertRegex(first, CHINESE, "what the command does")
                    english = self.help_of(program, *words)
                    self.assertNotRegex(english.strip().splitlines()[0], CHINESE)
                    for line in chinese.split("\n"):
                        described = re.match(r"  (\S.*?)\s{2,}(\S.*)$", line)
                        if described and not re.match(r"sitelogd? ", described[1]):
                            self.assertRegex(line, CHINESE)

    def test_the_locale_decides_the_language_and_lang_overrules_it(self):
        def said(language, *words):
            environment = free_environment(self.folder)
            del environment["LANG"]
            environment.update(language)
            return self.run_command([str(BIN / "sitelog"), *words, "--help"],
                                    environment=environment).out.strip().splitlines()[0]

        chinese, english = said({}, "--lang", "zh"), said({}, "--lang", "en")
        self.assertRegex(chinese, CHINESE)
        self.assertNotRegex(english, CHINESE)
        self.assertEqual(said({"LANG": "zh_CN.UTF-8"}), chinese)
        self.assertEqual(said({"LANG": "en_GB.UTF-8"}), english)
        self.assertEqual(said({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}), english)
        self.assertEqual(said({"LANG": "en_US.UTF-8"}, "--lang", "zh"), chinese)
        self.assertEqual(said({"LANG": "zh_CN.UTF-8"}, "--lang=en"), english)


class Usage(ProcessTest):
    def test_wrong_usage_is_status_two_and_changes_nothing(self):
        for program, words in (
                ("sitelogd", []), ("sitelogd", ["nosuch"]), ("sitelogd", ["init"]),
                ("sitelogd", ["serve"]), ("sitelogd", ["invite"]), ("sitelogd", ["units"]),
                ("sitelogd", ["policy", "set", "ask"]), ("sitelogd", ["report", "statistics"]),
                ("sitelogd", ["status", "--nosuch"]), ("sitelogd", ["--lang", "fr", "status"]),
                ("sitelog", []), ("sitelog", ["record"]), ("sitelog", ["edit"]),
                ("sitelog", ["join"]), ("sitelog", ["edit", "0123abcd"]),
                ("sitelog", ["edit", "0123abcd", "participants"]),
                ("sitelog", ["decide", "0123abcd", "date"]),
                ("sitelog", ["decide", "0123abcd", "date", "--take", "1", "--value", "x"]),
                ("sitelog", ["decide", "0123abcd", "date", "--take", "one"]),
                ("sitelog", ["list", "--limit", "-3"])):
            with self.subTest(program=program, words=words):
                folder = self.folder / "none"
                outcome = self.run_command([str(BIN / program), "--data", str(folder), "--json", *words],
                                           USAGE)
                self.assertEqual(outcome.error["reason"], "usage")
                self.assertTrue(outcome.error["message"])
                self.assertTrue(outcome.err.strip(), "in words for a person, too")
                self.assertFalse(folder.exists())

    def test_a_folder_that_is_not_set_up_is_refused_with_what_to_do(self):
        top = self.headquarters("nothing", set_up=False, serving=False)
        self.assertEqual(top.run("status", expect=REFUSED).error["reason"], "folder_missing")
        device = self.new_device("nobody")
        for words in (["status"], ["sync"], ["list"], ["record", "event", "title=x"], ["agent"],
                      ["verify"], ["conflicts"]):
            refused = device.run(*words, expect=REFUSED)
            self.assertEqual(refused.error["reason"], "not_joined", words)
            self.assertIn("sitelog join", refused.error["message"])
        self.assertFalse(device.folder.exists())

    def test_each_program_refuses_the_others_folder(self):
        top = self.headquarters()
        device = self.device(top)
        top.stop()
        swapped = self.new_device("swapped")
        swapped.folder = top.folder
        swapped.run("status", expect=USAGE)
        top.folder = device.folder
        top.run("status", expect=USAGE)
        top.run("serve", "--listen", "127.0.0.1:0", expect=USAGE)

    def test_the_folder_may_come_from_the_environment(self):
        top = self.headquarters(serving=False)
        environment = free_environment(self.folder, SITELOG_DATA=str(top.folder))
        by_environment = self.run_command([str(BIN / "sitelogd"), "status", "--json"],
                                          environment=environment)
        self.assertEqual(by_environment.line["device"], top.status()["device"])
        other = self.headquarters("other", serving=False)
        overruled = self.run_command([str(BIN / "sitelogd"), "status", "--json", "--data",
                                      str(other.folder)], environment=environment)
        self.assertEqual(overruled.line["device"], other.status()["device"])


class HeadquartersCommands(ProcessTest):
    def test_serve_says_where_it_listens_first_and_ends_cleanly_on_sigterm(self):
        top = self.headquarters(serving=False)
        said = top.start("serve", "--listen", "127.0.0.1:0")
        self.assertEqual(list(said), ["listening", "page"])
        self.assertRegex(said["listening"], r"^127\.0\.0\.1:[1-9]\d*$")
        self.assertEqual(top.stop(), DONE)
        top.start("serve", "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0")
        self.wait_until(lambda: len(top.said) == 2, "both addresses are told")
        self.assertEqual(top._end(signal.SIGINT), DONE)

    def test_serve_refuses_an_address_it_can_not_have(self):
        top = self.headquarters()
        other = self.headquarters("other", serving=False)
        for address in (top.address, "192.0.2.1:0", "127.0.0.1", "127.0.0.1:99999", "nosuch.invalid:0", ""):
            refused = other.run("serve", "--listen", address, expect=None)
            self.assertIn(refused.status, (REFUSED, USAGE, UNREACHABLE), address)
            self.assertTrue(refused.error["message"], address)
        self.assertEqual(other.status()["name"], "平顶山市总工会", "the folder was let go")

    def shapes(self, top, device, record):
        """Each command's lines, as the interface promises them."""
        units = top.run("units", "list").lines
        self.assertTrue({"code", "name", "parent", "kind", "level"} <= set(units[0]))
        self.assertIn(CREW, {unit["code"] for unit in units})
        self.assertEqual(top.run("units", "import", UNITS_FILE).line["changed"], 0)
        self.assertEqual(top.run("campaign", "check", CAMPAIGN_FILE).line["campaign"], CAMPAIGN)
        published = top.run("campaign", "publish", CAMPAIGN_FILE)
        self.assertEqual((published.line["quota_sum"], published.line["units_with_quota"]), (596, 29))
        self.assertIn("596", published.err + published.out)
        self.assertIn("600", published.err + published.out)
        self.assertEqual(top.run("campaign", "list").line["campaign"], CAMPAIGN)
        self.assertEqual(top.run("policy", "set", "--unit", CREW, "--field", "title", "site").line,
                         {"unit": CREW, "field": "title", "policy": "site",
                          "unit_name": next(unit["name"] for unit in units if unit["code"] == CREW)})
        self.assertEqual([line["policies"] for line in top.run("policy", "list").lines],
                         [{"title": "site"}])
        invited = top.invite()
        self.assertTrue({"code", "file", "expires"} <= set(invited))
        self.assertIn(invited["code"], pathlib.Path(invited["file"]).read_text(encoding="utf-8"))
        self.assertEqual(os.stat(invited["file"]).st_mode & 0o077, 0, "it holds a secret")
        self.assertGreater(invited["expires"], time.time() * 1000)
        devices = top.run("devices", "list").lines
        self.assertEqual([(d["device"], d["unit"], d["name"], d["revoked"]) for d in devices],
                         [(device.status()["device"], CREW, "甲", None)])
        self.assertGreater(devices[0]["contact"], 1_500_000_000_000)
        listed = top.records()
        self.assertEqual([line["record"] for line in listed], [record])
        self.assertTrue({"record", "unit", "form", "fields", "review", "conflicts"} <= set(listed[0]))
        self.assertEqual(top.records("--unit", SITE), [])
        self.assertEqual(len(top.records("--unit", "shenma")), 1)
        self.assertEqual(top.record(record[-12:])["record"], record)
        self.assertEqual(top.conflicts(), [])
        self.assertEqual(top.run("conflicts", "show", record).line["conflicts"], [])
        for verdict, words in (("return", ["--field", "title=?", "--due", "2020-08-01"]),
                               ("refuse", ["--remark", "重复"]), ("accept", [])):
            done = top.review(verdict, record, *words).line
            self.assertEqual((done["record"], done["number"] > 0), (record, True))
        self.assertEqual(top.records("--review", "accepted")[0]["record"], record)
        venue = f"venue=井口 {time.monotonic_ns()}"
        self.assertEqual(top.edit(record, venue).line["record"], record)
        status = top.status()
        unit = next(unit for unit in status["units"] if unit["unit"] == CREW)
        self.assertTrue({"unit", "entries", "records", "conflicts", "quarantined", "book_digest",
                         "state_digest", "devices"} <= set(unit))
        self.assertTrue({"own", "book", "waiting", "held"} <= set(unit["entries"]))
        self.assertEqual(unit["entries"]["waiting"], 0, "what headquarters wrote is with headquarters")
        self.assertEqual([d["name"] for d in unit["devices"]], ["甲"])
        self.assertEqual({unit["code"] for unit in units}, {unit["unit"] for unit in status["units"]})
        self.assert_sound(top)
        for report in ("statistics", "progress"):
            lines = top.run("report", report, "--campaign", CAMPAIGN).line
            self.assertEqual(lines["campaign"], CAMPAIGN)
            for form in ("table", "csv", "json"):
                self.assertTrue(top.run("report", report, "--campaign", CAMPAIGN, "--format", form,
                                        as_json=False).out)
        self.assertEqual(top.run("quarantine").lines, [])
        copy = self.folder / f"copy-{time.monotonic_ns()}"
        self.assertEqual(top.run("backup", copy).line["backup"], str(copy))
        done = top.run("devices", "revoke", "甲", "--reason", "丢失").line
        self.assertEqual(done["device"], device.status()["device"])
        self.assertIsNotNone(top.run("devices", "list").line["revoked"])
        top.run("devices", "reinstate", done["device"][:8])
        self.assertIsNone(top.run("devices", "list").line["revoked"])

    def test_every_command_works_while_the_daemon_runs_and_without_it(self):
        top = self.headquarters()
        device = self.device(top)
        record = device.record()
        device.sync()
        self.shapes(top, device, record)
        top.stop()
        self.shapes(top, device, record)
        top.serve()
        device.sync()
        self.assert_equal_everywhere(top, device)

    def test_every_command_says_something_to_people_too(self):
        top = self.headquarters()
        device = self.device(top)
        record = device.record()
        device.sync()
        for program, words in (
                (top, "units list"), (top, "campaign check " + str(CAMPAIGN_FILE)), (top, "campaign list"),
                (top, f"policy set --unit {CREW} ask"), (top, "policy list"), (top, f"invite --unit {CREW}"),
                (top, "devices list"), (top, "records list"), (top, f"records show {record}"),
                (top, f"review return {{seen}} --remark ?"), (top, "conflicts list"), (top, "status"),
                (top, "verify"), (top, f"report progress --campaign {CAMPAIGN}"),
                (device, "status"), (device, "list"), (device, f"show {record}"),
                (device, f"edit {record} participants=3"), (device, "sync"), (device, "conflicts"),
                (device, "verify"), (device, f"void {record} --reason x"), (device, "campaigns")):
            for language in ("zh", "en"):
                with self.subTest(words=words, language=language):
                    typed = words.replace("{seen}", top.seen(record)).split()
                    outcome = program.run("--lang", language, *typed, as_json=False)
                    self.assertTrue(outcome.out.strip())
                    self.assertNotRegex(outcome.out, r"\{\d?\}", "a place that was not filled in")


class SiteCommands(ProcessTest):
    def test_a_device_joins_by_the_code_or_by_the_invitations_file(self):
        top = self.headquarters()
        by_code, by_file, by_stranger_case = (self.new_device(name) for name in ("甲", "乙", "丙"))
        code = top.invite()["code"]
        lines = by_code.run("join", code, "--headquarters", top.address).lines
        self.assertTrue(lines[0]["joined"])
        self.assertTrue(lines[-1]["caught_up"])
        file = top.invite(CREW, "--address", top.address)["file"]
        by_file.run("join", file, "--name", "平板乙")
        self.assertEqual(by_file.status()["name"], "平板乙")
        spelt = top.invite()["code"].lower().replace("-", " ")
        by_stranger_case.run("join", spelt, "--headquarters", top.address)
        self.assertEqual({d.status()["unit"] for d in (by_code, by_file, by_stranger_case)}, {CREW})
        again = by_code.run("join", top.invite()["code"], "--headquarters", top.address, expect=REFUSED)
        self.assertIn("nothing was changed", again.error["message"])

    def test_the_qr_code_of_an_invitation_is_its_file_or_where_that_is_too_long_its_code(self):
        top = self.headquarters()

        def side(bytes_of_content):
            """Of a code with error correction M (ISO/IEC 18004, table 7), as far as these are long."""
            room = {3: 42, 4: 62, 5: 84, 6: 106, 7: 122, 8: 152, 9: 180, 10: 213, 11: 251, 12: 287, 13: 331, 14: 362}
            return 17 + 4 * next(version for version, most in room.items() if bytes_of_content <= most)

        made = top.invite(CREW, "--address", top.address)
        self.assertEqual({len(row) for row in made["qr"]}, {len(made["qr"])})
        self.assertEqual(set("".join(made["qr"])), {"0", "1"})
        self.assertEqual(len(made["qr"]), side(pathlib.Path(made["file"]).stat().st_size))
        words = [word for number in range(200) for word in ("--address", f"10.1.{number}.3:7443")]
        made = top.invite(CREW, *words)
        self.assertGreater(pathlib.Path(made["file"]).stat().st_size, 2331)
        self.assertEqual(len(made["qr"]), side(len(made["code"])))

    def commands(self, top, device, title):
        done = device.run("record", "event", "--campaign", CAMPAIGN, "kind=送文艺", f"title={title}",
                          "date=2020-07-01", "level=基层", "participants=120", "performers=张三,李四", "status=已举办").line
        self.assertTrue({"record", "stream", "number"} <= set(done))
        self.assertRegex(done["record"], HEX_32)
        record = done["record"]
        edited = device.run("edit", record, "participants=130").line
        self.assertEqual((edited["record"], edited["stream"], edited["number"]),
                         (record, done["stream"], done["number"] + 1))
        shown = device.show(record[-20:])
        self.assertEqual(shown["fields"], {
            "kind": "performance", "title": title, "date": "2020-07-01", "level": "grassroots",
            "participants": 130, "sessions": 1, "status": "held", "performers": ["张三", "李四"]})
        self.assertEqual([entry["number"] for entry in shown["entries"]],
                         [done["number"], done["number"] + 1])
        self.assertEqual([a["value"] for a in shown["history"]["participants"]], [120, 130])
        listed = next(line for line in device.records() if line["record"] == record)
        self.assertTrue({"record", "unit", "form", "fields", "review", "conflicts"} <= set(listed))
        self.assertEqual((listed["unit"], listed["form"], listed["review"], listed["conflicts"]),
                         (CREW, "event", {"state": "pending", "unsent": True}, []))
        status = device.status()
        self.assertTrue({"device", "unit", "entries", "records", "conflicts", "quarantined", "book_digest",
                         "state_digest", "clock", "last_sync"} <= set(status))
        self.assertTrue({"own", "book", "waiting", "held"} <= set(status["entries"]))
        self.assertRegex(status["device"], HEX_32)
        self.assertRegex(status["book_digest"], HEX_64)
        self.assertRegex(status["state_digest"], HEX_64)
        self.assertAlmostEqual(status["clock"]["wall"] / 1000, time.time(), delta=60)
        synced = device.sync()
        self.assertTrue({"sent", "received", "bytes_sent", "bytes_received", "exchanges", "seconds",
                         "caught_up"} <= set(synced))
        self.assertTrue(synced["caught_up"])
        status = device.status()
        self.assertEqual(status["entries"]["waiting"], 0)
        self.assertEqual(status["entries"]["held"], status["entries"]["own"])
        self.assertTrue(status["last_sync"]["caught_up"])
        lines = device.run("record", "event", "--from", "-", "--again", stdin="\n".join(
            json.dumps(an_event(i), ensure_ascii=False) for i in range(3)) + "\n").lines
        self.assertEqual([line["line"] for line in lines], [1, 2, 3])
        self.assertTrue(all({"record", "stream", "number"} <= set(line) for line in lines))
        voided = device.run("void", record, "--reason", "重复登记").line
        self.assertEqual(voided["record"], record)
        self.assertEqual(device.show(record)["void"], "重复登记")
        self.assertEqual(device.conflicts(), [])
        self.assertEqual(device.run("campaigns").line["campaign"], CAMPAIGN)
        self.assertTrue(device.run("edit", record, "participants=130").line.get("unchanged"))
        self.assert_sound(device)
        device.sync()
        self.assert_equal_everywhere(top, device)

    def test_every_command_works_alone_and_through_the_agent(self):
        top = self.headquarters()
        device = self.device(top)
        self.commands(top, device, "井口慰问演出")
        device.agent()
        self.commands(top, device, "广场演出")
        self.assertEqual(device.stop(), DONE)

    def test_recording_needs_no_network_and_tells_what_waits(self):
        top = self.headquarters()
        device = self.device(top)
        top.stop()
        records = [device.record(number=i) for i in range(3)]
        self.assertEqual(device.status()["entries"]["waiting"], 3)
        self.assertEqual([line["held"] for line in device.records()], [False] * 3)
        failed = device.sync(expect=UNREACHABLE)
        self.assertEqual(failed.error["reason"], "unreachable")
        status = device.status()
        self.assertEqual((status["entries"]["waiting"], status["records"]), (3, 3))
        self.assertIn("failure", status["last_sync"])
        top.serve()
        self.assertEqual(device.sync()["sent"], 3)
        self.assertEqual([line["held"] for line in device.records()], [True] * 3)
        self.assertEqual({line["record"] for line in top.records()}, set(records))

    def test_a_device_may_be_told_another_address(self):
        top = self.headquarters()
        device = self.device(top)
        device.record()
        top.stop()
        top.address = None
        top.serve()
        self.assertEqual(device.run("sync", "--headquarters", top.address).line["sent"], 1)
        self.assertTrue(device.sync()["caught_up"], "and remembers it")

    def test_a_misspelt_word_is_named(self):
        device = self.headquarters()
        for words, told in ((["recrod"], "no command recrod"), (["review", "acept", "x"], "no command acept"),
                            (["report", "statistcs", "--campaign", "x"], "no command statistcs"),
                            (["init", "--nmae", "三部"], "--nmae 三部"),
                            (["units", "list", "--unti", "a"], "--unti a"),
                            ([], "name a command")):
            refused = device.run(*words, expect=USAGE)
            self.assertIn(told, refused.error["message"])

    def test_a_wrong_address_is_told_and_stands_in_the_way_of_none(self):
        top = self.headquarters()
        for wrong in ("没端口", "127.0.0.1：7443", "nonsense:"):
            refused = top.run("invite", "--unit", CREW, "--address", wrong, expect=USAGE)
            self.assertIn(wrong, refused.error["message"])
        device = self.device(top)
        device.record()
        for with_agent in (False, True):
            if with_agent:
                device.agent()
            for wrong in ("127.0.0.1：7443", "没端口"):
                refused = device.run("sync", "--headquarters", wrong, expect=None)
                self.assertNotEqual(refused.status, DONE)
                self.assertIn(wrong, refused.error["message"])
            self.assertTrue(device.sync()["caught_up"])
        device.stop()
        identity = json.loads((device.folder / "identity.json").read_text())
        self.assertEqual(identity["addresses"], [top.address])
        # One that came in before is passed over.
        (device.folder / "identity.json").write_text(
            json.dumps(dict(identity, addresses=["127.0.0.1：7443", top.address])))
        device.record()
        device.agent()
        self.wait_until(lambda: device.status()["entries"]["waiting"] == 0, "the agent reached it")
        device.stop()
        self.assertTrue(device.sync()["caught_up"])
        self.assert_sound(top, device)

    def test_addresses_change_while_an_agent_walks_through_them(self):
        top = self.headquarters()
        device = self.device(top)
        dead = [f"127.0.0.1:{port}" for port in range(1, 9)]
        top.stop()
        identity = json.loads((device.folder / "identity.json").read_text())
        (device.folder / "identity.json").write_text(json.dumps(dict(identity, addresses=dead)))
        device.agent()
        top.serve()
        other = top.address.replace("127.0.0.1", "localhost")
        for turn in range(40):
            device.run("record", "event", *(f"{k}={v}" for k, v in an_event(turn).items()))
            device.run("sync", "--headquarters", (top.address, other)[turn % 2])
        self.assertTrue(device.running)
        device.stop()
        self.assertEqual(len(top.records()), 40)
        self.assert_sound(top, device)

    def test_what_changes_something_says_by_its_status_what_became_of_it_whatever_its_output_does(self):
        top = self.headquarters()
        device = self.device(top)
        file = self.folder / "events.jsonl"
        file.write_text("".join(json.dumps(an_event(i)) + "\n" for i in range(2000)))
        words = [f"{name}={value}" for name, value in an_event().items()]

        def status(program, *words):
            out = {}
            for json_too in ([], ["--json"]):
                command = [BIN / program.program, "--data", program.folder, *json_too, *words]
                with open("/dev/full", "w") as full:
                    out["full", *json_too] = subprocess.run(
                        command, stdout=full, stderr=subprocess.PIPE, timeout=60,
                        env=free_environment(self.folder))
                reading, writing = os.pipe()
                os.close(reading)
                with open(writing, "w") as closed:
                    out["closed", *json_too] = subprocess.run(
                        command, stdout=closed, stderr=subprocess.PIPE, timeout=60,
                        env=free_environment(self.folder))
            return {how: ran.returncode for how, ran in out.items()}

        def assert_done(statuses):
            self.assertEqual(set(statuses.values()), {DONE}, statuses)

        for with_agent in (False, True):
            before = len(device.records())
            if with_agent:
                with open("/dev/full", "w") as full:
                    agent = subprocess.Popen([BIN / "sitelog", "--data", device.folder, "agent"],
                                             stdout=full, env=free_environment(self.folder))
                self.addCleanup(agent.kill)
                self.wait_until((device.folder / "control.sock").exists, "the agent is there")
            assert_done(status(device, "record", "event", *words, "--again"))
            assert_done(status(device, "record", "event", "--from", str(file), "--again"))
            assert_done(status(device, "sync"))
            self.assertEqual(len(device.records()), before + 4 + 4 * 2000)
        # A question that can't be answered is not done.
        self.assertNotIn(DONE, status(device, "list").values())
        self.assertIsNone(agent.poll())
        agent.terminate()
        self.assertEqual(agent.wait(60), DONE)
        self.assertTrue(device.sync()["caught_up"])

        top.stop()
        with open("/dev/full", "w") as full:
            serving = subprocess.Popen([BIN / "sitelogd", "--data", top.folder, "serve", "--listen",
                                        top.address], stdout=full, env=free_environment(self.folder))
        self.addCleanup(serving.kill)
        self.wait_until((top.folder / "control.sock").exists, "headquarters is there")
        device.record()
        self.assertTrue(device.sync()["caught_up"])
        with open("/dev/full", "w") as full:
            for command in (["backup", self.folder / "copy"],
                            ["policy", "set", "--unit", CREW, "site"]):
                self.assertEqual(subprocess.run([BIN / "sitelogd", "--data", top.folder, *command],
                                                stdout=full, env=free_environment(self.folder),
                                                timeout=60).returncode, DONE)
        serving.terminate()
        self.assertEqual(serving.wait(60), DONE)
        self.assertTrue((self.folder / "copy" / "identity.json").exists())
        self.assert_sound(top, device)

    def test_unusual_values_are_saved_and_an_explanation_is_asked_for(self):
        top = self.headquarters()
        device = self.device(top)
        outcome = device.run("record", "event", *(f"{k}={v}" for k, v in
                                                  an_event(participants=5000).items()))
        self.assertEqual([w["field"] for w in outcome.line["warnings"]], ["participants"])
        record = outcome.line["record"]
        explained = device.run("edit", record, "venue=广场", "--explain", "participants=全市大会")
        self.assertNotIn("warnings", explained.line)
        self.assertEqual(device.show(record)["explanations"], {"participants": "全市大会"})
        # What follows an explanation is a field, and not a part of it.
        device.run("edit", record, "--explain", "participants=全矿大会", "participants=4000",
                   "--explain", "venue=在广场", "title=大会")
        shown = device.show(record)
        self.assertEqual(shown["explanations"], {"participants": "全矿大会", "venue": "在广场"})
        self.assertEqual([shown["fields"][name] for name in ("participants", "title")],
                         [4000, "大会"])
        refused = device.run("edit", record, "participants=5", "participants=6", expect=USAGE)
        self.assertIn("participants is given twice", refused.error["message"])
        self.assertEqual(device.show(record)["fields"], shown["fields"])

    def test_many_devices_of_many_units_sync_at_once(self):
        top = self.headquarters()
        units = [CREW, SITE, "city", "shenma", "wusteel"]
        devices = [self.device(top, f"终端{i}", units[i % len(units)]) for i in range(10)]
        for device in devices:
            device.record_many(an_event(i) for i in range(100))
        threads = [threading.Thread(target=device.sync) for device in devices]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.settle(*devices)
        self.assertEqual(len(top.records()), 1000)
        for i, device in enumerate(devices):
            self.assert_equal_everywhere(top, device, unit=units[i % len(units)])
        self.assert_sound(top)

    def test_commands_given_at_once_wait_for_each_other(self):
        top = self.headquarters()
        device = self.device(top)
        top.stop()
        results = []

        def both(number):
            results.append(device.run("record", "event", *(f"{k}={v}" for k, v in an_event(number).items()),
                                      expect=None).status)
            results.append(top.run("status", expect=None).status)

        threads = [threading.Thread(target=both, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(results, [DONE] * 32)
        self.assertEqual(len(device.records()), 16)

    def test_the_short_ids_of_the_table_name_one_record_each(self):
        top = self.headquarters()
        device = self.device(top)
        device.record_many(an_event(i) for i in range(300))
        table = device.run("list", as_json=False).out
        short = re.findall(r"^([0-9a-f]{8})@[0-9A-Z]{6} ", table, re.MULTILINE)
        self.assertEqual(len(set(short)), 300)
        for wanted in short[::100]:
            self.assertTrue(device.show(wanted)["record"].endswith(wanted))

    def test_the_second_campaign_is_recorded_by_name(self):
        top = self.headquarters()
        top.run("campaign", "publish", DEFINITIONS / "artists-among-workers.toml")
        device = self.device(top)
        words = ["kind=exhibition", "title=展示", "date=2014-08-01", "status=held"]
        self.assertIn("artists-among-workers",
                      device.run("record", "event", *words, expect=REFUSED).error["message"])
        device.run("record", "event", "--campaign", "artists-among-workers", *words)
        self.assertEqual(device.records()[0]["campaign"], "artists-among-workers")
        self.assertEqual(device.records("--campaign", CAMPAIGN), [])


if __name__ == "__main__":
    unittest.main()
