"""An HTTP client that hides nothing, and checks every answer against what the contract says of all of them."""

from __future__ import annotations

import http.client
import json as jsonlib
import ssl
from dataclasses import dataclass
from typing import Any

from . import shapes

API = "/api/v1"
_NOTHING = object()


@dataclass
class Answer:
    """One response: its status, its headers (repeated ones kept) and its body as bytes."""

    method: str
    path: str
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON; fails the test when it is none."""
        return jsonlib.loads(self.body.decode("utf-8"))

    @property
    def error(self) -> str | None:
        """The error code, None for an answer without one."""
        value = self.json if self.body else None
        return value.get("error") if isinstance(value, dict) else None

    def header(self, name: str) -> str | None:
        """The value of a header that may stand there once at most."""
        values = self.headers.get_all(name) or []
        assert len(values) <= 1, f"{name} stands there {len(values)} times: {values}"
        return values[0] if values else None

    def __str__(self) -> str:
        return f"{self.method} {self.path} → {self.status} {self.body[:400]!r}"


class Client:
    """Talks to one address. Keeps its connection, so one client belongs to one thread."""

    def __init__(self, host: str, port: int, *, source: str | None = None, tls: bool = False, timeout: float = 15):
        self._arguments = {"timeout": timeout, "source_address": (source, 0) if source else None}
        self._host, self._port, self._tls = host, port, tls
        self._connection: http.client.HTTPConnection | None = None

    def _open(self) -> http.client.HTTPConnection:
        if self._connection is None:
            if self._tls:
                context = ssl._create_unverified_context()  # the stand signs its certificate itself
                self._connection = http.client.HTTPSConnection(
                    self._host, self._port, context=context, **self._arguments
                )
            else:
                self._connection = http.client.HTTPConnection(self._host, self._port, **self._arguments)
        return self._connection

    def close(self) -> None:
        """Closes the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = _NOTHING,
        body: bytes | Any = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        check: bool = True,
        chunked: bool = False,
    ) -> Answer:
        """Sends one request. `json` is sent as such; `body` are bytes as they are. `check=False` leaves out the
        checks of what all answers have in common."""
        sent = dict(headers or {})
        if json is not _NOTHING:
            body = jsonlib.dumps(json, ensure_ascii=False).encode("utf-8")
            sent.setdefault("Content-Type", "application/json")
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        url = path if path.startswith("/") or "://" in path or path == "*" else f"{API}/{path}"
        for attempt in (1, 2):
            connection = self._open()
            fresh = connection.sock is None
            try:
                connection.request(method, url, body=body, headers=sent, encode_chunked=chunked)
                response = connection.getresponse()
                payload = response.read()
                break
            except (ConnectionError, http.client.BadStatusLine):
                # A kept connection that the server has closed meanwhile. One that was just made is the server's fault,
                # and a GET alone may be sent twice.
                self.close()
                if fresh or method != "GET" or attempt == 2:
                    raise
        if response.will_close:
            self.close()
        answer = Answer(method, url, response.status, response.headers, payload)
        if check:
            shapes.check_every_answer(answer, signed_in=token is not None)
        return answer

    def get(self, path: str, **arguments: Any) -> Answer:
        """GET; see `request`."""
        return self.request("GET", path, **arguments)

    def post(self, path: str, **arguments: Any) -> Answer:
        """POST; see `request`."""
        return self.request("POST", path, **arguments)
