"""What is measured: a stand of its own; for `make bench` with the hello server beside it, and an nginx before both."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait(what: str, seconds: float, question) -> None:
    """Asks until the answer is true."""
    deadline = time.monotonic() + seconds
    while not question():
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: not within {seconds} s: {what}")
        time.sleep(0.05)


def end(process: subprocess.Popen | None, number: int = signal.SIGTERM, seconds: float = 30) -> None:
    """Ends a process that we started."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(number)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Stand:
    """A stand of one tree of this repository with one worker. Started by its constructor, stopped by `stop`. Everything
    lies below one folder. `more`: what else stands in its environment."""

    def __init__(
        self, folder: Path, tree: Path, worker: Path, *, workers: int, threads: int, more: dict[str, str] | None = None
    ):
        self.folder = folder
        self.workers, self.threads = workers, threads
        self.process: subprocess.Popen | None = None
        self.http, self.https = free_port(), free_port()
        try:
            self._start(tree, worker, more or {})
        except BaseException:
            self.stop()
            raise

    def _start(self, tree: Path, worker: Path, more: dict[str, str]) -> None:
        foreign = ("LOCKER_", "JWT_", "DB_", "LOG_LEVEL", "PG")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        environment |= {
            "LOCKER_RUN_DIR": str(self.folder / "run"),
            "LOCKER_HTTP_PORT": str(self.http),
            "LOCKER_HTTPS_PORT": str(self.https),
            "LOCKER_WORKERS": str(self.workers),
            "LOCKER_THREADS": str(self.threads),
            "LOCKER_WORKER_BINARY": str(worker),
            "JWT_ACCESS_TTL_MIN": "600",
            "LOCKER_ATTEMPT_BURST": "1000000",
            "LOCKER_MAX_WAIT_MS": "0",
        } | more
        output = self.folder / "stand.out"
        # In a session of its own: Ctrl-C is for us alone, who stop it. Should we be killed outright, the kernel does.
        self.process = process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", str(tree / "stand/run")], env=environment, stdin=subprocess.DEVNULL,
            stdout=output.open("wb"), stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

        def ready() -> bool:
            if process.poll() is not None:
                raise SystemExit(f"bench: the stand ended:\n{output.read_text(errors='replace')}")
            return "\nready  " in "\n" + output.read_text(errors="replace")

        wait("a stand that is ready", 90, ready)
        lines = shlex.split((self.folder / "run/stand.env").read_text(), comments=True)
        self.settings = dict(line.split("=", 1) for line in lines if "=" in line)

    def url(self, tls: bool) -> str:
        """Where nginx answers."""
        return f"https://127.0.0.1:{self.https}" if tls else f"http://127.0.0.1:{self.http}"

    def sql(self, text: str) -> str:
        """Runs SQL as the owner; what it printed."""
        done = subprocess.run(
            ["psql", "--no-psqlrc", "--quiet", "-At", "--set=ON_ERROR_STOP=1", self.settings["DB_ADMIN_URL"]],
            input=text, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"bench: SQL failed: {done.stderr}")
        return done.stdout.strip()

    def pid(self, name: str) -> int:
        """The pid of a program of the stand."""
        return int((self.folder / "run/pids" / name).read_text())

    def nginx_pid(self) -> int:
        """The pid of the nginx that `url` leads to."""
        return self.pid("nginx")

    def stop(self) -> None:
        """Ends all of it, one program after the other, each of which may take its time."""
        end(self.process, seconds=60)


class Site(Stand):
    """This tree's stand with the hello servers, and an nginx of its own before both."""

    def __init__(self, folder: Path, hello: Path, workers: int, threads: int):
        self.nginx: subprocess.Popen | None = None
        self.hellos: list[subprocess.Popen] = []
        super().__init__(folder, REPOSITORY, Path(os.environ["LOCKER_WORKER_BINARY"]), workers=workers, threads=threads)
        self.http, self.https = free_port(), free_port()
        try:
            self._start_hellos(hello)
            self._start_nginx()
        except BaseException:
            self.stop()
            raise

    def _start_hellos(self, hello: Path) -> None:
        """As many processes and threads as the worker has, on one socket."""
        self.hello_socket = self.folder / "hello.sock"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.hello_socket))
            listener.listen(4096)
            for _ in range(self.workers):
                self.hellos.append(
                    subprocess.Popen(
                        [str(hello), str(self.threads), str(self.folder / "list.json"), str(self.folder / "list.json.gz")],
                        stdin=listener,
                    )
                )

    def _start_nginx(self) -> None:
        """The stand's own configuration with other ports and a few locations more."""
        run, own = self.folder / "run/nginx", self.folder / "nginx"
        for name in ("tmp", "log"):
            (own / name).mkdir(parents=True)
        (own / "locker").symlink_to(REPOSITORY / "deploy/nginx")
        main = (run / "nginx.conf").read_text()
        main = main.replace(str(self.folder / "run/log"), str(own / "log")).replace(str(run), str(own))
        (own / "nginx.conf").write_text(main)

        site = (run / "site.conf").read_text()
        # A hello goes the same way as the API: the same upstream with another socket.
        upstream = re.search(r"upstream locker_workers \{.*?\n\}", site, re.S)[0]
        hello = re.sub(r'"unix:[^"]*"', f'"unix:{self.hello_socket}"', upstream).replace("locker_workers", "bench_hello")
        # What is measured at 512 connections is the way, and not how it is closed to some.
        site, hello = (re.sub(r" max_conns=\d+", "", text) for text in (site, hello))
        # And once with a connection for each request, to see what keeping them is worth.
        unkept = re.sub(r"include locker/upstream.conf;", "", hello).replace("bench_hello", "bench_unkept")
        site = re.sub(r"\n    listen [^\n]*", "", site)
        locations = """
    # The ceiling: nginx answers by itself, with the same headers and the same line in the log as any answer.
    location = /return {
        include locker/headers-api.conf;
        default_type text/plain;
        return 200 "hello\\n";
    }
    # The same FastCGI layer with nothing behind it.
    location ~ ^/(hello|list|list\\.gz)$ {
        set $locker_received_at $msec;
        include locker/headers-api.conf;
        include fastcgi-hello.conf;
    }
    location = /unkept {
        set $locker_received_at $msec;
        include locker/headers-api.conf;
        include fastcgi-unkept.conf;
    }
"""
        listen = f"    listen 127.0.0.1:{self.http} backlog=8192;\n    listen 127.0.0.1:{self.https} ssl backlog=8192;\n"
        site = re.sub(r"\nserver \{\n", lambda match: f"\n{hello}\n{unkept}\n{match[0]}{listen}{locations}", site, count=1)
        (own / "site.conf").write_text(site)
        fastcgi = (REPOSITORY / "deploy/nginx/fastcgi.conf").read_text()
        fastcgi = re.sub(r"fastcgi_pass [^;]*;", "fastcgi_pass bench_hello;", fastcgi)
        (own / "fastcgi-hello.conf").write_text(fastcgi)
        unkept = fastcgi.replace("bench_hello", "bench_unkept").replace("fastcgi_keep_conn on", "fastcgi_keep_conn off")
        (own / "fastcgi-unkept.conf").write_text(unkept)

        binary = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        self.nginx = subprocess.Popen(
            [binary, "-p", f"{own}/", "-c", str(own / "nginx.conf"), "-e", str(own / "log/error.log")],
            stdin=subprocess.DEVNULL,
        )

        def answers() -> bool:
            if self.nginx.poll() is not None:
                raise SystemExit(f"bench: nginx ended: {(own / 'log/error.log').read_text()}")
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.http)) == 0

        wait("nginx", 10, answers)

    def nginx_pid(self) -> int:
        """The pid of the nginx before both."""
        return self.nginx.pid

    def stop(self) -> None:
        """Ends all of it."""
        end(self.nginx, signal.SIGQUIT)
        for hello in self.hellos:
            end(hello)
        super().stop()
