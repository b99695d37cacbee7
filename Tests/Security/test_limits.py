"""Brakes: a flood is refused, a campus behind one address is not, and one student cannot crowd out the rest."""

import json
import threading

from endtoend.client import Client
from endtoend.shapes import check_failure
from endtoend.together import together

FOREIGN, NEIGHBOUR = "127.0.0.2", "127.0.0.3"
CONNECTIONS = 8


def test_three_thousand_sign_ins_from_the_trusted_address(stand, world):
    """The council's own server signs everybody in, in one rush: nobody is refused."""
    people = world.students(3000)

    def some(part):
        client = stand.client()
        return [client.post("auth/login-or-register", json=person.body, check=False).status for person in part]

    statuses = sum(together([lambda part=people[i::16]: some(part) for i in range(16)]), [])
    assert len(statuses) == 3000 and set(statuses) == {200}, {s: statuses.count(s) for s in set(statuses)}


def flood(stand, source, until, request):
    """Asks from an address, on so many connections, until one answer is 429 or so many were asked. The statuses, in the
    order of their arrival: a 429 may overtake what the other connections are still waiting for."""
    statuses, over, lock = [], threading.Event(), threading.Lock()

    def ask():
        client = stand.client(source=source)
        while not over.is_set():
            answer = request(client)
            with lock:
                statuses.append(answer.status)
                if answer.status == 429:
                    check_failure(answer, 429, "too_many_requests")
                    assert answer.header("Retry-After") == "1"
                    over.set()
                if len(statuses) >= until:
                    over.set()
        client.close()

    together([ask] * CONNECTIONS)
    return statuses


def test_a_flood_of_sign_ins_from_a_foreign_address(stand, world, student):
    """A campus (a thousand students, each twice) fits; what exceeds it is refused, for that address alone."""
    statuses = flood(stand, FOREIGN, 12_000, lambda client: client.post("auth/login", json={}, check=False))
    first = statuses.index(429)
    assert first > 2000 - CONNECTIONS, f"refused after {first}: a campus would have felt it"
    assert set(statuses[:first]) == {400}
    assert stand.client().post("auth/login", json=student.body).status == 200, "the trusted address is not concerned"
    assert stand.client(source=NEIGHBOUR).post("auth/login", json=student.body).status == 200
    # Everything else from the flooding address goes on.
    assert stand.client(source=FOREIGN).get("application-period").status == 200


def test_a_flood_with_one_token(stand, world):
    """One student's macro is slowed down wherever it runs; the classmate behind the same address is not."""
    macro, classmate = (stand.sign_in(person) for person in world.students(2))
    statuses = flood(stand, NEIGHBOUR, 3000, lambda client: client.get("lockers/me", token=macro, check=False))
    assert statuses.index(429) > 100 - CONNECTIONS, "less than a page needs"
    assert stand.client(source=NEIGHBOUR).get("lockers/me", token=classmate).status == 200
    # The scheme in other letters, more spaces: the worker reads the same token, and the fence knows it too.
    for scheme in ("bearer ", "BEARER   "):
        answers = [
            stand.client(source=NEIGHBOUR).get("lockers/me", headers={"Authorization": scheme + macro}).status
            for _ in range(5)
        ]
        assert set(answers) <= {200, 429}
    statuses = flood(
        stand, NEIGHBOUR, 3000, lambda c: c.get("lockers/me", headers={"Authorization": f"bearer  {macro}"}, check=False)
    )
    assert 429 in statuses


def test_attempts_at_once(roster_stand):
    """Five here: the sixth is 429 with the second to wait, is not in the ledger, and is counted in the log. What one holds is
    told again and can be confirmed, and other students are not affected."""
    world, client = roster_stand.world, roster_stand.client()
    student, other = world.students(2)
    world.sql(
        "INSERT INTO eligible_students (student_id, name, phone_number, eligible, source_file) "
        "SELECT student_id, name, phone_number, true, '명단.xlsx' FROM users WHERE student_id = ANY (%s)",
        [student.student_id, other.student_id],
    )
    token, locker = roster_stand.sign_in(student, client), world.locker()
    statuses = [client.post(f"lockers/{locker}/hold", token=token).status for _ in range(5)]
    assert statuses == [201, 200, 200, 200, 200]
    world.use_up(student.student_id)
    answer = client.post(f"lockers/{world.locker()}/hold", token=token)
    check_failure(answer, 429, "too_many_requests")
    assert answer.header("Retry-After") == "1"
    world.use_up(student.student_id)
    assert client.post(f"lockers/{locker}/hold", token=token).status == 200
    rows = "SELECT count(*) FROM locker_decisions WHERE student_id = %s"
    assert world.value(rows, student.student_id) == 5
    lines = [
        json.loads(line)
        for path in roster_stand.logs()
        if path.name.startswith("worker-")
        for line in path.read_text().splitlines()
    ]
    mine = [line for line in lines if line.get("request_id") == answer.header("X-Request-Id")]
    assert [(line["status"], line["error"]) for line in mine] == [(429, "too_many_requests")]
    assert client.post(f"lockers/{locker}/confirm", token=token).status == 200
    assert client.post(f"lockers/{world.locker()}/hold", token=roster_stand.sign_in(other, client)).status == 201
    # A minute later there are five again, and not more.
    world.sql(
        "UPDATE attempt_allowances SET at = at - interval '1 minute' WHERE student_id = %s", student.student_id
    )
    for _ in range(5):
        check_failure(client.post(f"lockers/{locker}/hold", token=token), 409, "already_assigned")
    check_failure(client.post(f"lockers/{locker}/hold", token=token), 429, "too_many_requests")


def test_one_students_brake_is_his_alone(stand, client: Client, world):
    """A stranger who fails at one 학번 locks nobody else out, and not even him for longer than the window."""
    victim, other = world.students(2)
    for _ in range(20):
        client.post("auth/login", json=victim.body | {"phone_number": "01000000000"})
    answer = client.post("auth/login", json=victim.body)
    check_failure(answer, 429, "too_many_attempts")
    left = int(answer.header("Retry-After"))
    for _ in range(5):
        client.post("auth/login", json=victim.body | {"phone_number": "01000000000"})
    answer = client.post("auth/login", json=victim.body)
    assert int(answer.header("Retry-After")) <= left, "no later attempt prolongs the window"
    assert client.post("auth/login", json=other.body).status == 200
