"""Records as an OData 4.01 service, as spreadsheets read it."""

import base64
import xml.etree.ElementTree as xml
from urllib.parse import quote, urlsplit

from https import Web, account, token
from sitelog_processes import CREW, an_event
from test_door import DoorTest

SET = "thousand_events__event"
NEAR, FAR = "ruzhou", "wugang"


class TestOData(DoorTest):
    def setUp(self):
        super().setUp()
        self.sheet = Web(self.top)
        self.secret = self.boss.token

    def read(self, path="", secret=None, **options):
        basic = base64.b64encode(f"anybody:{secret or self.secret}".encode()).decode()
        query = "&".join(f"${name}={quote(str(value))}" for name, value in options.items())
        return self.sheet.ask("GET", f"/odata/v1/{path}" + (f"?{query}" if query else ""),
                              Authorization=f"Basic {basic}")

    def rows(self, **options):
        answer = self.read(SET, **options)
        self.assertEqual(answer.status, 200, answer)
        return answer.json["value"]

    def test_the_service_says_what_it_has(self):
        service = self.read()
        self.assertEqual(service.status, 200, service)
        self.assertEqual(service.fields["OData-Version"], "4.01")
        self.assertIn(SET, [each["name"] for each in service.json["value"]])
        metadata = self.read("$metadata")
        self.assertEqual(metadata.fields["Content-Type"], "application/xml; charset=utf-8")
        edm = "{http://docs.oasis-open.org/odata/ns/edm}"
        kind = next(each for each in xml.fromstring(metadata.body).iter(f"{edm}EntityType")
                    if each.get("Name") == f"{SET}_type")
        types = {each.get("Name"): each.get("Type") for each in kind.iter(f"{edm}Property")}
        self.assertEqual(types["_record"], "Edm.String")
        self.assertEqual(types["title"], "Edm.String")
        self.assertEqual(types["date"], "Edm.Date")
        self.assertEqual(types["participants"], "Edm.Int64")
        record = self.add()["record"]
        row, = self.rows()
        self.assertEqual(set(row), set(types))
        self.assertEqual((row["_record"], row["_unit"], row["title"], row["participants"], row["_created_by"]),
                         (record, CREW, "井口演出", 80, "boss"))
        self.assertRegex(row["_created"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_filters_are_what_they_say(self):
        for n in range(6):
            self.add(title=f"第{n}'场", participants=10 * n, date=f"2020-06-0{n + 1}")
        everything = self.rows()
        for text, wanted in (("participants gt 20", lambda row: row["participants"] > 20),
                             ("participants ge 20 and participants lt 40", lambda row: 20 <= row["participants"] < 40),
                             ("date le 2020-06-02 or (participants eq 50)",
                              lambda row: row["date"] <= "2020-06-02" or row["participants"] == 50),
                             ("title eq '第3''场'", lambda row: row["title"] == "第3'场"),
                             ("participants eq 0 or participants eq 10 and participants eq 20",
                              lambda row: row["participants"] == 0),
                             ("_in_conflict ne false", lambda row: False),
                             ("summary eq null", lambda row: True),
                             ("_created gt 2020-01-01T00:00:00Z", lambda row: True),
                             ("kind eq 'film' and status eq 'held'",
                              lambda row: row["kind"] == "film" and row["status"] == "held"),
                             ("level eq 'county' and participants ge 20",
                              lambda row: row["level"] == "county" and row["participants"] >= 20),
                             ("date ge 2020-06-02 and date lt 2020-06-04",
                              lambda row: row["date"] and "2020-06-02" <= row["date"] < "2020-06-04"),
                             ("_changed ge 2020-01-01T00:00:00Z and _review eq 'pending'", lambda row: True),
                             ("_review eq 'accepted'", lambda row: False),
                             # Words that no list knows find what rows say.
                             ("kind eq 'nosuch'", lambda row: False), ("_unit eq 'nosuch'", lambda row: False),
                             ("_changed_on eq 'nosuch'", lambda row: False), ("_void ne null", lambda row: False),
                             (f"_unit eq '{CREW}'", lambda row: row["_unit"] == CREW),
                             (f"_created_on eq '{everything[0]['_created_on']}'",
                              lambda row: row["_created_on"] == everything[0]["_created_on"]),
                             ("_created_by eq 'boss'", lambda row: row["_created_by"] == "boss")):
            got = self.rows(filter=text)
            self.assertEqual(got, [row for row in everything if wanted(row)], text)

    def test_pages_lead_to_all_and_to_nothing_twice(self):
        site = self.device(self.top)
        site.record_many([an_event(n) for n in range(2300)])
        site.sync()
        answer, seen, pages = self.read(SET, count="true", select="_record,title"), [], 0
        self.assertEqual(answer.json["@odata.count"], 2300)
        while True:
            pages += 1
            seen += [row["_record"] for row in answer.json["value"]]
            self.assertTrue(all(set(row) == {"_record", "title"} for row in answer.json["value"]))
            following = answer.json.get("@odata.nextLink")
            if following is None:
                break
            where = urlsplit(following)
            basic = base64.b64encode(f"x:{self.secret}".encode()).decode()
            answer = self.sheet.ask("GET", f"{where.path}?{where.query}", Authorization=f"Basic {basic}")
            self.assertEqual(answer.status, 200, answer)
        self.assertEqual(pages, 3)
        self.assertEqual(len(seen), 2300)
        self.assertEqual(len(set(seen)), 2300)
        some = self.read(SET, top=5, skip=3, orderby="_record").json
        self.assertEqual([row["_record"] for row in some["value"]], seen[3:8])
        self.assertNotIn("@odata.nextLink", some)
        self.assertEqual(self.rows(top=0), [])

    def test_what_is_not_spoken_is_told_as_that(self):
        self.add()
        for options in ({"filter": "contains(title,'x')"}, {"filter": "not title eq 'x'"},
                        {"filter": "title has 'x'"}, {"orderby": "title"}, {"expand": "x"}, {"search": "x"},
                        {"apply": "x"}, {"format": "xml"}, {"count": "true", "filter": "title eq 'x'"}):
            self.assert_error(self.read(SET, **options), 501)
        for options in ({"filter": "nosuch eq 1"}, {"filter": "title eq 1"}, {"filter": "participants eq 'x'"},
                        {"filter": "title eq 'x"}, {"filter": "(title eq 'x'"}, {"filter": "title eq 'x')"},
                        {"filter": ""}, {"filter": "title eq"}, {"filter": "(" * 5000},
                        {"filter": "title eq 'x'" + " or title eq 'x'" * 200}, {"top": "-1"}, {"top": "x"},
                        {"select": "nosuch"}, {"skiptoken": "x"}, {"count": "yes"}):
            self.assert_error(self.read(SET, **options), 400)
        self.assert_error(self.read("nosuch"), 404)
        for path in (SET + "('x')", SET + "/$count", "$batch"):
            self.assert_error(self.read(path), 501)
        self.assertEqual(self.sheet.ask("POST", f"/odata/v1/{SET}", {}).status, 405)

    def assert_error(self, answer, status):
        self.assertEqual(answer.status, status, answer)
        self.assertTrue(answer.json["error"]["code"])
        self.assertTrue(answer.json["error"]["message"])

    def test_only_who_may_read_reads_and_only_their_units(self):
        nobody = self.sheet.ask("GET", "/odata/v1/")
        self.assertEqual(nobody.status, 401)
        self.assertIn("Basic", nobody.fields["WWW-Authenticate"])
        for bad in ("Basic", "Basic x", "Basic ====", "Basic " + "A" * 8000, "Basic " + base64.b64encode(b"x").decode()):
            self.assertEqual(self.sheet.ask("GET", "/odata/v1/", Authorization=bad).status, 401, bad[:20])
        self.assertEqual(self.read(secret="sitelog." + "0" * 64).status, 401)
        far = self.add(FAR, title="远处的秘密")["record"]
        here = self.add(NEAR)["record"]
        account(self.top, "near", "viewer", NEAR)
        secret = token(self.top, "near")
        answer = self.read(SET, secret, count="true")
        self.assertEqual([row["_record"] for row in answer.json["value"]], [here])
        self.assertEqual(answer.json["@odata.count"], 1)
        self.assertNotIn("远处的秘密", answer.body)
        foreign = self.read(SET, secret, skiptoken=far)
        self.assertNotIn("远处的秘密", foreign.body)
        account(self.top, "juror", "juror", NEAR)
        self.assertEqual(self.read(SET, token(self.top, "juror")).status, 403)
        self.assertEqual(self.read(SET, token(self.top, "boss", "--operations", "units.list")).status, 403)
        # A password is no token, and Basic opens nothing else.
        self.assertEqual(self.read(SET, "correct horse battery").status, 401)
        basic = base64.b64encode(f"x:{self.secret}".encode()).decode()
        self.assertEqual(self.sheet.ask("GET", "/api/v1/status", Authorization=f"Basic {basic}").status, 401)

    def test_who_read_is_in_the_audit_list(self):
        self.read(SET)
        said = [(line.get("who"), line.get("operation"), line.get("on"))
                for line in self.top.run("audit", "list").lines]
        self.assertIn(("boss", "odata", SET), said)

    def test_markup_and_formulas_stay_text(self):
        for title in ("<script>alert(1)</script>", "=cmd|'/C calc'!A0", "‮x"):
            self.boss.post("record.add", form="event", unit=CREW, again=True, fields=an_event(title=title))
        titles = [row["title"] for row in self.rows()]
        self.assertIn("<script>alert(1)</script>", titles)
        self.assertIn("=cmd|'/C calc'!A0", titles)
