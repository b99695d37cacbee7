"""What every answer says of itself, and what no client can say about itself."""

import re

import pytest

from endtoend import raw

# One of each layer that answers: a worker, nginx for the API, nginx for files; good and bad.
ANSWERS = {
    "a worker": ("GET", "/api/v1/health", 200), "a worker's error": ("GET", "/api/v1/lockers", 401),
    "a worker's 404": ("GET", "/api/v1/nothing", 404), "nginx's 404": ("GET", "/api/v2/x", 404),
    "nginx's 405": ("TRACE", "/api/v1/health", 405), "a preflight": ("OPTIONS", "/api/v1/lockers", 204),
    "the page": ("GET", "/", 200), "no page": ("GET", "/nothing", 404), "a hidden file": ("GET", "/.git/config", 404),
    "a file's 405": ("POST", "/", 405),
}  # fmt: skip


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("kind", ANSWERS)
def test_on_every_answer(stand, kind, tls):
    """nosniff, no referrer, a policy without inline code; HSTS over TLS alone; no version of anything."""
    method, path, status = ANSWERS[kind]
    answer = stand.client(tls=tls).request(method, path, check=False)
    assert answer.status == status, answer
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert answer.header("Referrer-Policy") == "no-referrer"
    policy = answer.header("Content-Security-Policy")
    assert "default-src" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy and "*" not in policy
    if path.startswith("/api/"):
        assert "default-src 'none'" in policy
    hsts = answer.header("Strict-Transport-Security")
    assert (hsts is not None) == tls
    if tls:
        assert int(re.match(r"max-age=(\d+)", hsts)[1]) >= 63_072_000
    assert answer.header("Server") == "nginx" and answer.header("X-Powered-By") is None
    text = str(answer.headers).lower() + answer.body.decode().lower()
    assert not re.search(r"nginx/\d|openssl|swift/|postgresql \d|fcgi|debian|ubuntu", text), answer


def test_a_broken_request_tells_no_version(stand):
    """Not even nginx's own page for what it cannot read."""
    answer = raw.exchange(stand.http_port, b"NONSENSE\r\n\r\n")
    assert answer.status == 400 and not re.search(rb"nginx/\d", bytes(answer.headers) + answer.body)


def test_tokens_are_never_stored(stand, client, student):
    """no-store on every answer that carries a token, and on what belongs to one student."""
    signed_in = client.post("auth/login", json=student.body)
    assert signed_in.header("Cache-Control") == "no-store"
    refreshed = client.post("auth/refresh", json={"refresh_token": signed_in.json["refresh_token"]})
    assert refreshed.header("Cache-Control") == "no-store"
    token = refreshed.json["access_token"]
    for path in ("auth/me", "auth/sessions", "lockers/me"):
        assert client.get(path, token=token).header("Cache-Control") == "no-store"
    assert client.get("lockers", token=token).header("Cache-Control") == "private, no-cache"
    for answer in (client.post("auth/login", json={}), client.get("auth/me"), client.get("nothing")):
        assert answer.header("Cache-Control") == "no-store", answer


def test_no_cookie_is_ever_set(client, student):
    """A token in a cookie would be sent by a foreign page too (CSRF)."""
    assert client.post("auth/login", json=student.body).header("Set-Cookie") is None


def test_a_cookie_signs_nobody_in(client, token):
    """Only the Authorization header does."""
    for cookie in (f"access_token={token}", f"token={token}", f"Authorization=Bearer {token}"):
        assert client.get("auth/me", headers={"Cookie": cookie}).status == 401


@pytest.mark.parametrize("sent", ["mine", "x" * 200, "a b", '"}{"', "0" * 32])
def test_a_request_id_is_ours(stand, client, sent):
    """Whatever a client says, the id is nginx's, in the answer and in the log."""
    answer = client.get("nothing", headers={"X-Request-Id": sent})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.header("X-Request-Id")) and answer.header("X-Request-Id") != sent
    assert answer.json["request_id"] == answer.header("X-Request-Id")


def test_proxy_headers_are_not_believed(stand, client, world, student):
    """The address is the connection's: in the session and in the access log; a limit is not passed by them."""
    claimed = {
        "X-Forwarded-For": "203.0.113.77", "X-Real-IP": "203.0.113.77", "Forwarded": "for=203.0.113.77;proto=https",
        "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.invalid", "True-Client-IP": "203.0.113.77",
        "CF-Connecting-IP": "203.0.113.77", "X-Client-IP": "203.0.113.77", "Via": "1.1 evil", "Proxy": "http://evil.invalid",
        "X-Original-URL": "/api/v1/auth/me", "X-Rewrite-URL": "/api/v1/auth/me",
    }  # fmt: skip
    answer = client.post("auth/login", json=student.body, headers=claimed)
    assert answer.status == 200 and answer.header("Strict-Transport-Security") is None
    listed = client.get("auth/sessions", token=answer.json["access_token"]).json["sessions"]
    assert [entry["network"] for entry in listed] == ["127.0.0.0/24"]
    for path in stand.logs():
        assert b"203.0.113" not in path.read_bytes() and b"evil.invalid" not in path.read_bytes(), path
    assert "evil" not in str(answer.headers)


def test_the_host_header_is_not_believed(client):
    """No answer names it: there is nothing to poison a cache or a link with."""
    for path in ("/", "/docs", "/board", "/api/v1", "/api/v1/health"):
        answer = client.request("GET", path, headers={"Host": "evil.invalid"}, check=False)
        assert "evil.invalid" not in str(answer.headers) and b"evil.invalid" not in answer.body, answer


def test_the_page_has_no_inline_code_and_nothing_foreign(stand, client):
    """What its own policy would refuse is not in it."""
    for path in ("/", "/board/"):
        answer = client.get(path)
        assert answer.status == 200, answer
        text = answer.body.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\son[a-z]+=|javascript:|\sstyle=", text, re.I), path
        assert not re.search(r"(src|href)=[\"']?(https?:)?//", text, re.I), path
