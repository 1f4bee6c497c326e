"""What was tried in somebody's name is told to them; who reads what is delicate is in the audit list."""

from https import PASSWORD, account, token
from test_accounts import AccountTest


class TestToldToTheOwner(AccountTest):
    def told(self, web):
        return web.get("session").answer["refused_tries"]

    def test_wrong_passwords_are_told_at_the_next_sign_in_also_after_a_restart(self):
        account(self.top, "li", "viewer")
        account(self.top, "wang", "viewer")
        self.assertEqual(self.web().sign_in("li").answer["refused_tries"], {"count": 0, "from": []})
        for n in range(3):
            self.web().sign_in("li", f"wrong password {n}")
        self.web().sign_in("nobody", "wrong password")
        self.top.kill()
        self.top.serve()
        li = self.web()
        answer = li.sign_in("li").answer["refused_tries"]
        self.assertEqual(answer["count"], 3)
        self.assertEqual([(each["from"], each["count"]) for each in answer["from"]], [("127.0.0.1", 3)])
        self.assertEqual(answer["signed_in_before"]["from"], "127.0.0.1")
        self.assertEqual(self.told(li), answer)
        self.web().sign_in("li", "wrong password again")
        self.assertEqual(self.told(li)["count"], 4)
        self.assertEqual(self.web().sign_in("li").answer["refused_tries"]["count"], 1)
        self.assertEqual(self.web().sign_in("wang").answer["refused_tries"]["count"], 0)

    def test_a_cookie_shown_after_signing_out_is_told(self):
        account(self.top, "li", "viewer")
        li = self.web("li")
        thief = self.web()
        thief.cookie = li.cookie
        li.ask("DELETE", "/api/v1/session")
        self.assertEqual(thief.get("status").status, 401)
        thief.cookie = "__Host-sitelog=s." + "0" * 64  # nobody's
        self.assertEqual(thief.get("status").status, 401)
        self.assertEqual(self.web().sign_in("li").answer["refused_tries"]["count"], 1)
        said = [(line["what"], line.get("on")) for line in self.top.run("audit", "list").lines if "what" in line]
        self.assertIn(("ended_session_shown", "li"), said)

    def test_what_others_are_told_says_nothing_of_it(self):
        account(self.top, "li", "viewer")
        wrong = self.web().sign_in("li", "wrong password")
        self.assertEqual(wrong.status, 401)
        self.assertNotIn("refused_tries", wrong.body)

    def test_who_reads_accounts_tokens_the_audit_list_or_exports_is_in_it(self):
        boss = self.web("boss")
        for operation in ("accounts.list", "tokens.list", "audit.list"):
            self.assertEqual(boss.get(operation).status, 200)
        self.assertEqual(boss.get("units.list").status, 200)
        said = [(line.get("who"), line["what"], line.get("operation"))
                for line in self.top.run("audit", "list").lines if "what" in line]
        for operation in ("accounts.list", "tokens.list", "audit.list"):
            self.assertIn(("boss", "done", operation), said)
        self.assertNotIn(("boss", "done", "units.list"), said)

    def test_what_a_token_is_not_for_is_in_the_audit_list_whichever_address_it_was_shown_at(self):
        account(self.top, "li", "viewer")
        program = self.web(token=token(self.top, "li", "--operations", "units.list"))
        self.assertEqual(program.get("units.list").status, 200)
        tried = [("GET", "/api/v1/session.list", None), ("POST", "/api/v1/session.end", {"id": "0"}),
                 ("DELETE", "/api/v1/session?everywhere=true", None), ("GET", "/api/v1/events", None),
                 ("POST", "/api/v1/password", {"password": PASSWORD, "new": "a new password 1"}),
                 ("POST", "/api/v1/second_factor", {"password": PASSWORD}), ("GET", "/odata/v1/", None),
                 ("GET", "/api/v1/records.list?by=li", None)]
        for method, path, body in tried:
            self.assertEqual(program.ask(method, path, body).status, 403, path)
        said = [(line.get("how"), line.get("operation") or line.get("on"), line.get("reason"))
                for line in self.top.run("audit", "list").lines if line.get("what") == "refused"]
        for _, path, _ in tried:
            name = {"/odata/v1/": "odata", "/api/v1/records.list?by=li": "records.list"}.get(path, path.split("?")[0])
            self.assertIn(("token", name, "not_permitted"), said)
        self.assertNotIn("?", str(said))
