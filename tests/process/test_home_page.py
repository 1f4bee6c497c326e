"""The page at the port itself, where no others are installed, and at /about."""

from https import Web
from sitelog_processes import ProcessTest


class TestHomePage(ProcessTest):
    def headquarters(self, name="headquarters", set_up=True, serving=True):
        top = super().headquarters(name, set_up, serving=False)
        return self.serve(top) if serving else top

    def serve(self, top):
        """Without the pages that may lie beside the program."""
        top.serve("127.0.0.1:0", "--pages", self.folder / "none")
        return top

    def test_it_says_whose_headquarters_this_is_in_the_readers_language(self):
        top = self.headquarters()
        for language, code, word in (("zh-CN,en;q=0.5", "zh", "总部"), ("en-GB", "en", "headquarters"),
                                     ("fr", "zh", "总部")):
            page = Web(top, language=language).ask("GET", "/")
            self.assertEqual(page.status, 200, page)
            self.assertEqual(page.fields["Content-Type"], "text/html; charset=utf-8")
            self.assertIn(f'<html lang="{code}">', page.body)
            self.assertIn(word, page.body)
            policy = page.fields["Content-Security-Policy"]
            self.assertEqual(policy, Web(top).ask("GET", "/setup").fields["Content-Security-Policy"])
            self.assertNotIn("unsafe", policy)
            self.assertNotRegex(page.body, r"<script|<style|style=")
            for link in ("/setup", "/api/v1/openapi.json", "/odata/v1/"):
                self.assertIn(f'href="{link}"', page.body)
                self.assertNotEqual(Web(top).ask("GET", link).status, 404, link)
            self.assertEqual(Web(top, language=language).ask("GET", "/about").body, page.body)
            name = page.body.split("<h1>")[1].split("</h1>")[0]
            self.assertTrue(name)
            self.assertIn(f"<title>{name}", page.body)

    def test_a_name_that_looks_like_markup_is_shown_as_it_is(self):
        top = self.headquarters("odd", set_up=False, serving=False)
        top.run("init", "--name", "<b>总&工会")
        self.serve(top)
        page = Web(top).ask("GET", "/").body
        self.assertIn("<h1>&lt;b&gt;总&amp;工会</h1>", page)
        self.assertNotIn("<b>", page)

    def test_pages_are_told_by_head_too_and_whatever_was_hung_on_their_address(self):
        top = self.headquarters()
        web = Web(top)
        for path in ("/", "/setup", "/setup.js", "/setup.css"):
            page = web.ask("GET", path)
            connection = web.connect()
            for _ in range(3):  # a connection goes on behind it
                head = web.ask("HEAD", path, connection=connection)
                self.assertEqual((head.status, head.body), (200, ""))
                for field in ("Content-Type", "Content-Length", "Content-Security-Policy"):
                    self.assertEqual(head.fields[field], page.fields[field], (path, field))
            self.assertEqual(web.ask("GET", path, connection=connection).body, page.body)
            connection.close()
            for more in ("utm_source=wx&from=timeline", "x=%ff", "100%", "a|b", "&".join(f"a{n}=1" for n in range(90))):
                self.assertEqual(web.ask("GET", f"{path}?{more}").body, page.body, more)
