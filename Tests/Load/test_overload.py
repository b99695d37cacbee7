"""More than the server can do: what exceeds the queue is told so at once, and the rest goes on.

No time is asserted here: the figures are printed, and docs/performance.md says what they were."""

import os
import re
import signal
import subprocess

import pytest

import overload
from endtoend.stand import REPOSITORY, poll

SECONDS = int(os.environ.get("LOCKER_WAVE_SECONDS", "6"))
LOCKERCTL = os.environ.get("LOCKER_CTL_BINARY") or str(REPOSITORY / ".build/release/lockerctl")


@pytest.fixture(scope="module")
def crowd(stand) -> overload.Crowd:
    """A thousand students, signed in, after six hundred lockers."""
    overload.files_allowed()
    world = stand.world
    students, client = world.students(1000), stand.client()
    return overload.Crowd(stand, [stand.sign_in(student, client) for student in students], world.lockers(600), world.student())


def bound(stand) -> int:
    """How many connections to the workers there may be: what the site's file lets in of polls and acts, what nginx keeps idle
    of them, and some for signing in and health, of which the test sends two at a time."""
    site = (stand.run / "nginx/site.conf").read_text()
    kept = int(re.search(r"^keepalive (\d+);", (REPOSITORY / "deploy/nginx/upstream.conf").read_text(), re.M)[1])
    limits = [int(number) for number in re.findall(r"max_conns=(\d+)", site)]
    assert len(limits) == 3, site
    assert sum(limits) < 4096, "together they must not overflow the socket's backlog"
    return limits[0] + limits[1] + 2 * kept * (os.cpu_count() or 1) + 100


@pytest.mark.timeout(180)
def test_five_thousand_at_once(stand, crowd, capsys):
    """5000 connections that wait: nobody gets a 502 or is cut off; who does not fit in gets 503 with Retry-After in the
    contract's form; health and sign-in are answered all the time; every "yes" is in the database; and then all is well."""
    limit = bound(stand)
    seen = overload.make(crowd, seconds=SECONDS)
    with capsys.disabled():
        print(seen.report())
    assert seen.faults(limit) == []
    assert seen.statuses["503"] > 0, "five thousand fitted in: this was no wave"
    assert seen.health and seen.sign_ins
    # They got in who could: not only were they told to come again.
    assert seen.statuses["201"] > 0 and seen.statuses["200"] > 0

    client = stand.client(timeout=30)
    for token in crowd.tokens[:100]:
        assert client.get("lockers", token=token).status == 200
        assert client.get("lockers/me", token=token).status == 200
    assert client.post("auth/login", json=crowd.newcomer.body).status == 200

    assert len(seen.promised) == seen.statuses["201"]
    held = stand.world.sql("SELECT request_id FROM locker_decisions WHERE act = 'hold' AND outcome = 'held'")
    assert seen.promised - {row[0] for row in held} == set(), "told yes, and it is not in the ledger"
    assert stand.world.contradictions() == []
    verdict = subprocess.run([LOCKERCTL, "verify"], env=os.environ | stand.settings, capture_output=True, text=True)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.mark.timeout(180)
def test_without_bounds_it_shows(stand, crowd, capsys):
    """Negative control: the same wave without any bound, and the test above would fail."""
    limit = bound(stand)
    site = stand.run / "nginx/site.conf"
    site.write_text(re.sub(r" max_conns=\d+", "", site.read_text()))
    with (stand.run / "worker.env").open("a") as settings:
        settings.write("LOCKER_MAX_WAIT_MS=0\n")
    workers = [f"worker-{number}" for number in range(2)]
    old = {name: stand.pid(name) for name in workers}
    os.kill(stand.pid("nginx"), signal.SIGHUP)
    for name in workers:
        os.kill(old[name], signal.SIGTERM)
        poll(f"{name} started again", 30, lambda: stand.pid(name) != old[name])
    poll("a healthy stand", 30, stand.healthy)
    seen = overload.make(crowd, seconds=SECONDS)
    found = seen.faults(limit)
    with capsys.disabled():
        print(seen.report(), *found, sep="\n    ")
    assert found, "a wave without bounds looks like one with them: the test above shows nothing"
