"""Requests that no HTTP library would send, and the answer to them."""

from __future__ import annotations

import http.client
import socket

from .client import Answer


def exchange(port: int, request: bytes, *, method: str = "GET", path: str = "/api/v1/", timeout: float = 15) -> Answer:
    """Sends bytes as they are to 127.0.0.1 and reads one response. Method and path only describe it."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        try:
            connection.sendall(request)
        except (BrokenPipeError, ConnectionResetError):
            pass  # answered before all was sent
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        return Answer(method, path, response.status, response.headers, response.read())
