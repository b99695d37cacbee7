"""CONTRACT, Identity: what a 학번, a name and a phone are; each wrong one is a 400 that names its field."""

import pytest

from endtoend.shapes import check_failure

FIELDS = {"student_id": "학번", "name": "이름", "phone_number": "전화"}
FAMILY = "👨‍👩‍👧‍👦"  # one character as a person counts, seven code points
ACUTE = "e\u0301"  # one, two code points

WRONG = {
    "student_id": [
        "",
        " ",
        "202332123",
        "20233212345",
        "202332123a",
        "2023-21234",
        "２０２３３２１２３４",
        "٢٠٢٣٣٢١٢٣٤",
        "+202332123",
        "2023 21234",
        "2023321234\u0000",
        "2023321234;--",
        "1e10000000",
    ],
    # Format and control characters too: they would make two names look the same, or turn a line of a list around.
    "name": [
        "홍\u202e길동",
        "홍\u200b길동",
        "홍\n길동",
        FAMILY * 2,
        "",
        " ",
        "\u3000\u3000",
        "홍",
        " 홍 ",
        "가" * 21,
        "a" * 21,
        FAMILY,
        ACUTE,
        FAMILY * 21,
        "홍\u0000동",
    ],
    "phone_number": [
        "",
        "010123456",
        "0101234567890123",
        "010-1234-5678",
        "+821012345678",
        "０１０１２３４５６７８",
        "010 1234 5678",
        "0101234567a",
        "01012345678\u0000",
    ],
}
RIGHT = {
    "name": [
        "홍길",
        "가" * 20,
        "a" * 20,
        "Kim Min-ji",
        "O'Brien",
        "Zoë Müller",
        ACUTE * 20,
        "🇰🇷" * 20,
        "\u1100\u1161\u11a8" * 20,
        "🙂" * 20,
    ],
    "phone_number": ["0101234567", "010123456789012"],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in WRONG.items() for value in values])
@pytest.mark.parametrize("call", ["auth/login", "auth/register", "auth/login-or-register"])
def test_wrong_field(client, world, call, field, value):
    """400 that names the field, in every call that takes it; nobody is registered."""
    body = world.stranger().body | {field: value}
    answer = client.post(call, json=body)
    check_failure(answer, 400, "invalid_request")
    assert field in answer.json["message"] or FIELDS[field] in answer.json["message"], answer.json["message"]
    assert world.value("SELECT count(*) FROM users WHERE phone_number = %s", world.people[-1].phone_number) == 0


@pytest.mark.parametrize("value", [None, 2023321234, 1.5, True, [], ["2023321234"], {}, {"x": 1}])
@pytest.mark.parametrize("field", FIELDS)
def test_wrong_type(client, world, field, value):
    """A 학번 is a string: a number would lose its leading zero."""
    answer = client.post("auth/login-or-register", json=world.stranger().body | {field: value})
    check_failure(answer, 400, "invalid_request")
    assert field in answer.json["message"] or FIELDS[field] in answer.json["message"]


@pytest.mark.parametrize("field", FIELDS)
def test_missing_field(client, world, field):
    """Named."""
    body = world.stranger().body
    del body[field]
    answer = client.post("auth/login-or-register", json=body)
    check_failure(answer, 400, "invalid_request")
    assert field in answer.json["message"] or FIELDS[field] in answer.json["message"]


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in RIGHT.items() for value in values])
def test_right_field(client, world, field, value):
    """Counted as a person counts: 20 flags are 20 characters, 20 syllables typed as 60 letters are 20."""
    student = world.stranger()
    if field == "phone_number":
        value = value[: -len(student.student_id[-6:])] + student.student_id[-6:]
    body = student.body | {field: value}
    assert client.post("auth/login-or-register", json=body).status == 201
    assert client.post("auth/login", json=body).status == 200


@pytest.mark.parametrize("name", [FAMILY * 20, "가" + "\u0301" * 200, "홍" + "\u0302" * 5000 + "동"])
def test_a_name_of_very_many_code_points(client, world, name):
    """Twenty characters to a person, and more than any column keeps: an answer, not a fault of the server."""
    answer = client.post("auth/login-or-register", json=world.stranger().body | {"name": name})
    assert answer.status in (201, 400), answer


def test_unknown_fields_are_ignored(client, student):
    """So that a newer page can talk to an older server."""
    assert client.post("auth/login", json=student.body | {"remember": True, "nested": {"a": [1, None]}}).status == 200
