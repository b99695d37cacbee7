"""A phone that is slow to send its body has waited in no queue."""

import http.client
import socket
import time

import pytest

from endtoend.client import Answer

# More than LOCKER_MAX_WAIT_MS.
SLOW = 1.3


@pytest.mark.parametrize("act", ["hold", "confirm"])
def test_a_body_that_comes_late_is_answered(stand, client, world, token, act):
    """Its headers came more than a second ago, and there was never a queue: no 503."""
    locker = world.locker()
    if act == "confirm":
        assert client.post(f"lockers/{locker}/hold", token=token).status == 201
    path = f"/api/v1/lockers/{locker}/{act}"
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n"
    head += "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n"
    with socket.create_connection(("127.0.0.1", stand.http_port), timeout=15) as connection:
        connection.sendall(head.encode() + b"{")
        # What is slow here is the phone.
        time.sleep(SLOW)
        connection.sendall(b"}")
        response = http.client.HTTPResponse(connection, method="POST")
        response.begin()
        answer = Answer("POST", path, response.status, response.headers, response.read())
    assert answer.status == {"hold": 201, "confirm": 200}[act], answer
