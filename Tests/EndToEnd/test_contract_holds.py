"""CONTRACT, Lockers: hold, confirm, release-hold, release."""

import time

import pytest

from endtoend import shapes
from endtoend.shapes import check_failure, check_hold, check_locker, check_message

ACTS = ("hold", "confirm", "release-hold", "release")


def act(client, name, locker, token, **arguments):
    """POST /lockers/{locker}/{name}"""
    return client.post(f"lockers/{locker}/{name}", token=token, **arguments)


def test_hold(stand, client, world, student, token):
    """201 with the exact wording; 200 and the unchanged expiry when it is asked again."""
    locker = world.lockers(1, "정보관 B1 기계실 옆")[0]
    first = act(client, "hold", locker, token)
    assert first.status == 201, first
    check_hold(first, student_id=student.student_id, locker_id=locker, seconds=60, words="1 minutes")
    assert first.json["locker"]["location_id"] == "정보관 B1 기계실 옆"
    again = act(client, "hold", locker, token)
    assert again.status == 200, again
    check_hold(again, student_id=student.student_id, locker_id=locker, seconds=60, words="1 minutes")
    assert again.json["expires_at"] == first.json["expires_at"]
    assert again.json["locker"] == first.json["locker"]
    rows = world.sql("SELECT student_id, state FROM locker_assignments WHERE locker_id = %s", locker)
    assert rows == [(student.student_id, "hold")]


def test_hold_in_seconds(strict_stand):
    """What is no whole number of minutes is told in seconds: the page reads the number and the word."""
    student, locker = strict_stand.world.student(), strict_stand.world.locker()
    client = strict_stand.client()
    token = strict_stand.sign_in(student, client)
    answer = act(client, "hold", locker, token)
    check_hold(answer, student_id=student.student_id, locker_id=locker, seconds=90, words="90 seconds")


def test_hold_refuses_what_is_taken(stand, client, world, token):
    """locker_taken by a hold and by a confirmed one; already_holding; already_assigned."""
    one, two = world.lockers(2)
    other = stand.sign_in(world.student(), client)
    assert act(client, "hold", one, token).status == 201
    check_failure(act(client, "hold", one, other), 409, "locker_taken")
    check_failure(act(client, "hold", two, token), 409, "already_holding")
    assert act(client, "confirm", one, token).status == 200
    check_failure(act(client, "hold", one, other), 409, "locker_taken")
    check_failure(act(client, "hold", two, token), 409, "already_assigned")
    check_failure(act(client, "hold", one, token), 409, "already_assigned")
    assert act(client, "hold", two, other).status == 201


@pytest.mark.parametrize(
    ("opens", "closes"),
    [("1 hour", "2 hours"), ("-2 hours", "-1 hour"), (None, None)],
    ids=["upcoming", "over", "none"],
)
def test_hold_outside_the_period(client, world, token, opens, closes):
    """403 with both instants, null when no period was ever set."""
    locker = world.locker()
    with world.period(opens, closes):
        answer = act(client, "hold", locker, token)
        check_failure(answer, 403, "application_closed")
        rows = world.sql("SELECT opens_at, closes_at FROM application_periods")
        told = answer.json["opens_at"], answer.json["closes_at"]
        if rows:
            for text, row in zip(told, rows[0]):
                assert abs((shapes.instant(text) - row).total_seconds()) < 1
        else:
            assert told == (None, None)
    assert act(client, "hold", locker, token).status == 201


def test_confirm(client, world, student, token):
    """200 with the locker, again 200, and the database says so."""
    locker = world.locker()
    act(client, "hold", locker, token)
    for _ in range(2):
        answer = act(client, "confirm", locker, token)
        assert answer.status == 200 and set(answer.json) == {"message", "locker"}, answer
        check_locker(answer.json["locker"], student_id=student.student_id)
        found = {key: answer.json["locker"][key] for key in ("locker_id", "state", "mine", "owner")}
        assert found == {"locker_id": locker, "state": "confirmed", "mine": True, "owner": student.student_id}
    assert world.owner(locker) == student.student_id


def test_confirm_after_the_period(client, world, token):
    """A hold outlives the period it was made in, by its own expiry."""
    locker = world.locker()
    assert act(client, "hold", locker, token).status == 201
    with world.period("-2 hours", "-1 hour"):
        assert act(client, "confirm", locker, token).status == 200


def test_confirm_refuses(stand, client, world, token):
    """409 hold_not_found: never held, ran out, given back, another's. 404: no such locker."""
    locker = world.locker()
    other = stand.sign_in(world.student(), client)
    check_failure(act(client, "confirm", locker, token), 409, "hold_not_found")
    act(client, "hold", locker, token)
    check_failure(act(client, "confirm", locker, other), 409, "hold_not_found")
    world.run_out(locker)
    check_failure(act(client, "confirm", locker, token), 409, "hold_not_found")
    act(client, "hold", locker, token)
    act(client, "release-hold", locker, token)
    check_failure(act(client, "confirm", locker, token), 409, "hold_not_found")
    check_failure(act(client, "confirm", 2_000_000_000, token), 404, "locker_not_found")
    assert world.owner(locker) is None


def test_a_hold_runs_out_by_the_clock(brief_stand):
    """Two real seconds: until then another student waits, from then on the locker is another's and stays so."""
    world, client = brief_stand.world, brief_stand.client()
    locker = world.locker()
    people = world.students(2)
    world.enlist(people)
    first, second = (brief_stand.sign_in(person, client) for person in people)
    answer = act(client, "hold", locker, first)
    assert (answer.json["expires_in"], answer.json["expires_in_seconds"]) == ("2 seconds", 2)
    ends = shapes.instant(answer.json["expires_at"]).timestamp()
    while (taken := act(client, "hold", locker, second)).status == 409:
        assert taken.error == "locker_taken" and time.time() < ends + 1, "not free although it ran out"
        time.sleep(0.02)
    assert taken.status == 201 and time.time() >= ends - 0.05, "free before it ran out"
    check_failure(act(client, "confirm", locker, first), 409, "hold_not_found")
    assert act(client, "confirm", locker, second).status == 200


def test_release_hold(stand, client, world, token):
    """200 once; then 404, and the locker is free for others."""
    locker = world.locker()
    other = stand.sign_in(world.student(), client)
    check_failure(act(client, "release-hold", locker, token), 404, "hold_not_found")
    act(client, "hold", locker, token)
    check_failure(act(client, "release-hold", locker, other), 404, "hold_not_found")
    check_message(act(client, "release-hold", locker, token))
    check_failure(act(client, "release-hold", locker, token), 404, "hold_not_found")
    assert act(client, "hold", locker, other).status == 201


def test_release(stand, client, world, token):
    """200 once; then 404, and the locker is free for others. A hold is not what it gives back."""
    locker = world.locker()
    other = stand.sign_in(world.student(), client)
    check_failure(act(client, "release", locker, token), 404, "assignment_not_found")
    act(client, "hold", locker, token)
    check_failure(act(client, "release", locker, token), 404, "assignment_not_found")
    act(client, "confirm", locker, token)
    check_failure(act(client, "release-hold", locker, token), 404, "hold_not_found")
    check_failure(act(client, "release", locker, other), 404, "assignment_not_found")
    check_message(act(client, "release", locker, token))
    check_failure(act(client, "release", locker, token), 404, "assignment_not_found")
    assert world.owner(locker) is None
    assert act(client, "hold", locker, other).status == 201


@pytest.mark.parametrize("name", ACTS)
def test_an_act_needs_a_token(client, world, name):
    """401, before anything is said of the locker."""
    for locker in (world.locker(), 2_000_000_000):
        check_failure(client.post(f"lockers/{locker}/{name}"), 401, "unauthorized")


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize(
    "locker",
    ["abc", "-1", "1.5", "101abc", "+101", "1e3", "99999999999999999999", "%EF%BC%91", "%2D1", "1%20", "0x65"],
)
def test_what_is_no_locker_number(client, token, name, locker):
    """400, never a fault, never another locker."""
    check_failure(act(client, name, locker, token), 400, "invalid_locker_id")


@pytest.mark.parametrize("locker", ["1%00", "1%0A", "1%0d%0aX:%20y", "1%", "1%zz", "1%C3"])
def test_what_is_no_address_at_all(client, token, locker):
    """Control characters and broken escapes: refused by nginx or by the worker, and nothing of it comes back."""
    answer = act(client, "hold", locker, token)
    assert answer.status in (400, 404) and answer.header("X") is None, answer


@pytest.mark.parametrize("locker", [2_000_000_000, 2_147_483_647])
def test_no_such_locker(client, token, locker):
    """404 where a locker is looked for; nothing of the caller's where it is given back."""
    check_failure(act(client, "hold", locker, token), 404, "locker_not_found")
    check_failure(act(client, "confirm", locker, token), 404, "locker_not_found")
    check_failure(act(client, "release-hold", locker, token), 404, "hold_not_found")
    check_failure(act(client, "release", locker, token), 404, "assignment_not_found")


@pytest.mark.parametrize("locker", ["0", "2147483648", "00000000000000000101"])
def test_numbers_at_the_edge(client, token, locker):
    """Not a locker: 400 or 404, but said so."""
    answer = act(client, "hold", locker, token)
    assert (answer.status, answer.error) in ((400, "invalid_locker_id"), (404, "locker_not_found")), answer


@pytest.mark.parametrize("arguments", [{}, {"json": {}}, {"body": b""}], ids=["no body", "an object", "empty"])
def test_an_act_needs_no_body(client, world, token, arguments):
    """The page sends none; curl scripts send an empty object."""
    assert act(client, "hold", world.locker(), token, **arguments).status == 201
