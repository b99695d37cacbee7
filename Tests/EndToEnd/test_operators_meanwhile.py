"""Operators type their old statements in the middle of a rush: no fault, no deadlock, nobody waits for long."""

import time
from collections import Counter

from endtoend.together import together

SECONDS = 2.5


def deadlocks(world):
    """How many the database has counted."""
    return world.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")


def until(over, act):
    """Repeats until the time is over; gives what came of it."""
    found = Counter()
    while time.monotonic() < over:
        found[act()] += 1
    return found


def test_a_corrected_phone_while_its_student_signs_in(rough_stand):
    """The operator's row lock and the student's session lock are taken in one order."""
    world = rough_stand.world
    student = world.student()
    before, over = deadlocks(world), time.monotonic() + SECONDS
    phones = [student.phone_number, "01077" + student.student_id[-6:]]

    def correct():
        with world.connect() as operator:
            for turn in range(10**9):
                if time.monotonic() > over:
                    operator.execute(
                        "UPDATE users SET phone_number = %s WHERE student_id = %s", (phones[0], student.student_id)
                    )
                    return Counter()
                operator.execute(
                    "UPDATE users SET phone_number = %s WHERE student_id = %s", (phones[turn % 2], student.student_id)
                )

    def sign_in():
        client = rough_stand.client()

        def once():
            answer = client.post("auth/login", json=student.body)
            if answer.status == 200:
                client.post("auth/refresh", json={"refresh_token": answer.json["refresh_token"]})
            world.sql("DELETE FROM auth_failures WHERE student_id = %s", student.student_id)
            return answer.status

        return until(over, once)

    found = sum(together([correct, sign_in, sign_in, sign_in]), Counter())
    assert set(found) <= {200, 401, 429} and found[200] > 10, found
    time.sleep(1.1)  # the figures of pg_stat_database are written once a second
    assert deadlocks(world) == before


def test_a_reset_in_the_middle_of_a_rush(rough_stand):
    """TRUNCATE and UPDATE of everything, again and again: students are told yes, no or to try again, never a fault."""
    world = rough_stand.world
    people, lockers = world.students(6), world.lockers(3)
    tokens = [rough_stand.sign_in(person) for person in people]
    over = time.monotonic() + SECONDS

    def reset():
        with world.connect() as operator:

            def once():
                operator.execute("TRUNCATE locker_assignments RESTART IDENTITY")
                operator.execute("UPDATE locker_info SET owner = NULL")
                time.sleep(0.05)  # students must get somewhere in between
                return "reset"

            return until(over, once)

    def student(number):
        client, turn = rough_stand.client(), 0

        def once():
            nonlocal turn
            turn += 1
            act = ("hold", "confirm", "release")[turn % 3]
            locker = lockers[(number + turn // 3) % 3]
            return client.post(f"lockers/{locker}/{act}", token=tokens[number]).status

        return until(over, once)

    try:
        found = sum(together([reset, *(lambda n=n: student(n) for n in range(6))]), Counter())
    finally:
        world.forget()
    assert found["reset"] > 3 and found[201] > 10, found
    assert set(found) <= {"reset", 200, 201, 404, 409, 503}, found
    assert rough_stand.healthy()
