"""A student sees his own sessions and ends them; nobody else's are told of or touched."""

import re
import threading
import uuid

import pytest

from endtoend import shapes
from endtoend.shapes import check_failure, check_message
from endtoend.together import together
from endtoend.tokens import decode

KEYS = {"id", "current", "started_at", "last_used_at", "user_agent", "network"}


def sessions(client, token):
    """The list, each entry of the right form."""
    answer = client.get("auth/sessions", token=token)
    assert answer.status == 200 and set(answer.json) == {"sessions"}, answer
    for entry in answer.json["sessions"]:
        assert set(entry) == KEYS and type(entry["current"]) is bool, answer
        assert str(uuid.UUID(entry["id"])) == entry["id"]
        assert shapes.instant(entry["started_at"]) <= shapes.instant(entry["last_used_at"])
    assert answer.header("Cache-Control") == "no-store"
    return answer.json["sessions"]


def sign_in(client, student, agent):
    """A session of its own for each device."""
    answer = client.post("auth/login", json=student.body, headers={"User-Agent": agent})
    assert answer.status == 200, answer
    return answer.json


def test_the_list(client, world, student):
    """Two devices, the one used last first, the one that asks marked; and none of another student."""
    phone, laptop = sign_in(client, student, "phone"), sign_in(client, student, "laptop")
    other = sign_in(client, world.student(), "other")
    entries = sessions(client, phone["access_token"])
    assert [(e["user_agent"], e["current"]) for e in entries] == [("laptop", False), ("phone", True)]
    assert {e["network"] for e in entries} == {"127.0.0.0/24"}, "the network, and not the address"
    assert [e["user_agent"] for e in sessions(client, other["access_token"])] == ["other"]
    assert [e["current"] for e in sessions(client, laptop["access_token"])] == [True, False]


def test_a_refresh_is_the_same_session(client, student):
    """One entry with its id and beginning; it was used later."""
    first = sign_in(client, student, "phone")
    before = sessions(client, first["access_token"])
    second = client.post("auth/refresh", json={"refresh_token": first["refresh_token"]}).json
    after = sessions(client, second["access_token"])
    assert len(before) == len(after) == 1 and after[0]["current"]
    assert (before[0]["id"], before[0]["started_at"]) == (after[0]["id"], after[0]["started_at"])
    assert after[0]["last_used_at"] > before[0]["last_used_at"]


def test_end_one(stand, client, student):
    """The ended session's tokens are refused at once, by every worker; the other lives."""
    kept, ended = sign_in(client, student, "kept"), sign_in(client, student, "ended")
    victim = next(e["id"] for e in sessions(client, kept["access_token"]) if e["user_agent"] == "ended")
    check_message(client.request("DELETE", f"auth/sessions/{victim}", token=kept["access_token"]))
    for _ in range(20):
        check_failure(stand.client().get("auth/me", token=ended["access_token"]), 401, "unauthorized")
    answer = client.post("auth/refresh", json={"refresh_token": ended["refresh_token"]})
    check_failure(answer, 401, "invalid_refresh_token")
    assert [e["user_agent"] for e in sessions(client, kept["access_token"])] == ["kept"]
    check_failure(
        client.request("DELETE", f"auth/sessions/{victim}", token=kept["access_token"]), 404, "session_not_found"
    )


def test_end_the_one_that_asks(client, token):
    """Is a logout."""
    own = sessions(client, token)[0]["id"]
    check_message(client.request("DELETE", f"auth/sessions/{own}", token=token))
    check_failure(client.get("auth/me", token=token), 401, "unauthorized")


def test_another_students_session_is_not_there(client, world, token):
    """404 as for one that never was, and it lives on."""
    other = sign_in(client, world.student(), "other")
    theirs = sessions(client, other["access_token"])[0]["id"]
    answers = [
        client.request("DELETE", f"auth/sessions/{number}", token=token)
        for number in (theirs, uuid.uuid4(), theirs.upper(), "1", "x" * 2000, "..%2f", "%27%20OR%201=1", "%EA%B0%80")
    ]
    for answer in answers:
        assert answer.status == 404, answer
    assert {answer.error for answer in answers} <= {"session_not_found", "not_found"}
    assert answers[0].json["message"] == answers[1].json["message"]
    assert client.get("auth/me", token=other["access_token"]).status == 200


def test_only_signed_in_and_by_its_methods(client, token):
    """401 without a token; 405 names the method that is allowed; a foreign page may not delete."""
    check_failure(client.get("auth/sessions"), 401, "unauthorized")
    check_failure(client.request("DELETE", f"auth/sessions/{uuid.uuid4()}"), 401, "unauthorized")
    answer = client.get(f"auth/sessions/{uuid.uuid4()}", token=token)
    check_failure(answer, 405, "method_not_allowed")
    assert answer.header("Allow") == "DELETE"
    answer = client.post("auth/sessions", token=token)
    check_failure(answer, 405, "method_not_allowed")
    assert answer.header("Allow") == "GET, HEAD"
    preflight = client.request(
        "OPTIONS",
        f"auth/sessions/{uuid.uuid4()}",
        headers={"Origin": "https://www.kucisc.kr", "Access-Control-Request-Method": "DELETE"},
    )
    assert preflight.header("Access-Control-Allow-Methods") == "GET, POST"


def test_what_is_kept_of_a_device_is_little(client, world, student):
    """At most 120 printable characters of the agent and the network; of the token its hash alone."""
    answer = client.post(
        "auth/login", json=student.body, headers={"User-Agent": "A" * 300, "X-Forwarded-For": "203.0.113.77"}
    )
    rows = world.sql(
        "SELECT user_agent, ip, octet_length(token_hash), t::text FROM auth_sessions t WHERE student_id = %s",
        student.student_id,
    )
    agent, network, length, row = rows[0]
    assert (agent, network, length) == ("A" * 120, "127.0.0.0/24", 32)
    assert answer.json["refresh_token"] not in row and "203.0.113" not in row
    assert not re.search(r"127\.0\.0\.1\b", row)


def test_refresh_and_logout_all_race(stand, world):
    """Whichever comes first: once both were answered no session lives, and the loser of the race is told so."""
    for _ in range(25):
        student = world.student()
        tokens = stand.tokens(student)
        refreshed, ended = together([
            lambda: stand.client().post("auth/refresh", json={"refresh_token": tokens["refresh_token"]}),
            lambda: stand.client().post("auth/logout-all", token=tokens["access_token"]),
        ])
        # The refresh may have ended the access token before the logout looked at it: then it is a 401, and ends nothing.
        if ended.status == 200:
            assert live(world, student) == 0
            if refreshed.status == 200:
                check_failure(stand.client().get("auth/me", token=refreshed.json["access_token"]), 401, "unauthorized")
        else:
            check_failure(ended, 401, "unauthorized")
            assert refreshed.status == 200 and live(world, student) == 1


def live(world, student):
    """How many sessions of a student there are."""
    return world.value("SELECT count(*) FROM auth_sessions WHERE student_id = %s", student.student_id)


@pytest.mark.parametrize("waits", [True, False], ids=["waits for it", "does not: the fault shows"])
def test_a_rotation_in_flight_does_not_outlive_logout_all(roster_stand, waits):
    """A rotation that has decided and not committed, and a logout-all meanwhile, which waits for its row: no session
    survives. One that does not wait leaves it, so this test can fail."""
    world = roster_stand.world
    student = world.student()
    first, second = uuid.uuid4().hex * 2, uuid.uuid4().hex * 2
    original = world.value("SELECT pg_get_functiondef('auth_end_all_sessions(text)'::regprocedure)")
    assert "FOR UPDATE)" in original
    world.sql(
        "SELECT auth_open_session(%s, decode(%s, 'hex'), gen_random_uuid(), gen_random_uuid(), 600, 600, NULL, NULL, 20)",
        student.student_id,
        first,
    )
    try:
        if not waits:
            world.sql(original.replace("FOR UPDATE)", "FOR UPDATE SKIP LOCKED)"))
        with world.connect() as rotating, world.connect() as ending:
            with rotating.transaction():
                rotating.execute(
                    "SELECT auth_rotate(decode(%s, 'hex'), decode(%s, 'hex'), gen_random_uuid(), 600, NULL, NULL)",
                    (first, second),
                )
                pid, ended = ending.info.backend_pid, threading.Event()

                def end():
                    ending.execute("SELECT auth_end_all_sessions(%s)", (student.student_id,))
                    ended.set()

                def commit_when_it_waits():
                    while not world.value("SELECT count(*) FROM pg_locks WHERE pid = %s AND NOT granted", pid):
                        if ended.is_set():
                            break
                    assert ended.is_set() != waits
                    rotating.execute("COMMIT")

                together([end, commit_when_it_waits])
        assert live(world, student) == (0 if waits else 1)
    finally:
        world.sql(original)


def test_a_logout_all_in_flight_ends_the_rotation_that_waits_for_it(stand, world):
    """The other way round: the refresh finds no session any more, and issues nothing."""
    student = world.student()
    tokens = stand.tokens(student)
    with world.connect() as ending, ending.transaction():
        ending.execute("SELECT auth_end_all_sessions(%s)", (student.student_id,))

        def commit_when_it_waits():
            while not world.value("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                pass
            ending.execute("COMMIT")

        refreshed, _ = together([
            lambda: stand.client().post("auth/refresh", json={"refresh_token": tokens["refresh_token"]}),
            commit_when_it_waits,
        ])
    check_failure(refreshed, 401, "invalid_refresh_token")
    assert live(world, student) == 0


def test_a_refresh_that_waits_for_a_corrected_number_goes_on(stand, world):
    """The council corrects the 학번 and has not committed when the student refreshes: the session goes along."""
    student, corrected = world.student(), world.stranger()
    tokens = stand.tokens(student)
    with world.connect() as changing, changing.transaction():
        changing.execute(
            "UPDATE users SET student_id = %s WHERE student_id = %s", (corrected.student_id, student.student_id)
        )

        def commit_when_it_waits():
            while not world.value("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                pass
            changing.execute("COMMIT")

        refreshed, _ = together([
            lambda: stand.client().post("auth/refresh", json={"refresh_token": tokens["refresh_token"]}),
            commit_when_it_waits,
        ])
    assert refreshed.status == 200, refreshed
    assert decode(refreshed.json["access_token"])[1]["sub"] == corrected.student_id
