"""FastCGI records made by hand (specification 3.3, 3.4)."""

from __future__ import annotations

import struct

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, DATA, GET_VALUES = 1, 2, 3, 4, 5, 6, 8, 9
RESPONDER = 1


def record(kind: int, content: bytes = b"", *, request_id: int = 1, version: int = 1, padding: int = 0) -> bytes:
    """One record."""
    return struct.pack(">BBHHBB", version, kind, request_id, len(content), padding, 0) + content + b"\0" * padding


def begin(role: int = RESPONDER, flags: int = 0, **arguments: int) -> bytes:
    """FCGI_BEGIN_REQUEST."""
    return record(BEGIN, struct.pack(">HB5x", role, flags), **arguments)


def length(count: int) -> bytes:
    """One byte, or four."""
    return bytes([count]) if count < 128 else struct.pack(">I", count | 0x8000_0000)


def pairs(parameters: dict[str, str]) -> bytes:
    """Name-value pairs."""
    return b"".join(
        length(len(name.encode())) + length(len(value.encode())) + name.encode() + value.encode()
        for name, value in parameters.items()
    )
