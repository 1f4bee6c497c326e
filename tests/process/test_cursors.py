"""Lists page by page, by cursors: whatever is asked for, whatever is written meanwhile."""


from https import PASSWORD, Web, account, token
from sitelog_processes import CREW, DEFINITIONS, ProcessTest

FAR = "wugang"


class CursorTest(ProcessTest):
    def setUp(self):
        self.top = self.headquarters(serving=False)
        account(self.top, "boss", "administrator")
        account(self.top, "near", "viewer", CREW)
        account(self.top, "far", "viewer", FAR)
        self.top.serve()
        self.boss = Web(self.top, token(self.top, "boss"))
        self.near, self.far = (Web(self.top, token(self.top, name)) for name in ("near", "far"))

    def add(self, unit=CREW, **fields):
        asked = {"title": "井口演出", "kind": "film", "date": "2020-06-01", "level": "grassroots",
                 "participants": 80, "status": "held", **fields}
        return self.boss.post("record.add", form="event", unit=unit, fields=asked, again=True).answer["record"]

    def add_many(self, count):
        for i in range(count):
            self.add(title=f"第{i}场 {'Lantern' if i % 3 == 0 else '灯会'}", participants=10 + i,
                     kind=("film", "lecture")[i % 2], date=f"2020-06-{1 + i % 20:02d}",
                     status=("held", "planned")[i % 5 == 0], unit=(CREW, FAR)[i % 4 == 0])

    @staticmethod
    def names(lines):
        return [line["record"] for line in lines]

    def pages(self, who, limit, operation="records.list", get=True, between=lambda: None, **asked):
        lines, cursor, answers = [], {}, []
        for _ in range(1000):
            ask = who.get if get else who.post
            answer = ask(operation, limit=limit, **cursor, **asked)
            lines += answer.lines
            answers.append(answer.answer)
            if "next" not in answer.answer:
                return lines, answers
            self.assertLessEqual(len(answer.lines), limit)
            cursor = {"cursor": answer.answer["next"]}
            between()
        self.fail("no end")


class TestCursors(CursorTest):
    def test_paging_through_is_the_whole_list_for_any_filter(self):
        self.add_many(30)
        for asked in ({}, {"unit": CREW}, {"kind": "film"}, {"from": "2020-06-05", "to": "2020-06-09"},
                      {"state": "planned"}, {"text": "lantern"}, {"by": "boss"}, {"level": "基层"},
                      {"kind": "lecture", "unit": FAR, "state": "held"}, {"unexplained": "true"},
                      {"changed_since": "2020-01-01"}, {"review": "pending", "text": "灯会"}):
            whole = self.boss.get("records.list", **asked)
            for limit in (1, 4, 30):
                lines, answers = self.pages(self.boss, limit, **asked)
                self.assertEqual(self.names(lines), self.names(whole.lines), asked)
                self.assertEqual({answer["of"] for answer in answers} or {0}, {len(whole.lines)}, asked)
        self.assertEqual(len(self.boss.get("records.list", kind="film", state="held").lines), 12)
        self.assertEqual(len(self.boss.get("records.list", text="LANTERN").lines), 10)

    def test_what_is_written_meanwhile_makes_no_page_repeat_or_skip(self):
        self.add_many(12)
        stood = self.names(self.boss.get("records.list", unit=CREW).lines)

        def between():
            self.add(title="新的")
            self.boss.post("record.edit", record=stood[-1], fields={"title": "改过的"})
        lines, answers = self.pages(self.boss, 3, get=False, between=between, unit=CREW)
        told = self.names(lines)
        self.assertEqual(len(told), len(set(told)))
        self.assertEqual([name for name in told if name in stood], stood)
        self.assertEqual({answer["of"] for answer in answers}, {len(stood)}, "as it was when it began")

    def test_a_cursor_is_good_for_its_own_list_and_caller_alone(self):
        self.add_many(9)
        cursor = self.near.get("records.list", limit=2).answer["next"]
        self.assertEqual(self.near.get("records.list", limit=2, cursor=cursor).status, 200)
        tries = [(self.near, {"unit": CREW}), (self.near, {"kind": "film"}), (self.far, {}), (self.boss, {})]
        for who, more in tries:
            refused = who.get("records.list", limit=2, cursor=cursor, **more)
            self.assertEqual((refused.status, refused.json["reason"]), (422, "invalid_value"), more)
        self.assertEqual(self.near.get("conflicts.list", cursor=cursor).status, 422)
        flipped = cursor[:-1] + ("0" if cursor[-1] != "0" else "1")
        for bad in (flipped, cursor[:-2], cursor + "00", "0" * len(cursor), "x", "\x00", "ü" * 40):
            self.assertIn(self.near.get("records.list", cursor=bad).status, (400, 422), bad)

    def test_a_cursor_of_who_sees_more_tells_who_sees_less_nothing(self):
        self.add_many(12)
        other = "artists-among-workers"
        self.top.run("campaign", "publish", DEFINITIONS / f"{other}.toml")
        self.top.run("accounts", "add", "bound", "--role", "viewer", "--unit", CREW, "--campaign", other,
                     "--password-stdin", stdin=PASSWORD + "\n")
        bound = Web(self.top, token(self.top, "bound"))
        for who, sees in ((self.boss, {}), (self.near, {"unit": CREW})):
            cursor = who.get("records.list", limit=2, **sees).answer["next"]
            for asked in ({}, sees, {"campaign": other}, {"campaign": "thousand-events"}):
                refused = bound.get("records.list", limit=2, cursor=cursor, **asked)
                self.assertIn(refused.status, (404, 422), asked)
            # Whatever letter of it is another it is no cursor.
            for at in range(0, len(cursor), 7):
                altered = cursor[:at] + ("1" if cursor[at] == "0" else "0") + cursor[at + 1:]
                self.assertEqual(who.get("records.list", limit=2, cursor=altered, **sees).status, 422, at)
        # A place by a record's name is told by nobody, and tells no more than a list from its beginning.
        last = self.boss.get("records.list", limit=3).lines[-1]["record"]
        told = self.names(self.near.get("records.list", after=last).lines)
        self.assertLessEqual(set(told), set(self.names(self.near.get("records.list").lines)))
        self.assertEqual(bound.get("records.list", after=last).status, 404)
        rows = bound.ask("GET", f"/odata/v1/thousand_events__event?$skiptoken={last}")
        self.assertEqual(rows.json.get("value", []), [], rows)
        # A role that is withdrawn ends its cursors.
        self.top.run("accounts", "grant", "near", "--role", "viewer", "--unit", FAR)
        cursor = self.near.get("records.list", limit=2).answer["next"]
        self.top.run("accounts", "withdraw", "near", "--role", "viewer", "--unit", FAR)
        self.assertEqual(self.near.get("records.list", limit=2, cursor=cursor).status, 422)

    def test_conflicts_and_what_is_kept_aside_come_by_pages_too(self):
        sites = [self.device(self.top, "一"), self.device(self.top, "二")]
        records = [sites[0].record(title=f"第{i}场", participants=10 + i) for i in range(5)]
        for site in (sites[0], sites[1]):
            site.sync()
        for site, title in zip(sites, ("甲", "乙")):
            for record in records:
                site.run("edit", record, f"title={title}")
        for site in (*sites, sites[0]):
            site.sync()
        whole = self.boss.get("conflicts.list").lines
        self.assertEqual(self.boss.get("conflicts.list", campaign="thousand-events").lines, whole)
        other = "artists-among-workers"
        self.top.run("campaign", "publish", DEFINITIONS / f"{other}.toml")
        self.assertEqual(self.boss.get("conflicts.list", campaign=other).lines, [])
        self.assertEqual(self.boss.get("conflicts.list", campaign="nosuch").status, 404)
        self.assertEqual(len(whole), 5)
        for limit in (1, 2, 5, 9):
            lines, _ = self.pages(self.boss, limit, operation="conflicts.list")
            self.assertEqual(self.names(lines), self.names(whole))
        device = sites[0].status()["device"]
        self.boss.post("devices.revoke", device=device)
        for i in range(3):
            sites[0].record(title=f"太晚了{i}")
        sites[0].run("sync", expect=None)
        whole = self.boss.get("quarantine.list").lines
        for limit in (1, 2, 50):
            lines, _ = self.pages(self.boss, limit, operation="quarantine.list")
            self.assertEqual([line["entry"] for line in lines], [line["entry"] for line in whole])

    def test_filters_by_device_and_by_day_of_change(self):
        site = self.device(self.top, "北井一号机")
        record = site.record(title="从现场来")
        site.sync()
        self.add(title="总部写的")
        device = site.status()["device"]
        for name in (device, device[:6], "北井一号机"):
            self.assertEqual(self.names(self.boss.get("records.list", device=name).lines), [record])
        nobody = self.far.get("records.list", device="北井一号机")
        self.assertEqual((nobody.status, nobody.json["reason"]), (404, "unknown_device"))
        self.assertEqual(self.boss.get("records.list", changed_since="2150-01-01").lines, [])
        self.assertEqual(len(self.boss.get("records.list", changed_since="2020-01-01").lines), 2)
        self.boss.post("record.void", record=record, reason="重复",
                       seen=self.boss.get("record.show", record=record).lines[0]["seen"])
        self.assertEqual(self.names(self.boss.get("records.list", state="void").lines), [record])
        told = self.top.run("records", "list", "--state", "作废").lines
        self.assertEqual(self.names(told), [record])
        unknown = self.boss.get("records.list", level="galaxy")
        self.assertEqual((unknown.status, unknown.json["reason"]), (422, "invalid_value"))


if __name__ == "__main__":
    import unittest
    unittest.main()
