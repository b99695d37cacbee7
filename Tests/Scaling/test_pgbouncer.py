"""PgBouncer in transaction mode between workers and database: works with DB_STATEMENTS=unnamed. The control, with named
statements, must fail: a name that one connection to the server knows is unknown to the next."""

from concurrent.futures import ThreadPoolExecutor

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
    """More threads at once than there are connections to the server. One after the other they might all fall to one thread,
    which would find its names where it left them."""
    postgres, workers = start(folder, running, "prepared", workers=1)

    def sign_in(number):
        return workers[0].call("POST", "/auth/login", {
            "student_id": f"20230{number:05d}", "name": "홍길동", "phone_number": f"0105555{number:04d}"})[0]

    def somebody_is_refused():
        with ThreadPoolExecutor(storm.STUDENTS) as pool:
            statuses = set(pool.map(sign_in, range(storm.STUDENTS)))
        return statuses != {200} or "refused with" in workers[0].log.read_text()

    until("a name that is not known, or is known already", somebody_is_refused, process=workers[0].process)
