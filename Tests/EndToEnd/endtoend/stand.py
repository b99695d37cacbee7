"""A whole stand of its own: PostgreSQL, workers and nginx, started by stand/run and stopped without a trace."""

from __future__ import annotations

import itertools
import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Callable

from .client import Answer, Client
from .people import Student, World

REPOSITORY = Path(__file__).resolve().parents[3]
START_SECONDS = 180
_numbers = itertools.count(10)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def poll(what: str, seconds: float, question: Callable[[], object]) -> object:
    """Asks until the answer is truthy, which it gives; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        if answer := question():
            return answer
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def patience(seconds: float) -> float:
    """A limit in seconds on a machine of our own; longer in proportion where others keep more processes running than
    it has cores, since a start that waits for its turn says nothing about the server."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def processes_of(folder: Path) -> dict[int, str]:
    """Every process that stands in a folder or was started with it in its command line: pid and command line."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            inside = os.readlink(process / "cwd").startswith(str(folder))
        except OSError:
            continue  # gone meanwhile, or a zombie
        if inside or str(folder) in command:
            found[int(process.name)] = command
    return found


def running(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Stand:
    """Started by its constructor; stopped by `stop`."""

    def __init__(self, **settings: str):
        self.number = next(_numbers)
        self.folder = Path(tempfile.mkdtemp(prefix="locker-e2e-", dir="/tmp"))
        self.folder.chmod(0o711)
        self.run = self.folder / "run"
        self.http_port, self.https_port = free_port(), free_port()
        foreign = ("LOCKER_", "JWT_", "DB_", "LOG_LEVEL", "PG")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        self.environment |= {
            "LOCKER_RUN_DIR": str(self.run),
            "LOCKER_HTTP_PORT": str(self.http_port),
            "LOCKER_HTTPS_PORT": str(self.https_port),
            "LOCKER_WORKERS": "2",
        } | settings
        if binary := os.environ.get("LOCKER_WORKER_BINARY"):
            self.environment.setdefault("LOCKER_WORKER_BINARY", binary)
        self.output = self.folder / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [str(REPOSITORY / "stand/run")],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self._end()
            raise
        self.settings = self._read_settings()
        self.world = World(self.settings["DB_ADMIN_URL"], self.number)

    def _wait_until_ready(self) -> None:
        def ready() -> bool:
            text = self.output.read_text(errors="replace")
            assert self.process.poll() is None, f"stand/run ended with {self.process.returncode}:\n{text}"
            return any(line.startswith("ready  ") for line in text.splitlines())

        poll(f"a stand that is ready; see {self.output}", START_SECONDS, ready)

    def _read_settings(self) -> dict[str, str]:
        file = self.run / "stand.env"
        assert file.stat().st_mode & 0o777 == 0o600, "stand.env holds secrets"
        return dict(line.split("=", 1) for line in shlex.split(file.read_text(), comments=True) if "=" in line)

    def _end(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(40)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()

    def stop(self) -> None:
        """SIGTERM to its first process alone; everything must be gone then. The folder stays when that fails."""
        self.world.close()
        status = self._end()
        left = processes_of(self.folder)
        assert not left, f"the stand left processes behind: {left}"
        assert status == 0, f"stand/run ended with {status}; see {self.output}"
        for port in (self.http_port, self.https_port):
            with socket.socket() as probe:
                assert probe.connect_ex(("127.0.0.1", port)) != 0, f"something still listens on {port}"
        shutil.rmtree(self.folder)

    # What a test does with it.

    def client(self, **arguments: object) -> Client:
        """A client of the HTTP port; of the HTTPS port with tls=True."""
        return Client("127.0.0.1", self.https_port if arguments.get("tls") else self.http_port, **arguments)

    def sign_in(self, student: Student, client: Client | None = None) -> str:
        """Signs a student in; gives the access token."""
        return self.tokens(student, client)["access_token"]

    def tokens(self, student: Student, client: Client | None = None) -> dict:
        """Signs a student in; gives the whole answer. The tokens are remembered for the search of the logs."""
        answer = (client or self.client()).post("auth/login", json=student.body)
        assert answer.status == 200, answer
        self.world.secrets += [answer.json["access_token"], answer.json["refresh_token"]]
        return answer.json

    def pid(self, name: str) -> int:
        """The current pid of nginx, postgres, worker-0, …"""
        return int((self.run / "pids" / name).read_text())

    def supervisor(self, *command: str) -> None:
        """Asks the stand's supervisord to stop or start something."""
        subprocess.run(
            ["supervisorctl", "--configuration", str(self.run / "supervisord.conf"), *command],
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def logs(self) -> list[Path]:
        """Every file that anything of this stand has logged to."""
        return [self.output, *(path for path in (self.run / "log").rglob("*") if path.is_file())]

    def healthy(self) -> bool:
        """Whether /health answers 200 on a fresh connection."""
        try:
            return self.client(timeout=5).get("health").status == 200
        except (OSError, EOFError):
            return False

    def answers(self) -> Answer:
        """/health, whatever it says."""
        return self.client().get("health")
