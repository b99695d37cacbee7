"""Guessing is braked per 학번, and registration follows its setting."""

import threading
import time

import pytest

from endtoend.shapes import check_failure
from endtoend.together import together


@pytest.mark.parametrize("call", ["auth/login", "auth/login-or-register"])
def test_five_failures(client, world, student, call):
    """The sixth attempt is 429 with the seconds to wait, also the right one; another student is not affected."""
    wrong = student.body | {"phone_number": "01000000000"}
    for _ in range(5):
        check_failure(client.post(call, json=wrong), 401, "invalid_credentials")
    for body in (wrong, student.body):
        for braked in ("auth/login", "auth/login-or-register"):
            answer = client.post(braked, json=body)
            check_failure(answer, 429, "too_many_attempts")
            assert 1 <= int(answer.header("Retry-After")) <= 3600
    other = world.student()
    assert client.post("auth/login", json=other.body).status == 200
    # The window ends.
    world.sql(
        "UPDATE auth_failures SET window_started_at = window_started_at - interval '1 day' WHERE student_id = %s",
        student.student_id,
    )
    assert client.post("auth/login", json=student.body).status == 200


def test_the_right_answer_forgives(client, student):
    """Four wrong ones and a right one, again and again: never braked."""
    for _ in range(3):
        for _ in range(4):
            assert client.post("auth/login", json=student.body | {"name": "김철수"}).status == 401
        assert client.post("auth/login", json=student.body).status == 200


def test_nobody_is_braked_like_somebody(client, world):
    """An unknown 학번 too, so that the answer does not tell who exists."""
    nobody = world.stranger().body
    for _ in range(5):
        check_failure(client.post("auth/login", json=nobody), 401, "invalid_credentials")
    check_failure(client.post("auth/login", json=nobody), 429, "too_many_attempts")


def test_concurrent_guesses_are_counted(stand, student):
    """Thirty at once have no more than five guesses."""
    barrier = threading.Barrier(30, timeout=30)

    def guess(number):
        client = stand.client()
        client.get("health/live")
        barrier.wait()
        return client.post("auth/login", json=student.body | {"phone_number": f"010{number:08d}"}).status

    statuses = together([lambda number=number: guess(number) for number in range(30)])
    assert sorted(statuses) == [401] * 5 + [429] * 25


def test_one_server_signs_everybody_in(stand, world):
    """The page's own server has one address: 400 sign-ins of 400 students from it in one go, none is turned away."""
    people = world.students(400)

    def some(part):
        client = stand.client()
        return [client.post("auth/login-or-register", json=person.body).status for person in part]

    statuses = together([lambda part=people[i::8]: some(part) for i in range(8)])
    assert sum(statuses, []) == [200] * 400


def test_registration_closed(strict_stand):
    """403 registration_closed for who is new; who is known signs in."""
    client, world = strict_stand.client(), strict_stand.world
    new, known = world.stranger(), world.student()
    check_failure(client.post("auth/register", json=new.body), 403, "registration_closed")
    check_failure(client.post("auth/login-or-register", json=new.body), 403, "registration_closed")
    assert world.value("SELECT count(*) FROM users WHERE student_id = %s", new.student_id) == 0
    assert client.post("auth/login-or-register", json=known.body).status == 200
    answer = client.post("auth/login", json=known.body)
    assert answer.status == 200 and answer.json["expires_in"] == 300


def test_registration_by_roster(brief_stand):
    """403 not_eligible for who is on no roster; who is on it may register and sign in."""
    client, world = brief_stand.client(), brief_stand.world
    new, listed = world.stranger(), world.stranger()
    world.enlist([listed])
    assert client.post("auth/login-or-register", json=listed.body).status == 201
    assert client.post("auth/login", json=listed.body).status == 200
    check_failure(client.post("auth/register", json=new.body), 403, "not_eligible")
    check_failure(client.post("auth/login-or-register", json=new.body), 403, "not_eligible")
    assert world.value("SELECT count(*) FROM users WHERE student_id = %s", new.student_id) == 0


def pressed(press, within):
    """Presses until it is too often; how many were looked at. Those are as many as may be tried at once and what time has
    added meanwhile, two a second: no fewer and no more."""
    began, looked_at = time.monotonic(), 0
    while (answer := press(looked_at)).status != 429:
        looked_at += 1
        assert looked_at <= within + 2 * (time.monotonic() - began), f"{looked_at} were looked at"
    assert looked_at >= within
    check_failure(answer, 429, "too_many_requests")
    return looked_at


def test_attempts_to_hold_are_limited_for_each_student(strict_stand):
    """A script that presses without a pause is told to wait; the student beside it is not."""
    client, world = strict_stand.client(), strict_stand.world
    one, two = world.students(2)
    token, other = strict_stand.sign_in(one, client), strict_stand.sign_in(two, client)
    taken, free = world.lockers(2)
    assert client.post(f"lockers/{taken}/hold", token=other).status == 201

    def press(_):
        answer = client.post(f"lockers/{taken}/hold", token=token)
        if answer.status != 429:
            check_failure(answer, 409, "locker_taken")
        return answer

    pressed(press, 20)
    for locker, act in ((free, "hold"), (taken, "confirm"), (taken, "release-hold"), (taken, "release")):
        world.use_up(one.student_id)
        answer = client.post(f"lockers/{locker}/{act}", token=token)
        check_failure(answer, 429, "too_many_requests")
        assert answer.header("Retry-After") == "1"
    # Whoever waits as he was told is looked at.
    time.sleep(int(answer.header("Retry-After")))
    assert client.post(f"lockers/{free}/hold", token=token).status == 201
    assert client.post(f"lockers/{taken}/confirm", token=other).status == 200


def test_the_allowance_is_one_for_all_workers(strict_stand):
    """Eight devices of one student at the same instant, while what they press arrives at several threads at once, may try as
    often as one."""
    world, client = strict_stand.world, strict_stand.client()
    student, other = world.students(2)
    token = strict_stand.sign_in(student, client)
    taken = world.locker()
    assert client.post(f"lockers/{taken}/hold", token=strict_stand.sign_in(other, client)).status == 201
    barrier = threading.Barrier(8, timeout=30)

    def device():
        client = strict_stand.client()
        client.get("health/live")
        barrier.wait()
        return [client.post(f"lockers/{taken}/hold", token=token).status for _ in range(25)]

    began = time.monotonic()
    statuses = sum(together([device] * 8), [])
    # What is under way at the same instant may count once: one for each thread.
    most = 20 + 2 * (time.monotonic() - began) + 8
    assert set(statuses) == {409, 429} and 20 <= statuses.count(409) <= most, statuses.count(409)


def test_refusals_are_limited_for_each_student(strict_stand):
    """So is every act that changes nothing, or one student could fill the ledger; he who pressed too often and has a hold
    nevertheless confirms it."""
    client, world = strict_stand.client(), strict_stand.world
    student = world.student()
    token = strict_stand.sign_in(student, client)
    wanted = world.locker()
    assert client.post(f"lockers/{wanted}/hold", token=token).status == 201

    def press(number):
        answer = client.post(f"lockers/{2_000_000_000 + number}/confirm", token=token)
        if answer.status != 429:
            check_failure(answer, 404, "locker_not_found")
        return answer

    looked_at = pressed(press, 19)
    counted = "SELECT count(*) FROM locker_decisions WHERE student_id = %s"
    assert world.value(counted, student.student_id) == 1 + looked_at
    # The hold is told again beyond the limit, and leaves no row; so is what he has confirmed.
    world.use_up(student.student_id)
    assert client.post(f"lockers/{wanted}/hold", token=token).status == 200
    assert world.value(counted, student.student_id) == 1 + looked_at
    for _ in range(3):
        world.use_up(student.student_id)
        assert client.post(f"lockers/{wanted}/confirm", token=token).status == 200
    assert world.value(counted, student.student_id) == 2 + looked_at
    world.use_up(student.student_id)
    assert client.post(f"lockers/{wanted}/release", token=token).status == 200


def test_whoever_presses_too_early_loses_nothing_by_it(strict_stand):
    """Sixty times before the opening, where twenty are allowed: each is told so, few leave a row, and when it opens his is
    looked at like everybody's."""
    client, world = strict_stand.client(), strict_stand.world
    student = world.student()
    token, locker = strict_stand.sign_in(student, client), world.locker()
    with world.period("1 hour", "2 hours"):
        began = time.monotonic()
        for _ in range(60):
            check_failure(client.post(f"lockers/{locker}/hold", token=token), 403, "application_closed")
        took = time.monotonic() - began
        rows = world.value("SELECT count(*) FROM locker_decisions WHERE student_id = %s", student.student_id)
        assert 1 <= rows <= 1 + took, "one a second"
        world.sql("UPDATE application_periods SET opens_at = clock_timestamp()")
        answer = client.post(f"lockers/{locker}/hold", token=token)
        assert answer.status == 201, answer
    # And has his whole allowance: nineteen more.
    assert pressed(lambda n: client.post(f"lockers/{2_000_000_000 + n}/hold", token=token), 19) >= 19
