"""Conditions over HTTPS: tags of what was read, writes on what was seen."""

from https import Web
from sitelog_processes import CREW
from test_door import DoorTest


class TestConditions(DoorTest):
    def show(self, record, **fields):
        return self.boss.get("record.show", fields, record=record)

    def edit(self, record, tag=None, title="改", **more):
        fields = {"If_Match": tag} if tag else {}
        return self.boss.post("record.edit", fields, record=record, fields={"title": title}, **more)

    def review(self, record, tag=None, **more):
        fields = {"If_Match": tag} if tag else {}
        return self.boss.post("record.review", fields, record=record, verdict="accepted", **more)

    def test_a_record_has_a_tag_by_which_it_is_changed_once(self):
        record = self.add()["record"]
        tag = self.show(record).fields["ETag"]
        self.assertRegex(tag, r'^"[0-9a-f]{64}\.[0-9a-f]{16}"$')
        done = self.edit(record, tag)
        self.assertEqual(done.status, 200, done)
        self.assertEqual(done.fields["ETag"], f'"{done.answer["seen"]}"')
        stale = self.edit(record, tag, title="再改")
        self.assertEqual(stale.status, 412, stale)
        told = stale.json
        self.assertEqual(told["reason"], "changed")
        self.assertEqual(told["current"]["fields"]["title"], "改")
        self.assertEqual(told["current"]["seen"], done.answer["seen"])
        self.assertEqual(stale.fields["ETag"], done.fields["ETag"])
        self.assertEqual(self.edit(record, stale.fields["ETag"], title="再改").status, 200)

    def test_where_it_has_to_be_said_what_was_seen_it_is_asked_for(self):
        site = self.device(self.top)
        record = site.record(title="一")
        site.sync()
        for missing in (self.review(record), self.edit(record)):
            self.assertEqual(missing.status, 428, missing)
            self.assertEqual(missing.fields["Content-Type"], "application/problem+json; charset=utf-8")
            self.assertRegex(missing.json["detail"], r"^(read the record first|others wrote record)")
            self.assertIn("send its ETag back as If-Match, or its “seen” as it was told", missing.json["detail"])
        self.assertIn("send its ETag back", self.review(record).json["errors"]["seen"][0]["detail"])
        self.boss.language = "zh"
        for missing in (self.review(record), self.edit(record)):
            self.assertRegex(missing.json["detail"], "先.*If-Match")
        self.boss.language = "en"
        more = self.boss.post("record.review", record=record)
        self.assertEqual(more.status, 400)  # more is missing
        self.assertIn("send its ETag back", more.json["errors"]["seen"][0]["detail"])
        self.assertEqual(self.review(record, self.show(record).fields["ETag"]).status, 200)
        self.assertEqual(self.review(record, f'"{self.show(record).lines[0]["code"]}"').status, 200)

    def test_conditions_that_are_none_are_refused_and_nothing_is_done(self):
        record = self.add()["record"]
        tag = self.show(record).fields["ETag"]
        for bad in ("*", "x", f"W/{tag}", f"{tag}, {tag}", '"', '""', f"{tag} x"):
            self.assertEqual(self.edit(record, bad).status, 400, bad)
        self.assertEqual(self.edit(record, tag, seen="0" * 64).status, 400)
        self.assertEqual(self.edit(record, '"' + "0" * 64 + '"').status, 412)
        refused = self.boss.post("policy.set", {"If_Match": tag}, unit=CREW, policy="ask")
        self.assertEqual(refused.status, 400, refused)
        self.assertEqual(self.show(record).lines[0]["fields"]["title"], "井口演出")

    def test_what_the_reader_has_already_is_not_sent_again(self):
        record = self.add()["record"]
        for operation, query in (("record.show", {"record": record}), ("units.list", {}), ("records.list", {})):
            first = self.boss.get(operation, **query)
            tag = first.fields["ETag"]
            for given in (tag, f"W/{tag}", f'"x", {tag}', "*"):
                again = self.boss.get(operation, {"If_None_Match": given}, **query)
                self.assertEqual((again.status, again.body), (304, ""), (operation, given))
                self.assertEqual(again.fields["ETag"], tag)
                self.assertIsNone(again.fields["Content-Length"])
            self.assertEqual(self.boss.get(operation, {"If_None_Match": '"x"'}, **query).body, first.body)
        self.edit(record)
        self.assertEqual(self.show(record, If_None_Match=tag).status, 200)
        # A connection goes on behind an answer without a body.
        connection = self.boss.connect()
        tag = self.show(record).fields["ETag"]
        for _ in range(3):
            answer = self.boss.ask("GET", f"/api/v1/record.show?record={record}", connection=connection,
                                   If_None_Match=tag)
            self.assertEqual(answer.status, 304)
        connection.close()

    def test_another_units_record_has_no_tag_and_is_not_told_where_it_changed(self):
        from https import account
        record = self.add("wugang", title="远处的秘密")["record"]
        account(self.top, "near", "office", "ruzhou")
        near = Web(self.top)
        near.sign_in("near")
        for answer in (near.get("record.show", record=record),
                       near.post("record.edit", {"If_Match": '"' + "0" * 64 + '"'}, record=record,
                                 fields={"title": "x"})):
            self.assertEqual(answer.status, 404, answer)
            self.assertIsNone(answer.fields["ETag"])
            self.assertNotIn("远处的秘密", answer.body)

    def test_what_is_wrong_is_told_by_the_header_and_in_words(self):
        record = self.add(title="一")["record"]
        tag = self.show(record).fields["ETag"]
        for bad in ('"???"', '"1"'):
            refused = self.edit(record, bad)
            self.assertEqual(refused.status, 422, refused)
            self.assertEqual(list(refused.json["errors"]), ["If-Match"], refused)
            self.assertNotIn("seen", refused.json["detail"])
        self.assertEqual(self.boss.post("record.review", {"If_Match": tag}, record=record, verdict="returned",
                                        remark="缺照片", fields={"title": "写全"}).status, 200)
        stale = self.edit(record, tag)
        self.assertEqual(stale.status, 412, stale)
        self.assertNotIn("see above", stale.json["detail"])
        told = " ".join(each["detail"] for problems in stale.json["errors"].values() for each in problems)
        self.assertIn("缺照片", told)
        self.assertNotRegex(told, r'[{}]|null|"')
        never = self.edit(record, '"' + "0" * 64 + '"')
        self.assertIn("If-Match", never.json["detail"])
        site = self.device(self.top)
        own = site.record(title="一")
        site.sync()
        self.assertIn("If-Match", self.edit(own).json["detail"])
