"""A FastCGI request by hand, to see how long a new worker takes to its first answer."""

from __future__ import annotations

import os
import shlex
import socket
import struct
import subprocess
import time

from .site import Site, end


def record(kind: int, content: bytes) -> bytes:
    """One record of request 1 (FastCGI specification §3.3)."""
    return struct.pack(">BBHHBx", 1, kind, 1, len(content), 0) + content


def request(path: str) -> bytes:
    """A GET."""
    pairs = {"REQUEST_METHOD": "GET", "REQUEST_URI": path, "REQUEST_ID": "bench"}
    parameters = b"".join(bytes([len(name), len(value)]) + name.encode() + value.encode() for name, value in pairs.items())
    begin = struct.pack(">HB5x", 1, 0)
    return record(1, begin) + record(4, parameters) + record(4, b"") + record(5, b"")


def start_and_ask(site: Site, turn: int) -> float:
    """Starts one more worker, asks it for /health at once; milliseconds until the whole answer was there."""
    lines = shlex.split((site.folder / "run/worker.env").read_text(), comments=True)
    settings = dict(line.split("=", 1) for line in lines if "=" in line)
    path = site.folder / f"start-{turn}.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(16)
        log = (site.folder / "start.log").open("ab")
        began = time.perf_counter()
        worker = subprocess.Popen(
            [os.environ["LOCKER_WORKER_BINARY"]], env=os.environ | settings, stdin=listener, stdout=log, stderr=log
        )
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(10)
                client.connect(str(path))
                client.sendall(request("/api/v1/health"))
                answer = b""
                while part := client.recv(65536):
                    answer += part
            took = (time.perf_counter() - began) * 1e3
        finally:
            end(worker)
    if b"Status: 200" not in answer:
        raise SystemExit(f"bench: a new worker said {answer!r}")
    return took
