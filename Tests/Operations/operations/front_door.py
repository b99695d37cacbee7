"""A whole stand, and its own lockerctl."""

from __future__ import annotations

import subprocess
from pathlib import Path

from endtoend.stand import Stand

from .ctl import Result


class FrontDoor:
    """lockerctl as the stand installs it, in a folder of the test's own."""

    def __init__(self, stand: Stand, folder: Path):
        self.stand = stand
        self.folder = folder
        self.lockerctl = stand.run / "bin/lockerctl"

    def ctl(self, *arguments: str, code: int | tuple[int, ...] = 0) -> Result:
        """Runs a command; fails the test when it does not end as expected."""
        run = subprocess.run([self.lockerctl, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             cwd=self.folder, timeout=120)
        result = Result(run.returncode, run.stdout, run.stderr)
        assert result.code in (code if isinstance(code, tuple) else (code,)), (
            f"lockerctl {' '.join(arguments)}: expected {code}, {result}")
        return result

    def change(self, *arguments: str, code: int | tuple[int, ...] = 0) -> Result:
        """A change with a reason and without a question."""
        return self.ctl(*arguments, "--reason", "시험", "--yes", code=code)
