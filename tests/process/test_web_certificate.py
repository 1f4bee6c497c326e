"""The page's certificate from outside: read anew while headquarters serves, and a bad one is not shown."""

import os
import signal
import ssl
import subprocess
import unittest

from https import Web, account, token
from sitelog_processes import ProcessTest, free_environment
from test_clocks import LIBRARIES


class TestWebCertificate(ProcessTest):
    def setUp(self):
        self.top = self.headquarters(serving=False)
        account(self.top, "boss", "administrator")
        self.key, self.certificate = self.folder / "page.key", self.folder / "page.crt"
        self.make("one")
        said = self.top.start("serve", "--listen", "127.0.0.1:0", "--web-certificate", self.certificate, "--web-key",
                              self.key)
        self.top.address = said["listening"]
        self.host, self.port = said["listening"].split(":")

    def openssl(self, *words, environment=None):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, env=environment)

    def make(self, name, key=None, certificate=None, kind=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), days=30,
             environment=None):
        self.openssl("req", "-x509", "-newkey", *kind, "-nodes", "-keyout", key or self.key, "-out",
                     certificate or self.certificate, "-subj", f"/CN={name}", "-days", days, "-addext",
                     "subjectAltName=IP:127.0.0.1", environment=environment)

    def shown(self):
        return ssl.get_server_certificate((self.host, int(self.port)))

    def lies_there(self):
        return "\n".join(self.certificate.read_text().split("-----END CERTIFICATE-----")[:1])

    def assert_shown_is_file(self):
        wanted = self.lies_there()
        self.wait_until(lambda: self.shown().startswith(wanted), "the new certificate", 15)

    def said_in_log(self):
        return self.top.messages.read_text()

    def test_a_renewed_certificate_is_shown_without_a_restart_and_who_is_connected_stays(self):
        self.assertTrue(self.shown().startswith(self.lies_there()))
        site = self.device(self.top)
        agent = site.agent()
        self.assertTrue(agent)
        for kind in (("rsa:2048",), ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")):
            self.make("two", kind=kind)
            self.assert_shown_is_file()
        self.make("three")
        os.kill(self.top.process.pid, signal.SIGHUP)
        self.assert_shown_is_file()
        self.assertIn("read anew", self.said_in_log())
        # When, with the zone: lines of several machines can be laid beside each other.
        for line in self.said_in_log().splitlines():
            if "read anew" in line:
                self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d info ")
        site.stop()
        site.record(title="一")
        self.assertEqual(site.sync()["sent"], 1)

    def test_a_bad_one_is_told_and_the_one_so_far_goes_on(self):
        before = self.shown()
        good = self.certificate.read_bytes(), self.key.read_bytes()
        other_key = self.folder / "other.key"
        self.make("other", key=other_key, certificate=self.folder / "other.crt")
        for n, (certificate, key, words) in enumerate((
                ((self.folder / "other.crt").read_bytes(), good[1], "not of this key"),
                (b"", good[1], "holds none"),
                (good[0], b"-----BEGIN PRIVATE KEY-----\nx\n", "holds none that can be read"),
                (good[0] + b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n", good[1], "number 2"),
                (good[0] + (self.folder / "other.crt").read_bytes(), good[1], "follow from each other"))):
            self.certificate.write_bytes(certificate)
            self.key.write_bytes(key)
            self.wait_until(lambda: words in self.said_in_log(), words, 15)
            self.assertEqual(self.said_in_log().count("not shown"), n + 1)
            self.assertEqual(self.shown(), before)
        self.certificate.unlink()
        self.wait_until(lambda: "there is no file" in self.said_in_log(), "a file that is gone", 15)
        self.assertEqual(self.shown(), before)
        self.certificate.write_bytes(good[0])
        self.key.write_bytes(good[1])
        self.make("again")
        self.assert_shown_is_file()

    @unittest.skipUnless(LIBRARIES, "wrong clocks need libfaketime (Debian package faketime)")
    def test_one_that_has_run_out_is_not_shown_in_place_of_a_good_one(self):
        before = self.shown()
        self.make("old", environment=free_environment(self.folder, LD_PRELOAD=LIBRARIES[0], FAKETIME="-60d"))
        self.wait_until(lambda: "was good until" in self.said_in_log(), "words", 15)
        self.assertEqual(self.shown(), before)

    def test_a_hangup_without_such_a_certificate_ends_nothing(self):
        self.top.stop()
        self.top.serve()
        os.kill(self.top.process.pid, signal.SIGHUP)
        web = Web(self.top, token(self.top, "boss"))
        self.assertEqual(web.get("status").status, 200)
        self.assertEqual(self.top.stop(), 0)

    def test_a_chain_is_shown_whole(self):
        authority_key, authority = self.folder / "ca.key", self.folder / "ca.crt"
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", authority_key, "-out", authority,
                     "-subj", "/CN=authority", "-days", "30")
        request, leaf = self.folder / "leaf.csr", self.folder / "leaf.crt"
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.key,
                     "-out", request, "-subj", "/CN=leaf")
        names = self.folder / "names"
        names.write_text("subjectAltName=IP:127.0.0.1\n")
        self.openssl("x509", "-req", "-in", request, "-CA", authority, "-CAkey", authority_key, "-CAcreateserial",
                     "-out", leaf, "-days", "30", "-extfile", names)
        self.certificate.write_bytes(leaf.read_bytes() + authority.read_bytes())
        self.assert_shown_is_file()
        done = subprocess.run(["openssl", "s_client", "-connect", f"{self.host}:{self.port}", "-showcerts", "-CAfile",
                               str(authority), "-verify_return_error"], input=b"", capture_output=True, check=True)
        self.assertEqual(done.stdout.count(b"BEGIN CERTIFICATE"), 2)
