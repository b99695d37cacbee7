"""status on a server that is open for business: who lives, what is left, what was decided."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess

import psycopg

from endtoend.stand import patience, poll


def workers(front_door):
    """pid to whether it lives, of every worker that status knows."""
    return {row["pid"]: row["alive"] for row in front_door.ctl("status", "--json").json["workers"]}


def pids(stand):
    return {stand.pid("worker-0"), stand.pid("worker-1")}


def test_two_workers_live(front_door):
    stand = front_door.stand
    assert workers(front_door) == dict.fromkeys(pids(stand), True)
    # Several connections each, and still two.
    for _ in range(30):
        assert stand.client().get("application-period").status == 200
    status = front_door.ctl("status", "--json").json
    assert {row["pid"] for row in status["workers"]} == pids(stand)
    assert {row["host"] for row in status["workers"]} == {socket.gethostname().split(".")[0][:40]}
    assert status["worker_connections"] == sum(row["connections"] for row in status["workers"]) > 2
    assert "2개 살아 있음" in front_door.ctl("status").out


def test_a_killed_worker_is_missed_until_it_is_back(front_door):
    """supervisord would start it anew at once: it is kept from that for as long as we look."""
    stand = front_door.stand
    victim, survivor = stand.pid("worker-1"), stand.pid("worker-0")
    supervisor = int((stand.run / "supervisord.pid").read_text())
    os.kill(supervisor, signal.SIGSTOP)
    try:
        os.kill(victim, signal.SIGKILL)
        poll("one fewer", patience(20), lambda: workers(front_door) == {survivor: True})
        line = front_door.ctl("status").out.split("워커")[1].splitlines()[0]
        assert "1개 살아 있음" in line and "멈춤" not in line
    finally:
        os.kill(supervisor, signal.SIGCONT)

    def back():
        found = workers(front_door)
        return len(found) == 2 and found == dict.fromkeys(pids(stand), True)

    poll("a new one in its place", patience(30), back)
    assert victim not in pids(stand)


def test_a_worker_that_stands_still_is_no_living_one(front_door):
    """Its connections are all there; but nothing comes through them any more."""
    stand = front_door.stand
    victim, survivor = stand.pid("worker-0"), stand.pid("worker-1")
    os.kill(victim, signal.SIGSTOP)
    try:
        poll("it is told apart", patience(60), lambda: workers(front_door) == {victim: False, survivor: True})
        line = front_door.ctl("status").out.split("워커")[1].splitlines()[0]
        assert "1개 살아 있음" in line and "멈춤 1개" in line and str(victim) in line
    finally:
        os.kill(victim, signal.SIGCONT)
    poll("it lives again", patience(30), lambda: workers(front_door) == {victim: True, survivor: True})


def test_everything_the_council_looks_at(front_door):
    stand = front_door.stand
    place = "시험관 1층"
    [locker] = stand.world.lockers(1, place)
    student = stand.world.student()
    token = stand.sign_in(student)
    before = front_door.ctl("status", "--json").json
    assert stand.client().post(f"lockers/{locker}/hold", token=token).status == 201
    after = front_door.ctl("status", "--json").json
    assert after["decisions_last_minute"]["held"] == before["decisions_last_minute"]["held"] + 1
    [row] = [row for row in after["locations"] if row["name"] == place]
    assert (row["total"], row["available"], row["held"], row["confirmed"], row["disabled"]) == (1, 0, 1, 0, 0)
    assert after["schema"] == stand.world.value(
        "SELECT change FROM sqitch.changes ORDER BY committed_at DESC LIMIT 1")
    assert after["connections_left"] == after["connections_limit"] - after["connections"] > 0
    room = os.statvfs(after["data_directory"])
    assert abs(after["disk_bytes_left"] - room.f_bavail * room.f_frsize) < 1 << 30
    assert after["period"]["state"] == "open"
    shown = front_door.ctl("status").out
    for words in (place, "디스크 남음", "남음 ", "최근 1분", after["schema"]):
        assert words in shown, words


def test_watch_draws_anew(front_door):
    """Into a file one picture after the other; on a terminal the screen is cleared before each."""
    stand = front_door.stand
    with subprocess.Popen([front_door.lockerctl, "status", "--watch", "--every", "1", "--json"], text=True,
                          stdout=subprocess.PIPE) as watch:
        first = json.loads(watch.stdout.readline())
        student, locker = stand.world.student(), stand.world.locker()
        assert stand.client().post(f"lockers/{locker}/hold", token=stand.sign_in(student)).status == 201

        def seen():
            return json.loads(watch.stdout.readline())["lockers"]["held"] > first["lockers"]["held"]

        poll("the change is drawn", patience(30), seen)
        watch.terminate()
    master, terminal = pty.openpty()
    with subprocess.Popen([front_door.lockerctl, "status", "--watch", "--every", "1"], stdout=terminal) as watch:
        os.close(terminal)
        shown = b""
        while shown.count(b"\x1b[H\x1b[2J") < 3:
            shown += os.read(master, 4096)
        watch.terminate()
    os.close(master)
    assert "살아 있음".encode() in shown


def test_several_hosts(ctl, database):
    """Each host's are told apart; what is no worker, or nobody's that we know, is none."""
    assert "살아 있는 워커가 없습니다" in ctl("status").out
    url = database.urls["DB_URL"]
    names = ("locker-worker 11@one", "locker-worker 11@one", "locker-worker 12@one", "locker-worker 11@two", "psql",
             "locker-worker x@three")
    connections = [psycopg.connect(url, autocommit=True, application_name=name) for name in names]
    try:
        status = ctl("status", "--json").json
        assert [(w["host"], w["pid"], w["connections"], w["alive"]) for w in status["workers"]] == [
            ("one", 11, 2, True), ("one", 12, 1, True), ("two", 11, 1, True)]
        assert "3개 살아 있음 (one 2개, two 1개)  데이터베이스 연결 6개" in ctl("status").out
    finally:
        for connection in connections:
            connection.close()
