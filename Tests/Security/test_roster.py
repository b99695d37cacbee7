"""Admission by roster: only who is on the list comes in, and whoever is not learns nothing of it."""

import time

import pytest

from endtoend.shapes import check_failure, check_tokens

CALLS = {
    "auth/login": (401, "invalid_credentials"),
    "auth/register": (403, "not_eligible"),
    "auth/login-or-register": (403, "not_eligible"),
}


@pytest.fixture
def world(roster_stand):
    """The database of the stand that admits by roster."""
    return roster_stand.world


@pytest.fixture
def client(roster_stand):
    """A client of it."""
    return roster_stand.client()


def enlist(world, students, eligible=True, reason=None):
    """Puts students on the list."""
    world.sql(
        "INSERT INTO eligible_students (student_id, name, phone_number, eligible, reason, source_file) "
        "SELECT *, %s, %s, '명단.xlsx' FROM unnest(%s::text[], %s::text[], %s::text[])",
        eligible,
        reason,
        *([getattr(s, name) for s in students] for name in ("student_id", "name", "phone_number")),
    )


def what_is_told(answer):
    """All of an answer but what differs between any two: its id, its date."""
    headers = sorted((k.lower(), v) for k, v in answer.headers.items() if k.lower() not in ("x-request-id", "date"))
    return answer.status, headers, {k: v for k, v in answer.json.items() if k != "request_id"}


@pytest.mark.parametrize("call", CALLS)
def test_an_empty_list_lets_nobody_in(client, world, call):
    """Neither a stranger nor a student who has an account."""
    world.sql("DELETE FROM eligible_students")
    for person in (world.stranger(), world.student()):
        check_failure(client.post(call, json=person.body), *CALLS[call])
    assert world.value("SELECT count(*) FROM users u WHERE u.student_id = %s", person.student_id) == 1


def test_who_is_on_the_list(client, world):
    """Registers, signs in, and gets one account."""
    new, registering, known = world.stranger(), world.stranger(), world.student()
    enlist(world, [new, registering, known])
    answer = client.post("auth/login-or-register", json=new.body)
    assert answer.status == 201, answer
    check_tokens(answer)
    assert client.post("auth/login-or-register", json=new.body).status == 200
    assert client.post("auth/register", json=registering.body).status == 201
    check_failure(client.post("auth/register", json=registering.body), 409, "student_id_exists")
    assert client.post("auth/login", json=registering.body).status == 200
    assert client.post("auth/login", json=known.body).status == 200


@pytest.mark.parametrize("call", CALLS)
def test_one_answer_for_all_who_are_not(client, world, call):
    """A stranger, a wrong phone, a wrong name, another's phone, somebody who has not paid; with an account and without:
    the same status, headers and body."""
    known, listed, other = world.student(), world.stranger(), world.student()
    unpaid, unpaid_known, unlisted = world.stranger(), world.student(), world.student()
    enlist(world, [known, listed, other])
    enlist(world, [unpaid, unpaid_known], eligible=False, reason="학생회비 미납")
    bodies = [
        world.stranger().body,
        known.body | {"phone_number": "01000000000"},
        known.body | {"phone_number": other.phone_number},
        known.body | {"name": other.name},
        listed.body | {"phone_number": "01000000000"},
        unpaid.body,
        unpaid.body | {"phone_number": "01000000000"},
        unpaid_known.body,
        unlisted.body,
    ]
    answers = [client.post(call, json=body) for body in bodies]
    check_failure(answers[0], *CALLS[call])
    for answer in answers[1:]:
        assert what_is_told(answer) == what_is_told(answers[0])
    assert world.value("SELECT count(*) FROM users WHERE student_id = %s", unpaid.student_id) == 0


@pytest.mark.parametrize("call", CALLS)
def test_the_list_cannot_be_guessed(client, world, call):
    """The sixth guess at one 학번 is 429, on the list or not, for the right answer too; the others are not affected."""
    listed, neighbour = world.stranger(), world.stranger()
    enlist(world, [listed, neighbour])
    for person in (listed, world.stranger()):
        for _ in range(5):
            check_failure(client.post(call, json=person.body | {"phone_number": "01000000000"}), *CALLS[call])
        for braked in CALLS:
            answer = client.post(braked, json=person.body)
            check_failure(answer, 429, "too_many_attempts")
            assert 590 <= int(answer.header("Retry-After")) <= 600
    assert client.post("auth/login-or-register", json=neighbour.body).status == 201


def test_who_is_struck_off_is_signed_out(roster_stand, client, world):
    """At once, and cannot refresh."""
    struck, stays = world.students(2)
    enlist(world, [struck, stays])
    theirs, others = roster_stand.tokens(struck, client), roster_stand.tokens(stays, client)
    world.sql(
        "UPDATE eligible_students SET eligible = false, reason = '휴학' WHERE student_id = %s", struck.student_id
    )
    check_failure(client.get("auth/me", token=theirs["access_token"]), 401, "unauthorized")
    answer = client.post("auth/refresh", json={"refresh_token": theirs["refresh_token"]})
    check_failure(answer, 401, "invalid_refresh_token")
    assert client.get("auth/me", token=others["access_token"]).status == 200


def precedence(first, second):
    """How often a value of the first is below one of the second: 0.5 when nothing tells them apart (Mann-Whitney)."""
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    below = wins = 0
    for _, group in ranked:
        if group == 0:
            below += 1
        else:
            wins += below
    return wins / (len(first) * len(second))


def durations(client, bodies):
    """How long each took, one body of each kind in turn, so that whatever else the machine does falls on all alike."""
    times = [[] for _ in bodies]
    for row in zip(*bodies):
        for kind, body in enumerate(row):
            began = time.perf_counter_ns()
            answer = client.post("auth/login", json=body, check=False)
            times[kind].append(time.perf_counter_ns() - began)
            assert answer.status in (400, 401), answer
    return times


def test_one_duration_for_all_who_are_not(client, world):
    """400 strangers, 400 wrong phones, 400 unpaid: no telling them apart by time. With so many, 0.1 beside the half is
    five standard deviations; a request that is refused before the database is farther off, so the measure can tell."""
    known = world.students(400)
    unpaid = world.students(400)
    enlist(world, known)
    enlist(world, unpaid, eligible=False, reason="학생회비 미납")
    strangers, wrong_phones, not_eligible, malformed = durations(
        client,
        [
            [world.stranger().body for _ in known],
            [person.body | {"phone_number": "01000000000"} for person in known],
            [person.body for person in unpaid],
            [{"student_id": "x"}] * 400,
        ],
    )
    assert abs(precedence(strangers, wrong_phones) - 0.5) < 0.1
    assert abs(precedence(strangers, not_eligible) - 0.5) < 0.1
    assert precedence(malformed, strangers) > 0.6, "the measure tells nothing apart"
