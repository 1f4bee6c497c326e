"""A second factor beside the password: set up by whose it is, asked for by role, each code once."""

import base64
import hashlib
import hmac
import time

from https import PASSWORD, Web, account, token
from sitelog_processes import REFUSED
from test_accounts import AccountTest


def code_of(secret, steps=0):
    """What an authenticator app shows (RFC 6238)."""
    left = 30 - time.time() % 30
    if left < 8:  # else its step may be over before it is looked at
        time.sleep(left + 0.1)
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    step = int(time.time()) // 30 + steps
    digest = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    at = digest[19] & 15
    return f"{(int.from_bytes(digest[at:at + 4], 'big') & 0x7fffffff) % 10**6:06d}"


class TestSecondFactor(AccountTest):
    def enter(self, name, code=None, password=PASSWORD):
        web = self.web()
        asked = {"account": name, "password": password, **({"code": code} if code else {})}
        answer = web.ask("POST", "/api/v1/session", asked)
        if answer.status == 200:
            web.cookie = answer.fields["Set-Cookie"].split(";")[0]
        return web, answer

    def set_up(self, web):
        made = web.post("second_factor", password=PASSWORD).answer
        confirmed = web.post("second_factor.confirm", code=code_of(made["secret"], -1))
        return made, confirmed.answer["recovery"]

    def test_it_is_set_up_by_a_code_and_then_asked_for(self):
        account(self.top, "li", "viewer")
        li, other = self.web("li"), self.web("li")
        self.assertEqual(li.get("session").answer["second_factor"], "off")
        self.assertEqual(li.post("second_factor", password="wrong").status, 403)
        made = li.post("second_factor", password=PASSWORD).answer
        self.assertEqual(made["uri"], f"otpauth://totp/Sitelog:li?secret={made['secret']}&issuer=Sitelog")
        self.assertEqual({len(row) for row in made["qr"]}, {len(made["qr"])})
        self.assertEqual(li.post("second_factor.confirm", code="000000").status, 422)
        self.assertEqual(self.enter("li")[1].status, 200)  # it does not count yet
        first = code_of(made["secret"], -1)
        recovery = li.post("second_factor.confirm", code=first).answer["recovery"]
        self.assertEqual(other.get("status").status, 401)
        self.assertEqual(li.get("status").status, 200)
        without = self.enter("li")[1]
        self.assertEqual((without.status, without.json["second_factor"]), (401, True))
        self.assertEqual(self.enter("li", first)[1].status, 401)  # used already
        code = code_of(made["secret"])
        self.assertEqual(self.enter("li", code)[1].status, 200)
        again = self.enter("li", code)[1]
        self.assertEqual(again.status, 401)
        self.assertIn("used already", again.json["detail"])
        self.assertEqual(self.enter("li", recovery[0])[1].answer["second_factor"], "on")
        self.assertEqual(self.enter("li", recovery[0])[1].status, 401)
        self.assertTrue([line for line in self.top.run("accounts", "list").lines if line["account"] == "li"][0]
                        ["second_factor"])
        # The auditor sees by what they came in, and who had the password and went no further.
        said = [(line.get("who"), line["what"], line.get("on"), line.get("reason"))
                for line in self.top.run("audit", "list").lines if "what" in line]
        for each in (("li", "signed_in", None, None), (None, "code_asked_for", "li", None),
                     ("li", "signed_in", None, "with_code"), ("li", "signed_in", None, "with_recovery_code"),
                     (None, "sign_in_refused", "li", "wrong_code")):
            self.assertIn(each, said)

    def test_another_one_takes_a_code_of_the_one_so_far(self):
        account(self.top, "li", "viewer")
        li, copied = self.web("li"), self.web()
        copied.cookie = li.cookie
        made, recovery = self.set_up(li)
        self.assertEqual(copied.get("status").status, 401)  # the session goes on by another cookie
        without = li.post("second_factor", password=PASSWORD)
        self.assertEqual((without.status, without.json["second_factor"]), (403, True))
        self.assertEqual(li.post("second_factor", password=PASSWORD, code="000000").status, 403)
        self.assertEqual(li.post("second_factor", password="wrong", code=recovery[0]).status, 403)
        another = li.post("second_factor", password=PASSWORD, code=recovery[0]).answer
        self.assertEqual(self.enter("li", code_of(made["secret"]))[1].status, 200)  # the one so far counts on
        self.assertEqual(li.post("second_factor.confirm", code=code_of(another["secret"], -1)).status, 200)
        self.assertEqual(self.enter("li", code_of(made["secret"], 1))[1].status, 401)
        self.assertEqual(self.enter("li", recovery[1])[1].status, 401)
        self.assertEqual(self.enter("li", code_of(another["secret"]))[1].status, 200)

    def test_a_new_password_does_not_go_round_it(self):
        account(self.top, "li", "viewer")
        made, recovery = self.set_up(self.web("li"))
        link = self.top.run("accounts", "reset", "li").line["setup"].split("#")[1]
        self.assertEqual(self.web().post("setup", setup=link, password=PASSWORD).status, 200)
        self.assertEqual(self.enter("li")[1].status, 401)
        self.top.kill()
        self.top.serve()
        self.assertEqual(self.enter("li")[1].status, 401)
        self.assertEqual(self.enter("li", recovery[0])[1].status, 200)

    def test_codes_are_guessed_as_slowly_as_passwords(self):
        account(self.top, "li", "viewer")
        self.set_up(self.web("li"))
        statuses = [self.enter("li", f"{n:06d}")[1].status for n in range(12)]
        self.assertEqual(set(statuses), {401, 429})
        self.assertGreater(statuses.count(429), 4)

    def test_a_role_may_ask_for_it_and_nothing_else_goes_before(self):
        account(self.top, "li", "viewer")
        before = self.web("li")
        self.assertEqual(self.top.run("accounts", "require-second-factor", "viewer").line, {"roles": ["viewer"]})
        self.top.run("accounts", "require-second-factor", "emperor", expect=REFUSED)
        for web in (before, self.web("li")):
            self.assertEqual(web.get("session").answer["second_factor"], "needed")
            for refused in (web.get("units.list"), web.post("tokens.add", account="li"), web.get("events"),
                            web.ask("GET", "/odata/v1/")):
                self.assertEqual(refused.status, 403, refused)
        self.wait_until(lambda: ("li", "refused", "/api/v1/units.list") in
                        [(line.get("who"), line.get("what"), line.get("on")) for line in
                         self.top.run("audit", "list").lines], "the auditor is told")
        made, recovery = self.set_up(web)
        self.assertEqual(web.get("units.list").status, 200)
        self.assertEqual(web.post("second_factor.remove", password=PASSWORD, code=recovery[0]).status, 403)
        self.assertEqual(self.web("boss").get("units.list").status, 200)
        self.top.run("accounts", "require-second-factor", "viewer", "--undo")
        self.assertEqual(web.post("second_factor.remove", password=PASSWORD, code="123456").status, 403)
        self.assertEqual(web.post("second_factor.remove", password=PASSWORD, code=recovery[0]).status, 200)
        self.assertEqual(self.enter("li")[1].status, 200)

    def test_who_lost_it_is_helped_by_an_administrator_and_by_nobody_else(self):
        account(self.top, "li", "viewer")
        account(self.top, "county", "administrator", "ruzhou")
        li = self.web("li")
        self.set_up(li)
        self.assertEqual(self.web("county").post("accounts.forget_second_factor", account="li").status, 403)
        boss = self.web("boss")
        self.set_up(boss)
        self.assertEqual(boss.post("accounts.forget_second_factor", account="boss").status, 403)
        self.assertEqual(boss.post("accounts.forget_second_factor", account="nobody").status, 422)
        self.assertEqual(boss.post("accounts.forget_second_factor", account="li").status, 200)
        self.assertEqual(li.get("status").status, 401)
        self.assertEqual(self.enter("li")[1].status, 200)

    def test_the_owner_of_the_folder_hands_one_over_and_nobody_else(self):
        account(self.top, "li", "viewer")
        li = self.web("li")
        given = self.top.run("accounts", "give-second-factor", "li").line
        self.assertEqual(li.get("status").status, 401)
        self.assertEqual(self.enter("li")[1].status, 401)
        self.assertEqual(self.enter("li", code_of(given["secret"], 1))[1].status, 200)
        self.assertEqual(self.enter("li", given["recovery"][3])[1].status, 200)
        self.assertEqual(self.web("boss").post("accounts.give_second_factor", account="li").status, 403)
        shown = self.top.run("accounts", "give-second-factor", "li", as_json=False).out
        self.assertIn("otpauth://totp/Sitelog:li?secret=", shown)
        self.assertIn("▀", shown)

    def test_programs_change_nothing_of_it_and_no_secret_is_told_again(self):
        account(self.top, "li", "viewer")
        program = self.web(token=token(self.top, "li"))
        for path, arguments in (("second_factor", {"password": PASSWORD}), ("second_factor.confirm", {"code": "1"}),
                                ("second_factor.remove", {"password": PASSWORD, "code": "1"})):
            self.assertEqual(program.post(path, **arguments).status, 403)
            self.assertEqual(Web(self.top).post(path, **arguments).status, 401)
        made, recovery = self.set_up(self.web("li"))
        self.assertEqual(program.get("status").status, 200)
        told = self.top.run("accounts", "list").out + self.top.run("audit", "list").out
        self.top.stop()
        told += self.top.messages.read_text()
        for secret in (made["secret"], recovery[0], recovery[0].replace("-", "")):
            self.assertNotIn(secret, told)
            for file in self.top.folder.rglob("*"):
                if file.is_file():
                    self.assertNotIn(secret.encode(), file.read_bytes(), file)
