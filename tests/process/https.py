"""Asking headquarters over HTTPS as a program does, and badly on purpose."""

import http.client
import json
import socket
import ssl
from urllib.parse import urlencode, urlsplit

PASSWORD = "correct horse battery"


class Answer:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def answer(self):
        assert self.status == 200, str(self)
        return self.json["answer"]

    @property
    def lines(self):
        assert self.status == 200, str(self)
        return self.json["lines"]

    def __str__(self):
        return f"{self.status} {self.fields} {self.body[:2000]!r}"


class Web:
    """One program at the page of a headquarters that is served."""

    def __init__(self, headquarters, token=None, language="en"):
        self.headquarters = headquarters
        self.page = urlsplit(headquarters.said[0]["page"])
        self.token, self.cookie, self.language = token, None, language

    def context(self):
        out = ssl.create_default_context(cafile=self.headquarters.folder / "web.crt")
        out.set_alpn_protocols(["http/1.1"])
        return out

    def socket(self, timeout=30):
        """A connection on which TLS is spoken, for what no library sends."""
        plain = socket.create_connection((self.page.hostname, self.page.port), timeout)
        return self.context().wrap_socket(plain, server_hostname=self.page.hostname)

    def connect(self, timeout=60):
        return http.client.HTTPSConnection(self.page.hostname, self.page.port, timeout=timeout,
                                           context=self.context())

    def fields(self, **more):
        out = {"Accept-Language": self.language}
        if self.token:
            out["Authorization"] = f"Bearer {self.token}"
        if self.cookie:
            out["Cookie"] = self.cookie
        out.update({name.replace("_", "-"): value for name, value in more.items()})
        return {name: value for name, value in out.items() if value is not None}

    def ask(self, method, path, body=None, connection=None, **fields):
        own = connection is None
        connection = connection or self.connect()
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body, ensure_ascii=False).encode()
        if body is not None:
            fields.setdefault("Content_Type", "application/json")
        connection.request(method, path, body=body, headers=self.fields(**fields))
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read().decode())
        if own:
            connection.close()
        renewed = (answer.fields["Set-Cookie"] or "").split(";")[0]
        if self.cookie and not renewed.endswith("=") and renewed:
            self.cookie = renewed  # as a browser does
        return answer

    def get(self, operation, _fields=None, **query):
        path = f"/api/v1/{operation}"
        return self.ask("GET", path + (f"?{urlencode(query)}" if query else ""), **(_fields or {}))

    def post(self, operation, _fields=None, **arguments):
        return self.ask("POST", f"/api/v1/{operation}", arguments, **(_fields or {}))

    def sign_in(self, account, password=PASSWORD, **fields):
        answer = self.ask("POST", "/api/v1/session", {"account": account, "password": password},
                          **fields)
        if answer.status == 200:
            self.cookie = answer.fields["Set-Cookie"].split(";")[0]
        return answer


def account(headquarters, name, role, unit=None, password=PASSWORD):
    """Adds one, with a password."""
    where = ["--unit", unit] if unit else []
    headquarters.run("accounts", "add", name, "--role", role, *where, "--password-stdin",
                     stdin=password + "\n")


def token(headquarters, name, *words):
    return headquarters.run("tokens", "add", "--account", name, *words).line["token"]
