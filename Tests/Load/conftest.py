"""Fixtures of the tests under load: a stand as the end-to-end tests have it, and wrk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Iterator

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "EndToEnd"))

from endtoend.stand import Stand  # noqa: E402


@pytest.fixture(scope="module")
def stand() -> Iterator[Stand]:
    """A stand of the module's own."""
    stand = Stand(LOCKER_ATTEMPT_BURST="1000000")
    yield stand
    stand.stop()


class Wrk:
    """wrk in the background: POSTs and GETs of signed-in students, every status counted."""

    def __init__(self, stand: Stand, tokens: list[str], lockers: list[int], *, connections: int, seconds: int):
        file = stand.folder / "tokens"
        file.write_text("\n".join(tokens) + "\n")
        self.process = subprocess.Popen(
            ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", str(HERE / "mixed.lua"),
             f"http://127.0.0.1:{stand.http_port}", "--", str(file), str(lockers[0]), str(len(lockers))],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def statuses(self) -> dict[str, int]:
        """Waits for the end: how often each status was seen, connections that broke as `broken`."""
        output, _ = self.process.communicate(timeout=120)
        lines = [line.split() for line in output.splitlines() if line.startswith("STATUS ")]
        assert lines, output
        return {status: int(count) for _, status, count in lines}


@pytest.fixture
def wrk():
    """Makes them; ends those that a failed test leaves behind."""
    started: list[Wrk] = []

    def start(*arguments, **settings) -> Wrk:
        started.append(Wrk(*arguments, **settings))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.terminate()
            one.process.wait()
