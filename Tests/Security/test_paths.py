"""A path means one thing: whatever it is spelled like, no other locker and no other route is reached."""

import pytest

from endtoend import raw
from endtoend.shapes import check_every_answer
from endtoend.together import together

# What stands in place of {one}/hold when the caller may mean {two}, or nothing at all.
TRICKS = [
    "{one}/../{two}/hold", "{one}/%2e%2e/{two}/hold", "{one}/..%2f{two}/hold", "{one}/.%2e/{two}/hold",
    "{one}/%2E./{two}/hold", "./{two}/hold", "%2e/{two}/hold", "/{two}/hold", "{two}//hold", "{two}/hold/",
    "{two}/hold//", "{two}/hold/.", "{two};x=1/hold", "{two}/hold;x=1", "{two}/hold%00", "{two}%00/hold",
    "{two}/hold%20", "{two}%20/hold", "%20{two}/hold", "{two}%2fhold", "{two}%252fhold", "{two}/ho%ld",
    "{two}/hold%0d%0aX-Evil:%201", "{two}%0d%0a/hold", "{two}\\hold", "{one}\\..\\{two}/hold", "{two}/HOLD",
    "0{two}/hold", "+{two}/hold", "-{two}/hold", "{two}.0/hold", "{two}e0/hold", "0x{two}/hold", "{two},1/hold",
    "１/hold", "%EF%BC%91/hold", "4294967297/hold", "99999999999999999999/hold", "me/hold", "{two}/hold%23",
    "{two}/hold%3f", "{two}/%68old%", "*/hold", "%2a/hold", "{two}%C0%AFhold", "{two}/hold%FF", "..;/lockers/{two}/hold",
]  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_reaches_a_locker(stand, world, student, token, trick):
    """400 or 404, in the contract's shape, and nothing is decided about any locker."""
    one, two = world.lockers(2)
    path = f"/api/v1/lockers/{trick.format(one=one, two=two)}"
    request = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    answer = raw.exchange(stand.http_port, request.encode(), method="POST", path="/api/v1/lockers/…/hold")
    check_every_answer(answer)
    assert answer.status in (400, 404), answer
    assert answer.header("X-Evil") is None
    assert "X-Evil" not in answer.body.decode()
    held = world.value("SELECT count(*) FROM locker_assignments WHERE student_id = %s", student.student_id)
    assert held == 0, f"{answer}: a locker was held"


def test_what_is_spelled_otherwise_and_means_the_same(client, world, token):
    """One decoding, and no more: an escaped letter or digit is that letter or digit (RFC 3986 2.3); a query changes
    nothing; an absolute address is the same address."""
    for path in ("lockers/{}/%68old", "lock%65rs/{}/hold", "lockers/{}/hold?x=/../y", "lockers/{}/hold?"):
        locker = world.locker()
        answer = client.post(path.format(locker), token=token)
        assert answer.status == 201 and answer.json["locker"]["locker_id"] == locker, answer
        assert client.post(f"lockers/{locker}/release-hold", token=token).status == 200
    locker = world.locker()
    answer = client.post(f"http://elsewhere.invalid/api/v1/lockers/{locker}/hold", token=token, check=False)
    assert answer.status == 201, answer


@pytest.mark.parametrize("path", [
    "/api/v1/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/.git/config", "/.%67it/config",
    "/js/../../Makefile", "/js/..%2f..%2fMakefile", "/_error/500", "/tools/build-api-docs", "/%5c..%5cMakefile",
    "/api/v2/lockers", "/api", "/API/v1/lockers", "/api/v1", "/api%2fv1%2flockers", "//api/v1/lockers", "/api/v1//lockers",
])  # fmt: skip
def test_nothing_else_is_served(stand, path):
    """400 or 404, and nothing of the machine's files."""
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    answer = raw.exchange(stand.http_port, request, path=path)
    assert answer.status in (400, 404), answer
    assert b"root:" not in answer.body and b"SHELL :=" not in answer.body


@pytest.mark.parametrize("path", ["health", "health/live", "application-period", "board"])
def test_head_is_get_without_its_body(client, path):
    """The same status and the same length."""
    head, get = client.request("HEAD", path), client.get(path)
    assert (head.status, head.body) == (get.status, b"")
    assert head.header("Content-Type") == get.header("Content-Type")
    assert abs(int(head.header("Content-Length")) - len(get.body)) <= 8  # an instant may be shorter by its fraction


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "PROPFIND", "FOO"])
def test_other_methods_on_an_act(stand, world, student, token, method):
    """405 with what is allowed; nothing is decided."""
    locker = world.locker()
    answer = stand.client().request(method, f"lockers/{locker}/hold", token=token)
    assert answer.status == 405 and answer.header("Allow") == "POST", answer
    assert world.value("SELECT count(*) FROM locker_decisions WHERE student_id = %s", student.student_id) == 0


def test_trace_tells_nothing_back(stand, token):
    """405: what was sent is not echoed (cross-site tracing)."""
    request = f"TRACE /api/v1/lockers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    answer = raw.exchange(stand.http_port, request.encode(), method="TRACE")
    assert answer.status == 405 and token.encode() not in answer.body, answer


def test_a_method_override_is_none(client, world, token):
    """Neither a header nor a query turns a GET into an act."""
    locker = world.locker()
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        answer = client.get(f"lockers/{locker}/hold?_method=POST", token=token, headers={name: "POST"})
        assert answer.status == 405, answer


def test_many_tricks_at_once_hurt_nobody(stand, client):
    """The workers that answered all of this are the workers that were started."""
    before = [stand.pid("worker-0"), stand.pid("worker-1")]
    together([lambda: [client_get(stand, trick) for trick in TRICKS] for _ in range(4)])
    assert [stand.pid("worker-0"), stand.pid("worker-1")] == before
    assert client.get("health").status == 200


def client_get(stand, trick):
    """One of them, without a token."""
    request = f"GET /api/v1/lockers/{trick.format(one=1, two=2)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    return raw.exchange(stand.http_port, request.encode()).status
