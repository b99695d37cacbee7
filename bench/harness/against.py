"""Two stands under the same load, in turns (A B A B): what is measured by bench/against, and its table."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Callable

from . import data
from .load import Run, once, wrk
from .processes import Groups
from .report import cost, rate, ratio, spread
from .site import REPOSITORY, Stand
from .subjects import GZIP, Figures, entity_tag

HISTORY = 100_000
# Who takes part in a storm. The others of data.STUDENTS only make it even there.
RUSH = 3000


def slow_flush(folder: Path) -> dict[str, str]:
    """Environment of a stand whose PostgreSQL takes a millisecond more for each flush."""
    library = folder / "slow_flush.so"
    command = ["cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(REPOSITORY / "bench/slow_flush.c"), "-ldl"]
    if subprocess.run(command).returncode:
        raise SystemExit("bench: slow_flush.c could not be compiled")
    library.chmod(0o755)  # the user postgres loads it too
    return {"LD_PRELOAD": str(library)}


class Side:
    """One of the two: its stand, its students' tokens, and what is done to it. Each subject gives its run and what was
    wrong with it."""

    def __init__(self, name: str, stand: Stand, slow: bool):
        self.name, self.stand, self.groups = name, stand, Groups(stand)
        if slow and "slow_flush.so" not in Path(f"/proc/{stand.pid('postgres')}/maps").read_text():
            raise SystemExit(f"bench: PostgreSQL of {name} did not load slow_flush.so")

    def fill(self, history: bool) -> None:
        """Makes the data, and signs everybody in."""
        self.stand.sql(data.school() + (data.history(HISTORY) if history else ""))
        self.tokens = [access for access, _ in data.sign_in(self.stand, range(data.STUDENTS))]
        (self.stand.folder / "tokens").write_text("\n".join(self.tokens) + "\n")
        # Of every table, whatever it is called. (It warns of the system's own, which the owner may not look at.)
        self.stand.sql("SET client_min_messages = error; ANALYZE;")

    def _wrk(self, script: str, *arguments: str, **how: int) -> Run:
        return wrk(self.stand, self.groups, script, list(arguments), **how)

    def _count(self, state: str) -> int:
        return int(self.stand.sql(f"SELECT count(*) FROM locker_assignments WHERE state = '{state}'"))

    def storm(self, connections: int) -> tuple[Run, str]:
        """Everybody's hold, once."""
        run = once(self.stand, self.groups, data.storm(self.tokens[:RUSH]), connections=connections)
        winners, losers = self._count("hold"), RUSH - data.LOCKERS
        well = (run.requests, run.failed, winners) == (RUSH, losers, data.LOCKERS)
        return run, "" if well else f"{run.requests} answers, {run.failed} of them refusals, {winners} winners"

    def confirm(self) -> tuple[Run, str]:
        """Whoever holds after a storm confirms, once."""
        self.storm(64)
        rows = self.stand.sql("SELECT student_id, locker_id FROM locker_assignments WHERE state = 'hold'").split()
        lines = [
            f"POST /api/v1/lockers/{locker}/confirm {self.tokens[int(student) - data.FIRST_STUDENT]}"
            for student, locker in (row.split("|") for row in rows)
        ]
        run = once(self.stand, self.groups, lines, connections=64)
        confirmed = self._count("confirmed")
        well = (run.requests, run.failed, confirmed) == (data.LOCKERS, 0, data.LOCKERS)
        return run, "" if well else f"{run.requests} answers, {run.failed} of them refusals, {confirmed} confirmed"

    def cycle(self, seconds: int) -> tuple[Run, str]:
        """Hold, confirm, release; how many of the three in a row a second."""
        tokens, spare = str(self.stand.folder / "tokens"), str(data.FIRST_LOCKER + data.LOCKERS)
        run = self._wrk("cycle.lua", tokens, spare, connections=16, threads=16, seconds=seconds)
        return replace(run, rate=run.rate / 3), refused(run)

    def sign_in(self, seconds: int) -> tuple[Run, str]:
        """Of students who are known."""
        run = self._wrk("sign_in.lua", str(data.FIRST_STUDENT), str(data.STUDENTS), connections=64, seconds=seconds)
        return run, refused(run)

    def refresh(self, seconds: int) -> tuple[Run, str]:
        """With tokens that nobody has used, of the spare students: a refresh ends the access token."""
        tokens = data.sign_in(self.stand, range(data.STUDENTS, data.STUDENTS + 16))
        file = self.stand.folder / "refresh"
        file.write_text("\n".join(refresh for _, refresh in tokens) + "\n")
        run = self._wrk("refresh.lua", str(file), connections=16, threads=16, seconds=seconds)
        return run, refused(run)

    def get(self, path: str, seconds: int, *headers: str) -> tuple[Run, str]:
        """A GET of each student in turn."""
        run = self._wrk("get.lua", path, str(self.stand.folder / "tokens"), *headers, connections=64, seconds=seconds)
        return run, refused(run)

    def unchanged(self, seconds: int) -> tuple[Run, str]:
        """The list for who has it already."""
        time.sleep(0.5)  # longer than any copy of the list is kept
        tag = entity_tag(self.stand, self.stand.folder)
        run, wrong = self.get("/api/v1/lockers", seconds, GZIP, f"If-None-Match: {tag}")
        after = entity_tag(self.stand, self.stand.folder)
        return run, wrong or ("" if after == tag else "the list changed in between")


def refused(run: Run) -> str:
    """What is wrong where every answer should be a yes."""
    return f"{run.failed} of {run.requests} answers were errors" if run.failed else ""


def measure(sides: list[Side], *, rounds: int, seconds: int, only: str, history: bool, slow: bool) -> Figures:
    """Everything, each subject in turns. The first round of each warms up."""
    figures = Figures()
    for side in sides:
        print(f"{side.name}: signs {data.STUDENTS} students in", file=sys.stderr)
        side.fill(history)

    subjects: dict[str, Callable[[Side], tuple[Run, str]]] = {
        "storm 16": lambda side: side.storm(16),
        "storm 64": lambda side: side.storm(64),
        "storm 512": lambda side: side.storm(512),
        "confirm 64": lambda side: side.confirm(),
        "hold-confirm-release 16, cycles": lambda side: side.cycle(seconds),
    }
    if not slow:
        subjects |= {
            "lockers/me 64": lambda side: side.get("/api/v1/lockers/me", seconds),
            "list 600 gzip 64": lambda side: side.get("/api/v1/lockers", seconds, GZIP),
            "list 600 304 64": lambda side: side.unchanged(seconds),
            "list 600 plain 64": lambda side: side.get("/api/v1/lockers", seconds),
        }
    subjects |= {
        "refresh 16": lambda side: side.refresh(seconds),
        # The last: how many sessions a student may have is each revision's own business, and these have the tokens.
        "sign-in 64": lambda side: side.sign_in(seconds),
    }
    for name, subject in subjects.items():
        if only not in name:
            continue
        for turn in range(rounds + 1):
            for side in sides:
                data.reset(side.stand)
                run, wrong = subject(side)
                which = f"{name}, {side.name}, {f'round {turn}' if turn else 'warming up'}"
                if wrong:
                    figures.notes.append(f"{which}: {wrong}")
                if run.broken:
                    figures.notes.append(f"{which}: {run.broken} connections broke or waited for more than 10 s")
                if turn:
                    figures.add(name, side.name, run)
    memory = " and ".join(f"{side.groups.worker_memory():.1f} MB ({side.name})" for side in sides)
    figures.notes.append(f"the largest worker has {memory}")
    return figures


def lines(figures: Figures) -> list[str]:
    """A line for each subject."""
    table = [
        "| subject, connections | requests/s, here / base | requests/s: base | here | p50 ms: base | here "
        "| p99 ms: base | here | p99, here / base "
        "| CPU µs a request, nginx + worker + PostgreSQL: base | here | CPU, here / base |",
        "|---" * 12 + "|",
    ]
    for subject, runs in figures.runs.items():
        base, here = runs["base"], runs["here"]
        cells = [subject, spread(ratio(here, base, rate), 2)]
        for digits, value in ((0, rate), (1, lambda run: run.p50), (1, lambda run: run.p99)):
            cells += [f"{statistics.median(map(value, side)):,.{digits}f}" for side in (base, here)]
        cells.append(f"{statistics.median(ratio(here, base, lambda run: run.p99)):.2f}")
        for side in (base, here):
            groups = ("nginx", "worker", "postgres")
            cells.append(" + ".join(f"{statistics.median(run.cpu[group] for run in side):.0f}" for group in groups))
        cells.append(f"{statistics.median(ratio(here, base, cost)):.2f}")
        table.append(f"| {' | '.join(cells)} |")
    return table


def text(title: str, how: list[str], figures: Figures, *, seconds: float) -> str:
    """The whole note."""
    rounds = max((len(runs["here"]) for runs in figures.runs.values()), default=0)
    return "\n".join(
        [
            title,
            "",
            f"{os.cpu_count()} cores, shared by the client, nginx, the workers and PostgreSQL; load average at the end"
            f" {os.getloadavg()[0]:.1f}. With {', '.join(how)}. Rounds in turns: {rounds}; medians, of ratios with the"
            f" least and the most. {seconds:.0f} s.",
            "",
            *lines(figures),
            "",
            *(f"- {note}" for note in figures.notes),
            "",
        ]
    )
