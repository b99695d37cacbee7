"""CONTRACT: the page is on another origin. What a browser needs to see, on every answer of every layer."""

import pytest

from endtoend import raw

ALLOWED = ["https://www.kucisc.kr", "https://kucisc.kr"]
FOREIGN = [
    "https://evil.example",
    "http://www.kucisc.kr",
    "https://www.kucisc.kr.evil.example",
    "https://evilkucisc.kr",
    "https://wwwXkucisc.kr",
    "https://www.kucisc.kr:8443",
    "https://sub.www.kucisc.kr",
    "null",
    "*",
    "https://www.kucisc.kr/",
    "HTTPS://WWW.KUCISC.KR.",
    "https://www.kucisc.kr, https://evil.example",
]

# One request for each layer that answers: a worker's success and failures, nginx's own.
LAYERS = {
    "worker 200": ("GET", "application-period", {}),
    "worker 401": ("GET", "lockers", {}),
    "worker 404": ("GET", "nothing", {}),
    "worker 405": ("PUT", "lockers", {}),
    "worker 400": ("POST", "auth/login", {"json": []}),
    "worker 415": ("POST", "auth/login", {"body": b"x", "headers": {"Content-Type": "text/plain"}}),
    "nginx 413": ("POST", "auth/login", {"json": "x" * 20_000}),
    "nginx 404": ("GET", "/api/v2/nothing", {}),
    "nginx 405": ("TRACE", "lockers", {}),
}


def send(client, layer, origin):
    """The request of a layer, from a page of `origin`."""
    method, path, arguments = LAYERS[layer]
    headers = arguments.get("headers", {}) | ({"Origin": origin} if origin else {})
    return client.request(method, path, **(arguments | {"headers": headers}))


@pytest.mark.parametrize("origin", ALLOWED)
@pytest.mark.parametrize("layer", LAYERS)
def test_allowed_origin(client, layer, origin):
    """May read the answer, errors included, and no cache mixes up origins."""
    answer = send(client, layer, origin)
    assert answer.status == int(layer.split()[1])
    assert answer.header("Access-Control-Allow-Origin") == origin
    assert "origin" in ", ".join(answer.headers.get_all("Vary") or []).lower()
    assert answer.header("Access-Control-Allow-Credentials") is None, "there are no cookies"


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("origin", [*FOREIGN, None])
def test_foreign_origin(client, layer, origin):
    """May not; nor does an answer without Origin name one, and Vary says why."""
    answer = send(client, layer, origin)
    assert answer.status == int(layer.split()[1])
    assert answer.headers.get_all("Access-Control-Allow-Origin") is None
    assert "origin" in ", ".join(answer.headers.get_all("Vary") or []).lower()


@pytest.mark.parametrize(
    "path", ["lockers", "lockers/101/hold", "auth/login-or-register", "auth/me", "health", "nothing"]
)
@pytest.mark.parametrize("origin", ALLOWED)
def test_preflight(client, path, origin):
    """204 with all that the browser asks about; on any route, without a token, without touching a worker."""
    answer = client.request(
        "OPTIONS",
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert answer.status == 204
    assert answer.header("Access-Control-Allow-Origin") == origin
    methods = {name.strip() for name in answer.header("Access-Control-Allow-Methods").split(",")}
    names = {name.strip().lower() for name in answer.header("Access-Control-Allow-Headers").split(",")}
    assert {"GET", "POST"} <= methods and {"authorization", "content-type"} <= names
    assert int(answer.header("Access-Control-Max-Age")) > 0
    assert "origin" in ", ".join(answer.headers.get_all("Vary")).lower()


@pytest.mark.parametrize("origin", [*FOREIGN, None])
def test_preflight_of_a_foreign_origin(client, origin):
    """Is not told that it may do anything."""
    headers = {"Access-Control-Request-Method": "POST"} | ({"Origin": origin} if origin else {})
    answer = client.request("OPTIONS", "lockers/101/hold", headers=headers)
    assert answer.status in (204, 403)
    for name in ("Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"):
        assert answer.headers.get_all(name) is None, name


def test_signed_in_answers(stand, client, world, student, token):
    """The answers that the page lives on: list, hold, taken, 304."""
    origin = {"Origin": ALLOWED[0]}
    locker = world.locker()
    other = stand.sign_in(world.student(), client)
    answers = [
        client.post("auth/login", json=student.body, headers=origin),
        client.get("lockers", token=token, headers=origin),
        client.post(f"lockers/{locker}/hold", token=token, headers=origin),
        client.post(f"lockers/{locker}/hold", token=other, headers=origin),
    ]
    listed = client.get("lockers", token=token, headers=origin)
    answers.append(client.get("lockers", token=token, headers=origin | {"If-None-Match": listed.header("ETag")}))
    assert [answer.status for answer in answers] == [200, 200, 201, 409, 304]
    for answer in answers:
        assert answer.header("Access-Control-Allow-Origin") == ALLOWED[0]


def test_an_origin_cannot_inject_a_header(stand):
    """A line feed in it, in a raw request: refused or ignored."""
    request = b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    request += b"Origin: https://www.kucisc.kr\rX-Evil: 1\r\n\r\n"
    answer = raw.exchange(stand.http_port, request)
    assert answer.header("X-Evil") is None
    assert answer.headers.get_all("Access-Control-Allow-Origin") is None
