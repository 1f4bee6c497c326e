"""What the owner of the folder does by the command line is in the audit list, as what accounts do is."""

from sitelog_processes import CREW, ProcessTest
from https import Web, account, token


class TestOwnerAudit(ProcessTest):
    def lines(self):
        return [(line.get("who"), line.get("how"), line["what"], line["operation"], line.get("on", ""))
                for line in self.top.run("audit", "list", "--limit", 1000).lines if "operation" in line]

    def of(self, operation):
        return [line for line in self.lines() if line[3] == operation]

    def setUp(self):
        self.top = self.headquarters(serving=False)

    def test_units_devices_policies_and_accounts_whether_it_serves_or_not(self):
        for serving in (False, True):
            unit = f"new-{serving}".lower()
            if serving:
                self.top.serve()
            self.top.run("units", "add", unit, "--name", f"新{serving}", "--parent", CREW)
            self.top.run("policy", "set", "ask", "--unit", unit)
            account(self.top, f"li-{serving}", "viewer", unit)
            self.top.run("accounts", "grant", f"li-{serving}", "--role", "viewer", "--unit", f"新{serving}")
            self.top.run("accounts", "grant", f"li-{serving}", "--role", "nosuch", expect=None)
            self.top.run("units", "list")
            said = self.lines()
            for what, operation, *on in (("done", "units.add", f"unit={unit}"),
                                         ("done", "policy.set", f"unit={unit}"),
                                         ("done", "accounts.add", f"account=li-{serving}"),
                                         # The unit was typed by its name.
                                         ("done", "accounts.grant", f"account=li-{serving}", f"unit={unit}"),
                                         ("refused", "accounts.grant", "role=nosuch")):
                self.assertTrue([line for line in said if line[:4] == (None, "folder", what, operation)
                                 and all(each in line[4].split() for each in on)], (operation, said))
            self.assertNotIn("units.list", [line[3] for line in said])

    def test_a_record_is_named_as_it_is_and_not_as_it_was_typed(self):
        account(self.top, "boss", "administrator")
        account(self.top, "near", "viewer", "wugang")
        self.top.serve()
        boss, near = (Web(self.top, token(self.top, name)) for name in ("boss", "near"))
        fields = {"title": "演出", "kind": "film", "date": "2020-06-01", "level": "grassroots",
                  "participants": 80, "status": "held"}
        record = boss.post("record.add", form="event", unit=CREW, fields=fields).answer["record"]
        whole = f"record={CREW}/event/{record}"
        self.assertIn(whole, self.of("record.add")[-1][4].split())
        boss.post("record.edit", record=record[-6:], fields={"title": "改"})
        self.assertIn(whole, self.of("record.edit")[-1][4].split())
        # Refused too, and where it is not theirs to see.
        boss.post("record.edit", record=record[-6:], seen="0" * 64, fields={"title": "再改"})
        self.assertEqual(self.of("record.edit")[-1][2:], ("refused", "record.edit", whole))
        self.assertEqual(near.get("record.show", record=record[-6:]).status, 404)
        self.assertEqual(self.of("record.show")[-1], ("near", "token", "refused", "record.show", whole))
        # No value passes for two, and nothing is cut out of it.
        boss.post("accounts.grant", account='x verdict="accepted" unit=a', role="viewer")
        self.assertIn('account="x verdict=\\"accepted\\" unit=a" role=viewer', self.of("accounts.grant")[-1][4])
