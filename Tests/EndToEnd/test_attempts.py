"""docs/api-additions.md: a student's own receipt."""

import json

from endtoend.shapes import check_every_answer, check_failure, instant

KEYS = {"locker_id", "act", "outcome", "received_at", "decided_at", "lost_by_ms"}


def attempts(client, token):
    """The receipt, in shape."""
    answer = client.get("lockers/me/attempts", token=token)
    check_every_answer(answer, signed_in=True)
    assert answer.status == 200 and set(answer.json) == {"attempts"}, answer
    for entry in answer.json["attempts"]:
        assert set(entry) == KEYS, entry
        decided = instant(entry["decided_at"])
        if entry["act"] == "expire":
            assert entry["received_at"] is None
        else:
            # nginx's clock has milliseconds, and is this machine's like the database's.
            assert -0.01 <= (decided - instant(entry["received_at"])).total_seconds() < 5, entry
    return answer.json["attempts"]


def test_nothing_yet(client, token):
    assert attempts(client, token) == []


def test_needs_a_caller(client):
    check_failure(client.get("lockers/me/attempts"), 401, "unauthorized")


def test_what_was_pressed_newest_first(stand, client, world):
    """Wins, losses, replays, in order; of the winner nothing but the time."""
    winner, loser = world.students(2)
    first, second = stand.sign_in(winner, client), stand.sign_in(loser, client)
    wanted, other = world.lockers(2)
    for path, token in [
        (f"lockers/{wanted}/hold", first),
        (f"lockers/{wanted}/hold", second),
        (f"lockers/{other}/hold", second),
        (f"lockers/{other}/hold", second),
        (f"lockers/{other}/release-hold", second),
        (f"lockers/{other}/confirm", second),
    ]:
        client.post(path, token=token)
    mine = attempts(client, second)
    assert [(entry["locker_id"], entry["act"], entry["outcome"]) for entry in mine] == [
        (other, "confirm", "hold_not_found"),
        (other, "release-hold", "released"),
        (other, "hold", "replayed"),
        (other, "hold", "held"),
        (wanted, "hold", "locker_taken"),
    ]
    assert [entry["lost_by_ms"] for entry in mine[:4]] == [None] * 4
    lost_by = world.value(
        "SELECT extract(epoch FROM l.decided_at - w.decided_at) * 1000 FROM locker_decisions l"
        " JOIN locker_decisions w ON w.decision_id = l.lost_to WHERE l.student_id = %s AND l.outcome = 'locker_taken'",
        loser.student_id,
    )
    assert type(mine[4]["lost_by_ms"]) is int and 0 <= mine[4]["lost_by_ms"] - lost_by <= 1
    # Nobody else's identity, in no form.
    text = json.dumps(mine, ensure_ascii=False)
    assert not any(secret in text for secret in (winner.student_id, winner.name, winner.phone_number))
    assert [entry["outcome"] for entry in attempts(client, first)] == ["held"]


def test_a_hold_that_ran_out(stand, client, world):
    """The receipt says so, and does not say when another student asked for the locker."""
    late, next_one = world.students(2)
    first, second = stand.sign_in(late, client), stand.sign_in(next_one, client)
    locker = world.locker()
    client.post(f"lockers/{locker}/hold", token=first)
    world.run_out(locker)
    assert client.post(f"lockers/{locker}/hold", token=second).status == 201
    assert [(entry["act"], entry["outcome"]) for entry in attempts(client, first)] == [
        ("expire", "expired"),
        ("hold", "held"),
    ]


def test_at_most_a_hundred(client, world, student, token):
    locker = world.locker()
    world.sql(
        "INSERT INTO locker_decisions (decision_id, decided_at, student_id, locker_id, act, outcome, guarded)"
        " SELECT nextval('locker_decision_seq'), clock_timestamp(), %s, %s, 'hold', 'locker_taken', false"
        " FROM generate_series(1, 150)",
        student.student_id,
        locker,
    )
    answer = client.get("lockers/me/attempts", token=token)
    assert answer.status == 200 and len(answer.json["attempts"]) == 100
    world.sql("DELETE FROM locker_decisions WHERE student_id = %s", student.student_id)
