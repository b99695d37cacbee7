"""PostgreSQL servers, PgBouncer and workers, each real and in a folder of its own, stopped by their pid."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import time

import fastcgi

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKER = os.environ.get("LOCKER_WORKER_BINARY", str(ROOT / ".build/release/FCGIApp"))
BIN = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))[-1]


def as_postgres(command):
    """PostgreSQL and PgBouncer refuse to run as root."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *map(str, command)]


def give(path):
    if os.geteuid() == 0:
        entry = pwd.getpwnam("postgres")
        os.chown(path, entry.pw_uid, entry.pw_gid)


def until(what, check, seconds=30, process=None):
    deadline = time.monotonic() + seconds
    while not (result := check()):
        assert process is None or process.poll() is None, f"{what}: the process died"
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.05)
    return result


class Postgres:
    """One server; its socket's folder is its address."""

    def __init__(self, folder, name):
        self.name, self.home = name, folder / name
        self.data, self.socket, self.log = self.home / "data", self.home / "socket", self.home / "log"
        for path in (self.home, self.socket):
            path.mkdir()
            give(path)
        self.process = None

    def make(self):
        subprocess.run(as_postgres([
            BIN / "initdb", "--pgdata", self.data, "--username=postgres", "--auth=trust", "--encoding=UTF8",
            "--locale=C.UTF-8", "--no-sync"]), check=True, stdout=subprocess.DEVNULL, cwd="/")

    def copy_of(self, primary):
        """A standby by pg_basebackup, streaming from there under this server's name."""
        subprocess.run(as_postgres([
            BIN / "pg_basebackup", "--pgdata", self.data, "--write-recovery-conf", "--checkpoint=fast", "--no-sync",
            "--dbname", f"host={primary.socket} user=postgres application_name={self.name}"]), check=True, cwd="/")

    def start(self, **settings):
        options = {
            "listen_addresses": "", "unix_socket_directories": self.socket, "max_connections": 100,
            "shared_buffers": "32MB", "hot_standby": "on", **settings}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                as_postgres([BIN / "postgres", "-D", self.data]
                            + [part for name, value in options.items() for part in ("-c", f"{name}={value}")]),
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/")
        until(f"{self.name} answers", lambda: self.sql("SELECT 1", check=False) == "1", process=self.process)

    def sql(self, statement, database="postgres", check=True, role="postgres"):
        result = subprocess.run(
            [BIN / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", self.socket, "-U", role, "-d", database,
             "-c", statement], capture_output=True, text=True)
        assert not check or result.returncode == 0, result.stderr
        return result.stdout.strip()

    def migrate(self):
        subprocess.run([BIN / "psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-h", self.socket, "-U", "postgres", "-f",
                        ROOT / "migrations/roles.sql", "postgres"], check=True)
        self.sql("CREATE DATABASE locker OWNER locker_owner")
        self.deploy()

    def deploy(self, program=ROOT / "sql/deploy", **environment):
        """History and code, or what another program of sql/ does, as the schema's owner."""
        subprocess.run([program], check=True, stdout=subprocess.DEVNULL, env={
            "PATH": os.environ["PATH"], "PGHOST": str(self.socket), "PGUSER": "locker_owner", "PGDATABASE": "locker",
            "PSQL": str(BIN / "psql"), "HOME": "/nonexistent", **environment})

    def children(self):
        """Every process of this server, the postmaster first."""
        found = [self.process.pid]
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and int((entry / "stat").read_text().rpartition(")")[2].split()[1]) in found:
                    found.append(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
        return found

    def child(self, title):
        """The process of this server whose title has this in it."""
        for pid in self.children():
            try:
                if title in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace"):
                    return pid
            except FileNotFoundError:
                continue
        raise AssertionError(f"no process {title!r}")

    def kill(self):
        """As if the power had gone: all processes at once, nothing written."""
        for pid in self.children():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()

    def promote(self):
        assert self.sql("SELECT pg_promote(true, 30)") == "t"

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


class Worker:
    """One worker process on a socket of its own."""

    def __init__(self, folder, name, url, **settings):
        self.socket, self.log = folder / f"{name}.sock", folder / f"{name}.log"
        environment = {
            "DB_URL": url, "JWT_ACCESS_SECRET": "0123456789abcdef0123456789abcdef", "JWT_ISS": "test", "JWT_AUD": "test",
            "LOCKER_ATTEMPT_BURST": "1000000", "LOCKER_THREADS": "8", "LOG_LEVEL": "info", **settings}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [WORKER, "--listen", str(self.socket)], env=environment, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL)
        until("the worker is healthy", lambda: fastcgi.call(self.socket, "GET", "/api/v1/health")[0] == 200,
              process=self.process)

    def call(self, method, path, body=None, token=None):
        return fastcgi.call(self.socket, method, "/api/v1" + path, body, token)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


class PgBouncer:
    """In transaction mode: each transaction may get another connection to the server."""

    def __init__(self, folder, postgres, pool_size):
        self.socket = folder / "bouncer"
        self.socket.mkdir()
        give(self.socket)
        users, settings = folder / "users.txt", folder / "pgbouncer.ini"
        users.write_text('"locker_app" ""\n')
        settings.write_text(f"""[databases]
locker = host={postgres.socket} dbname=locker
[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {self.socket}
auth_type = trust
auth_file = {users}
pool_mode = transaction
default_pool_size = {pool_size}
max_client_conn = 200
""")
        for path in (users, settings):
            give(path)
        with open(folder / "bouncer.log", "ab") as log:
            self.process = subprocess.Popen(as_postgres([shutil.which("pgbouncer", path="/usr/sbin:/usr/bin"), settings]),
                                            stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/")
        until("pgbouncer listens", lambda: (self.socket / ".s.PGSQL.6432").exists(), process=self.process)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
