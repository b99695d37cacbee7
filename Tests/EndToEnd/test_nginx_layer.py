"""Errors that nginx makes itself are in the contract's shape, with its headers, for whoever reads them."""

import threading

import pytest

from endtoend import raw
from endtoend.shapes import check_error, check_every_answer, check_failure
from endtoend.stand import poll
from endtoend.together import together

HOST = b"Host: localhost\r\nConnection: close\r\n"


def ask(stand, request, **arguments):
    """Sends raw bytes; the answer has what every answer has."""
    answer = raw.exchange(stand.http_port, request, **arguments)
    check_every_answer(answer)
    return answer


BROKEN = {
    "a lower-case method": b"get /api/v1/health HTTP/1.1\r\n" + HOST + b"\r\n",
    "no host": b"GET /api/v1/health HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /api/v1/health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a broken host": b"GET /api/v1/health HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "a huge header": b"GET /api/v1/health HTTP/1.1\r\n" + HOST + b"X: " + b"x" * 40_000 + b"\r\n\r\n",
    "very many headers": b"GET /api/v1/health HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 20_000 + b"\r\n",
    "a huge token": b"GET /api/v1/lockers HTTP/1.1\r\n"
    + HOST
    + b"Authorization: Bearer "
    + b"x" * 40_000
    + b"\r\n\r\n",
    "a huge address": b"GET /api/v1/" + b"x" * 40_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a huge query": b"GET /api/v1/health?" + b"x" * 40_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a length that is none": b"POST /api/v1/auth/login HTTP/1.1\r\n" + HOST + b"Content-Length: x\r\n\r\n",
    "a negative length": b"POST /api/v1/auth/login HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
    "two lengths": b"POST /api/v1/auth/login HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    "length and chunks": b"POST /api/v1/auth/login HTTP/1.1\r\n"
    + HOST
    + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "unknown coding": b"POST /api/v1/auth/login HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip\r\n\r\n",
    "broken chunks": b"POST /api/v1/auth/login HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
    "an unknown version": b"GET /api/v1/health HTTP/3.0\r\n" + HOST + b"\r\n",
    "above the root": b"GET /../../etc/passwd HTTP/1.1\r\n" + HOST + b"\r\n",
    "a broken escape": b"GET /api/v1/%zz HTTP/1.1\r\n" + HOST + b"\r\n",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_requests(stand, kind):
    """400 in the contract's shape, with its id."""
    answer = ask(stand, BROKEN[kind])
    assert answer.status == 400, answer


def test_plain_http_on_the_https_port(stand):
    """Somebody forgot the s: 400 in the shape."""
    answer = raw.exchange(stand.https_port, b"GET /api/v1/health HTTP/1.1\r\n" + HOST + b"\r\n")
    assert answer.status == 400, answer
    check_every_answer(answer)


@pytest.mark.parametrize("method", ["TRACE", "CONNECT"])
@pytest.mark.parametrize("path", ["/api/v1/health", "/", "/nothing"])
def test_methods_that_nginx_refuses_itself(stand, method, path):
    """405 with Allow."""
    target = "localhost:80" if method == "CONNECT" else path
    answer = ask(stand, f"{method} {target} HTTP/1.1\r\n".encode() + HOST + b"\r\n", method=method, path=path)
    assert answer.status in (405, 400) if method == "CONNECT" else answer.status == 405, answer
    check_error(answer)


def test_a_static_file_is_not_posted_to(client):
    """405 with Allow outside the API too."""
    check_failure(client.post("/", json={}), 405, "method_not_allowed")


@pytest.mark.parametrize("body, status, allowed", [(b"x", 405, "GET, HEAD"), (b"x" * 2_000_000, 413, None)])
def test_a_browser_outside_the_api_gets_a_page(client, body, status, allowed):
    """With the status of the error; another program gets the contract's form."""
    browser = {"Accept": "text/html,application/xhtml+xml;q=0.9", "Content-Type": "application/x-www-form-urlencoded"}
    page = client.post("/", body=body, headers=browser, check=False)
    assert page.status == status and page.header("Content-Type") == "text/html; charset=utf-8", page
    assert "요청을 처리할 수 없습니다" in page.body.decode() and page.header("X-Request-Id")
    assert page.header("Allow") == allowed and page.header("Content-Security-Policy")
    check_error(client.post("/", body=body))
    assert client.get("/_error/405-static-page").status == 404, "by its own name it is nowhere"


def test_a_body_that_is_announced_too_large(stand):
    """413 by its length alone, before a byte of it was sent."""
    request = (
        b"POST /api/v1/auth/login HTTP/1.1\r\n"
        + HOST
        + b"Content-Type: application/json\r\nContent-Length: 99999999\r\n\r\n"
    )
    check_failure(ask(stand, request, method="POST", path="/api/v1/auth/login"), 413, "body_too_large")


def test_a_flood_of_sign_ins_is_braked_and_its_neighbour_is_not(stand):
    """429 to the address that floods; the address that the page's own server has is never limited."""
    origin = {"Origin": "https://www.kucisc.kr"}
    over = threading.Event()

    def flood():
        client, sent = stand.client(source="127.0.0.2"), 0
        try:
            # Every answer has the contract's shape; the client checks it.
            while not over.is_set():
                answer = client.post("auth/login", headers=origin)
                if answer.status == 429:
                    check_failure(answer, 429, "too_many_requests")
                    assert answer.header("Access-Control-Allow-Origin") == origin["Origin"]
                    return 1
                assert answer.status == 400, answer
                sent += 1
                assert sent < 20_000, "so many from one address, and none was too many"
            return 0
        finally:
            over.set()

    def neighbour():
        client, statuses = stand.client(), set()
        while not over.is_set() or not statuses:
            statuses.add(client.post("auth/login", headers=origin).status)
        return statuses

    *braked, statuses = together([flood, flood, flood, neighbour])
    assert sum(braked) > 0
    assert statuses == {400}


def test_the_health_call_has_a_measure_of_its_own(stand):
    """429 in the contract's shape to the address that floods it, for as long as it does; whoever watches from elsewhere reads
    the truth meanwhile, and so does the one who flooded, a moment later."""
    braked = threading.Event()

    def flood():
        client = stand.client(source="127.0.0.3")
        for _ in range(20_000):
            answer = client.get("health")
            check_every_answer(answer)
            if answer.status == 429:
                check_failure(answer, 429, "too_many_requests")
                braked.set()
            else:
                assert (answer.status, answer.json) == (200, {"status": "healthy", "db": "reachable"})
            if braked.is_set():
                return
        raise AssertionError("so many from one address, and none was too many")

    def watcher():
        client, statuses = stand.client(), set()
        while not braked.is_set() or not statuses:
            statuses.add(client.get("health").status)
        return statuses

    *_, statuses = together([flood, flood, flood, watcher])
    assert statuses == {200}
    other = stand.client(source="127.0.0.3")
    poll("the flooder is answered again", 10, lambda: other.get("health").status == 200)


def test_without_workers(rough_stand):
    """503 with Retry-After from nginx alone, at once, in the contract's shape, CORS included; and then it is back."""
    client = rough_stand.client()
    rough_stand.supervisor("stop", "worker:*")
    try:
        for call in ("health", "health/live", "lockers", "application-period"):
            answer = client.get(call, headers={"Origin": "https://www.kucisc.kr"})
            if call == "health":
                assert (answer.status, answer.json) == (503, {"status": "unhealthy", "db": "unreachable"})
            else:
                check_failure(answer, 503, "unavailable")
            assert answer.header("Access-Control-Allow-Origin") == "https://www.kucisc.kr"
        check_failure(client.post("auth/login", json={}), 503, "unavailable")
        assert client.request("OPTIONS", "lockers", headers={"Origin": "https://kucisc.kr"}).status == 204
        assert client.get("/").status == 200, "static files need no worker"
    finally:
        rough_stand.supervisor("start", "worker:*")
    poll("workers that answer again", 10, rough_stand.healthy)
