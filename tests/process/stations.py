"""What tests of stations share: who sits where, sending, looking, and saying what one thinks of it."""

from https import Web, account
from sitelog_processes import CREW, DONE, ProcessTest

GROUP, COUNTY, OTHER = "shenma", "ruzhou", "wugang"


def by_key(told):
    """What is told, without the names that stand beside units' codes."""
    if isinstance(told, list):
        return [by_key(each) for each in told]
    if isinstance(told, dict):
        return {name: by_key(value) for name, value in told.items() if name != "unit_name"}
    return told


class StationsTest(ProcessTest):
    """A site below a group with a checker, and an office at headquarters."""

    def setUp(self):
        self.top = self.headquarters(serving=False)
        for name, role, unit in (("checker", "checker", GROUP), ("stranger", "checker", COUNTY),
                                 ("office", "office", None), ("boss", "administrator", None),
                                 ("viewer", "viewer", None), ("recorder", "recorder", CREW)):
            account(self.top, name, role, unit)
        self.top.serve()
        self.site = self.device(self.top)
        self.checker, self.office, self.stranger = map(self.web, ("checker", "office", "stranger"))

    def web(self, name):
        out = Web(self.top)
        self.assertEqual(out.sign_in(name).status, 200)
        return out

    def sent(self, **fields):
        """A record of the site that it has sent, and headquarters has."""
        record = self.site.record(**fields)
        self.send(record)
        return record

    def send(self, record, expect=DONE):
        out = self.site.run("send", self.site.seen(record), expect=expect)
        self.site.sync()
        return out

    def shown(self, record, who=None):
        return by_key((who or self.office).get("record.show", record=record).lines[0])

    def review(self, record):
        return by_key(self.top.record(record)["review"])

    def say(self, who, record, verdict="accepted", **more):
        """Looks, then says it."""
        return who.post("record.review", record=record, seen=self.shown(record, who)["seen"],
                        verdict=verdict, **more)

    def waiting(self):
        return {(line["role"], line["unit"]): line["records"]
                for line in self.top.status().get("waiting", [])}

    def counted(self, review):
        return len(self.office.get("records.list", review=review, unit=CREW).lines)
