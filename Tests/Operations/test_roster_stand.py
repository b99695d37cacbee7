"""A server that admits by roster: what an operator changes about a student, the student can still sign in with."""

from __future__ import annotations

import os
import threading
from typing import Iterator

import pytest

from endtoend.client import Answer
from endtoend.people import Student
from endtoend.stand import Stand, patience, poll
from endtoend.tokens import decode
from operations.ctl import BINARY
from operations.database import REPOSITORY
from operations.front_door import FrontDoor


@pytest.fixture(scope="module")
def roster_stand() -> Iterator[Stand]:
    """As the package installs it: only who is on the council's list comes in."""
    worker = os.environ.get("LOCKER_WORKER_BINARY", str(REPOSITORY / ".build/debug/FCGIApp"))
    stand = Stand(LOCKER_WORKER_BINARY=worker, LOCKER_CTL_BINARY=BINARY, LOCKER_REGISTRATION="roster")
    yield stand
    stand.stop()


@pytest.fixture
def front_door(roster_stand, tmp_path) -> FrontDoor:
    """lockerctl of that stand."""
    return FrontDoor(roster_stand, tmp_path)


def signs_in(front_door, student_id, name, phone) -> int:
    """What the server answers to the three values."""
    return front_door.stand.client().post("auth/login-or-register", json=Student(student_id, name, phone).body).status


def test_a_rehearsal(front_door):
    """Its students are on no list."""
    result = front_door.ctl("rehearse", "--students", "40", "--lockers", "10")
    assert "로그인하지 못해" not in result.out + result.err
    assert front_door.stand.world.sql("SELECT * FROM rehearsal_leftovers()") == []


def test_whoever_is_added_or_corrected_signs_in(front_door):
    world = front_door.stand.world
    person, other = world.stranger(), world.stranger()
    assert signs_in(front_door, person.student_id, person.name, person.phone_number) == 403
    front_door.change("student", "add", person.student_id, person.name, person.phone_number)
    assert signs_in(front_door, person.student_id, person.name, person.phone_number) == 200
    front_door.change("student", "rename", person.student_id, "홍길순")
    assert signs_in(front_door, person.student_id, "홍길순", person.phone_number) == 200
    front_door.change("student", "phone", person.student_id, other.phone_number)
    assert signs_in(front_door, person.student_id, "홍길순", other.phone_number) == 200
    front_door.change("student", "change-id", person.student_id, other.student_id)
    assert signs_in(front_door, other.student_id, "홍길순", other.phone_number) == 200
    assert signs_in(front_door, person.student_id, "홍길순", other.phone_number) == 403
    # Back, one after the other.
    for act in front_door.ctl("audit", "list", "--limit", "3", "--json").json:
        front_door.change("undo", str(act["audit_id"]))
    assert signs_in(front_door, person.student_id, person.name, person.phone_number) == 200


def test_a_list_that_is_added(front_door):
    """A few more, without the others losing their place; the account comes with the first sign-in."""
    world = front_door.stand.world
    first, late = world.stranger(), world.stranger()
    line = "학번,이름,전화번호\n{0.student_id},{0.name},{0.phone_number}\n"
    for student, more in ((first, ()), (late, ("--add",))):
        file = front_door.folder / f"{student.student_id}.csv"
        file.write_text(line.format(student))
        front_door.change("roster", "import", str(file), *more)
    for student in (first, late):
        assert signs_in(front_door, student.student_id, student.name, student.phone_number) == 201


def test_a_session_goes_along_when_the_id_changes(front_door):
    """The student refreshes without a pause while the council corrects his 학번 to and fro: no refresh is refused, none
    fails, and each brings an access token of the 학번 that he has."""
    world = front_door.stand.world
    person, other = world.student(), world.stranger()
    world.enlist([person])
    client = front_door.stand.client()
    tokens = front_door.stand.tokens(person)
    over = threading.Event()
    seen: list[Answer] = []

    def refresh_again_and_again() -> None:
        held = tokens["refresh_token"]
        while not over.is_set():
            seen.append(client.post("auth/refresh", json={"refresh_token": held}))
            if seen[-1].status != 200:
                return
            held = seen[-1].json["refresh_token"]

    page = threading.Thread(target=refresh_again_and_again)
    page.start()
    try:
        ids = [person.student_id, other.student_id]
        for turn in range(7):
            before = len(seen)
            front_door.change("student", "change-id", ids[turn % 2], ids[(turn + 1) % 2])
            poll("a refresh after it", patience(10), lambda: len(seen) > before + 1 or not page.is_alive())
    finally:
        over.set()
        page.join()
    assert [answer for answer in seen if answer.status != 200] == []
    last = seen[-1].json["access_token"]
    assert decode(last)[1]["sub"] == other.student_id
    assert client.get("lockers/me", token=last).status == 200
    # What was issued for the former 학번 names nobody any more.
    assert client.get("lockers/me", token=tokens["access_token"]).status == 401
