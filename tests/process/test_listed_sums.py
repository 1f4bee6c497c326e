"""That a list comes to the number whose records it lists, and that no table leaves a form out without a word."""

import io
from urllib.parse import urlencode

from https import Web, account, token
from sitelog_processes import CAMPAIGN, CAMPAIGN_FILE, CREW, ProcessTest
from spreadsheets import read_cells

SECOND_FORM = '''
[[form]]
key = "visit"
zh = "走访慰问"
en = "Visits"
list = ["day"]

[[form.field]]
name = "day"
type = "date"
zh = "日期"
en = "Day"
required = true

[[form.field]]
name = "participants"
type = "integer"
zh = "慰问人数"
en = "People"
min = 0
max = 1000
'''


class ListedSums(ProcessTest):
    def setUp(self):
        self.top = self.headquarters(serving=False)
        account(self.top, "boss", "administrator")
        account(self.top, "near", "viewer", CREW)
        self.top.serve()
        text = CAMPAIGN_FILE.read_text(encoding="utf-8")
        self.assertEqual(text.count("\nversion = 4\n"), 1)
        self.assertEqual(text.count("\n[report]\n"), 1)
        file = self.folder / "two-forms.toml"
        file.write_text(text.replace("\nversion = 4\n", "\nversion = 5\n")
                        .replace("\n[report]\n", SECOND_FORM + "\n[report]\n"), encoding="utf-8")
        self.top.run("campaign", "publish", file, "--confirm")
        self.boss, self.near = (Web(self.top, token(self.top, name)) for name in ("boss", "near"))

    def add(self, unit=CREW, form="event", **fields):
        given = {"title": "放映", "kind": "film", "date": "2020-06-01", "level": "grassroots",
                 "participants": 80, "sessions": 2, "status": "held"} if form == "event" else {}
        return self.boss.post("record.add", form=form, unit=unit, again=True, fields={**given, **fields}).answer

    def say(self, operation, record, **more):
        seen = self.boss.get("record.show", record=record).lines[0]["seen"]
        self.assertEqual(self.boss.post(operation, record=record, seen=seen, **more).status, 200)

    def sums(self, who=None, **asked):
        return (who or self.boss).get("records.list", limit=2, sums="true", **asked).answer.get("sums")

    def test_the_sums_of_a_list_are_those_of_the_table_whatever_is_on_its_page(self):
        for number in range(5):
            self.add(participants=10 + number)
        self.add(kind="lecture", participants=7)
        self.add(unit="wugang", participants=1000)
        self.add(status="planned", participants=500)
        outside = self.add(date="2031-06-01", participants=300)
        self.say("record.review", self.add(participants=200)["record"], verdict="refused", remark="重复上报")
        self.say("record.void", self.add(participants=100)["record"], reason="重复")
        table = self.boss.get("report.statistics", campaign=CAMPAIGN, unit=CREW).answer["figures"]
        cell, = (each for each in table["total"]["cells"] if each["kind"] == "film" and each["level"] == "grassroots")
        found = self.sums(campaign=CAMPAIGN, form="event", unit=CREW, kind="film", level="grassroots", state="held")
        self.assertEqual({name: found[name] for name in ("events", "sessions", "participants")},
                         {name: cell[name] for name in ("events", "sessions", "participants")})
        self.assertEqual((found["events"], found["sessions"], found["participants"]), (5, 10, 60))
        self.assertEqual((found["left_out"], table["left_out"]), (1, {"date": 1}))
        self.assertNotIn("at_least", found)
        self.assertTrue(outside["warnings"])
        # Whose role is for one unit is told of that alone, and no form is added that doesn't count.
        self.assertEqual(self.sums(self.near, form="event")["participants"], 67)
        self.assertEqual(self.sums(form="event")["participants"], 1067)
        self.assertEqual(self.sums()["participants"], 1067)
        self.add(form="visit", day="2020-06-02", participants=9)
        self.assertEqual(self.sums(form="visit")["events"], 0)
        # Nothing is told that was not added up, nor that nobody asked for.
        self.assertIsNone(self.sums(text="放映"))
        self.assertIsNone(self.sums(unexplained="true"))
        page = self.boss.get("records.list", limit=2, form="event").answer
        self.assertNotIn("sums", page)
        self.assertIsNone(self.sums(form="event", cursor=page["next"]))

    def test_a_table_says_how_many_records_of_other_forms_it_does_not_count(self):
        self.add()
        for report in ("statistics", "progress"):
            self.assertNotIn("other_forms", self.boss.get(f"report.{report}", campaign=CAMPAIGN).answer["figures"])
        for day in ("2020-06-02", "2020-07-02"):
            self.add(form="visit", day=day)
        self.add(form="visit", unit="wugang", day="2020-06-03")
        self.say("record.void", self.add(form="visit", day="2020-06-04")["record"], reason="重复")

        def told(who=None, **asked):
            answer = (who or self.boss).get(f"report.{report}", campaign=CAMPAIGN, **asked).answer
            return [(each["form"], each["records"]) for each in answer["figures"].get("other_forms", [])]

        for report in ("statistics", "progress"):
            self.assertEqual(told(), [("visit", 3)])
            self.assertEqual(told(unit=CREW), [("visit", 2)])
            self.assertEqual(told(self.near), [("visit", 2)])
            self.assertEqual(told(**{"from": "2020-07-01"}), [("visit", 1)])
            self.assertEqual(told(review="accepted"), [])
            below = self.top.run("--lang", "zh", "report", report, "--campaign", CAMPAIGN, as_json=False).out
            self.assertRegex(below, "本表不统计“走访慰问”，另有（条）：\\s*3")
        self.boss.language = "zh-CN"
        connection = self.boss.connect()
        connection.request("GET", "/api/v1/report.file?" + urlencode(
            {"report": "statistics", "campaign": CAMPAIGN, "format": "xlsx"}), headers=self.boss.fields())
        cells = read_cells(io.BytesIO(connection.getresponse().read()))
        connection.close()
        self.assertTrue([text for text in cells.values() if "走访慰问" in str(text)])
