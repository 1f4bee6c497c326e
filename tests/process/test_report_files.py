"""The tables to hand in, taken as files over HTTPS: the same that the command writes."""

import io
from urllib.parse import quote, unquote, urlencode

from https import Web, account, token
from sitelog_processes import CAMPAIGN, CREW, ProcessTest
from spreadsheets import read_cells

FAR = "wugang"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TestReportFiles(ProcessTest):
    def setUp(self):
        self.top = self.headquarters(serving=False)
        account(self.top, "boss", "administrator")
        account(self.top, "near", "viewer", CREW)
        self.top.serve()
        self.boss, self.near = (Web(self.top, token(self.top, name)) for name in ("boss", "near"))
        for number in range(3):
            self.boss.post("record.add", form="event", unit=CREW, again=True, fields={
                "title": f"放映{number}", "kind": "film", "date": "2020-06-01", "level": "grassroots",
                "participants": 80 + number, "sessions": 2, "status": "held"}).answer

    def take(self, who, method="GET", **asked):
        connection = who.connect()
        connection.request(method, "/api/v1/report.file?" + urlencode(asked), headers=who.fields())
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body

    def written(self, report, form, *words):
        file = self.folder / f"{report}-{len(words)}.{form}"
        self.top.run("report", report, "--campaign", CAMPAIGN, *words, "--output", file, "--overwrite",
                     as_json=False)
        return file.read_bytes()

    def units_file(self, who, **asked):
        connection = who.connect()
        connection.request("GET", "/api/v1/units.file?" + urlencode(asked), headers=who.fields())
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body

    def test_the_list_of_units_is_a_file_that_is_taken_in_again_and_says_the_same(self):
        units = self.boss.get("units.list").lines
        self.assertGreater(len(units), 3)
        for language, first in (("en", "code"), ("zh-CN", "单位代码")):
            self.boss.language = language
            for form, kind in (("xlsx", WORKBOOK), ("csv", "text/csv; charset=utf-8")):
                status, fields, body = self.units_file(self.boss, format=form)
                self.assertEqual((status, fields["Content-Type"]), (200, kind), body)
                file = self.folder / f"units-{language}.{form}"
                file.write_bytes(body)
                *lines, done = self.top.run("units", "import", file, "--preview").lines
                self.assertEqual((done["units"], done["added"]), (len(units), 0), (language, form))
                # As a tree: units that follow each other in it may be counted on from one another.
                self.assertLessEqual({change["field"] for line in lines for change in line["changes"]}, {"place"})
            self.assertTrue(body.decode("utf-8-sig").startswith(first + ","), body[:80])
        self.assertIn(quote("单位表"), fields["Content-Disposition"])
        # What the file says otherwise is what would change.
        file.write_text(body.decode("utf-8-sig").replace(units[0]["name"], "改名之后", 1), encoding="utf-8")
        *lines, _ = self.top.run("units", "import", file, "--preview").lines
        self.assertEqual([change["to"] for line in lines for change in line["changes"] if change["field"] == "name"],
                         ["改名之后"])
        self.assertEqual(self.units_file(self.boss, format="pdf")[0], 422)
        self.assertEqual(self.units_file(Web(self.top), format="csv")[0], 401)
        self.assertEqual(self.units_file(self.near, format="csv")[0],
                         200 if self.near.get("units.list").status == 200 else 403)

    def test_they_are_what_the_command_writes(self):
        for report in ("statistics", "progress"):
            for words, asked in (((), {}), (("--unit", CREW), {"unit": CREW})):
                status, fields, book = self.take(self.boss, report=report, campaign=CAMPAIGN, format="xlsx", **asked)
                self.assertEqual((status, fields["Content-Type"]), (200, WORKBOOK), book)
                written = self.written(report, "xlsx", *words)
                cells = read_cells(io.BytesIO(book))
                self.assertEqual(cells, read_cells(io.BytesIO(written)))
                self.assertEqual(book, written, "the same table gives the same bytes")
                self.assertGreater(len(cells), 20)
                status, fields, text = self.take(self.boss, report=report, campaign=CAMPAIGN, format="csv", **asked)
                self.assertEqual((status, fields["Content-Type"]), (200, "text/csv; charset=utf-8"))
                self.assertEqual(text, self.written(report, "csv", *words))

    def test_they_have_a_name_in_chinese(self):
        self.boss.language = "zh-CN"
        _, fields, book = self.take(self.boss, report="statistics", campaign=CAMPAIGN, format="xlsx")
        said = fields["Content-Disposition"]
        name = unquote(said.split("filename*=UTF-8''")[1])
        self.assertRegex(name, r"^[^/]*统计表-\d{4}-\d\d-\d\d\.xlsx$")
        self.assertTrue(said.startswith("attachment; filename=\""), said)
        self.assertIn(quote("统计表"), said)
        self.assertIn(name.rsplit("-", 3)[0], read_cells(io.BytesIO(book))["A1"])
        status, head, body = self.take(self.boss, "HEAD", report="statistics", campaign=CAMPAIGN, format="xlsx")
        self.assertEqual((status, body, head["Content-Disposition"]), (200, b"", said))

    def test_they_reach_no_further_than_the_report_and_refuse_what_it_refuses(self):
        asked = {"report": "progress", "campaign": CAMPAIGN, "format": "csv"}
        own = self.take(self.near, **asked)
        self.assertEqual(own[0], 200)
        self.assertEqual(own[2], self.take(self.boss, unit=CREW, **asked)[2])
        for who, more, status in ((self.near, {"unit": FAR}, 404), (self.boss, {"campaign": "nosuch"}, 404),
                                  (self.boss, {"report": "lists"}, 422), (self.boss, {"format": "pdf"}, 422),
                                  (self.boss, {"colour": "red"}, 400), (self.boss, {"person": "张三"}, 403)):
            told = self.take(who, **{**asked, **more})
            self.assertEqual(told[0], status, (more, told[2]))
            self.assertEqual(told[1]["Content-Type"], "application/problem+json; charset=utf-8")
        self.assertEqual(self.take(Web(self.top), **asked)[0], 401)
        other = Web(self.top, token(self.top, "boss", "--operations", "records.list", "--operations", "report.statistics"))
        self.assertEqual(self.take(other, **asked)[0], 403)
        self.assertEqual(self.take(other, **{**asked, "report": "statistics"})[0], 200)
        said = [line for line in self.top.run("audit", "list").lines if line.get("operation", "").startswith("report.")]
        self.assertEqual([(line["who"], line["operation"], line["reason"]) for line in said
                          if line["what"] == "refused"][-1:], [("boss", "report.progress", "not_permitted")])
        self.assertIn(("near", "unknown_unit"), [(line["who"], line["reason"]) for line in said])

    def test_the_description_names_them(self):
        paths = self.boss.ask("GET", "/api/v1/openapi.json").json["paths"]
        get = paths["/api/v1/report.file"]["get"]
        self.assertEqual({each["name"] for each in get["parameters"]},
                         {"report", "format", "campaign", "unit", "from", "to", "review", "phone"})
