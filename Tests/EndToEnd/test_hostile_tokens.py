"""Access tokens that nobody issued: all of them are the same 401."""

import time

import pytest

from endtoend.shapes import check_failure
from endtoend.tokens import base64url, decode, sign


def without(claims, name):
    """The claims without one of them."""
    return {key: value for key, value in claims.items() if key != name}


HOSTILE = {
    # What we sign ourselves, with one thing wrong. (header, claims, secret) → token
    "expired": lambda h, c, s: sign(h, c | {"exp": int(time.time()) - 1}, s),
    "expired this second": lambda h, c, s: sign(h, c | {"exp": int(time.time())}, s),
    "issued in the future": lambda h, c, s: sign(h, c | {"iat": int(time.time()) + 3600}, s),
    "not valid yet": lambda h, c, s: sign(h, c | {"nbf": int(time.time()) + 3600}, s),
    "another's secret": lambda h, c, s: sign(h, c, "x" * 48),
    "empty secret": lambda h, c, s: sign(h, c, ""),
    "another kid": lambda h, c, s: sign(h | {"kid": "nobody"}, c, s),
    "kid as a path": lambda h, c, s: sign(h | {"kid": "../../dev/null"}, c, ""),
    "kid as SQL": lambda h, c, s: sign(h | {"kid": "x' UNION SELECT 'a"}, c, "a"),
    "no kid": lambda h, c, s: sign(without(h, "kid"), c, s),
    "kid of the wrong type": lambda h, c, s: sign(h | {"kid": 1}, c, s),
    "alg none": lambda h, c, s: sign(h | {"alg": "none"}, c, s),
    "alg NoNe": lambda h, c, s: sign(h | {"alg": "NoNe"}, c, s),
    "alg HS512": lambda h, c, s: sign(h | {"alg": "HS512"}, c, s, "sha512"),
    "alg HS384": lambda h, c, s: sign(h | {"alg": "HS384"}, c, s, "sha384"),
    "alg RS256": lambda h, c, s: sign(h | {"alg": "RS256"}, c, s),
    "alg hs256": lambda h, c, s: sign(h | {"alg": "hs256"}, c, s),
    "alg missing": lambda h, c, s: sign(without(h, "alg"), c, s),
    "critical extension": lambda h, c, s: sign(h | {"crit": ["exp"]}, c, s),
    "unencoded payload": lambda h, c, s: sign(h | {"b64": False, "crit": ["b64"]}, c, s),
    "key in the header": lambda h, c, s: sign(h | {"jwk": {"kty": "oct", "k": base64url(b"a")}}, c, "a"),
    "another issuer": lambda h, c, s: sign(h, c | {"iss": "somebody"}, s),
    "another audience": lambda h, c, s: sign(h, c | {"aud": "somebody"}, s),
    "another student": lambda h, c, s: sign(h, c | {"sub": "2023321234"}, s),
    "sub of a number": lambda h, c, s: sign(h, c | {"sub": int(c["sub"])}, s),
    "sub as SQL": lambda h, c, s: sign(h, c | {"sub": "' OR '1'='1"}, s),
    "sub with a NUL": lambda h, c, s: sign(h, c | {"sub": c["sub"] + "\0"}, s),
    "unknown jti": lambda h, c, s: sign(h, c | {"jti": "00000000-0000-4000-8000-000000000000"}, s),
    "jti that is no id": lambda h, c, s: sign(h, c | {"jti": "x"}, s),
    "jti of a number": lambda h, c, s: sign(h, c | {"jti": 1}, s),
    "exp of a string": lambda h, c, s: sign(h, c | {"exp": str(c["exp"])}, s),
    "exp out of bounds": lambda h, c, s: sign(h, c | {"exp": 10**30}, s),
    "exp of true": lambda h, c, s: sign(h, c | {"exp": True}, s),
    "exp null": lambda h, c, s: sign(h, c | {"exp": None}, s),
    "claims of an array": lambda h, c, s: sign(h, b"[]", s),
    "claims of a string": lambda h, c, s: sign(h, b'"x"', s),
    "claims that are no JSON": lambda h, c, s: sign(h, b"{", s),
    "claims empty": lambda h, c, s: sign(h, b"", s),
    "claims with a NUL": lambda h, c, s: sign(h, b"{}\0", s),
    "header that is no JSON": lambda h, c, s: sign(b"{", c, s),
    "header of an array": lambda h, c, s: sign(b"[]", c, s),
    "duplicate alg": lambda h, c, s: sign(
        b'{"alg":"none","alg":"HS256","typ":"JWT","kid":"%s"}' % h["kid"].encode(), c, s
    ),
} | {
    f"no {name}": (lambda name: lambda h, c, s: sign(h, without(c, name), s))(name)
    for name in ("sub", "iss", "aud", "iat", "exp", "jti")
}

TAMPERED = {
    # What is done to a real token.
    "no signature": lambda t: t.rsplit(".", 1)[0] + ".",
    "no third part": lambda t: t.rsplit(".", 1)[0],
    "a fourth part": lambda t: t + ".x",
    "an empty fourth part": lambda t: t + ".",
    "another signature": lambda t: t[:-5] + ("AAAAA" if t[-5:] != "AAAAA" else "BBBBB"),
    "signature of zeros": lambda t: t.rsplit(".", 1)[0] + "." + "A" * 43,
    "a shorter signature": lambda t: t[:-1],
    "padding": lambda t: t + "=",
    "padding inside": lambda t: t.replace(".", "=.", 1),
    "trailing bits": lambda t: t[:-1] + chr(ord(t[-1]) + 1),
    "a space inside": lambda t: t[:20] + " " + t[20:],
    "percent-encoded": lambda t: t.replace(".", "%2E"),
    "standard alphabet": lambda t: t[:-43] + "+/" + t[-41:],
    "parts swapped": lambda t: ".".join(t.split(".")[i] for i in (1, 0, 2)),
    "header removed": lambda t: "." + t.split(".", 1)[1],
    "upper case": str.upper,
    "very long": lambda t: t + "A" * 6000,
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_forged(stand, client, token, kind):
    """401 unauthorized, in the same words."""
    header, claims = decode(token)
    forged = HOSTILE[kind](header, claims, stand.settings["JWT_ACCESS_SECRET"])
    answer = client.get("auth/me", token=forged)
    check_failure(answer, 401, "unauthorized")
    assert answer.json["message"] == client.get("auth/me").json["message"]


def test_the_forger_can_sign(stand, client, token):
    """The same claims signed here again are taken: so each 401 above has its own reason."""
    header, claims = decode(token)
    assert client.get("auth/me", token=sign(header, claims, stand.settings["JWT_ACCESS_SECRET"])).status == 200


@pytest.mark.parametrize("kind", TAMPERED)
def test_tampered(client, token, kind):
    """401 unauthorized."""
    check_failure(client.get("auth/me", token=TAMPERED[kind](token)), 401, "unauthorized")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic {}",
        "{}",
        "Token {}",
        "Bearer{}",
        "Bearer {},x",
        "Bearer {} {}",
        "Bearer\u00a0{}",
        '"{}"',
    ],
)
def test_another_authorization(client, token, value):
    """A right token in a wrong header is no token."""
    value = value.replace("{}", token)
    check_failure(client.get("auth/me", headers={"Authorization": value}), 401, "unauthorized")


def test_the_scheme_has_no_case(client, token):
    """RFC 9110 §11.1: schemes are compared without regard to case."""
    assert client.get("auth/me", headers={"Authorization": f"bearer {token}"}).status == 200


def test_a_token_in_the_address_is_no_token(client, token):
    """It would stand in every log."""
    check_failure(client.get(f"auth/me?access_token={token}"), 401, "unauthorized")


def test_an_expired_session_ends_its_access_token(client, world, student, token):
    """However long the access token itself would live."""
    world.sql("UPDATE auth_sessions SET expires_at = now() WHERE student_id = %s", student.student_id)
    check_failure(client.get("auth/me", token=token), 401, "unauthorized")
