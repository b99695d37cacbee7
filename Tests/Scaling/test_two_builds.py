"""Several hosts are upgraded one after the other: the code is deployed once, in the middle of a storm, and workers of both builds
answer side by side; one of the old build that ends comes back. Not one request is lost.

A worker of another build: the same program with another digest in it, which is all that a build of other functions differs in."""

import re
import shutil
import socket
import subprocess

import fastcgi
import pytest
import storm
from components import ROOT, WORKER, Postgres, until


class Host:
    """A worker on the socket that all share, as systemd hands it over: connections wait there while a worker is exchanged."""

    def __init__(self, folder, name, program, listener, url):
        self.log = folder / f"{name}.log"
        environment = {
            "DB_URL": url, "JWT_ACCESS_SECRET": "0123456789abcdef0123456789abcdef", "JWT_ISS": "test", "JWT_AUD": "test",
            "LOCKER_ATTEMPT_BURST": "1000000", "LOCKER_HOLD_SECONDS": storm.HOLD_SECONDS, "LOG_LEVEL": "info"}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([program], env=environment, stdin=listener, stdout=log, stderr=log)

    def started(self):
        until(f"{self.log.name} starts", lambda: '"started"' in self.log.read_text(), process=self.process)
        return self

    def refused(self):
        """The line with which it refused to start."""
        assert self.process.wait(20) == 78
        return [line for line in self.log.read_text().splitlines() if "schema_mismatch" in line][-1]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        assert self.process.wait(20) in (0, 78)


class Entrance:
    """What storm.py asks: the shared socket."""

    def __init__(self, path):
        self.path = path

    def call(self, method, path, body=None, token=None):
        return fastcgi.call(self.path, method, "/api/v1" + path, body, token)


@pytest.fixture
def other_build(folder):
    """sql/ with another text of a function, and a worker built for it."""
    shutil.copytree(ROOT / "sql", folder / "sql")
    with open(folder / "sql/decisions.sql", "a") as file:
        file.write("-- Of another build.\n")
    ours, theirs = (subprocess.run([tree / "sql/digest"], capture_output=True, text=True, check=True).stdout.strip().encode()
                    for tree in (ROOT, folder))
    program = open(WORKER, "rb").read()
    assert len(re.findall(ours, program)) >= 1 and len(ours) == len(theirs)
    (folder / "FCGIApp").write_bytes(program.replace(ours, theirs))
    (folder / "FCGIApp").chmod(0o755)
    return folder, ours.decode()


@pytest.fixture
def house(folder, running):
    postgres = Postgres(folder, "one")
    postgres.make()
    postgres.start()
    running.append(postgres)
    postgres.migrate()
    storm.fill(postgres)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "workers.sock"))
    listener.listen(4096)
    yield postgres, listener, f"postgresql:///locker?host={postgres.socket}&user=locker_app"
    listener.close()


def test_one_host_after_the_other(folder, running, house, other_build):
    postgres, listener, url = house
    tree, ours = other_build

    def host(name, program=WORKER):
        running.append(Host(folder, name, program, listener, url))
        return running[-1]

    old = [host("old-1").started(), host("old-2").started()]
    # Before the deployment the new build has no business here, and says why.
    early = host("early", folder / "FCGIApp").refused()
    assert '"part":"code"' in early and ours in early and "sql/deploy" in early

    students = storm.Storm([Entrance(folder / "workers.sock")])
    students.start()
    until("the storm is on", lambda: students.yes > 200, seconds=60)
    (tree / "sql/compatible").write_text(f"{ours}  the version before\n")
    postgres.deploy(tree / "sql/apply")
    deployed_at = students.yes
    # One of the old build ends, and comes back.
    old[0].stop()
    again = host("old-1-again").started()
    # Then the hosts, one after the other, with a worker of the other build beside it for a while.
    new = [host("new-1", folder / "FCGIApp").started()]
    until("both builds answer", lambda: students.yes > deployed_at + 300, seconds=60)
    again.stop()
    new.append(host("new-2", folder / "FCGIApp").started())
    old[1].stop()
    only_new = students.yes
    until("the new build alone answers", lambda: students.yes > only_new + 200, seconds=60)
    students.stop()

    assert students.broken == []
    assert sum(student.unavailable for student in students.students) == 0, "not one request is lost"
    assert students.disagreements(postgres) == []
    assert storm.double_owners(postgres) == "0"
    assert all("schema_mismatch" not in each.log.read_text() for each in (*old, again, *new))


def test_one_that_is_not_called_compatible(folder, running, house, other_build):
    """The control: without that line a worker of the old build does not come back."""
    postgres, listener, url = house
    tree, _ = other_build
    (tree / "sql/compatible").write_text("")
    postgres.deploy(tree / "sql/apply")
    running.append(Host(folder, "old", WORKER, listener, url))
    assert '"part":"code"' in running[-1].refused()


def test_a_history_that_goes_on_is_as_good(folder, running, house):
    """A change more than a worker needs is no reason to refuse; one less is."""
    postgres, listener, url = house
    last = postgres.sql("SELECT change FROM sqitch.changes ORDER BY committed_at DESC LIMIT 1", "locker")
    postgres.sql("UPDATE sqitch.changes SET committed_at = committed_at - interval '1 day'; INSERT INTO sqitch.changes SELECT"
                 " 'x' || change_id, script_hash || 'x', 'next', project, note, now(), committer_name, committer_email, planned_at,"
                 f" planner_name, planner_email FROM sqitch.changes WHERE change = '{last}'", "locker")
    running.append(Host(folder, "ahead", WORKER, listener, url))
    running[-1].started()
    postgres.sql(f"UPDATE sqitch.changes SET change = 'another' WHERE change = '{last}'", "locker")
    running.append(Host(folder, "behind", WORKER, listener, url))
    line = running[-1].refused()
    assert '"part":"history"' in line and f'"expected":"{last}"' in line and '"found":"next"' in line
