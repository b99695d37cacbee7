"""The primary dies in a storm and the standby is promoted: no yes is lost, nothing is owned twice, and the service is
back by itself. With the guard off (asynchronous replication that lags) the same storm must lose some."""

import os
import signal
import threading
import time

import storm
from components import Postgres, Worker, until


def pair(folder, running, synchronous):
    primary, standby = Postgres(folder, "one"), Postgres(folder, "two")
    primary.make()
    primary.start()
    running.append(primary)
    primary.migrate()
    storm.fill(primary)
    standby.copy_of(primary)
    standby.start()
    running.append(standby)
    until("the standby streams", lambda: primary.sql(
        "SELECT 1 FROM pg_stat_replication WHERE application_name = 'two' AND state = 'streaming'") == "1")
    if synchronous:
        primary.sql("ALTER SYSTEM SET synchronous_standby_names = 'two'")
        primary.sql("SELECT pg_reload_conf()")
        until("replication is synchronous", lambda: primary.sql(
            "SELECT sync_state FROM pg_stat_replication WHERE application_name = 'two'") == "sync")
    return primary, standby


def workers(folder, running, primary, standby):
    hosts = ",".join(str(server.socket).replace("/", "%2F") for server in (primary, standby))
    url = f"postgresql://locker_app@{hosts}/locker?target_session_attrs=read-write"
    # Two processes, as two hosts would have them: nothing is shared between them but the database.
    for name in ("a", "b"):
        running.append(Worker(folder, name, url, LOCKER_HOLD_SECONDS=storm.HOLD_SECONDS))
    return running[-2:]


def fail_over(primary, standby, students):
    until("the storm is on", lambda: students.yes > 200, seconds=60)
    primary.kill()
    killed = time.monotonic()
    standby.promote()
    promoted = time.monotonic()
    before = students.yes
    until("the service is back by itself", lambda: students.yes > before + 100, seconds=60)
    first = min((student.last_yes_at for student in students.students if student.last_yes_at > promoted))
    print(f"promoted after {1000 * (promoted - killed):.0f} ms, a yes {1000 * (first - promoted):.0f} ms later at most")


def test_synchronous_replication_loses_no_yes(folder, running):
    primary, standby = pair(folder, running, synchronous=True)
    students = storm.Storm(workers(folder, running, primary, standby))
    students.start()
    fail_over(primary, standby, students)
    students.stop()
    assert students.broken == []
    assert students.disagreements(standby) == []
    assert storm.double_owners(standby) == "0"


def test_the_control_loses_some(folder, running):
    """Asynchronous, and nothing is sent any more when the primary dies."""
    primary, standby = pair(folder, running, synchronous=False)
    students = storm.Storm(workers(folder, running, primary, standby))
    students.start()
    until("the storm is on", lambda: students.yes > 100, seconds=60)
    os.kill(primary.child("walsender"), signal.SIGSTOP)
    until("yeses that the standby does not know", lambda: students.yes > 400, seconds=60)
    fail_over(primary, standby, students)
    students.stop()
    assert students.broken != [], "the test would not have seen a lost yes"
    # Losing data is one thing; even then nothing is owned twice.
    assert storm.double_owners(standby) == "0"


def test_a_yes_that_is_told_again_waits_for_the_standby_too(folder, running):
    """The first one waits for a standby that is gone, and the primary crashes. What it wrote is there afterwards, and is on
    one disk only: whoever asks again is told when the standby has it."""
    primary, standby = pair(folder, running, synchronous=True)
    worker, _ = workers(folder, running, primary, standby)
    status, session = worker.call("POST", "/auth/login", {
        "student_id": "2023000000", "name": "홍길동", "phone_number": "01055550000"})
    assert status == 200
    answers = []

    def hold():
        answers.append(worker.call("POST", "/lockers/100/hold", token=session["access_token"])[0])

    def wait_for_the_standby():
        thread = threading.Thread(target=hold, daemon=True)
        thread.start()
        until("a decision waits for the standby", lambda: primary.sql(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE '%locker_decide%'") == "1")
        return thread

    standby.stop()
    first = wait_for_the_standby()
    primary.kill()
    first.join(20)
    primary.start()
    held = "SELECT count(*) FROM locker_assignments WHERE state = 'hold'"
    assert primary.sql(held, "locker") == "1"
    again = wait_for_the_standby()
    assert not [status for status in answers if status in (200, 201)], "told while no standby had it"
    standby.start()
    again.join(20)
    until("it is told", lambda: hold() or answers[-1] in (200, 201))
    assert standby.sql(held, "locker") == "1"
