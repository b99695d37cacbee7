"""CONTRACT, Identity: login, register, login-or-register, me."""

import unicodedata

from endtoend import shapes, tokens
from endtoend.shapes import check_failure


def test_login(stand, client, world, student):
    """200 with tokens, for a student the database knows."""
    answer = client.post("auth/login", json=student.body)
    assert answer.status == 200, answer
    shapes.check_tokens(answer)
    assert answer.json["serial_id"] == world.value(
        "SELECT serial_id FROM users WHERE student_id = %s", student.student_id
    )
    me = client.get("auth/me", token=answer.json["access_token"])
    assert me.status == 200 and me.json == student.body


def test_access_token_is_the_one_of_the_contract(stand, client, student):
    """The page decodes the payload for `exp`; the header and the claims are fixed."""
    header, claims = tokens.decode(stand.sign_in(student, client))
    assert set(header) == {"alg", "typ", "kid"} and (header["alg"], header["typ"]) == ("HS256", "JWT")
    assert set(claims) == {"sub", "iss", "aud", "iat", "exp", "jti"}
    assert claims["sub"] == student.student_id
    assert (claims["iss"], claims["aud"]) == (stand.settings["JWT_ISS"], stand.settings["JWT_AUD"])
    assert type(claims["exp"]) is int and claims["exp"] - claims["iat"] == 1800


def test_refresh_token_is_stored_as_its_hash_alone(stand, client, world, student):
    """Only SHA-256 of the 32 bytes, or of the text, is in the database: nowhere the token."""
    refresh = stand.tokens(student, client)["refresh_token"]
    rows = world.sql("SELECT t::text FROM auth_sessions t WHERE student_id = %s", student.student_id)
    assert len(rows) == 1 and refresh not in rows[0][0]


def test_login_refuses_everybody_in_the_same_words(client, world, student):
    """Unknown 학번, wrong name, wrong phone: one answer, which does not tell who exists."""
    wrong = [
        world.stranger().body,
        student.body | {"name": "김철수"},
        student.body | {"phone_number": "01000000000"},
        student.body | {"name": "김철수", "phone_number": "01000000000"},
    ]
    answers = [client.post("auth/login", json=body) for body in wrong]
    for answer in answers:
        check_failure(answer, 401, "invalid_credentials")
    assert len({answer.json["message"] for answer in answers}) == 1
    assert len({tuple(sorted(name.lower() for name in answer.headers.keys())) for answer in answers}) == 1


def test_register(client, world):
    """201 once; then the student can sign in."""
    student = world.stranger()
    answer = client.post("auth/register", json=student.body)
    assert answer.status == 201 and set(answer.json) == {"message", "student_id"}, answer
    assert answer.json["student_id"] == student.student_id
    assert client.post("auth/login", json=student.body).status == 200


def test_register_never_makes_a_second_account(client, world, student):
    """학번 is the identity: known with whatever name or phone, it is refused; and a phone belongs to one student."""
    other = world.stranger()
    check_failure(client.post("auth/register", json=student.body), 409, "student_id_exists")
    for name in ("name", "phone_number"):
        body = student.body | {name: other.body[name]}
        check_failure(client.post("auth/register", json=body), 409, "student_id_exists")
    body = other.body | {"phone_number": student.phone_number}
    check_failure(client.post("auth/register", json=body), 409, "phone_number_in_use")
    assert world.value("SELECT count(*) FROM users WHERE student_id = %s", other.student_id) == 0
    assert world.sql("SELECT name, phone_number FROM users WHERE student_id = %s", student.student_id) == [
        (student.name, student.phone_number)
    ]


def test_login_or_register(client, world):
    """201 with tokens for a new student, 200 from then on, and it is the same account."""
    student = world.stranger()
    first = client.post("auth/login-or-register", json=student.body, headers={"accept": "application/json"})
    second = client.post("auth/login-or-register", json=student.body)
    assert (first.status, second.status) == (201, 200)
    for answer in (first, second):
        shapes.check_tokens(answer)
        assert client.get("auth/me", token=answer.json["access_token"]).json == student.body
    assert first.json["serial_id"] == second.json["serial_id"]


def test_login_or_register_refuses(client, world, student):
    """401 when the 학번 is known with another name or phone; 409 when the phone is another's."""
    other = world.stranger()
    for name in ("name", "phone_number"):
        body = student.body | {name: other.body[name]}
        check_failure(client.post("auth/login-or-register", json=body), 401, "invalid_credentials")
    body = other.body | {"phone_number": student.phone_number}
    check_failure(client.post("auth/login-or-register", json=body), 409, "phone_number_in_use")
    assert world.value("SELECT count(*) FROM users WHERE student_id = %s", other.student_id) == 0


def test_white_space_around_is_trimmed(client, student):
    """As people and phones type it, the wide space of a Korean keyboard included."""
    for before, after in ((" ", " "), ("\t", "\r\n"), ("\u3000", "\u00a0"), ("\u2003", "\u2028")):
        body = {key: before + value + after for key, value in student.body.items()}
        answer = client.post("auth/login", json=body)
        assert answer.status == 200, f"{before!r} {after!r}: {answer}"


def test_a_registered_name_is_stored_trimmed(client, world):
    """Else the same student could not sign in without the spaces."""
    student = world.stranger()
    assert client.post("auth/register", json=student.body | {"name": f" {student.name}\u3000"}).status == 201
    answer = client.post("auth/login", json=student.body)
    assert answer.status == 200
    assert client.get("auth/me", token=answer.json["access_token"]).json == student.body


def test_decomposed_name_is_the_same_name(client, world, student):
    """Some systems type 한글 as single letters (NFD): in login, and in a registration."""
    decomposed = unicodedata.normalize("NFD", student.name)
    assert decomposed != student.name
    assert client.post("auth/login", json=student.body | {"name": decomposed}).status == 200
    other = world.stranger()
    body = other.body | {"name": unicodedata.normalize("NFD", other.name)}
    assert client.post("auth/login-or-register", json=body).status == 201
    answer = client.post("auth/login-or-register", json=other.body)
    assert answer.status == 200
    assert client.get("auth/me", token=answer.json["access_token"]).json["name"] == other.name


def test_me_needs_a_token(client):
    """401 with WWW-Authenticate, which the client checks."""
    check_failure(client.get("auth/me"), 401, "unauthorized")
