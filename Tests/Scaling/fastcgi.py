"""One request to a worker's socket, as nginx would send it."""

import json
import socket
import struct


def record(kind, content):
    return struct.pack("!BBHHBx", 1, kind, 1, len(content), 0) + content


def length(count):
    return bytes([count]) if count < 128 else struct.pack("!I", count | 0x80000000)


def call(path, method, target, body=None, token=None, **parameters):
    """Status and JSON; (None, None) when there was no whole answer."""
    content = json.dumps(body).encode() if body is not None else b""
    fields = {
        "REQUEST_METHOD": method, "REQUEST_URI": target, "REQUEST_ID": "scaling", "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(content)) if content else "", "CONTENT_TYPE": "application/json" if content else "",
        **parameters,
    }
    if token:
        fields["HTTP_AUTHORIZATION"] = "Bearer " + token
    encoded = b"".join(
        length(len(name.encode())) + length(len(value.encode())) + name.encode() + value.encode()
        for name, value in fields.items())
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(15)
        answer = b""
        try:
            connection.connect(str(path))
            connection.sendall(
                record(1, struct.pack("!HB5x", 1, 0)) + record(4, encoded) + record(4, b"")
                + (record(5, content) if content else b"") + record(5, b""))
            while chunk := connection.recv(65536):
                answer += chunk
        except OSError:
            return None, None
    output, position, ended = b"", 0, False
    while position + 8 <= len(answer):
        _, kind, _, size, padding = struct.unpack("!BBHHBx", answer[position:position + 8])
        if kind == 6:
            output += answer[position + 8:position + 8 + size]
        ended = ended or kind == 3
        position += 8 + size + padding
    if not ended:
        return None, None
    head, _, text = output.partition(b"\r\n\r\n")
    status = int(head.split(b"Status: ", 1)[1].split()[0])
    return status, json.loads(text) if text.startswith(b"{") else text.decode()
