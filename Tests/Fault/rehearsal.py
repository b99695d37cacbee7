"""`lockerctl rehearse` as the storm and the judge of a test."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import Any

from endtoend.stand import REPOSITORY, Stand, patience, poll

LOCKERCTL = os.environ.get("LOCKER_CTL_BINARY") or str(REPOSITORY / ".build/release/lockerctl")
# How long the storm around each fault lasts; `make fault` takes longer.
SECONDS = int(os.environ.get("LOCKER_FAULT_SECONDS", "5"))
# What lockerctl ends with when the judge has found something.
FINDINGS = 4


def lockerctl(stand: Stand, *arguments: str) -> subprocess.Popen[str]:
    """lockerctl with the settings of a stand."""
    return subprocess.Popen(
        [LOCKERCTL, *arguments],
        env={"PATH": os.environ["PATH"]} | stand.settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, Any]:
    """Waits for lockerctl --json; its exit status and what it reported."""
    output, remarks = process.communicate(timeout=patience(240) + SECONDS)
    assert output, f"lockerctl ended with {process.returncode} and said: {remarks}"
    return process.returncode, json.loads(output)


class Storm:
    """A rehearsal that goes on while a test does something to the stand."""

    def __init__(self, stand: Stand, *arguments: str, seconds: int = SECONDS, students: int = 200, lockers: int = 40):
        self.stand = stand
        self.process = lockerctl(
            stand, "rehearse", "--json", f"--students={students}", f"--lockers={lockers}", "--concurrency=32",
            "--hot=30%", f"--seconds={seconds}", *arguments,
        )  # fmt: skip
        poll("a storm that has begun", patience(60), self._has_begun)
        self.ends = time.monotonic() + seconds

    def _has_begun(self) -> bool:
        assert self.process.poll() is None, f"the storm ended early: {self.process.communicate()}"
        return self.won() > 20

    def won(self) -> int:
        """How many holds were won in it so far."""
        return self.stand.world.value(
            "SELECT count(*) FROM locker_decisions d JOIN users u USING (student_id)"
            " WHERE u.cohort LIKE 'rehearsal-%%' AND d.outcome = 'held'"
        )

    @property
    def rages(self) -> bool:
        """Whether it goes on for another moment."""
        return time.monotonic() < self.ends - 1

    def judged(self) -> tuple[int, Any]:
        """Waits for its end; exit status and report."""
        return finish(self.process)

    def passes(self) -> dict[str, Any]:
        """Waits for its end, which must be a good one; the report."""
        status, report = self.judged()
        assert status == 0 and report["passes"], {
            key: report[key] for key in ("failures", "answers", "counterexample_count", "counterexamples")
        }
        assert report["counterexample_count"] == 0
        nobody_is_left(self.stand)
        return report


def nobody_is_left(stand: Stand) -> None:
    """A rehearsal leaves nothing behind."""
    assert stand.world.sql("SELECT * FROM rehearsal_leftovers()") == []
    assert stand.world.value("SELECT count(*) FROM locker_decisions WHERE student_id LIKE '99%%'") == 0
