"""A server that admits by roster: what an operator changes about a student, the student can still sign in with."""

from __future__ import annotations

import os
from typing import Iterator

import pytest

from endtoend.people import Student
from endtoend.stand import Stand
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
