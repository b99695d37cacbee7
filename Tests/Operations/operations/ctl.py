"""Runs the real lockerctl."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .database import REPOSITORY, Database, environment

BINARY = os.environ.get("LOCKERCTL_BINARY", str(REPOSITORY / ".build/debug/lockerctl"))


@dataclass
class Result:
    """What a run printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The output as JSON."""
        return json.loads(self.out)

    def __str__(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


class Ctl:
    """lockerctl against one database."""

    def __init__(self, database: Database, folder: Path):
        self.database = database
        self.folder = folder

    def __call__(self, *arguments: str, stdin: str | bytes | None = None, code: int | tuple[int, ...] = 0,
                 env: dict | None = None) -> Result:
        """Runs a command without a terminal; fails the test when it does not end as expected."""
        if isinstance(stdin, str):
            stdin = stdin.encode()
        run = subprocess.run(
            [BINARY, *arguments],
            input=stdin or b"",
            capture_output=True,
            env=environment(self.database.urls) | (env or {}),
            cwd=self.folder,
            timeout=120,
        )
        result = Result(run.returncode, run.stdout.decode(errors="replace"), run.stderr.decode(errors="replace"))
        assert result.code in (code if isinstance(code, tuple) else (code,)), f"lockerctl {' '.join(arguments)}: expected {code}, {result}"
        return result

    def change(self, *arguments: str, code: int | tuple[int, ...] = 0, **more: Any) -> Result:
        """A change with a reason and without a question."""
        return self(*arguments, "--reason", "시험", "--yes", code=code, **more)

    def audit(self) -> int:
        """The number of the newest act."""
        return self("audit", "list", "--json").json[0]["audit_id"]

    def at_terminal(self, *arguments: str, answer: str) -> tuple[int, str]:
        """Runs a command at a terminal and types one line when it asks; the exit code and all that was shown."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.execve(BINARY, [BINARY, *arguments], environment(self.database.urls))
        shown = b""
        asked = False
        while True:
            try:
                part = os.read(terminal, 4096)
            except OSError:  # Linux: the other side is closed
                break
            if not part:
                break
            shown += part
            if not asked and "입력하세요: ".encode() in shown:
                asked = True
                os.write(terminal, answer.encode() + b"\n")
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        return os.waitstatus_to_exitcode(status), shown.decode(errors="replace")
