"""Units: a province of 10,900 costs a command no more than it asks for; each can come and go by itself."""

import os
import subprocess
import unittest

from sitelog_processes import (BIN, CAMPAIGN_FILE, CREW, DONE, PATIENCE_S, REFUSED, ProcessTest, an_event,
                               free_environment)

PROVINCE = 10_900


def province(units):
    """A table of that many units: one at the top, cities, counties, and enterprises below these."""
    rows = [("p", "省总工会", "")]
    cities = min(18, max(1, units // 20))
    rows += [(f"p-{c}", f"第{c}市总工会", "p") for c in range(cities)]
    rows += [(f"p-{c}-{k}", f"第{c}市第{k}县总工会", f"p-{c}") for c in range(cities) for k in range(10)]
    counties = [row[0] for row in rows[1 + cities:]]
    number = 0
    while len(rows) < units:
        county = counties[number % len(counties)]
        rows.append((f"{county}-e{number}", f"第{number}公司工会", county))
        number += 1
    return "code,name,parent\n" + "".join(",".join(row) + "\n" for row in rows[:units])


class Provinces(ProcessTest):
    def top_with(self, units):
        table = self.folder / f"units-{units}.csv"
        table.write_text(province(units), encoding="utf-8")
        top = self.headquarters(f"headquarters-{units}", set_up=False, serving=False)
        top.run("init", "--name", "省总工会")
        top.run("units", "import", table)
        top.run("campaign", "publish", CAMPAIGN_FILE)
        return top

    def cpu_s(self, program, *words, runs=5):
        """What one command costs the processor: the least of some runs, since others work here too."""
        command = [str(BIN / program.program), "--data", str(program.folder), "--json", *map(str, words)]
        least = None
        for _ in range(runs):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                       env=free_environment(self.folder))
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            with process.stderr as told:
                self.assertEqual(process.returncode, 0, told.read())
            spent = used.ru_utime + used.ru_stime
            least = spent if least is None else min(least, spent)
        return least

    def test_a_record_costs_the_same_among_ten_units_and_among_a_province(self):
        spent = {}
        for units in (10, PROVINCE):
            top = self.top_with(units)
            top.serve()
            device = self.device(top, f"甲-{units}", unit="p")
            top.stop()
            fields = [f"{name}={value}" for name, value in an_event(1).items()]
            spent[units] = (self.cpu_s(device, "record", "event", *fields, "--again"),
                            self.cpu_s(device, "list"), self.cpu_s(top, "invite", "--unit", "p"))
        print(f"\na record and a list at a site, an invitation, in ms of processor: "
              f"{[tuple(round(s * 1000, 1) for s in each) for each in spent.values()]}", flush=True)
        for few, many in zip(spent[10], spent[PROVINCE]):
            self.assertLess(many, 2 * few + 0.004)

    def test_the_status_of_a_province_costs_in_proportion_to_its_units(self):
        few, many = self.top_with(PROVINCE // 10), self.top_with(PROVINCE)
        for words in (["status"], ["units", "list"], ["devices", "list"]):
            small, large = self.cpu_s(few, *words), self.cpu_s(many, *words)
            print(f"\n{' '.join(words)}: {small * 1000:.1f} and {large * 1000:.1f} ms of processor",
                  flush=True)
            self.assertLess(large, 14 * small + 0.02, words)
        self.assertEqual(len(many.status()["units"]), PROVINCE)
        self.assertEqual(len(many.run("units", "list", timeout=PATIENCE_S).lines), PROVINCE)


class UnitsByThemselves(ProcessTest):
    def test_a_table_of_one_new_unit_below_a_known_one_is_taken_and_the_parent_named(self):
        top = self.headquarters(serving=False)
        table = self.folder / "新单位.csv"
        table.write_text(f"code,name,parent\nnew-team,新班组,{CREW}\n", encoding="utf-8")
        before = {line["code"]: line for line in top.run("units", "list").lines}
        done = top.run("units", "import", table).line
        self.assertEqual((done["added"], done["changed"]), (1, 0))
        self.assertIn(before[CREW]["name"], str(done["notices"]))
        after = {line["code"]: line for line in top.run("units", "list").lines}
        self.assertEqual(after.pop("new-team")["parent"], CREW)
        self.assertEqual(after, before)
        # A known parent that would come to stand below it, one that was removed, one that is not there.
        for row, told in ((f"{before[CREW]['parent']},x,{CREW}", "above itself"),
                          ("a,x,nosuch", "nor known here"), ("b,x,gone", "was removed")):
            if "gone" in row:
                top.run("units", "add", "gone", "--name", "旧单位")
                top.run("units", "remove", "gone", "--reason", "x")
            table.write_text(f"code,name,parent\n{row}\n", encoding="utf-8")
            refused = top.run("units", "import", table, expect=REFUSED).error
            self.assertIn(told, str(refused), row)
        top.verify()

    def test_no_unit_is_called_like_the_common_book(self):
        top = self.headquarters(serving=False)
        table = self.folder / "root.csv"
        for code in ("root", "ROOT", "Root", "ｒｏｏｔ"):
            refused = top.run("units", "add", code, "--name", "总部", expect=REFUSED).error
            self.assertIn("common book", refused["message"], code)
            table.write_text(f"code,name\n{code},总部\n", encoding="utf-8")
            self.assertIn("root", str(top.run("units", "import", table, expect=REFUSED).error))

    def test_a_removed_unit_lets_nobody_in_until_it_is_added_again_and_all_replicas_agree(self):
        top = self.headquarters()
        device = self.device(top, unit=CREW)
        record = device.record()
        device.sync()
        code = top.invite(CREW)["code"]
        refused = top.run("units", "remove", CREW, expect=REFUSED).error
        self.assertEqual(len(refused["problems"]), 2, refused)
        top.run("devices", "revoke", "甲")
        told = top.run("--lang", "zh", "units", "remove", CREW, "--reason", "撤销", expect=REFUSED, as_json=False)
        self.assertIn("加 --anyway 再运行", told.err)
        self.assertNotIn("改正后重试", told.err)
        top.run("units", "remove", CREW, "--anyway", "--reason", "撤销")
        gone = {line["code"]: line for line in top.run("units", "list", "--removed").lines if "code" in line}
        self.assertEqual(gone[CREW]["reason"], "撤销")
        self.assertIn("（已撤销：撤销）", top.run("--lang", "zh", "units", "list", "--removed", as_json=False).out)
        self.assertNotIn(CREW, [line["code"] for line in top.run("units", "list").lines])
        other = self.new_device("乙")
        join = ["join", code, "--headquarters", top.address, "--name", "乙"]
        self.assertEqual(other.run(*join, expect=REFUSED).error["reason"], "invitation_unknown")
        self.assertEqual([line["record"] for line in top.records()], [record])
        self.assertTrue(top.unit(CREW)["removed"])
        top.restart()
        top.run("units", "add", CREW)
        other.run(*join)
        self.assertEqual([line["record"] for line in other.records()], [record])
        self.assert_sound(top, other)

    def test_a_unit_added_while_headquarters_serves_reaches_the_sites_with_its_name(self):
        top = self.headquarters()
        device = self.device(top, unit=CREW)
        top.run("units", "change", CREW, "--name", "八矿新队")
        device.sync()
        self.assertIn("八矿新队", device.run("campaigns").line["banner"])
        new = top.run("units", "add", "shenma-mine-8-team-9", "--name", "九队", "--parent", "八矿新队").line
        self.assertEqual((new["parent"], new["again"]), (CREW, False))
        self.device(top, "乙", unit="shenma-mine-8-team-9").record()

    def test_two_who_change_units_at_once_make_no_circle(self):
        top = self.headquarters()
        for code in ("a", "b"):
            top.run("units", "add", code, "--name", code)
        pair = [subprocess.Popen([str(BIN / "sitelogd"), "--data", str(top.folder), "units", "change", one,
                                  "--parent", other], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 env=free_environment(self.folder))
                for one, other in (("a", "b"), ("b", "a"))]
        self.assertEqual(sorted(process.wait(PATIENCE_S) for process in pair), [DONE, REFUSED])


if __name__ == "__main__":
    unittest.main()


class TestPreview(ProcessTest):
    def table(self, *lines):
        file = self.folder / "units.csv"
        file.write_text("code,name,parent\n" + "".join(line + "\n" for line in lines), encoding="utf-8")
        return file

    def test_it_tells_by_unit_what_would_be_written_and_writes_nothing(self):
        top = self.headquarters(set_up=False, serving=False)
        top.run("init", "--name", "市总")
        top.run("units", "import", self.table("a,甲公司,", "b,乙公司,", "a-1,一矿,a"))
        before = top.run("units", "list").lines
        entries = top.verify()["entries"]
        table = self.table("a,甲集团,", "b,乙公司,", "a-1,一矿,b", "c,丙公司,")
        told = top.run("units", "import", table, "--preview").lines
        done = told.pop()
        self.assertEqual({key: done[key] for key in ("units", "added", "changed", "preview", "untold")},
                         {"units": 4, "added": 1, "changed": 2, "preview": True, "untold": 0})
        by_code = {line["code"]: line for line in told}
        self.assertEqual(set(by_code), {"a", "a-1", "c"})
        self.assertEqual(by_code["a"]["changes"], [{"field": "name", "from": "甲公司", "to": "甲集团"}])
        self.assertEqual(by_code["a-1"]["changes"], [{"field": "parent", "from": "a", "to": "b"}])
        self.assertTrue(by_code["c"]["added"])
        self.assertEqual(top.run("units", "list").lines, before)
        self.assertEqual(top.verify()["entries"], entries)
        words = top.run("units", "import", table, "--preview", as_json=False).out
        for word in ("甲公司 → 甲集团", "丙公司", "Nothing was written"):
            self.assertIn(word, words)
        really = top.run("units", "import", table).line
        self.assertEqual((really["added"], really["changed"]), (done["added"], done["changed"]))
        again = top.run("units", "import", table, "--preview").lines
        self.assertEqual([(line["added"], line["changed"]) for line in again], [(0, 0)])

    def test_of_many_the_first_thousand_are_told_and_the_rest_counted(self):
        top = self.headquarters(set_up=False, serving=False)
        top.run("init", "--name", "市总")
        lines = top.run("units", "import", self.table(*(f"u{n},第{n}厂," for n in range(1200))), "--preview").lines
        self.assertEqual(len(lines), 1001)
        self.assertEqual((lines[-1]["added"], lines[-1]["untold"]), (1200, 200))
        self.assertEqual(top.run("units", "list").lines, [])
