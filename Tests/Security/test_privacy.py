"""What belongs to one student reaches no other student and no log. (Every other test's answers are read by
privacy_watch, and the logs of the end-to-end tests by Tests/EndToEnd/test_zz_privacy.py.)"""

import psycopg
import pytest

from endtoend.together import together
from privacy_watch import strangers_in


def words(student):
    """What must not be told of a student."""
    return [student.student_id, student.name, student.phone_number]


def flow(stand, student, locker, wanted):
    """Everything that a student can do, with one locker of his own and one of the other's. The answers, as text."""
    client, answers = stand.client(), []

    def keep(answer):
        answers.append(str(answer.headers) + answer.body.decode())
        return answer

    keep(client.post("auth/register", json=student.body))
    tokens = keep(client.post("auth/login-or-register", json=student.body)).json
    tokens = keep(client.post("auth/refresh", json={"refresh_token": tokens["refresh_token"]})).json
    token = tokens["access_token"]
    stand.world.secrets += [tokens["access_token"], tokens["refresh_token"]]
    for path in ("board", "application-period"):
        keep(client.get(path))
    for path in ("auth/me", "auth/sessions", "lockers", "lockers/me"):
        keep(client.get(path, token=token))
    for number in (locker, wanted):
        for act in ("hold", "hold", "confirm", "release-hold"):
            keep(client.post(f"lockers/{number}/{act}", token=token))
            keep(client.get("lockers", token=token))
    for path in ("lockers/me", "lockers/me/attempts"):
        keep(client.get(path, token=token))
    keep(client.post(f"lockers/{wanted}/release", token=token))
    return answers


def test_two_students_learn_nothing_of_each_other(stand, world):
    """A and B do everything at the same time, each also with what the other has."""
    one, other = world.stranger(), world.stranger()
    first, second = world.lockers(2)
    of_one, of_other = together([lambda: flow(stand, one, first, second), lambda: flow(stand, other, second, first)])
    # Once both have confirmed, each sees the other's locker.
    for answers, reader in ((of_one, one), (of_other, other)):
        answers.append(stand.client().get("lockers", token=stand.sign_in(reader)).body.decode())
        assert "**********" in answers[-1], "the other's locker was not shown: the test saw nothing"
    for answers, reader, told_of in ((of_one, one, other), (of_other, other, one)):
        assert len(answers) > 20
        assert any(reader.student_id in answer for answer in answers), "not even what is his own"
        for word in words(told_of):
            assert not [answer for answer in answers if word in answer], f"{reader} learnt {word}"
    for path in stand.logs():
        text = path.read_bytes()
        for word in words(one) + words(other):
            assert word.encode() not in text, path
    # Both presented each other's data as their own, and failed: the refusal tells nothing either.
    client = stand.client()
    for body in (one.body | {"name": other.name}, other.body | {"phone_number": one.phone_number}):
        answer = client.post("auth/login", json=body)
        assert answer.status == 401
        assert not any(word in answer.body.decode() for word in words(one) + words(other))


def test_the_watch_can_see(world):
    """Otherwise that it finds nothing would mean nothing."""
    one, other = world.student(), world.student()
    for word in words(other):
        told = f'{{"owner":"{word}"}}'.encode()
        assert strangers_in(told, caller=one.student_id, sent="") != []
        assert strangers_in(told, caller=other.student_id, sent="") == []
        assert strangers_in(told, caller=None, sent=word) == []


@pytest.mark.parametrize("role", ["DB_URL", "DB_ADMIN_URL"])
def test_the_databases_log_quotes_no_row(stand, world, role):
    """An error whose DETAIL has a phone number in it, made by the workers' role and by the owner."""
    student = world.student()
    before = {path: path.stat().st_size for path in stand.logs()}
    with psycopg.connect(stand.settings[role], autocommit=True) as connection:
        with pytest.raises(psycopg.Error) as refused:
            if role == "DB_URL":
                connection.execute(
                    "SELECT * FROM auth_sign_in(%s, %s, %s, 'open', true, '\\x00', gen_random_uuid(), gen_random_uuid(),"
                    " 60, 60, NULL, NULL, 20, 5, 600)",
                    (student.student_id, student.name, student.phone_number),
                )
            else:
                connection.execute(
                    f"INSERT INTO users (student_id, name, phone_number) VALUES ('2099000000', '{student.name}',"
                    f" '{student.phone_number}')"
                )
    assert student.student_id in str(refused.value) or student.phone_number in str(refused.value), "no such DETAIL"
    grown = [path for path in stand.logs() if path.stat().st_size > before.get(path, 0)]
    assert any("postgres" in path.name for path in grown), "the error is in no log: nothing was tested"
    for path in stand.logs():
        for word in words(student):
            assert word.encode() not in path.read_bytes(), path
