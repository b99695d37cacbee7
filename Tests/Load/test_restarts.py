"""Workers that are stopped and started under load: nobody notices."""

import os
import signal
import time

from endtoend.stand import poll


def upstream_failures(stand, since):
    """What nginx had to say about its workers."""
    return (stand.run / "log/nginx-error.log").read_text(errors="replace")[since:]


def test_no_request_is_lost_over_rolling_restarts(stand, wrk):
    """SIGTERM to one worker after the other, while students poll and press: every answer is one that a student can use,
    and nginx never lost a connection. With kept connections this is what a naive server gets wrong."""
    world = stand.world
    students, lockers = world.students(24), world.lockers(12)
    tokens = [stand.sign_in(student) for student in students]
    log = stand.run / "log/nginx-error.log"
    before = len(log.read_text(errors="replace")) if log.exists() else 0
    load = wrk(stand, tokens, lockers, connections=48, seconds=14)
    time.sleep(1)
    restarts = 0
    while load.process.poll() is None and restarts < 6:
        name = f"worker-{restarts % 2}"
        old = stand.pid(name)
        began = time.monotonic()
        os.kill(old, signal.SIGTERM)
        poll(f"{name} started again", 10, lambda: stand.pid(name) != old)
        # It has left in time by itself.
        assert time.monotonic() - began < 5.5
        restarts += 1
    statuses = load.statuses()
    assert restarts >= 3
    assert statuses.pop("broken") == 0, statuses
    assert set(statuses) <= {"200", "201", "409"}, statuses
    assert sum(statuses.values()) > 500, statuses
    assert upstream_failures(stand, before) == ""
