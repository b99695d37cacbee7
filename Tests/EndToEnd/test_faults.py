"""Whatever dies between two requests: back within 5 seconds, nothing half done, and what was answered is so."""

import os
import signal
import threading
import time

import pytest

from endtoend.cycles import Cycles
from endtoend.shapes import check_failure
from endtoend.stand import patience, poll, running
from endtoend.together import together

WORKERS = ("worker-0", "worker-1")


@pytest.fixture(autouse=True)
def whole(rough_stand):
    """Each test begins with a stand that answers, whatever the one before has left."""
    poll("a whole stand", 60, rough_stand.healthy)


def back(stand, seconds=5):
    """Waits until the stand answers, several times in a row: several workers are asked."""
    poll("a stand that answers again", patience(seconds), lambda: all(stand.healthy() for _ in range(4)))


def replaced(stand, name, old, seconds=5):
    """Waits until pids/ holds the pid of a new process that runs."""

    def new():
        try:
            pid = stand.pid(name)
        except (FileNotFoundError, ValueError):
            return False
        return pid != old and running(pid)

    poll(f"a new pid of {name}", patience(seconds), new)


def kill(stand, name, number):
    """Sends a signal; gives the pid that got it."""
    pid = stand.pid(name)
    assert running(pid), f"pids/{name} names nobody"
    os.kill(pid, number)
    return pid


FAULTS = {
    "one worker killed": (("worker-0",), signal.SIGKILL),
    "all workers killed": (WORKERS, signal.SIGKILL),
    "all workers ended": (WORKERS, signal.SIGTERM),
    "nginx killed": (("nginx",), signal.SIGKILL),
    "PostgreSQL killed": (("postgres",), signal.SIGKILL),
    "PostgreSQL restarted": (("postgres",), signal.SIGINT),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_between_two_requests(rough_stand, fault):
    """A student holds; something dies; the student confirms. The session and the hold have survived."""
    names, number = FAULTS[fault]
    world, client = rough_stand.world, rough_stand.client()
    student, locker = world.student(), world.locker()
    token = rough_stand.sign_in(student, client)
    assert client.post(f"lockers/{locker}/hold", token=token).status == 201
    client.close()
    killed = {name: kill(rough_stand, name, number) for name in names}
    # First the new ones: nginx's orphaned workers go on answering for a moment, until the new nginx clears them away.
    for name, pid in killed.items():
        replaced(rough_stand, name, pid)
    back(rough_stand)
    answer = client.post(f"lockers/{locker}/confirm", token=token)
    assert answer.status == 200, answer
    assert world.owner(locker) == student.student_id
    assert world.contradictions() == []


@pytest.mark.parametrize("fault", FAULTS)
def test_under_load(rough_stand, fault):
    """Students who hold, confirm and give back all the while: each repeats what was not answered, and each yes is
    true. A worker that was asked to end loses nobody's request."""
    names, number = FAULTS[fault]
    with Cycles(rough_stand) as cycles:
        poll("some cycles", 10, lambda: cycles.statuses["200"] > 100 or cycles.failures)
        killed = {name: kill(rough_stand, name, number) for name in names}
        for name, pid in killed.items():
            replaced(rough_stand, name, pid)
        back(rough_stand)
        before = cycles.statuses["200"]
        poll("cycles that go on", 10, lambda: cycles.statuses["200"] > before + 100 or cycles.failures)
    assert cycles.failures == []
    assert set(cycles.statuses) <= {"200", "201", "404", "503", "no answer"}, cycles.statuses
    if "nginx" not in names:
        assert cycles.statuses["no answer"] == 0, "nginx answers whatever dies behind it"
    if number == signal.SIGTERM:
        assert cycles.statuses["503"] == 0, "an orderly end refuses nobody"
    assert rough_stand.world.contradictions() == []


def waiting(world, locker):
    """Whether somebody waits for the guard of a locker."""
    return world.value(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 2 AND objid = %s AND NOT granted",
        locker,
    )


def test_a_worker_that_is_asked_to_end_finishes_its_request(rough_stand):
    """SIGTERM while a hold waits for its guard: answered 201, the process gone within 5 s, exit status 0."""
    world, client = rough_stand.world, rough_stand.client()
    student, locker = world.student(), world.locker()
    token = rough_stand.sign_in(student, client)
    log = rough_stand.run / "log" / "supervisord.log"
    seen = log.stat().st_size
    with world.connect() as other:
        other.execute("SELECT pg_advisory_lock(2, %s)", (locker,))

        def end():
            poll("a hold that waits", 5, lambda: waiting(world, locker))
            old = [kill(rough_stand, name, signal.SIGTERM) for name in WORKERS]
            time.sleep(0.1)  # the time in which a worker that does not wait would be gone
            assert any(running(pid) for pid in old), "nobody waited for the request in flight"
            other.execute("SELECT pg_advisory_unlock(2, %s)", (locker,))
            poll("both workers gone", patience(5), lambda: not any(running(pid) for pid in old))

        answer, _ = together([lambda: client.post(f"lockers/{locker}/hold", token=token), end])
    assert answer.status == 201, answer
    back(rough_stand)
    text = poll(
        "two exits in supervisord's log",
        5,
        lambda: text if (text := log.read_text()[seen:]).count("exited: worker-") >= 2 else None,
    )
    assert text.count("exit status 0") >= 2 and "not expected" not in text and "terminated by" not in text, text


def test_a_guard_that_is_not_to_be_had(rough_stand):
    """Waiting is bounded: 503 with Retry-After, nothing done, and the next try succeeds."""
    world, client = rough_stand.world, rough_stand.client()
    locker = world.locker()
    token = rough_stand.sign_in(world.student(), client)
    with world.connect() as other:
        other.execute("SELECT pg_advisory_lock(2, %s)", (locker,))
        begun = time.monotonic()
        check_failure(client.post(f"lockers/{locker}/hold", token=token), 503, "unavailable")
        assert time.monotonic() - begun < patience(5)
    assert world.value("SELECT count(*) FROM locker_assignments WHERE locker_id = %s", locker) == 0
    assert client.post(f"lockers/{locker}/hold", token=token).status == 201


def test_without_a_database(rough_stand):
    """Stopped: health says so within 2 s, everything else is 503, liveness is not concerned; then it is back."""
    client, world = rough_stand.client(), rough_stand.world
    student, locker = world.student(), world.locker()
    token = rough_stand.sign_in(student, client)
    rough_stand.supervisor("stop", "postgres")
    try:
        for _ in range(4):
            begun = time.monotonic()
            answer = client.get("health")
            assert time.monotonic() - begun < patience(2)
            assert (answer.status, answer.json) == (503, {"status": "unhealthy", "db": "unreachable"})
        assert client.get("health/live").status == 200
        check_failure(client.get("lockers", token=token), 503, "unavailable")
        check_failure(client.get("lockers/me", token=token), 503, "unavailable")
        check_failure(client.get("application-period"), 503, "unavailable")
        check_failure(client.post("auth/login", json=student.body), 503, "unavailable")
        check_failure(client.post(f"lockers/{locker}/hold", token=token), 503, "unavailable")
    finally:
        rough_stand.supervisor("start", "postgres")
    back(rough_stand)
    assert client.post(f"lockers/{locker}/hold", token=token).status == 201


def test_a_database_that_hangs(rough_stand):
    """It takes connections and never answers: health tells within 2 s all the same, the rest within nginx's limit."""
    client, world = rough_stand.client(), rough_stand.world
    token = rough_stand.sign_in(world.student(), client)
    backends = [row[0] for row in world.sql("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")]
    stopped = [rough_stand.pid("postgres"), world.value("SELECT pg_backend_pid()"), *backends]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:

        def health():
            probe = rough_stand.client()
            for _ in range(3):
                begun = time.monotonic()
                answer = probe.get("health")
                assert time.monotonic() - begun < patience(2.2), "2 s, whatever the database does"
                assert (answer.status, answer.json) == (503, {"status": "unhealthy", "db": "unreachable"})
            assert probe.get("health/live").status == 200

        def listing():
            begun = time.monotonic()
            check_failure(rough_stand.client().get("lockers", token=token), 503, "unavailable")
            assert time.monotonic() - begun < patience(11)

        together([health, listing])
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    back(rough_stand)
    assert client.get("lockers", token=token).status == 200


def test_two_stands_side_by_side(stand, rough_stand):
    """The death of one's worker is nothing to the other's."""
    pids = {name: stand.pid(name) for name in ("nginx", "postgres", *WORKERS)}
    killed = kill(rough_stand, "worker-0", signal.SIGKILL)
    replaced(rough_stand, "worker-0", killed)
    assert pids == {name: stand.pid(name) for name in pids} and all(map(running, pids.values()))
    assert threading.active_count() < 50, "a test has left threads behind"
