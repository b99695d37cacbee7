"""PgBouncer in transaction mode between workers and database: works with DB_STATEMENTS=unnamed. The control, with named
statements, must fail: a name that one connection to the server knows is unknown to the next."""

import storm
from components import PgBouncer, Postgres, Worker, until


def start(folder, running, statements, workers=2):
    postgres = Postgres(folder, "one")
    postgres.make()
    postgres.start()
    running.append(postgres)
    postgres.migrate()
    storm.fill(postgres)
    # Fewer connections than threads: they take turns on them.
    bouncer = PgBouncer(folder, postgres, pool_size=5)
    running.append(bouncer)
    url = f"postgresql:///locker?host={bouncer.socket}&port=6432&user=locker_app"
    found = []
    for name in range(workers):
        found.append(Worker(folder, f"w{name}", url, DB_STATEMENTS=statements, LOCKER_HOLD_SECONDS=storm.HOLD_SECONDS))
        running.append(found[-1])
    return postgres, found


def test_unnamed_statements_work(folder, running):
    postgres, workers = start(folder, running, "unnamed")
    students = storm.Storm(workers)
    students.start()
    until("a thousand yeses", lambda: students.yes > 1000, seconds=90)
    students.stop()
    assert students.broken == []
    assert students.disagreements(postgres) == []
    assert storm.double_owners(postgres) == "0"
    assert sum(student.unavailable for student in students.students) == 0
    # No lock outlives its transaction on a connection that somebody else gets next.
    assert postgres.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "0"


def test_the_control_fails(folder, running):
    postgres, workers = start(folder, running, "prepared", workers=1)
    statuses = set()
    for number in range(40):
        statuses.add(workers[0].call("POST", "/auth/login", {
            "student_id": f"20230{number % storm.STUDENTS:05d}", "name": "홍길동",
            "phone_number": f"0105555{number % storm.STUDENTS:04d}"})[0])
    log = workers[0].log.read_text()
    assert statuses != {200} or "refused with" in log, "named statements worked: this PgBouncer knows them"
