"""Bodies of every wrong kind: an answer of the contract to each, and the worker lives on."""

import json

import pytest

from endtoend.shapes import check_failure

LIMIT = 16 * 1024
JSON = {"Content-Type": "application/json"}
GOOD = '{"student_id":"2023321234","name":"홍길동","phone_number":"01012345678"}'

NOT_AN_OBJECT = {
    "nothing": b"",
    "blanks": b" \r\n\t ",
    "text": b"hello",
    "a form": b"student_id=2023321234&name=x",
    "cut off": GOOD.encode()[:-1],
    "cut off in a string": GOOD.encode()[:20],
    "two values": GOOD.encode() * 2,
    "something behind": GOOD.encode() + b"x",
    "a NUL behind": GOOD.encode() + b"\0",
    "an array": b"[" + GOOD.encode() + b"]",
    "a string": b'"2023321234"',
    "a number": b"1",
    "null": b"null",
    "true": b"true",
    "byte order mark": b"\xef\xbb\xbf" + GOOD.encode(),
    "UTF-16": GOOD.encode("utf-16"),
    "UTF-16 without a mark": GOOD.encode("utf-16-le"),
    "EUC-KR": GOOD.encode("euc-kr"),
    "invalid UTF-8": GOOD.encode().replace("홍".encode(), b"\xff\xfe"),
    "overlong UTF-8": GOOD.encode().replace(b"2023", b"\xc0\xb2023"),
    "a surrogate in UTF-8": GOOD.encode().replace("홍".encode(), b"\xed\xa0\x80"),
    "a cut character": GOOD.encode().replace("동".encode(), b"\xeb\x8f"),
    "a raw NUL in a string": GOOD.encode().replace("홍".encode(), b"\0"),
    "a raw newline in a string": GOOD.encode().replace("홍".encode(), b"\n"),
    "a lone surrogate": GOOD.encode().replace("홍".encode(), rb"\ud800"),
    "two surrogates in the wrong order": GOOD.encode().replace("홍".encode(), rb"\udc00\ud800"),
    "a wrong escape": GOOD.encode().replace("홍".encode(), rb"\x41"),
    "a cut escape": GOOD.encode().replace("홍".encode(), rb"\u12"),
    "a duplicate key": GOOD.encode()[:-1] + b',"name":"' + "김철수".encode() + b'"}',
    "a duplicate key, escaped": GOOD.encode()[:-1] + b',"n\\u0061me":"' + "김철수".encode() + b'"}',
    "single quotes": GOOD.replace('"', "'").encode(),
    "a comment": b"/* */" + GOOD.encode(),
    "a comma at the end": GOOD.encode()[:-1] + b",}",
    "no colon": GOOD.encode().replace(b":", b" "),
    "bare keys": GOOD.replace('"name"', "name").encode(),
    "NaN": GOOD.encode()[:-1] + b',"x":NaN}',
    "Infinity": GOOD.encode()[:-1] + b',"x":Infinity}',
    "a leading zero": GOOD.encode()[:-1] + b',"x":01}',
    "a leading plus": GOOD.encode()[:-1] + b',"x":+1}',
    "a naked point": GOOD.encode()[:-1] + b',"x":1.}',
    "hexadecimal": GOOD.encode()[:-1] + b',"x":0x1}',
    "wrong word": GOOD.encode()[:-1] + b',"x":True}',
    "deep arrays": b"[" * 8000 + b"]" * 8000,
    "deep objects": b'{"a":' * 2500 + b"1" + b"}" * 2500,
    "a deep field": GOOD.encode()[:-1] + b',"x":' + b"[" * 7000 + b"]" * 7000 + b"}",
    "deep and never closed": b"[" * 16000,
}
CALLS = ["auth/login", "auth/register", "auth/login-or-register", "auth/refresh", "auth/logout"]


# A logout needs no body.
CASES = [(call, kind) for call in CALLS for kind in NOT_AN_OBJECT if (call, kind) != ("auth/logout", "nothing")]


@pytest.mark.parametrize(("call", "kind"), CASES)
def test_not_json_or_not_an_object(client, call, kind):
    """400 invalid_request."""
    answer = client.post(call, body=NOT_AN_OBJECT[kind], headers=JSON)
    check_failure(answer, 400, "invalid_request")


@pytest.mark.parametrize(
    "number", ["1e999999", "-1e-999999", "1" * 9000, "0." + "1" * 9000, "9223372036854775808", "-0", "1E+2"]
)
def test_huge_numbers(client, student, number):
    """In a field nobody reads they are numbers as others; in one that is read they are the wrong type."""
    good = json.dumps(student.body)[:-1]
    answer = client.post("auth/login", body=f'{good},"x":{number}}}'.encode(), headers=JSON)
    assert answer.status in (200, 400), answer
    body = json.dumps(student.body).replace(f'"{student.student_id}"', number).encode()
    check_failure(client.post("auth/login", body=body, headers=JSON), 400, "invalid_request")


def test_escapes_are_read(client, student):
    """A name as \\u escapes, a key too: the same JSON."""
    body = json.dumps(student.body, ensure_ascii=True).replace("name", "n\\u0061me").encode()
    assert b"\\u" in body and client.post("auth/login", body=body, headers=JSON).status == 200


def padded(student, size):
    """A right body of exactly `size` bytes."""
    body = json.dumps(student.body, ensure_ascii=False).encode()
    return body + b" " * (size - len(body))


@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "chunked"])
def test_the_largest_body(client, student, chunked):
    """16 KiB to the byte is taken, one more is not, whichever way it is sent."""
    for size, status in ((LIMIT, 200), (LIMIT + 1, 413), (LIMIT * 10, 413)):
        body = padded(student, size)
        body = iter([body[i : i + 1000] for i in range(0, size, 1000)]) if chunked else body
        headers = JSON | ({"Transfer-Encoding": "chunked"} if chunked else {})
        try:
            answer = client.post("auth/login", body=body, headers=headers, chunked=chunked)
        except (BrokenPipeError, ConnectionResetError):
            # nginx answers and closes while we still send: the answer is lost to a client that does not read meanwhile.
            assert status == 413 and size > LIMIT + 1
            client.close()
            continue
        assert answer.status == status, answer
        if status == 413:
            check_failure(answer, 413, "body_too_large")
        client.close()


def test_a_small_chunked_body(client, student):
    """Without a length beforehand."""
    answer = client.post("auth/login", body=iter([padded(student, 200)]), headers=JSON, chunked=True)
    assert answer.status == 200


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json5",
        "json",
        "application/xml",
        "text/json",
        "application/",
        "",
        "application/jsonx; charset=utf-8",
        "x application/json",
    ],
)
@pytest.mark.parametrize("call", CALLS)
def test_wrong_media_type(client, call, media_type):
    """415, for a right body too."""
    answer = client.post(call, body=GOOD.encode(), headers={"Content-Type": media_type})
    check_failure(answer, 415, "unsupported_media_type")


def test_no_media_type(client):
    """415."""
    connection = client._open()
    connection.putrequest("POST", "/api/v1/auth/login")
    connection.putheader("Content-Length", str(len(GOOD.encode())))
    connection.endheaders(GOOD.encode())
    response = connection.getresponse()
    assert response.status == 415 and json.loads(response.read())["error"] == "unsupported_media_type"


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "APPLICATION/JSON",
        'application/json ; charset="utf-8"',
    ],
)
def test_right_media_type(client, student, media_type):
    """As browsers, curl and the page's own server write it."""
    answer = client.post("auth/login", body=padded(student, 200), headers={"Content-Type": media_type})
    assert answer.status == 200, answer


def test_the_workers_have_survived(stand, client):
    """All of the above without a worker's death."""
    assert client.get("health").status == 200
    for log in stand.logs():
        if log.name == "supervisord.log":
            assert "worker" not in "".join(line for line in log.read_text().splitlines() if "exited" in line)
