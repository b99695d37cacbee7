"""Two readers of one byte stream must not disagree: no request hides in another's body or headers."""

import socket

import pytest

from endtoend.shapes import check_failure
from fastcgi_records import PARAMS, STDIN, begin, pairs, record


LAST = b"GET /api/v1/health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


def stream(stand, request):
    """Sends bytes, and after them a request that closes the connection; everything that was answered. (A connection that
    is half closed would be taken for a client who went away.)"""
    with socket.create_connection(("127.0.0.1", stand.http_port), timeout=3) as connection:
        try:
            connection.sendall(request + LAST)
        except OSError:
            pass  # answered and closed before all was sent
        answer = b""
        while True:
            try:
                chunk = connection.recv(65536)
            except (ConnectionResetError, TimeoutError):
                # Timed out: the server takes the last request for a part of a body, and waits for more of it.
                return answer
            if not chunk:
                return answer
            answer += chunk


def hidden(token):
    """The request that must never be run."""
    return f"POST /api/v1/auth/logout-all HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n"


def carriers(inner):
    """Requests whose body one reader takes for a body and another for the next request."""
    size = len(inner)
    front = "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    return {
        "a body of its length": f"{front}Content-Length: {size}\r\n\r\n{inner}",
        "length and chunks": f"{front}Content-Length: {size + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}",
        "chunks and length": f"{front}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n{size:x}\r\n{inner}\r\n0\r\n\r\n",
        "space before the colon": f"{front}Content-Length: {size}\r\nTransfer-Encoding : chunked\r\n\r\n{inner}",
        "an unknown coding": f"{front}Content-Length: {size}\r\nTransfer-Encoding: xchunked\r\n\r\n{inner}",
        "two codings": f"{front}Content-Length: {size}\r\nTransfer-Encoding: chunked, identity\r\n\r\n{inner}",
        "coding twice": f"{front}Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}",
        "a tab": f"{front}Content-Length: {size}\r\nTransfer-Encoding:\tchunked\r\n\r\n{inner}",
        "a folded header": f"{front}Content-Length: {size}\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n{inner}",
        "two lengths": f"{front}Content-Length: 0\r\nContent-Length: {size}\r\n\r\n{inner}",
        "a list of lengths": f"{front}Content-Length: 0, {size}\r\n\r\n{inner}",
        "a signed length": f"{front}Content-Length: +{size}\r\n\r\n{inner}",
        "a length in hexadecimal": f"{front}Content-Length: 0x{size:x}\r\n\r\n{inner}",
        "an underscore": f"{front}Content_Length: 0\r\nContent-Length: {size}\r\n\r\n{inner}",
        "a huge chunk": f"{front}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{inner}\r\n0\r\n\r\n",
        "a chunk extension": f"{front}Transfer-Encoding: chunked\r\n\r\n{size:x};a=\"b\"\r\n{inner}\r\n0\r\n\r\n",
        "a body with GET": f"GET /api/v1/health HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n{inner}",
    }


@pytest.mark.parametrize("kind", carriers(""))
def test_no_request_in_a_body(stand, client, token, kind):
    """The session that the hidden request would end lives on."""
    stream(stand, carriers(hidden(token))[kind].encode())
    assert client.get("auth/me", token=token).status == 200, "the hidden request was run"


def test_the_hidden_request_does_end_the_session(stand, client, token):
    """Sent openly it is run: otherwise the test above could not fail."""
    assert b"HTTP/1.1 200" in stream(stand, hidden(token).encode())
    check_failure(client.get("auth/me", token=token), 401, "unauthorized")


@pytest.mark.parametrize("status", [400, 401, 404, 405, 413, 415])
def test_no_records_in_a_body(stand, client, token, status):
    """A body that is a whole FastCGI request, under an answer that is given without reading it."""
    forged = begin() + record(PARAMS, pairs({
        "REQUEST_METHOD": "POST", "REQUEST_URI": "/api/v1/auth/logout-all", "HTTP_AUTHORIZATION": f"Bearer {token}",
        "REQUEST_ID": "forged", "REMOTE_ADDR": "203.0.113.7",
    })) + record(PARAMS) + record(STDIN)  # fmt: skip
    path, kind = {
        400: ("auth/login", "application/json"), 401: ("auth/logout-all", "application/json"),
        404: ("nothing", "application/json"), 405: ("auth/me", "application/json"), 413: ("auth/login", "application/json"),
        415: ("auth/login", "text/plain"),
    }[status]  # fmt: skip
    body = forged * (200 if status == 413 else 1)
    client.post(path, body=body, headers={"Content-Type": kind}, check=False)
    client.close()
    assert client.get("auth/me", token=token).status == 200, "the forged request was run"
    assert not any(b"forged" in path.read_bytes() for path in stand.logs())


def test_a_header_cannot_become_a_parameter(stand, client, world, student, token):
    """What nginx tells a worker cannot be told by a client: neither the id, nor the address, nor the instant."""
    locker = world.locker()
    request = (
        f"POST /api/v1/lockers/{locker}/hold HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        "Request-Id: mine\r\nREQUEST_ID: mine\r\nRemote-Addr: 203.0.113.7\r\nREMOTE_ADDR: 203.0.113.7\r\n"
        "Request-Received-At: 1\r\nREQUEST_RECEIVED_AT: 1\r\nContent-Length: 0\r\nProxy: http://evil.invalid\r\n"
        "Connection: close\r\n\r\n"
    )
    assert b"HTTP/1.1 201" in stream(stand, request.encode())
    request_id, age = world.sql(
        "SELECT request_id, abs(extract(epoch FROM decided_at - received_at)) FROM locker_decisions WHERE student_id = %s",
        student.student_id,
    )[0]
    assert request_id != "mine" and len(request_id) == 32 and age < 30
