"""Raw FastCGI records straight at the socket of the real workers: they live, answer or close, and leak nothing.

What the adapter does with each kind of record is shown by Tests/FastCGITests; here it is the process that students
depend on, with its database, its threads and its log.
"""

import random
import socket
import struct

import pytest

from endtoend.stand import poll
from endtoend.together import together
from fastcgi_records import ABORT, BEGIN, DATA, GET_VALUES, PARAMS, STDIN, begin, pairs, record

HEALTH = {"REQUEST_METHOD": "GET", "REQUEST_URI": "/api/v1/health", "REQUEST_ID": "raw"}
LOGIN = {
    "REQUEST_METHOD": "POST", "REQUEST_URI": "/api/v1/auth/login", "CONTENT_TYPE": "application/json",
    "CONTENT_LENGTH": "2", "REQUEST_ID": "raw",
}  # fmt: skip


def request(parameters, body=b""):
    """A whole request as nginx sends it."""
    content = record(STDIN, body) if body else b""
    return begin() + record(PARAMS, pairs(parameters)) + record(PARAMS) + content + record(STDIN)


def exchange(stand, data, *, finish=True, timeout=15):
    """Sends bytes to the workers' socket and reads until they close."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        connection.connect(str(stand.run / "sockets/worker.sock"))
        try:
            connection.sendall(data)
            if finish:
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
            return answer
        except (ConnectionResetError, BrokenPipeError):
            return b""


def output(answer):
    """What the records of an answer carry on their standard output; fails when they are not well-formed records."""
    text = b""
    while answer:
        version, kind, request_id, count, padding = struct.unpack_from(">BBHHB", answer)
        assert version == 1 and request_id == 1 and kind in (3, 6, 7), answer[:80]
        if kind == 6:
            text += answer[8 : 8 + count]
        answer = answer[8 + count + padding :]
    return text


@pytest.fixture(autouse=True)
def the_workers_live(stand, client):
    """After each test they are the processes that they were before, and they answer."""
    before = [stand.pid("worker-0"), stand.pid("worker-1")]
    yield
    assert client.get("health").status == 200
    assert [stand.pid("worker-0"), stand.pid("worker-1")] == before, "a worker died"


def test_the_socket_is_the_web_servers_alone(stand):
    """Nobody else on the machine may connect."""
    assert (stand.run / "sockets/worker.sock").stat().st_mode & 0o007 == 0


def test_a_good_request_is_answered(stand):
    """Otherwise the tests below would pass for the wrong reason."""
    assert output(exchange(stand, request(HEALTH))).startswith(b"Status: 200")
    assert output(exchange(stand, request(LOGIN, b"{}"))).startswith(b"Status: 400")


GOOD = request(LOGIN, b"{}")
REFUSED = {
    "nothing": b"",
    "a version that is none": begin(version=2) + GOOD[16:],
    "version 0": begin(version=0) + GOOD[16:],
    "no begin": GOOD[16:],
    "begin twice": begin() + GOOD,
    "an authorizer": begin(role=2) + GOOD[16:],
    "a filter": begin(role=3) + GOOD[16:],
    "an unknown role": begin(role=0xFFFF) + GOOD[16:],
    "a request without a number": begin(request_id=0) + GOOD[16:],
    "a begin that is too short": record(BEGIN, b"\0\1") + GOOD[16:],
    "a begin that is too long": record(BEGIN, b"\0\1" + b"\0" * 600) + GOOD[16:],
    "padding after the begin": begin(padding=8) + GOOD[16:],
    "values asked for": record(GET_VALUES, pairs({"FCGI_MAX_CONNS": ""}), request_id=0),
    "very long values asked for": record(GET_VALUES, pairs({"FCGI_MAX_CONNS" * 900: ""}), request_id=0),
    "values asked for within": begin() + record(GET_VALUES, pairs({"FCGI_MAX_REQS": ""}), request_id=0) + GOOD[16:],
    "an unknown type": record(77, b"x" * 100) + GOOD,
    "parameters of another request": begin() + record(PARAMS, pairs(HEALTH), request_id=2),
    "a name longer than all": begin() + record(PARAMS, b"\xff\xff\xff\xff\x00x") + record(PARAMS) + record(STDIN),
    "lengths that overflow": begin() + record(PARAMS, b"\xff\xff\xff\xff\xff\xff\xff\xffAB") + record(PARAMS) + record(STDIN),
    "a value longer than all": begin() + record(PARAMS, b"\x01\x7fAB") + record(PARAMS) + record(STDIN),
    "half a length": begin() + record(PARAMS, b"\x80\x00") + record(PARAMS) + record(STDIN),
    "a NUL in a value": begin() + record(PARAMS, b"\x01\x03Aa\0b") + record(PARAMS) + record(STDIN),
    "an equals sign in a name": begin() + record(PARAMS, b"\x03\x01A=BC") + record(PARAMS) + record(STDIN),
    "more parameters than fit": begin() + b"".join(record(PARAMS, pairs({f"X{i}": "y" * 9000})) for i in range(9)),
    "an end in the parameters": GOOD[:40],
    "an end in a header": GOOD[:19],
    "HTTP": b"GET /api/v1/health HTTP/1.1\r\nHost: x\r\n\r\n",
    "TLS": bytes.fromhex("16030100c8010000c40303") + b"\0" * 200,
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_refused(stand, kind):
    """Closed at once, and not a byte said."""
    assert exchange(stand, REFUSED[kind]) == b""


PARAMETERS_OF_A_LOGIN = begin() + record(PARAMS, pairs(LOGIN)) + record(PARAMS)
BROKEN_BODIES = {
    "an end in the body": PARAMETERS_OF_A_LOGIN + record(STDIN, b"{}")[:9],
    "no body": PARAMETERS_OF_A_LOGIN,
    "a shorter body": PARAMETERS_OF_A_LOGIN + record(STDIN, b"{") + record(STDIN),
    "a longer body": PARAMETERS_OF_A_LOGIN + record(STDIN, b"{}{}") + record(STDIN),
    "aborted": PARAMETERS_OF_A_LOGIN + record(ABORT),
    "aborted in the body": PARAMETERS_OF_A_LOGIN + record(STDIN, b"{") + record(ABORT),
    "data of a filter": PARAMETERS_OF_A_LOGIN + record(DATA, b"{}") + record(STDIN),
    "another request in between": PARAMETERS_OF_A_LOGIN + begin(request_id=2) + record(STDIN, b"{}") + record(STDIN),
    "a length that is none": request(LOGIN | {"CONTENT_LENGTH": "two"}, b"{}"),
    "a negative length": request(LOGIN | {"CONTENT_LENGTH": "-2"}, b"{}"),
    "a huge length": request(LOGIN | {"CONTENT_LENGTH": "9" * 40}, b"{}"),
}


@pytest.mark.parametrize("kind", BROKEN_BODIES)
def test_a_broken_body(stand, kind):
    """400, or 413 for one that is announced too long; never what stood in it."""
    assert output(exchange(stand, BROKEN_BODIES[kind]))[:11] in (b"Status: 400", b"Status: 413")


def test_split_as_finely_as_can_be(stand):
    """Every byte of the parameters in a record of its own, with padding, sent one by one: the same answer."""
    content = pairs(LOGIN)
    data = begin() + b"".join(record(PARAMS, content[i : i + 1], padding=i % 7) for i in range(len(content)))
    data += record(PARAMS) + record(STDIN, b"{", padding=255) + record(STDIN, b"}") + record(STDIN)
    assert output(exchange(stand, data)).startswith(b"Status: 400")


def test_what_a_parameter_says_is_checked(stand):
    """Parameters that nginx would never send: an answer of the API, no header injected, no crash."""
    hostile = [
        {"REQUEST_URI": "/api/v1/\r\nX-Evil: 1"}, {"REQUEST_ID": "a\r\nX-Evil: 1\r\n\r\nb"}, {"REQUEST_METHOD": ""},
        {"REQUEST_METHOD": "GET\r\nX-Evil: 1"}, {"REQUEST_URI": ""}, {"REQUEST_URI": "\\"}, {"REQUEST_URI": "/" * 60_000},
        {"REQUEST_URI": "/api/v1/lockers", "HTTP_AUTHORIZATION": "Bearer " + "x" * 60_000},
        {"REQUEST_URI": "/api/v1/lockers", "HTTP_IF_NONE_MATCH": ",".join(["W/"] * 9000)},
        {"CONTENT_TYPE": "application/json;" * 3000}, {"REMOTE_ADDR": ":" * 5000}, {"HTTP_USER_AGENT": "\x1b[2J" * 3000},
    ]  # fmt: skip
    for change in hostile:
        answer = output(exchange(stand, request(HEALTH | change)))
        assert answer.startswith(b"Status: "), change
        head = answer.split(b"\r\n\r\n")[0]
        assert b"X-Evil" not in head, change
        assert int(head[8:11]) < 500, change


def test_silence_costs_a_thread_ten_seconds_at_most(stand, client):
    """As many silent connections as there are threads: the next request is answered once they have timed out, and
    meanwhile nothing is lost."""
    threads = 16
    silent = [socket.socket(socket.AF_UNIX) for _ in range(threads)]
    for connection in silent:
        connection.connect(str(stand.run / "sockets/worker.sock"))
        connection.sendall(begin())
    try:
        poll("an answer after the silent ones were closed", 13, lambda: client.get("health/live").status == 200)
    finally:
        for connection in silent:
            connection.close()


@pytest.mark.parametrize("seed", range(4))
def test_mutations(stand, seed):
    """Five hundred damaged requests each, from a seed: closed, or answered with well-formed records below 500."""
    chance = random.Random(seed)
    originals = [GOOD, request(HEALTH), request(LOGIN, b'{"student_id":"2023321234"}'), PARAMETERS_OF_A_LOGIN]

    def damaged():
        data = bytearray(chance.choice(originals))
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(data))
            act = chance.randrange(4)
            if act == 0:
                data[at] = chance.randrange(256)
            elif act == 1:
                del data[at : at + chance.randint(1, 20)]
            elif act == 2:
                data[at:at] = chance.randbytes(chance.randint(1, 20))
            else:
                data[at:at] = data[max(0, at - 24) : at]
            if not data:
                break
        return bytes(data)

    def some(batch):
        for data in batch:
            answer = output(exchange(stand, data))
            assert not answer or int(answer[8:11]) < 500, (data, answer)

    batches = [[damaged() for _ in range(125)] for _ in range(4)]
    together([lambda batch=batch: some(batch) for batch in batches])


def test_nothing_grows(stand):
    """A thousand refused requests leave no descriptor and no thread behind."""
    def state():
        pids = [stand.pid("worker-0"), stand.pid("worker-1")]
        import os

        return [(len(os.listdir(f"/proc/{pid}/fd")), len(os.listdir(f"/proc/{pid}/task"))) for pid in pids]

    exchange(stand, GOOD)
    before = state()
    for kind in list(REFUSED.values()) * 30:
        exchange(stand, kind)
    poll("descriptors and threads as before", 10, lambda: all(
        now[0] <= then[0] + 2 and now[1] == then[1] for now, then in zip(state(), before)
    ))  # fmt: skip
