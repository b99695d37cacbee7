"""The guarantee: one locker a student and one student a locker, whoever presses at the same instant. And the proof that
these tests can fail: with the guard switched off in their own stand, the same storm shows the fault."""

import threading
from contextlib import ExitStack

import pytest

from endtoend.shapes import check_failure
from endtoend.storm import Attempt, faults, storm, wider_window, without_guard, without_indexes
from endtoend.together import together


def signed_in(stand, count):
    """Students and their tokens."""
    people = stand.world.students(count)
    client = stand.client()
    return people, {person.student_id: stand.sign_in(person, client) for person in people}


def test_two_students_race_for_one_locker_200_times(stand, world):
    """Exactly one 201 each time, the other 409; the database agrees; the winner can confirm."""
    people, tokens = signed_in(stand, 2)
    lockers = world.lockers(200)
    barrier = threading.Barrier(2, timeout=30)

    def run(student, client):
        attempts = []
        for locker in lockers:
            barrier.wait()
            answer = client.post(f"lockers/{locker}/hold", token=tokens[student.student_id])
            attempts.append(Attempt(student, locker, answer))
            barrier.wait()
            if answer.status == 201:
                assert client.post(f"lockers/{locker}/confirm", token=tokens[student.student_id]).status == 200
                assert world.owner(locker) == student.student_id
                assert client.post(f"lockers/{locker}/release", token=tokens[student.student_id]).status == 200
        return attempts

    both = together([lambda p=person: run(p, stand.client()) for person in people])
    for one, two in zip(*both):
        assert sorted((one.answer.status, two.answer.status)) == [201, 409], f"{one} {two}"
        check_failure(next(a.answer for a in (one, two) if a.answer.status == 409), 409, "locker_taken")
    wins = [sum(a.answer.status == 201 for a in attempts) for attempts in both]
    assert sum(wins) == 200 and min(wins) > 0, f"one of them never won: that was no race ({wins})"
    assert world.contradictions() == []


def test_one_student_on_two_devices(stand, world):
    """For two lockers at the same instant: one 201, the other already_holding."""
    people, tokens = signed_in(stand, 1)
    token = tokens[people[0].student_id]
    barrier = threading.Barrier(2, timeout=30)

    def press(locker, client):
        client.get("health/live")
        barrier.wait()
        return locker, client.post(f"lockers/{locker}/hold", token=token)

    for _ in range(50):
        one, two = world.lockers(2)
        answers = together([lambda n=n: press(n, stand.client()) for n in (one, two)])
        assert sorted(answer.status for _, answer in answers) == [201, 409]
        check_failure(next(answer for _, answer in answers if answer.status == 409), 409, "already_holding")
        held = next(locker for locker, answer in answers if answer.status == 201)
        assert stand.client().get("lockers/me", token=token).json["hold"]["locker"]["locker_id"] == held
        assert stand.client().post(f"lockers/{held}/release-hold", token=token).status == 200


def test_one_student_on_two_devices_for_the_same_locker(stand, world):
    """Both are told yes, of one and the same hold."""
    people, tokens = signed_in(stand, 1)
    token = tokens[people[0].student_id]
    barrier = threading.Barrier(4, timeout=30)

    def press(locker):
        client = stand.client()
        client.get("health/live")
        barrier.wait()
        return client.post(f"lockers/{locker}/hold", token=token)

    for locker in world.lockers(50):
        answers = together([lambda: press(locker)] * 4)
        assert sorted(answer.status for answer in answers) == [200, 200, 200, 201]
        assert len({answer.json["expires_at"] for answer in answers}) == 1
        assert stand.client().post(f"lockers/{locker}/release-hold", token=token).status == 200


def test_a_storm(stand, world):
    """40 students, 10 lockers: ten winners, nobody empty-handed beside a free locker, and each winner confirms."""
    people, tokens = signed_in(stand, 40)
    for seed in range(5):
        lockers = world.lockers(10)
        attempts = storm(stand, tokens, people, lockers, seed)
        assert faults(world, attempts) == []
        won = [attempt for attempt in attempts if attempt.answer.status == 201]
        assert len(won) == 10
        client = stand.client()
        for attempt in won:
            path, token = f"lockers/{attempt.locker}", tokens[attempt.student.student_id]
            assert client.post(f"{path}/confirm", token=token).status == 200
            assert client.post(f"{path}/release", token=token).status == 200
    assert world.contradictions() == []


@pytest.mark.parametrize("guard", [True, False], ids=["guard", "no guard"])
@pytest.mark.parametrize("indexes", [True, False], ids=["indexes", "no indexes"])
def test_either_defence_holds_and_without_both_the_storm_shows_it(rough_stand, guard, indexes):
    """With a wider window between decision and row. The advisory locks alone hold; the unique indexes alone hold, and
    who loses to them is told 409, or waited for another's whole batch in vain, and not a fault; with neither, and the cheap
    check still there, lockers are given twice, and the audit says so: so it would say so of a real fault."""
    world = rough_stand.world
    people, tokens = signed_in(rough_stand, 40)
    found = []
    with ExitStack() as switched:
        switched.enter_context(wider_window(world, 0.01))
        if not guard:
            switched.enter_context(without_guard(world))
        if not indexes:
            switched.enter_context(without_indexes(world))
        for seed in range(2):
            lockers = world.lockers(10)
            attempts = storm(rough_stand, tokens, people, lockers, seed)
            found += faults(world, attempts, may_wait_in_vain=indexes and not guard)
            assert any(attempt.answer.status == 409 for attempt in attempts)
            world.forget()
    if guard or indexes:
        assert found == []
    else:
        assert any("was given" in fault for fault in found), "the storm cannot tell a fault from none"
