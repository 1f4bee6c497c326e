"""Who is who: devices that take another's name or place, and keys that come back."""

import shutil
import unittest

from sitelog_processes import CREW, DONE, REFUSED, SITE, UNREACHABLE, ProcessTest


class WhoIsWho(ProcessTest):
    def setUp(self):
        self.top = self.headquarters()

    def with_keys_of(self, device, name):
        """A new folder that holds the keys of a device, as a copied one does."""
        out = self.new_device(name)
        out.folder.mkdir()
        for key in ("device.key", "agreement.key"):
            shutil.copy(device.folder / key, out.folder / key)
        return out

    def join(self, device, code, expect, name=None):
        return device.run("join", code, "--headquarters", self.top.address, "--name", name or device.name,
                          expect=expect)

    def test_a_key_of_one_unit_is_not_let_into_another_and_the_invitation_still_holds(self):
        a = self.device(self.top, "甲")
        code = self.top.invite(SITE)["code"]
        refused = self.join(self.with_keys_of(a, "copy"), code, REFUSED)
        self.assertIn(CREW, refused.error["message"])
        self.assertEqual([d["unit"] for d in self.top.run("devices", "list").lines], [CREW])
        self.join(self.new_device("乙"), code, DONE)

    def test_a_revoked_key_does_not_come_back_by_an_invitation(self):
        a = self.device(self.top, "甲")
        self.top.run("devices", "revoke", "甲", "--reason", "丢失")
        for unit in (CREW, SITE):
            code = self.top.invite(unit)["code"]
            refused = self.join(self.with_keys_of(a, f"copy of {unit}"), code, REFUSED)
            self.assertEqual(refused.error["reason"], "revoked")
            self.join(self.new_device(f"new of {unit}"), code, DONE)

    def test_a_device_named_as_another_ones_id_saves_nobody_from_being_revoked(self):
        a = self.device(self.top, "甲")
        wanted = a.status()["device"]
        liar = self.new_device(wanted)
        liar.join(self.top)
        self.assertEqual(self.top.run("devices", "revoke", wanted).line["device"], wanted)
        told = {line["device"]: line["revoked"] for line in self.top.run("devices", "list").lines}
        self.assertIsNotNone(told[wanted])
        self.assertIsNone(told[liar.status()["device"]])

    def test_a_name_that_is_none_is_refused_before_anybody_is_asked(self):
        device = self.new_device("甲")
        code = self.top.invite()["code"]
        self.top.stop()
        self.join(device, code, UNREACHABLE)
        for name in ("甲\u200b", "\u202e甲", "a\nb", "\u3000"):
            self.assertEqual(self.join(device, code, REFUSED, name).error["reason"], "invalid_value")
        self.top.serve()
        self.join(device, code, DONE)


if __name__ == "__main__":
    unittest.main()
