"""What is on another machine: a PostgreSQL that wants TLS and a password, and a server to ssh to."""

from __future__ import annotations

import getpass
import os
import random
import shutil
import subprocess
from pathlib import Path

from components import Postgres, give, until
from endtoend.stand import free_port

PASSWORDS = {"postgres": "geheim-super-1", "locker_operator": "geheim-operator-2"}


class RemotePostgres(Postgres):
    """Reached over TCP alone by those who know a password, and over TLS alone. On a loopback address of its own, so that
    it has the usual port."""

    def __init__(self, folder: Path):
        super().__init__(folder, "remote")
        self.address = f"127.{random.randint(2, 250)}.{random.randint(0, 250)}.{random.randint(2, 250)}"
        self.folder = folder
        self.authority = folder / "server.crt"
        self.make()
        self._make_certificate()
        (self.data / "pg_hba.conf").write_text("local all postgres,locker_owner trust\nhostssl all all all scram-sha-256\n")
        self.start(listen_addresses=self.address, ssl="on", ssl_cert_file=self.home / "tls.crt",
                   ssl_key_file=self.home / "tls.key", fsync="off")
        self.migrate()
        for role, password in PASSWORDS.items():
            self.sql(f"ALTER ROLE {role} PASSWORD '{password}'")

    def _make_certificate(self) -> None:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=remote", "-addext", f"subjectAltName=IP:{self.address}", "-keyout", self.home / "tls.key",
             "-out", self.home / "tls.crt"], check=True, capture_output=True)
        shutil.copy(self.home / "tls.crt", self.authority)
        for name in ("tls.key", "tls.crt"):
            (self.home / name).chmod(0o600)
            give(self.home / name)

    def url(self, role: str, *, password: bool) -> str:
        """How lockerctl is told where it is."""
        secret = f":{PASSWORDS[role]}" if password else ""
        return (f"postgresql://{role}{secret}@{self.address}/locker"
                f"?sslmode=verify-full&sslrootcert={self.authority}&connect_timeout=10")

    def urls(self, *, password: bool) -> dict[str, str]:
        """The settings of lockerctl."""
        return {"DB_OPERATOR_URL": self.url("locker_operator", password=password),
                "DB_SUPERUSER_URL": self.url("postgres", password=password)}

    def passfile(self) -> Path:
        """The passwords as libpq looks them up: a file that nobody else may read."""
        file = self.folder / "pgpass"
        file.touch(0o600)
        file.write_text("".join(f"{self.address}:*:*:{role}:{password}\n" for role, password in PASSWORDS.items()))
        return file


class Sshd:
    """A private sshd of the same user on a free port: its own key, its own settings, one key that it lets in."""

    def __init__(self, folder: Path, path: str):
        self.folder, self.port = folder, free_port()
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
        (folder / "authorized_keys").write_text((folder / "user.pub").read_text())
        (folder / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nUsePAM no\n"
            f"AuthorizedKeysFile {folder}/authorized_keys\nStrictModes no\nPasswordAuthentication no\n"
            f"KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nSetEnv PATH={path}\n")
        host = (folder / "host.pub").read_text()
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {host}")
        self.settings = folder / "ssh_config"
        self.settings.write_text(
            f"Host newserver\nHostname 127.0.0.1\nPort {self.port}\nUser {getpass.getuser()}\nIdentityFile {folder}/user\n"
            f"IdentitiesOnly yes\nUserKnownHostsFile {folder}/known_hosts\nGlobalKnownHostsFile /dev/null\n"
            "StrictHostKeyChecking yes\nBatchMode yes\n")
        # As root it separates its privileges in this folder, which the service's start would make.
        self._made = os.geteuid() == 0 and not Path("/run/sshd").exists()
        if self._made:
            Path("/run/sshd").mkdir(0o755)
        with (folder / "sshd.log").open("wb") as log:
            self.process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", folder / "sshd_config"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until("sshd lets us in", self._lets_in, process=self.process)

    def _lets_in(self) -> bool:
        return subprocess.run(["ssh", "-F", self.settings, "newserver", "true"], stdin=subprocess.DEVNULL,
                              capture_output=True).returncode == 0

    def stop(self) -> None:
        """Ends it."""
        self.process.terminate()
        self.process.wait(10)
        if self._made:
            Path("/run/sshd").rmdir()
