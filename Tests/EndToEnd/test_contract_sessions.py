"""CONTRACT, Identity: refresh, logout, logout-all; and what they do to the old tokens on the very next request."""

import threading

import pytest

from endtoend import shapes, tokens
from endtoend.shapes import check_failure, check_message
from endtoend.together import together


def alive(client, token):
    """Whether an access token is still taken. Asked on fresh connections, so that several workers are asked."""
    statuses = set()
    for _ in range(4):
        client.close()
        statuses.add(client.get("auth/me", token=token).status)
    assert len(statuses) == 1, "the workers disagree"
    return statuses == {200}


def refresh(client, refresh_token, **arguments):
    """POST /auth/refresh with a refresh token."""
    return client.post("auth/refresh", json={"refresh_token": refresh_token}, **arguments)


def test_refresh_rotates(stand, client, student):
    """Each refresh token is good once; the next one is issued; the old access token ends with it."""
    old = stand.tokens(student, client)
    answer = refresh(client, old["refresh_token"])
    assert answer.status == 200, answer
    shapes.check_tokens(answer)
    new = answer.json
    assert new["refresh_token"] != old["refresh_token"] and new["serial_id"] == old["serial_id"]
    assert tokens.decode(new["access_token"])[1]["jti"] != tokens.decode(old["access_token"])[1]["jti"]
    assert alive(client, new["access_token"])
    assert refresh(client, new["refresh_token"]).status == 200


@pytest.mark.parametrize("where", ["body", "Authorization"])
def test_refresh_ends_the_access_token_presented(stand, client, student, where):
    """In the body or in Authorization."""
    old = stand.tokens(student, client)
    if where == "body":
        body = {"refresh_token": old["refresh_token"], "access_token": old["access_token"]}
        answer = client.post("auth/refresh", json=body)
    else:
        answer = refresh(client, old["refresh_token"], token=old["access_token"])
    assert answer.status == 200
    assert not alive(client, old["access_token"])
    assert alive(client, answer.json["access_token"])


def test_a_refresh_that_fails_spends_nothing(stand, client, world, student):
    """The access token beside it belongs to a session that is locked: 503. Then the client's next attempt must be its first,
    and not the reuse of a token whose successor it never saw."""
    mine, other = stand.tokens(student, client), world.student()
    theirs = stand.sign_in(other, client)
    with world.connect() as locked, locked.transaction():
        locked.execute("SELECT FROM auth_sessions WHERE student_id = %s FOR UPDATE", (other.student_id,))
        check_failure(refresh(client, mine["refresh_token"], token=theirs), 503, "unavailable")
    answer = refresh(client, mine["refresh_token"], token=theirs)
    assert answer.status == 200, answer
    assert alive(client, answer.json["access_token"])
    assert not alive(client, theirs)


def test_refresh_ends_every_access_token_presented(stand, client, world, student):
    """Two of other sessions beside it, one of them behind a copy that is worth nothing."""
    mine, one, two = (stand.tokens(student, client) for _ in range(3))
    body = {"refresh_token": mine["refresh_token"], "access_token": one["access_token"]}
    second = client.post("auth/refresh", json=body, token=two["access_token"]).json
    assert not alive(client, one["access_token"])
    assert not alive(client, two["access_token"])
    three = stand.sign_in(student, client)
    body = {"refresh_token": second["refresh_token"], "access_token": "x"}
    assert client.post("auth/refresh", json=body, token=three).status == 200
    assert not alive(client, three)


def test_reuse_revokes_the_family(stand, client, student):
    """A spent token presented again: somebody has a copy. Every token of that login ends, and stays ended although
    the answer was 401; another login of the same student does not."""
    first, other = stand.tokens(student, client), stand.tokens(student, client)
    second = refresh(client, first["refresh_token"]).json
    third = refresh(client, second["refresh_token"]).json
    check_failure(refresh(client, first["refresh_token"]), 401, "invalid_refresh_token")
    check_failure(refresh(client, third["refresh_token"]), 401, "invalid_refresh_token")
    assert not alive(client, third["access_token"])
    assert alive(client, other["access_token"])
    assert refresh(client, other["refresh_token"]).status == 200


def test_concurrent_refreshes_have_one_winner(stand, student):
    """Twenty at once: exactly one 200. The old server let 13 to 20 of them win."""
    for _ in range(5):
        refresh_token = stand.tokens(student)["refresh_token"]
        barrier = threading.Barrier(20, timeout=30)

        def one():
            client = stand.client()
            client.get("health/live")
            barrier.wait()
            return refresh(client, refresh_token)

        answers = together([one] * 20)
        statuses = sorted(answer.status for answer in answers)
        assert statuses == [200] + [401] * 19
        assert {answer.error for answer in answers if answer.status == 401} == {"invalid_refresh_token"}


def test_at_most_twenty_sessions(stand, client, world, student):
    """Twenty of one student live at once: whoever signs in once more ends the one used longest ago, which is told so with its
    next request; a refresh is a use. No other student's is touched."""
    other = stand.sign_in(world.student(), client)
    sessions = [stand.tokens(student, client) for _ in range(25)]
    assert world.value("SELECT count(*) FROM auth_sessions WHERE student_id = %s", student.student_id) == 20
    for ended in (sessions[0], sessions[4]):
        assert not alive(client, ended["access_token"])
        check_failure(refresh(client, ended["refresh_token"]), 401, "invalid_refresh_token")
    assert client.get("auth/me", token=sessions[24]["access_token"]).status == 200
    used = refresh(client, sessions[5]["refresh_token"]).json
    stand.tokens(student, client)
    assert alive(client, used["access_token"])
    assert not alive(client, sessions[6]["access_token"])
    assert alive(client, sessions[7]["access_token"])
    assert alive(client, other)


def test_twenty_sessions_also_of_who_signs_in_at_once(stand, world, student):
    """Thirty devices at the same instant."""
    barrier = threading.Barrier(30, timeout=30)

    def one():
        client = stand.client()
        client.get("health/live")
        barrier.wait()
        return client.post("auth/login", json=student.body)

    answers = together([one] * 30)
    assert {answer.status for answer in answers} == {200}
    assert world.value("SELECT count(*) FROM auth_sessions WHERE student_id = %s", student.student_id) == 20
    client = stand.client()
    alive_ = [client.get("auth/me", token=answer.json["access_token"]).status for answer in answers]
    assert sorted(alive_) == [200] * 20 + [401] * 10


def test_refresh_refuses(stand, client, world, student):
    """Unknown, malformed, an access token in its place, expired."""
    tokens_ = stand.tokens(student, client)
    for wrong in ("x", "A" * 43, "가" * 43, tokens_["access_token"], tokens_["refresh_token"] + "A", " "):
        check_failure(refresh(client, wrong), 401, "invalid_refresh_token")
    world.sql("UPDATE auth_sessions SET expires_at = now() WHERE student_id = %s", student.student_id)
    check_failure(refresh(client, tokens_["refresh_token"]), 401, "invalid_refresh_token")
    check_failure(client.post("auth/refresh", json={}), 400, "invalid_request")
    check_failure(client.post("auth/refresh", json={"refresh_token": 1}), 400, "invalid_request")


def test_a_refresh_token_is_no_access_token(stand, client, student):
    """Nor the other way round, see above."""
    check_failure(client.get("auth/me", token=stand.tokens(student, client)["refresh_token"]), 401, "unauthorized")


@pytest.mark.parametrize("presented", ["refresh_token", "access_token", "both", "Authorization", "all"])
def test_logout(stand, client, student, presented):
    """By whichever token, in the body or in Authorization: the session ends at once, and only this one."""
    mine, other = stand.tokens(student, client), stand.tokens(student, client)
    body = {name: mine[name] for name in ("refresh_token", "access_token") if presented in (name, "both", "all")}
    arguments = {"token": mine["access_token"]} if presented in ("Authorization", "all") else {}
    if body:
        arguments["json"] = body
    check_message(client.post("auth/logout", **arguments))
    assert not alive(client, mine["access_token"])
    check_failure(refresh(client, mine["refresh_token"]), 401, "invalid_refresh_token")
    assert alive(client, other["access_token"])
    assert client.post("auth/logout", **arguments).status == 401, "nothing valid was presented the second time"


@pytest.mark.parametrize("stale", ["x", "a.b.c", "another's that ended"])
def test_logout_with_a_stale_token_in_the_body(stand, client, world, student, stale):
    """An old copy in the body does not hide the good one in Authorization."""
    mine = stand.sign_in(student, client)
    if stale.startswith("another"):
        stale = stand.sign_in(world.student(), client)
        check_message(client.post("auth/logout", token=stale))
    check_message(client.post("auth/logout", json={"access_token": stale}, token=mine))
    assert not alive(client, mine)


def test_logout_ends_both_access_tokens(stand, client, student):
    """One in the body, another in Authorization: neither lives on."""
    one, two = stand.sign_in(student, client), stand.sign_in(student, client)
    check_message(client.post("auth/logout", json={"access_token": one}, token=two))
    assert not alive(client, one)
    assert not alive(client, two)


def test_logout_with_a_spent_refresh_token_ends_the_family(stand, client, student):
    """Somebody has a copy. By itself it is nothing valid, and 401; beside a good access token it is a logout."""
    first, other = stand.tokens(student, client), stand.tokens(student, client)
    second = refresh(client, first["refresh_token"]).json
    assert client.post("auth/logout", json={"refresh_token": first["refresh_token"]}).status == 401
    assert not alive(client, second["access_token"])
    check_failure(refresh(client, second["refresh_token"]), 401, "invalid_refresh_token")
    assert alive(client, other["access_token"])
    third = refresh(client, other["refresh_token"]).json
    body = {"refresh_token": other["refresh_token"]}
    check_message(client.post("auth/logout", json=body, token=third["access_token"]))
    assert not alive(client, third["access_token"])


def test_logout_with_nothing_valid(client, world):
    """401, whatever the nothing looks like."""
    assert client.post("auth/logout").status == 401
    assert client.post("auth/logout", json={}).status == 401
    assert client.post("auth/logout", json={"refresh_token": "A" * 43}).status == 401
    assert client.post("auth/logout", json={"access_token": "a.b.c"}).status == 401
    assert client.post("auth/logout", token="a.b.c").status == 401


def test_logout_ends_whatever_was_presented(stand, client, student):
    """A refresh token of one session and the access token of another: neither lives on."""
    one, two = stand.tokens(student, client), stand.tokens(student, client)
    check_message(client.post("auth/logout", json={"refresh_token": one["refresh_token"]}, token=two["access_token"]))
    assert not alive(client, one["access_token"])
    assert not alive(client, two["access_token"])


def test_logout_all(stand, client, world, student):
    """Every session of the student ends, nobody else's."""
    mine = [stand.tokens(student, client) for _ in range(3)]
    stranger = stand.tokens(world.student(), client)
    check_message(client.post("auth/logout-all", token=mine[0]["access_token"]))
    for session in mine:
        assert not alive(client, session["access_token"])
        check_failure(refresh(client, session["refresh_token"]), 401, "invalid_refresh_token")
    assert alive(client, stranger["access_token"])
    check_failure(client.post("auth/logout-all", token=mine[0]["access_token"]), 401, "unauthorized")
    check_failure(client.post("auth/logout-all"), 401, "unauthorized")
    assert alive(client, stand.sign_in(student, client)), "and the student may sign in again"


def test_a_corrected_student_signs_in_anew(stand, client, world, student):
    """What an operator changes about a person ends that person's sessions at once."""
    token = stand.sign_in(student, client)
    world.sql("UPDATE users SET name = '이순신' WHERE student_id = %s", student.student_id)
    assert not alive(client, token)


def test_a_deleted_student_is_signed_out(stand, client, world, student):
    """The token of somebody who is no longer there is a 401, not a fault."""
    token = stand.sign_in(student, client)
    world.sql("DELETE FROM users WHERE student_id = %s", student.student_id)
    check_failure(client.get("lockers", token=token), 401, "unauthorized")
    check_failure(client.post(f"lockers/{world.locker()}/hold", token=token), 401, "unauthorized")
