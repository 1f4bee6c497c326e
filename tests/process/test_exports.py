"""Exports that go on by themselves: what is in the file, whose it is, what becomes of it."""

import csv
import hashlib
import io
import json
import os
import re
import stat
import time
import unittest
import zipfile

from https import Web, account, token
from sitelog_processes import CREW, PATIENCE_S, ProcessTest

FAR = "wugang"


class ExportTest(ProcessTest):
    def setUp(self):
        self.top = self.headquarters(serving=False)
        account(self.top, "boss", "administrator")
        account(self.top, "near", "viewer", CREW)
        self.top.serve()
        self.boss, self.near = (Web(self.top, token(self.top, name)) for name in ("boss", "near"))

    def add(self, unit=CREW, **fields):
        asked = {"title": "井口演出", "kind": "film", "date": "2020-06-01", "level": "grassroots",
                 "participants": 80, "status": "held", **fields}
        return self.boss.post("record.add", form="event", unit=unit, fields=asked, again=True).answer["record"]

    def done(self, who, state="done", **asked):
        job = who.post("exports.start", **{"form": "event", **asked}).answer
        until = time.monotonic() + PATIENCE_S
        while job["state"] in ("waiting", "running"):
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)
            job = who.get("exports.show", id=job["id"]).answer
        self.assertEqual(job["state"], state, job)
        return job

    def take(self, who, job, **fields):
        connection = who.connect()
        connection.request("GET", f"/api/v1/exports.file?id={job['id']}", headers=who.fields(**fields))
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, response.headers, body

    def folder_of_exports(self):
        return self.top.folder / "exports"


class TestExports(ExportTest):
    def test_the_command_line_starts_shows_and_ends_its_own(self):
        self.add()
        started = self.top.run("exports", "start", "event", "--format", "csv", "--kind", "film").line
        until = time.monotonic() + PATIENCE_S
        while (job := self.top.run("exports", "show", started["id"]).line)["state"] != "done":
            self.assertLess(time.monotonic(), until)
        self.assertEqual(job["records"], 1)
        self.assertEqual([line["id"] for line in self.top.run("exports", "list").lines], [job["id"]])
        told = self.top.run("exports", "show", job["id"], as_json=False).out
        path = told.split("cp '")[1].split("'")[0]
        with open(path, encoding="utf-8-sig") as file:
            self.assertIn("井口演出", file.read())
        self.assertEqual(self.boss.get("exports.show", id=job["id"]).status, 404)
        self.top.run("exports", "cancel", job["id"])
        self.assertEqual(self.top.run("exports", "list").lines, [])
        self.assertFalse(os.path.exists(path))
        self.top.stop()
        self.top.run("exports", "list", expect=2)  # only while it serves
        self.top.serve()

    def test_the_file_has_what_the_list_tells_in_every_format(self):
        for i in range(40):
            self.add(title=f'第{i}场, "引号"', kind=("film", "lecture")[i % 2], unit=(CREW, FAR)[i % 4 == 0])
        for asked in ({}, {"kind": "film"}, {"unit": FAR}, {"text": "第3"}, {"kind": "lecture", "unit": CREW}):
            listed = self.boss.get("records.list", **asked).lines
            ids = [line["record"] for line in listed]
            lines = self.take(self.boss, self.done(self.boss, format="jsonl", **asked))[2].decode()
            told = [json.loads(line) for line in lines.splitlines()]
            self.assertEqual([line["_record"] for line in told], ids)
            self.assertEqual([line["title"] for line in told], [line["fields"]["title"] for line in listed])
            table = self.take(self.boss, self.done(self.boss, format="csv", **asked))[2]
            self.assertTrue(table.startswith(b"\xef\xbb\xbf"))
            rows = list(csv.reader(io.StringIO(table.decode("utf-8-sig"))))
            title, record = rows[1].index("title"), rows[1].index("_record")
            self.assertEqual([row[record] for row in rows[2:]], ids)
            self.assertEqual([row[title] for row in rows[2:]], [line["fields"]["title"] for line in listed])
            book = self.take(self.boss, self.done(self.boss, format="xlsx", **asked))[2]
            sheet = zipfile.ZipFile(io.BytesIO(book)).read("xl/worksheets/sheet1.xml").decode()
            self.assertEqual([sheet.count(record) for record in ids], [1] * len(ids))
            self.assertEqual(sheet.count("<row "), 2 + len(ids))
            for job in self.boss.get("exports.list").lines:
                self.boss.post("exports.cancel", id=job["id"])
        self.assertEqual(os.listdir(self.folder_of_exports()), [])

    def test_it_is_as_the_command_writes_it(self):
        for i in range(5):
            self.add(title=f"第{i}场", participants=100_000 if i == 2 else 80,
                     **({"_explain.participants": "全县直播"} if i == 2 else {}))
        file = self.folder / "own.csv"
        self.top.run("records", "export", "event", "--output", file)
        job = self.done(self.boss, format="csv")
        own = self.take(Web(self.top, self.boss.token, language="zh"), job)[2]
        rows = list(csv.reader(io.StringIO(own.decode("utf-8-sig"))))
        right = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"))))
        self.assertEqual(rows[1:], right[1:])
        site = self.device(self.top)
        again = self.folder / "again.csv"
        again.write_bytes(own)
        site.run("record", "event", "--from", again, "--again", expect=None)

    def test_a_file_is_its_accounts_alone_and_says_only_what_it_may_see(self):
        self.add(title="近处", unit=CREW)
        self.add(title="远处", unit=FAR)
        job = self.done(self.near, format="jsonl")
        told = self.take(self.near, job)[2].decode()
        self.assertIn("近处", told)
        self.assertNotIn("远处", told)
        for operation in ("exports.show", "exports.cancel"):
            other = self.boss.post(operation, id=job["id"])
            nothing = self.boss.post(operation, id="0" * 32)
            self.assertEqual((other.status, other.body), (404, nothing.body))
        self.assertEqual(self.take(self.boss, job)[0], 404)
        self.assertEqual(self.boss.get("exports.list").lines, [])
        for bad in ("", "../accounts.json", "0" * 32, job["id"] + ".json"):
            self.assertEqual(self.take(self.near, {"id": bad})[0], 404, bad)
        narrow = Web(self.top, token(self.top, "near", "--operations", "records.list"))
        self.assertEqual(self.take(narrow, job)[0], 404)
        self.assertEqual(narrow.post("exports.start", form="event", format="csv").status, 403)
        lines = [line for line in self.top.run("audit", "list").lines if "operation" in line]
        self.assertIn(("near", "done", "exports.file"),
                      [(line.get("who"), line["what"], line["operation"]) for line in lines])
        self.assertIn(("boss", "refused", "exports.file"),
                      [(line.get("who"), line["what"], line["operation"]) for line in lines])

    def test_who_may_not_see_all_of_it_any_more_is_not_given_the_file(self):
        self.add(title="近处", unit=CREW)
        self.add(title="远处", unit=FAR)
        wide = self.done(self.near, format="csv")
        self.top.run("accounts", "grant", "near", "--role", "viewer", "--unit", FAR)
        both = self.done(self.near, format="csv")
        self.assertEqual(self.take(self.near, both)[0], 200)
        self.top.run("accounts", "withdraw", "near", "--role", "viewer", "--unit", FAR)
        # One narrowed to what is left goes on; the other is told of, and no more than that.
        self.assertEqual(self.take(self.near, wide)[0], 200)
        for fields in ({}, {"Range": "bytes=5-"}, {"If_None_Match": f'"{both["digest"]}"'}):
            status, _, body = self.take(self.near, both, **fields)
            self.assertEqual(status, 403, body)
            self.assertEqual(json.loads(body)["reason"], "not_permitted")
        told = {job["id"]: job for job in self.near.get("exports.list").lines}
        self.assertIn("withheld", told[both["id"]])
        for gone in ("file", "digest", "records", "of", "bytes"):
            self.assertNotIn(gone, told[both["id"]])
            self.assertNotIn(gone, self.near.get("exports.show", id=both["id"]).answer)
            self.assertIn(gone, told[wide["id"]])
        # So it is after the daemon was started anew; and for one campaign alone.
        self.top.stop()
        self.top.serve()
        self.assertEqual(self.take(self.near, both)[0], 403)
        self.top.run("accounts", "grant", "near", "--role", "viewer", "--unit", FAR, "--campaign", "thousand-events")
        self.assertEqual(self.take(self.near, both)[0], 200)
        for unit, *campaign in ((CREW,), (FAR, "--campaign", "thousand-events")):
            self.top.run("accounts", "withdraw", "near", "--role", "viewer", "--unit", unit, *campaign)
        self.assertEqual([self.take(self.near, job)[0] for job in (wide, both)], [403, 403])
        self.top.run("accounts", "grant", "near", "--role", "viewer", "--unit", CREW)
        self.assertEqual([self.take(self.near, job)[0] for job in (wide, both)], [200, 403])
        # It can be ended all the same.
        self.assertEqual(self.near.post("exports.cancel", id=both["id"]).status, 200)

    def test_a_download_goes_on_where_it_was_cut_off(self):
        for i in range(30):
            self.add(title=f"第{i}场")
        job = self.done(self.boss, format="csv")
        status, fields, whole = self.take(self.boss, job)
        self.assertEqual((status, len(whole)), (200, job["bytes"]))
        self.assertEqual(hashlib.sha256(whole).hexdigest(), job["digest"])
        self.assertEqual(fields["Accept-Ranges"], "bytes")
        self.assertIn("filename*=UTF-8''", fields["Content-Disposition"])
        self.assertIn("attachment", fields["Content-Disposition"])
        tag = fields["ETag"]
        for asked, first, size in (("bytes=0-9", 0, 10), ("bytes=100-", 100, len(whole) - 100),
                                   ("bytes=-7", len(whole) - 7, 7), ("bytes=0-999999999", 0, len(whole))):
            status, fields, part = self.take(self.boss, job, Range=asked, If_Range=tag)
            self.assertEqual(part, whole[first:first + size], asked)
            self.assertEqual(status, 200 if size == len(whole) else 206)
            if status == 206:
                self.assertEqual(fields["Content-Range"], f"bytes {first}-{first + size - 1}/{len(whole)}")
        self.assertEqual(self.take(self.boss, job, Range="bytes=999999999-")[0], 416)
        self.assertEqual(self.take(self.boss, job, Range="bytes=5-9", If_Range='"other"')[0], 200)
        self.assertEqual(self.take(self.boss, job, If_None_Match=tag)[0], 304)
        for odd in ("bytes=9-5", "bytes=1-2,4-5", "lines=1-2", "bytes=x-", "bytes=--1"):
            self.assertEqual(self.take(self.boss, job, Range=odd)[2], whole, odd)

    def test_what_is_done_outlives_the_daemon_and_what_was_not_has_failed(self):
        self.add()
        job = self.done(self.boss, format="jsonl")
        before = self.take(self.boss, job)[2]
        self.top.stop()
        folder = self.folder_of_exports()
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
        self.assertEqual({stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}, {0o600})
        cut = "f" * 32
        about = json.loads((folder / f"{job['id']}.json").read_text())
        (folder / f"{cut}.json").write_text(json.dumps({**about, "id": cut, "state": "running"}))
        (folder / f"{cut}.rows").write_bytes(b"half")
        (folder / f"{cut}").write_bytes(b"half")
        (folder / "stray").write_bytes(b"x")
        (folder / ("e" * 32 + ".json")).write_bytes(b"{broken")
        self.top.serve()
        self.boss = Web(self.top, self.boss.token)
        self.assertEqual(self.take(self.boss, job)[2], before)
        failed = self.boss.get("exports.show", id=cut).answer
        self.assertEqual(failed["state"], "failed")
        self.assertIn("start it again", failed["why"]["text"])
        self.assertEqual(self.take(self.boss, {"id": cut})[0], 404)
        self.assertEqual(sorted(os.listdir(folder)), sorted([job["id"], job["id"] + ".json", cut + ".json"]))

    def test_exports_are_bounded_and_removed_when_asked(self):
        self.add()
        jobs = [self.done(self.near, format="csv") for _ in range(8)]
        refused = self.near.post("exports.start", form="event", format="csv")
        self.assertEqual(refused.json["reason"], "too_large", refused)
        self.assertEqual(self.near.post("exports.cancel", id=jobs[0]["id"]).status, 200)
        self.assertEqual(self.take(self.near, jobs[0])[0], 404)
        self.done(self.near, format="csv")
        self.done(self.boss, format="csv")
        for arguments in ({"form": "nosuch", "format": "csv"}, {"form": "event", "format": "doc"},
                          {"form": "event"}, {"form": "event", "format": "csv", "kind": ""}):
            self.assertIn(self.near.post("exports.start", **arguments).status, (400, 404, 422), arguments)
        # A kind that no record has: nothing is written, and it is said why.
        self.near.post("exports.cancel", id=jobs[1]["id"])
        failed = self.done(self.near, "failed", format="csv", kind="nosuch")
        self.assertIn("nosuch", failed["why"]["args"])

    def bring(self, count):
        site = self.device(self.top)
        site.record_many([{"title": f"第{i}场", "kind": "film", "date": "2020-06-01", "level": "grassroots",
                           "participants": 10, "status": "held"} for i in range(count)])
        site.sync()

    def test_many_are_in_the_order_of_the_list_though_several_threads_read_them(self):
        self.bring(6000)
        self.add(title="另一场", participants=100_000, **{"_explain.participants": "直播"})
        jobs = {kind: self.done(self.boss, format=kind) for kind in ("jsonl", "csv", "xlsx")}
        files = {kind: self.take(self.boss, job)[2] for kind, job in jobs.items()}
        for kind, job in jobs.items():
            self.assertEqual(job["records"], 6001)
            self.assertEqual(hashlib.sha256(files[kind]).hexdigest(), job["digest"])
        told = [json.loads(line) for line in files["jsonl"].splitlines()]
        ids = [line["_record"] for line in told]
        self.assertEqual(ids, sorted(ids))
        self.assertEqual({line["title"] for line in told}, {f"第{i}场" for i in range(6000)} | {"另一场"})
        rows = list(csv.reader(io.StringIO(files["csv"].decode("utf-8-sig"))))[1:]
        for key in ("_record", "title"):
            self.assertEqual([row[rows[0].index(key)] for row in rows[1:]], [line[key] for line in told])
        explained = rows[0].index("_explain.participants")
        self.assertEqual([row[explained] for row in rows[1:] if row[explained]], ["直播"])
        sheet = zipfile.ZipFile(io.BytesIO(files["xlsx"])).read("xl/worksheets/sheet1.xml").decode()
        self.assertEqual(re.findall(r'<row r="(\d+)"', sheet), [str(i + 1) for i in range(6003)])
        self.assertEqual(re.findall(r'<c r="A\d+"[^>]*><is><t>([0-9a-f]{32})<', sheet), ids)

    def test_one_is_cancelled_on_the_way_and_leaves_nothing(self):
        self.bring(6000)
        job = self.boss.post("exports.start", form="event", format="xlsx").answer
        self.assertEqual(self.boss.post("exports.cancel", id=job["id"]).status, 200)
        until = time.monotonic() + PATIENCE_S
        while os.listdir(self.folder_of_exports()):
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)
        self.assertEqual(self.boss.get("exports.show", id=job["id"]).status, 404)


if __name__ == "__main__":
    unittest.main()
