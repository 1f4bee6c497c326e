"""Who comes in: passwords, sessions, tokens, set-up links; and what they see of others' units."""

import json
import re
import sqlite3
import threading
import time
import unittest

from https import PASSWORD, Web, account, token
from sitelog_processes import CREW, DEFINITIONS, REFUSED, USAGE, ProcessTest, free_environment
from stations import by_key
from test_clocks import LIBRARIES

NEAR, FAR = "ruzhou", "wugang"  # two counties


class AccountTest(ProcessTest):
    def setUp(self):
        self.top = self.headquarters(serving=False)
        account(self.top, "boss", "administrator")
        self.top.serve()

    def web(self, name=None, **options):
        out = Web(self.top, **options)
        if name:
            self.assertEqual(out.sign_in(name).status, 200)
        return out


class TestSigningIn(AccountTest):
    def test_a_session_is_a_cookie_that_only_this_page_can_use_and_ends_with_it(self):
        account(self.top, "张三", "viewer", NEAR)
        web = self.web()
        answer = web.sign_in("张三")
        self.assertEqual(answer.answer["account"], "张三")
        self.assertEqual(answer.answer["roles"], ["viewer"])
        self.assertEqual(answer.answer["unit"], NEAR)
        cookie = answer.fields["Set-Cookie"]
        self.assertTrue(cookie.startswith("__Host-sitelog=s."))
        for word in ("; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"):
            self.assertIn(word, cookie)
        self.assertNotIn("Domain", cookie)
        self.assertEqual(web.get("session").answer["account"], "张三")
        thief = self.web()
        thief.cookie = web.cookie
        self.assertEqual(web.ask("DELETE", "/api/v1/session").status, 200)
        self.assertEqual(web.get("status").status, 401)
        self.assertEqual(thief.get("status").status, 401)

    def test_a_tab_asks_as_whom_it_means_and_nothing_is_done_as_another(self):
        account(self.top, "张三", "administrator")
        web = self.web("张三")
        as_me, as_boss = {"Sitelog_Account": "%E5%BC%A0%E4%B8%89"}, {"Sitelog_Account": "boss"}
        self.assertEqual(web.ask("POST", "/api/v1/status", {}, **as_me).status, 200)
        refused = web.ask("POST", "/api/v1/status", {}, **as_boss)
        self.assertEqual(refused.status, 401)
        self.assertIn("张三", refused.json["detail"])
        for broken in ("%", "%E5%BC", "%E5%BC%A0"):
            self.assertEqual(web.ask("POST", "/api/v1/status", {}, Sitelog_Account=broken).status, 401, broken)
        self.assertEqual(web.ask("DELETE", "/api/v1/session", **as_boss).status, 401)
        self.assertEqual(web.get("session").answer["account"], "张三")
        # Who signs in may be another.
        self.assertEqual(web.ask("POST", "/api/v1/session", {"account": "boss", "password": PASSWORD}, **as_me).status, 200)

    def test_a_new_session_has_a_new_name_and_the_old_one_ends(self):
        web = self.web("boss")
        before = web.cookie
        web.sign_in("boss")
        self.assertNotEqual(web.cookie, before)
        web.cookie = before
        self.assertEqual(web.get("status").status, 401)

    def test_a_hundred_wrong_passwords_keep_out_neither_their_owner_nor_others(self):
        account(self.top, "li", "viewer", NEAR)
        owner = self.web("li")
        again = self.web()
        statuses = []
        stop = threading.Event()

        def guess():
            for n in range(100):
                statuses.append(Web(self.top).sign_in("boss", f"wrong password {n}").status)
            stop.set()

        guessing = threading.Thread(target=guess)
        guessing.start()
        slowest = 0
        while not stop.is_set():
            began = time.monotonic()
            self.assertEqual(owner.get("units.list").status, 200)
            slowest = max(slowest, time.monotonic() - began)
        guessing.join()
        self.assertEqual(set(statuses), {401, 429})
        self.assertGreater(statuses.count(429), 80)
        self.assertLess(slowest, 5)
        # Who signed in from here before does so again, also where others behind this address guess.
        self.assertEqual(again.sign_in("li").status, 200)
        # The right one waits as a wrong one does; on a slow machine the first waits may be over.
        for _ in range(5):
            for n in range(8):
                Web(self.top).sign_in("boss", f"wrong again {n}")
            told = Web(self.top).sign_in("boss", PASSWORD)
            if told.status == 429:
                break
        self.assertEqual(told.status, 429)
        self.assertGreater(int(told.fields["Retry-After"]), 0)

    def test_whether_there_is_an_account_does_not_show(self):
        answers = [self.web().sign_in(name, "some wrong password") for name in ("boss", "nobody")]
        self.assertEqual(answers[0].status, 401)
        self.assertEqual(answers[0].body, answers[1].body)
        # Wrong tries count for what names look like, whether there is such an account or not.
        for name in ("boss", "ghos"):
            for _ in range(6):
                self.web().sign_in(name, "some wrong password")
            self.assertEqual(self.web().sign_in(name.upper(), "some wrong password").status, 429, name)

    def test_who_is_signed_in_guesses_at_others_no_faster(self):
        owner = self.web()
        self.assertEqual(owner.sign_in("boss").status, 200)
        statuses = []

        def guess():
            web = Web(self.top)
            web.cookie = owner.cookie
            statuses.append(web.sign_in("li", "some wrong password").status)

        guessing = [threading.Thread(target=guess) for _ in range(18)]
        for each in guessing:
            each.start()
        for each in guessing:
            each.join()
        self.assertLessEqual(statuses.count(401), 10, statuses)
        self.assertEqual(owner.get("units.list").status, 200)

    def test_a_set_up_link_works_once_and_a_weak_password_not_at_all(self):
        link = self.top.run("accounts", "add", "li", "--role", "viewer").line["setup"]
        self.assertTrue(link.startswith(self.top.said[0]["page"] + "/setup#"))
        secret = link.split("#")[1]
        web = self.web()
        self.assertEqual(web.sign_in("li").status, 401)
        for weak in ("short", "aaaaaaaaaaaaaa", "x" * 300):
            self.assertIn(web.post("setup", setup=secret, password=weak).status, (400, 422), weak)
        self.assertEqual(web.post("setup", setup=secret, password=PASSWORD).answer, {"account": "li"})
        used = web.post("setup", setup=secret, password=PASSWORD + "2")
        self.assertEqual(used.status, 410)
        self.assertIn("was used", used.json["detail"])
        self.assertEqual(web.post("setup", setup="setup." + "0" * 64, password=PASSWORD).status, 404)
        self.assertEqual(web.sign_in("li").status, 200)

    def test_a_password_is_taken_as_it_came(self):
        secret = self.top.run("accounts", "add", "li", "--role", "viewer").line["setup"].split("#")[1]
        whole = "  Ｃorrect Horse 从前有座山 e\u0301 "
        self.assertEqual(self.web().post("setup", setup=secret, password=whole).status, 200)
        for other in (whole.strip(), whole.lower(), whole.replace("e\u0301", "\u00e9"), whole.replace("Ｃ", "C")):
            self.assertEqual(self.web().sign_in("li", other).status, 401, other)
        web = self.web()
        self.assertEqual(web.sign_in("li", whole).status, 200)
        longest = "山" * 60 + "水火木金" + "x" * 64  # 256 bytes
        self.assertEqual(web.post("password", password=whole, new=longest + "x").status, 422)
        self.assertEqual(web.post("password", password=whole, new=longest).status, 200)
        self.assertEqual(self.web().sign_in("li", longest[:-1]).status, 401)
        self.assertEqual(self.web().sign_in("li", longest).status, 200)

    def test_a_link_that_is_good_no_more_says_why_to_who_has_it_and_nothing_to_others(self):
        links = [self.top.run("accounts", "add", "li", "--role", "viewer").line["setup"].split("#")[1]]
        links.append(self.top.run("accounts", "reset", "li").line["setup"].split("#")[1])
        web = self.web()
        told = [web.post("setup", setup=each, password=PASSWORD) for each in (links[0], "setup." + "0" * 64)]
        self.assertEqual([each.status for each in told], [410, 404])
        self.assertIn("in its place", told[0].json["detail"])
        self.assertNotIn("li", told[1].body.split())
        self.assertEqual(web.post("setup", setup=links[1], password=PASSWORD).status, 200)
        self.assertIn("was used", web.post("setup", setup=links[1], password=PASSWORD).json["detail"])
        # Also after a restart; and whose it was is told of the tries.
        self.top.restart()
        web = self.web()
        self.assertEqual(web.post("setup", setup=links[1], password=PASSWORD).status, 410)
        self.assertGreaterEqual(web.sign_in("li").answer["refused_tries"]["count"], 1)

    def test_a_password_that_others_think_of_first_is_refused(self):
        secret = self.top.run("accounts", "add", "zhangwei", "--role", "viewer", "--unit", NEAR).line["setup"]
        web = self.web()
        for weak in ("qwertyuiop", "Password123", "zhangwei2020", f"{NEAR}-2020", "平顶山市总工会2020", "sitelog1234"):
            answer = web.post("setup", setup=secret.split("#")[1], password=weak)
            self.assertEqual(answer.status, 422, weak)
        self.assertEqual(web.post("setup", setup=secret.split("#")[1], password=PASSWORD).status, 200)
        web.sign_in("zhangwei")
        self.assertEqual(web.post("password", password=PASSWORD, new="zhangwei2020").status, 422)
        self.top.run("accounts", "reset", "zhangwei", "--password-stdin", stdin="1q2w3e4r5t\n", expect=REFUSED)
        self.top.run("accounts", "add", "li", "--role", "viewer", "--password-stdin", stdin="password123\n",
                     expect=REFUSED)
        self.assertNotIn("li", {line["account"] for line in self.top.run("accounts", "list").lines})

    def test_ones_own_sessions_are_told_and_ended_one_by_one(self):
        account(self.top, "li", "viewer", NEAR)
        here, there, boss = self.web("li"), self.web("li"), self.web("boss")
        sessions = here.get("session.list").answer["sessions"]
        self.assertEqual(len(sessions), 2)
        self.assertEqual({each["from"] for each in sessions}, {"127.0.0.1"})
        other = next(each["id"] for each in sessions if not each["this"])
        self.assertEqual(boss.post("session.end", id=other).status, 404)
        self.assertEqual(here.post("session.end", id="0" * 12).status, 404)
        self.assertEqual(here.post("session.end").status, 400)
        program = self.web(token=token(self.top, "li"))
        for answer in (program.get("session.list"), program.post("session.end", id=other)):
            self.assertEqual(answer.status, 403)
        self.assertEqual(self.web().get("session.list").status, 401)
        self.assertEqual(there.get("units.list").status, 200)
        self.assertEqual(here.post("session.end", id=other).answer, {"id": other})
        self.assertEqual(there.get("units.list").status, 401)
        self.assertEqual([each["this"] for each in here.get("session.list").answer["sessions"]], [True])
        self.assertIn(("li", "session_ended", other),
                      [(line.get("who"), line.get("what"), line.get("on")) for line in self.top.run("audit", "list").lines])

    def test_a_password_changed_ends_the_other_sessions_and_a_reset_ends_all(self):
        account(self.top, "li", "viewer")
        here, there, copied = self.web("li"), self.web("li"), self.web()
        copied.cookie = here.cookie
        program = self.web(token=token(self.top, "li"))
        began = [(each["id"], each["since"]) for each in here.get("session.list").answer["sessions"] if each["this"]]
        self.assertEqual(here.post("password", password="no such one", new="a new password 1").status, 403)
        self.assertEqual(program.post("password", password=PASSWORD, new="a new password 1").status, 403)
        self.assertEqual(here.post("password", password=PASSWORD, new="a new password 1").status, 200)
        self.assertEqual(here.get("status").status, 200)
        self.assertEqual(there.get("status").status, 401)
        # Whoever has a copy of its cookie is out too: it goes on by another.
        self.assertEqual(copied.get("status").status, 401)
        goes_on = here.get("session.list").answer["sessions"]
        self.assertEqual([each["id"] for each in goes_on], [began[0][0]])
        self.assertLess(abs(goes_on[0]["since"] - began[0][1]), 2000)
        self.assertEqual(there.sign_in("li").status, 401)
        self.top.run("accounts", "reset", "li")
        for each in (here, program):
            self.assertEqual(each.get("status").status, 401)
        # By a password that an administrator gives too.
        program = self.web(token=token(self.top, "li"))
        self.assertEqual(program.get("status").status, 200)
        self.top.run("accounts", "reset", "li", "--password-stdin", stdin=PASSWORD + "\n")
        self.assertEqual(program.get("status").status, 401)
        self.assertEqual(self.web().sign_in("li").status, 200)

    def test_ones_own_password_takes_the_one_so_far_of_an_administrator_too(self):
        account(self.top, "other", "administrator")
        boss, other = self.web("boss"), self.web("other")
        program = self.web(token=token(self.top, "boss"))
        for web in (boss, program):
            for words in ({}, {"password": "a new password 1"}):
                self.assertEqual(web.post("accounts.reset", account="BOSS", **words).status, 403)
            self.assertEqual(web.get("status").status, 200)
        self.assertEqual(other.post("accounts.reset", account="boss", password="a new password 1").status, 200)
        self.assertEqual(boss.get("status").status, 401)
        self.assertEqual(self.web().sign_in("boss", "a new password 1").status, 200)
        self.top.run("accounts", "reset", "boss", "--password-stdin", stdin=PASSWORD + "\n")
        self.assertEqual(self.web().sign_in("boss").status, 200)

    def test_a_disabled_account_is_out_at_once_and_comes_back(self):
        account(self.top, "li", "viewer")
        web, program = self.web("li"), self.web(token=token(self.top, "li"))
        self.top.run("accounts", "disable", "li")
        for each in (web, program):
            self.assertEqual(each.get("status").status, 401)
        self.assertEqual(self.web().sign_in("li").status, 401)
        self.top.run("accounts", "disable", "li", "--undo")
        self.assertEqual(program.get("status").status, 200)

    def test_tokens_are_for_what_they_are_for_and_end(self):
        account(self.top, "li", "viewer")
        narrow = self.top.run("tokens", "add", "--account", "li", "--operations", "units.list").line
        web = self.web(token=narrow["token"])
        self.assertEqual(web.get("units.list").status, 200)
        self.assertEqual(web.get("status").status, 403)
        self.assertEqual(web.post("tokens.add", account="li").status, 403)
        self.assertNotIn(narrow["token"], self.top.run("tokens", "list").out)
        self.top.run("tokens", "remove", narrow["id"])
        self.assertEqual(web.get("units.list").status, 401)
        signed_in = self.web("li")
        self.assertEqual(signed_in.post("tokens.add", account="boss").status, 403)
        own = signed_in.post("tokens.add", account="li", days=1).answer
        self.assertEqual(self.web(token=own["token"]).get("status").status, 200)
        self.assertEqual([line["account"] for line in signed_in.get("tokens.list").lines], ["li"])

    @unittest.skipUnless(LIBRARIES, "wrong clocks need libfaketime (Debian package faketime)")
    def test_a_token_that_expired_opens_nothing(self):
        secret = token(self.top, "boss", "--days", "1")
        self.assertEqual(self.web(token=secret).get("status").status, 200)
        self.top.stop()
        self.top.environment = free_environment(self.folder, LD_PRELOAD=LIBRARIES[0], FAKETIME="+2d",
                                                FAKETIME_DONT_FAKE_MONOTONIC="1")
        self.top.serve()
        self.assertEqual(self.web(token=secret).get("status").status, 401)

    def test_bad_shows_of_who_one_is(self):
        for secret in ("", "x", "sitelog." + "0" * 64, "Bearer", "a" * 4000):
            self.assertEqual(self.web(token=secret or None).get("status").status, 401)
        basic = self.web().get("status", {"Authorization": "Basic Ym9zczpwYXNzd29yZA=="})
        self.assertEqual(basic.status, 401)
        both = self.web("boss")
        both.cookie += "; __Host-sitelog=s.other"
        self.assertEqual(both.get("status").status, 401)

    def test_no_secret_lies_in_the_folder_or_the_log(self):
        account(self.top, "li", "viewer")
        secret = token(self.top, "li")
        web = self.web("li")
        session = web.cookie.split("=")[1]
        link = self.top.run("accounts", "add", "wang", "--role", "viewer").line["setup"].split("#")[1]
        web.get("status")
        self.top.stop()
        for file in self.top.folder.rglob("*"):
            if not file.is_file():
                continue
            held = file.read_bytes()
            for each in (secret, session, link, PASSWORD):
                self.assertNotIn(each.encode(), held, file)
            if file.name in ("credentials.json", "audit.log", "sessions.json"):
                self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        for each in (secret, session, link, PASSWORD):
            self.assertNotIn(each, self.top.messages.read_text())

    def test_sessions_go_on_over_a_restart_but_for_those_of_another_password(self):
        for name in ("li", "wang"):
            account(self.top, name, "viewer")
        li, wang = self.web("li"), self.web("wang")
        left = self.top.folder / "sessions.json"
        self.top.stop()
        self.assertTrue(left.exists())
        kept = left.read_bytes()
        self.top.run("accounts", "reset", "wang", "--password-stdin", stdin="another long password\n")
        self.top.serve()
        self.assertFalse(left.exists())
        self.assertEqual((li.get("status").status, wang.get("status").status), (200, 401))
        # Who signs out is out, also where somebody puts the file back beside a daemon that runs.
        self.assertEqual(li.ask("DELETE", "/api/v1/session").status, 200)
        left.write_bytes(kept)
        self.assertEqual(li.get("status").status, 401)
        self.top.stop()
        left.write_text("no such file")
        self.top.serve()
        self.assertEqual(self.web("li").get("status").status, 200)

    def test_accounts_outlive_the_daemons_death_and_sessions_do_not(self):
        account(self.top, "li", "viewer")
        web = self.web("li")
        self.top.kill()
        self.top.serve()
        self.assertEqual(web.get("status").status, 401)
        self.assertEqual(self.web().sign_in("li").status, 200)


class TestAdministering(AccountTest):
    def test_a_session_says_what_each_role_lets_its_owner_do_and_where(self):
        other = "artists-among-workers"
        self.top.run("campaign", "publish", DEFINITIONS / f"{other}.toml")
        boss = self.web("boss")
        self.assertEqual(boss.get("session").answer["grants"],
                         [{"role": "administrator", "unit": "", "may": ["read", "record", "review", "administer"]}])
        account(self.top, "li", "recorder", NEAR)
        self.top.run("accounts", "grant", "li", "--role", "viewer", "--unit", FAR, "--campaign", other)
        told = {grant["role"]: grant for grant in self.web("li").get("session").answer["grants"]}
        self.assertEqual(told["viewer"], {"role": "viewer", "unit": FAR, "campaign": other, "may": ["read"]})
        self.assertEqual(told["recorder"], {"role": "recorder", "unit": NEAR, "may": ["read", "record"]})
        # What one campaign lets a role do and another does not.
        text = (DEFINITIONS / f"{other}.toml").read_text(encoding="utf-8")
        less = re.sub(r'(key = "recorder"[^\[]*?may = )\[[^]]*\]', r'\1["read"]', text)
        self.assertNotEqual(less, text)
        less = re.sub(r"(?m)^version = (\d+)$", lambda found: f"version = {int(found[1]) + 1}", less, count=1)
        told = boss.post("campaign.publish", file="less.toml", content=less)
        self.assertEqual(told.status, 200, told)
        grant = next(each for each in self.web("li").get("session").answer["grants"] if each["role"] == "recorder")
        self.assertEqual(grant["may"], ["read", "record"])
        self.assertEqual(grant["may_in"], {"thousand-events": ["read", "record"], other: ["read"]})

    def test_a_definition_is_shown_as_sites_would_see_it_and_what_became_of_records_only_where_asked(self):
        boss = self.web("boss")
        published = boss.get("campaign.definition", campaign="thousand-events").answer
        text = published["content"].replace("version = 4", "version = 5")
        fewer = text.replace('[[form.field]]\nname = "performers"', '[[form.field]]\nname = "players"')
        self.assertNotEqual(fewer, text)
        looked = boss.post("campaign.check", file="x.toml", content=fewer, preview=True).answer
        told = boss.post("campaign.check", file="x.toml", content=fewer).answer
        self.assertEqual(looked["as_listed"], told["as_listed"])
        self.assertIn("players", [field["name"] for field in looked["as_listed"]["forms"][0]["fields"]])
        self.assertGreater(len(told["notices"]), len(looked["notices"]))
        account(self.top, "near", "administrator", NEAR)
        self.assertEqual(self.web("near").get("campaign.definition", campaign="thousand-events").status, 403)

    def test_a_new_headquarters_gives_its_first_administrator_a_link(self):
        other = self.headquarters("other", set_up=False, serving=False)
        other.run("init", "--name", "总工会", "--administrator", "a\tb", expect=REFUSED)
        line = other.run("init", "--name", "总工会", "--administrator", "张三").line
        self.assertEqual(line["account"], "张三")
        other.serve("127.0.0.1:0")
        web = Web(other)
        self.assertEqual(web.post("setup", setup=line["setup"].split("#")[1], password=PASSWORD).status, 200)
        self.assertEqual(web.sign_in("张三").answer["roles"], ["administrator"])
        self.assertEqual(web.get("accounts.list").status, 200)

    def test_accounts_are_named_once_and_have_roles_that_there_are(self):
        account(self.top, "li", "recorder", NEAR)
        for name in ("li", "LI", "ｌｉ"):
            self.top.run("accounts", "add", name, "--role", "viewer", expect=REFUSED)
        self.top.run("accounts", "add", "wang", "--role", "emperor", expect=REFUSED)
        self.top.run("accounts", "add", "wang", "--role", "viewer", "--unit", "nosuch", expect=REFUSED)
        self.top.run("accounts", "add", "wang", expect=USAGE)
        self.top.run("accounts", "add", "a\nb", "--role", "viewer", expect=None)
        self.top.run("accounts", "grant", "li", "--role", "checker", "--unit", NEAR)
        self.top.run("accounts", "withdraw", "li", "--role", "recorder", "--unit", NEAR)
        self.top.run("accounts", "withdraw", "li", "--role", "recorder", "--unit", NEAR, expect=REFUSED)
        lines = {line["account"]: line for line in self.top.run("accounts", "list").lines}
        self.assertEqual(set(lines), {"boss", "li"})
        self.assertEqual(by_key(lines["li"]["roles"]), [{"role": "checker", "unit": NEAR}])

    def test_a_role_for_one_campaign_is_given_and_taken_by_itself(self):
        account(self.top, "li", "viewer", NEAR)
        grant = ("grant", "li", "--role", "checker", "--unit", NEAR)
        self.top.run("accounts", *grant, "--campaign", "thousand-events")
        only = {"role": "checker", "unit": NEAR, "campaign": "thousand-events"}
        li = self.web("li")
        self.assertIn({**only, "may": ["read", "review"]}, li.get("session").answer["grants"])
        self.assertIn(only, self.boss_lines("li")["roles"])
        self.top.run("accounts", "withdraw", *grant[1:], expect=REFUSED)  # that for all is another
        self.top.run("accounts", "withdraw", *grant[1:], "--campaign", "thousand-events")
        self.assertEqual(self.boss_lines("li")["roles"], [{"role": "viewer", "unit": NEAR}])
        for wrong in (("administrator", "thousand-events"), ("emperor", "thousand-events"), ("viewer", "nosuch")):
            self.top.run("accounts", "grant", "li", "--role", wrong[0], "--campaign", wrong[1], expect=None)
            self.assertEqual(self.boss_lines("li")["roles"], [{"role": "viewer", "unit": NEAR}])

    def boss_lines(self, name):
        return by_key({line["account"]: line for line in self.top.run("accounts", "list").lines}[name])

    def test_the_last_administrator_stays_but_for_the_owner_of_the_folder(self):
        boss = self.web("boss")
        self.assertEqual(boss.post("accounts.disable", account="boss").status, 403)
        self.assertEqual(boss.post("accounts.withdraw", account="boss", role="administrator").status, 403)
        self.assertEqual(boss.post("accounts.add", account="li", role="administrator").status, 200)
        self.assertEqual(boss.post("accounts.disable", account="boss").status, 200)

    def test_an_administrator_of_a_county_gives_no_accounts(self):
        account(self.top, "county", "administrator", NEAR)
        county = self.web("county")
        for operation, arguments in (("accounts.list", {}), ("accounts.add", {"account": "x", "role": "viewer"}),
                                     ("accounts.grant", {"account": "county", "role": "administrator"}),
                                     ("accounts.reset", {"account": "boss"}), ("audit.list", {})):
            self.assertEqual(county.post(operation, **arguments).status, 403, operation)

    def test_what_people_do_is_in_the_audit_list_and_what_alters_it_shows(self):
        account(self.top, "li", "viewer", NEAR)
        li = self.web("li")
        self.web().sign_in("li", "wrong password")
        li.get("records.list", unit=FAR)
        li.post("policy.set", unit=NEAR, policy="ask")
        li.ask("POST", "/api/v1/status", {}, Origin="https://evil.example")
        boss = self.web("boss")
        boss.post("policy.set", unit=NEAR, policy="ask")
        lines = self.top.run("audit", "list").lines
        self.assertTrue(lines[-1]["intact"])
        said = [(line.get("who"), line["what"], line.get("operation"), line.get("reason")) for line in lines[:-1]]
        for each in (("li", "signed_in", None, None), (None, "sign_in_refused", None, "not_permitted"),
                     ("li", "refused", "records.list", "unknown_unit"), ("li", "refused", "policy.set", "not_permitted"),
                     ("li", "cross_site_refused", None, None), ("boss", "done", "policy.set", None),
                     (None, "done", "accounts.add", None)):
            self.assertIn(each, said)
        self.assertEqual({line.get("from") for line in lines if line.get("who") == "li"}, {"127.0.0.1"})
        only = boss.get("audit.list", account="li").lines
        self.assertEqual({line["who"] for line in only}, {"li"})
        file = self.top.folder / "audit.log"
        whole = file.read_text()
        self.top.stop()
        for altered in (whole.replace("policy.set", "policy.get", 1), "".join(whole.splitlines(True)[1:]),
                        whole.replace('"who":"li"', '"who":"xx"', 1)):
            file.write_text(altered)
            self.assertFalse(self.top.run("audit", "list").lines[-1]["intact"])
        file.write_text(whole + '{"n":99,"half')
        self.assertTrue(self.top.run("audit", "list").lines[-1]["intact"])
        self.assertEqual(file.read_text()[:len(whole)], whole)

    def test_accounts_of_a_file_of_before_are_taken_over_once(self):
        account(self.top, "li", "viewer", NEAR)
        self.top.stop()
        old = self.top.folder / "accounts.json"
        for damaged in ("{", "{}", "[]", '{"accounts":7}', '{"accounts":[{}]}'):
            old.write_text(damaged)
            self.assertIn("accounts.json", self.top.run("status", expect=None).error["message"], damaged)
        old.write_text(json.dumps({"accounts": [
            {"account": "wang", "roles": [{"role": "checker", "unit": NEAR}, {"role": "viewer", "unit": ""}],
             "disabled": True, "added": 7},
            {"account": "LI", "roles": [{"role": "administrator", "unit": ""}], "disabled": False, "added": 7}]}))
        listed = {line["account"]: line for line in self.top.run("accounts", "list").lines}
        self.assertFalse(old.exists())
        self.assertEqual([listed["wang"]["disabled"], listed["wang"]["added"]], [True, 7])
        self.assertEqual({(each["role"], each["unit"]) for each in listed["wang"]["roles"]},
                         {("checker", NEAR), ("viewer", "")})
        # What is known already stays as it is.
        self.assertEqual([each["role"] for each in listed["li"]["roles"]], ["viewer"])
        self.assertNotIn("LI", listed)

    def test_no_device_holds_or_is_given_anything_of_an_account(self):
        name = "neverontablets"
        account(self.top, name, "checker", NEAR)
        self.top.run("accounts", "grant", name, "--role", "viewer", "--unit", CREW)
        sites = [self.device(self.top, "甲"), self.device(self.top, "乙", NEAR)]
        for site in sites:
            site.record()
            site.sync()
        self.assert_sound(self.top, *sites)
        self.top.stop()
        self.assertIn(f"@staff/{NEAR}", self.books_of(self.top))
        self.assertTrue(self.is_in_the_files_of(self.top, name))
        for site, unit in zip(sites, (CREW, NEAR)):
            self.assertEqual(self.books_of(site), {"root", unit})
            self.assertFalse(self.is_in_the_files_of(site, name))
        self.assertNotIn("@staff", self.top.run("status", as_json=False).out + self.top.run("units", "list").out)
        # Nor can anybody name such a book as a unit's.
        for words in (["invite", "--unit", f"@staff/{NEAR}"], ["records", "list", "--unit", "@staff/root"],
                      ["units", "add", "@staff/new", "--name", "新"]):
            self.assertIn("error", self.top.run(*words, expect=None).line)
        self.assertEqual(self.top.run("conflicts", "list").lines, [])

    def books_of(self, program):
        with sqlite3.connect(program.folder / "sitelog.db") as data:
            books = {code for code, in data.execute("SELECT code FROM books")}
        data.close()
        return books

    def is_in_the_files_of(self, program, text):
        return any(text.encode() in file.read_bytes() for file in program.folder.rglob("*")
                   if file.is_file() and file.name not in ("audit.log", "credentials.json"))

    def test_a_damaged_file_of_passwords_is_told_and_lets_nobody_in_instead(self):
        self.top.stop()
        for damaged in ("{", "{}", "[]", '{"accounts":7,"tokens":7}', '{"accounts":[{}],"tokens":[]}'):
            (self.top.folder / "credentials.json").write_text(damaged)
            self.assertIn("credentials.json", self.top.run("status", expect=None).error["message"], damaged)

    def test_accounts_come_back_with_a_backup(self):
        account(self.top, "li", "viewer", NEAR)
        for words in ((), ("--passphrase-file", str(self.folder / "passphrase"))):
            (self.folder / "passphrase").write_text("a passphrase of some length\n")
            to = self.folder / f"backup{len(words)}"
            self.top.run("backup", to, *words)
            other = self.headquarters(f"other{len(words)}", set_up=False, serving=False)
            other.run("restore", to, *words)
            other.serve("127.0.0.1:0")
            web = Web(other)
            self.assertEqual(web.sign_in("li").answer["unit"], NEAR)
            other.stop()
