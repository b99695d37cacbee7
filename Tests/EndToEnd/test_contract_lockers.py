"""CONTRACT, Lockers: the list and the caller's own."""

import pytest

from endtoend import shapes
from endtoend.shapes import MASK, check_failure, check_locker
from endtoend.stand import poll


def of(answer, locker_id):
    """One locker of a list."""
    return next(locker for locker in answer.json["lockers"] if locker["locker_id"] == locker_id)


def listing(client, token, new=()):
    """The list once it shows these new lockers: in a rush of lists what others did may take a moment (a process hands a
    copy out for up to 0.2 s), what the caller did himself may not."""

    def whole():
        answer = client.get("lockers", token=token)
        shown = {locker["locker_id"] for locker in answer.json["lockers"]}
        return answer if shown.issuperset(new) else None

    return poll("the new lockers in the list", 2, whole)


def test_list(stand, client, world, student, token):
    """Every locker, in order, in the exact shape; the counts count."""
    place = "과학도서관 6층 620호 옆"
    mine = world.lockers(3, place)
    answer = listing(client, token, mine)
    assert answer.status == 200 and set(answer.json) == {"lockers", "available_count", "total_count"}, answer
    lockers = answer.json["lockers"]
    numbers = [locker["locker_id"] for locker in lockers]
    assert numbers == [row[0] for row in world.sql("SELECT locker_id FROM locker_info ORDER BY locker_id")]
    assert answer.json["total_count"] == len(lockers)
    assert answer.json["available_count"] == sum(locker["state"] == "available" for locker in lockers)
    for locker in lockers:
        check_locker(locker, student_id=student.student_id)
    location_id = world.value("SELECT location_id FROM locker_locations WHERE name = %s", place)
    assert of(answer, mine[0]) == {
        "locker_id": mine[0],
        "location_id": place,
        "location": {"id": location_id, "name": place},
        "state": "available",
        "mine": False,
    }


def test_list_shows_each_state_to_each_student(stand, client, world):
    """Held and confirmed, mine and another's. Nobody's 학번 reaches another student."""
    one, two = world.students(2)
    first, second = stand.sign_in(one, client), stand.sign_in(two, client)
    held, confirmed = world.lockers(2)
    other_held, expired = world.lockers(2)
    client.post(f"lockers/{confirmed}/hold", token=first)
    client.post(f"lockers/{confirmed}/confirm", token=first)
    client.post(f"lockers/{held}/hold", token=second)

    mine = client.get("lockers", token=first)
    assert (of(mine, confirmed)["state"], of(mine, confirmed)["mine"], of(mine, confirmed)["owner"]) == (
        "confirmed",
        True,
        one.student_id,
    )

    def others():
        answer = client.get("lockers", token=second)
        return answer if of(answer, confirmed)["state"] == "confirmed" else None

    theirs = poll("another student's confirmation in the list", 2, others)
    assert (of(theirs, confirmed)["mine"], of(theirs, confirmed)["owner"]) == (False, MASK)
    assert (of(theirs, held)["state"], of(theirs, held)["mine"]) == ("held", True)
    mine = poll(
        "another student's hold in the list",
        2,
        lambda: answer if of(answer := client.get("lockers", token=first), held)["state"] == "held" else None,
    )
    assert of(mine, held)["mine"] is False
    for answer, student, other in ((mine, one, two), (theirs, two, one)):
        assert other.student_id.encode() not in answer.body
        for locker in answer.json["lockers"]:
            check_locker(locker, student_id=student.student_id)


def test_the_callers_own_act_is_in_the_very_next_list(stand, client, world, student, token):
    """Whatever is cached: hold, confirm, release and release-hold show at once, and in the counts."""
    locker = world.locker()
    free = listing(client, token, [locker]).json["available_count"]
    for call, state, mine, count in (
        ("hold", "held", True, free - 1),
        ("release-hold", "available", False, free),
        ("hold", "held", True, free - 1),
        ("confirm", "confirmed", True, free - 1),
        ("release", "available", False, free),
    ):
        assert client.post(f"lockers/{locker}/{call}", token=token).status in (200, 201)
        answer = client.get("lockers", token=token)
        assert (of(answer, locker)["state"], of(answer, locker)["mine"]) == (state, mine), call
        assert answer.json["available_count"] == count, call


def test_a_hold_that_ran_out_is_shown_free(stand, client, world, student, token):
    """To its holder at once, and the list and the claim agree."""
    locker = world.locker()
    client.post(f"lockers/{locker}/hold", token=token)
    world.run_out(locker)
    other = stand.sign_in(world.student(), client)
    poll("free again", 2, lambda: of(client.get("lockers", token=token), locker)["state"] == "available")
    poll("free again for others", 2, lambda: of(client.get("lockers", token=other), locker)["state"] == "available")
    assert client.get("lockers/me", token=token).json == {"locker": None, "hold": None}
    assert client.post(f"lockers/{locker}/hold", token=other).status == 201


def test_etag(stand, client, world, student, token):
    """304 without a body as long as nothing has changed for this caller; another ETag when it has."""
    first = listing(client, token, [world.locker()])
    tag = first.header("ETag")
    assert tag and tag.endswith('"')
    for value in (tag, f'"nonsense", {tag}', "*"):
        again = client.get("lockers", token=token, headers={"If-None-Match": value})
        assert (again.status, again.header("ETag")) == (304, tag), value
    assert client.get("lockers", token=token, headers={"If-None-Match": '"nonsense"'}).status == 200
    locker = world.locker()
    client.post(f"lockers/{locker}/hold", token=token)
    changed = client.get("lockers", token=token, headers={"If-None-Match": tag})
    assert changed.status == 200 and changed.header("ETag") != tag
    assert of(changed, locker)["mine"] is True


def test_etag_belongs_to_what_is_shown(stand, client, world):
    """Two students who see different things have different ETags: never a 304 for the other's list."""
    one, two = world.students(2)
    first, second = stand.sign_in(one, client), stand.sign_in(two, client)
    locker = world.locker()
    client.post(f"lockers/{locker}/hold", token=first)
    tag = client.get("lockers", token=first).header("ETag")
    poll("the hold in the other's list", 2, lambda: of(client.get("lockers", token=second), locker)["state"] == "held")
    answer = client.get("lockers", token=second, headers={"If-None-Match": tag})
    assert answer.status == 200 and of(answer, locker)["mine"] is False


def test_etag_needs_a_session(client):
    """No 304 for who is not signed in."""
    check_failure(client.get("lockers", headers={"If-None-Match": "*"}), 401, "unauthorized")


def test_my_locker(stand, client, world, student, token):
    """Nothing, a hold, a confirmed one, nothing."""
    locker = world.locker()
    me = client.get("lockers/me", token=token)
    assert me.status == 200 and me.json == {"locker": None, "hold": None}
    held = client.post(f"lockers/{locker}/hold", token=token).json
    me = client.get("lockers/me", token=token).json
    assert me["locker"] is None and set(me["hold"]) == {"locker", "expires_at", "expires_in_seconds"}
    assert me["hold"]["locker"] == held["locker"] and me["hold"]["expires_at"] == held["expires_at"]
    shapes.instant(me["hold"]["expires_at"])
    assert type(me["hold"]["expires_in_seconds"]) is int and 55 <= me["hold"]["expires_in_seconds"] <= 60
    confirmed = client.post(f"lockers/{locker}/confirm", token=token).json
    assert client.get("lockers/me", token=token).json == {"locker": confirmed["locker"], "hold": None}
    client.post(f"lockers/{locker}/release", token=token)
    assert client.get("lockers/me", token=token).json == {"locker": None, "hold": None}


@pytest.mark.parametrize("call", ["lockers", "lockers/me"])
def test_needs_a_token(client, call):
    """401."""
    check_failure(client.get(call), 401, "unauthorized")
