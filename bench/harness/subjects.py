"""What is measured, in which order. Subjects that are compared take turns (A B C A B C), so that whatever else the machine
does falls on all of them."""

from __future__ import annotations

import gzip
import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from . import data, fastcgi
from .load import Run, once, pgbench, wrk
from .processes import Groups
from .site import Site, Stand

GZIP = "Accept-Encoding: gzip"


@dataclass
class Figures:
    """Everything that was measured."""

    # Subject, then "64 http" and the like, then its runs.
    runs: dict[str, dict[str, list[Run]]] = field(default_factory=dict)
    # After so many requests: the largest worker in MB.
    memory: list[tuple[int, float]] = field(default_factory=list)
    startup_ms: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, subject: str, situation: str, run: Run) -> None:
        """Keeps a run."""
        self.runs.setdefault(subject, {}).setdefault(situation, []).append(run)
        print(
            f"{subject:28} {situation:10} {run.rate:9.0f}/s  p50 {run.p50:7.2f}  p99 {run.p99:7.2f} ms"
            f"  failed {run.failed} broken {run.broken}  "
            + " ".join(f"{name} {value:.0f}" for name, value in run.cpu.items()),
            file=sys.stderr,
        )


def write_static_list(folder: Path) -> None:
    """A list of 600 lockers as a file: what the list would cost if it were no work at all."""
    lockers = [
        {
            "locker_id": 10001 + n,
            "location_id": f"정보관 {1 + n % 8}층 엘리베이터 옆",
            "location": {"id": 1 + n % 8, "name": f"정보관 {1 + n % 8}층 엘리베이터 옆"},
            "state": "available",
            "mine": False,
        }
        for n in range(data.LOCKERS + data.SPARE)
    ]
    body = {"lockers": lockers, "available_count": len(lockers), "total_count": len(lockers)}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    (folder / "list.json").write_bytes(text)
    (folder / "list.json.gz").write_bytes(gzip.compress(text, 6))


def entity_tag(stand: Stand, folder: Path) -> str:
    """The ETag of the list as every student without a locker sees it."""
    token = (folder / "tokens").open().readline().strip()
    done = subprocess.run(
        ["curl", "-sS", "--noproxy", "*", "-o", "/dev/null", "-D", "-", "-H", f"Authorization: Bearer {token}",
         "-H", GZIP, stand.url(False) + "/api/v1/lockers"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return next(line.split(": ", 1)[1] for line in done.stdout.splitlines() if line.lower().startswith("etag: "))


def measure(site: Site, folder: Path, *, quick: bool, only: str) -> Figures:
    """Everything."""
    figures, groups = Figures(), Groups(site)
    data.fill(site, folder)
    tokens = str(folder / "tokens")
    seconds, rounds = (1, 2) if quick else (2, 3)

    def get(path: str, *headers: str, signed_in: bool = True) -> Callable[..., Run]:
        arguments = [path, tokens if signed_in else "-", *headers]
        return lambda **how: wrk(site, groups, "get.lua", arguments, **how)

    def take_turns(subjects: dict[str, Callable[..., Run]]) -> None:
        subjects = {name: run for name, run in subjects.items() if only in name}
        for tls in (False, True):
            for connections in (64, 512):
                for run in subjects.values():
                    run(connections=connections, seconds=1, tls=tls)  # warms up
                for _ in range(rounds):
                    for name, run in subjects.items():
                        situation = f"{connections} {'https' if tls else 'http'}"
                        figures.add(name, situation, run(connections=connections, seconds=seconds, tls=tls))

    tag = entity_tag(site, folder)
    take_turns(
        {
            "nginx return": get("/return", signed_in=False),
            "fastcgi hello": get("/hello", signed_in=False),
            "fastcgi hello, unkept": get("/unkept", signed_in=False),
            "fastcgi static list": get("/list.gz", GZIP, signed_in=False),
            "list 600": get("/api/v1/lockers", GZIP),
            "list 600, 304": get("/api/v1/lockers", GZIP, f"If-None-Match: {tag}"),
            "lockers/me": get("/api/v1/lockers/me"),
        }
    )
    if only in "storm":
        storms(site, folder, figures, groups, rounds=2 if quick else 6)
    if not only:
        others(site, folder, figures, groups, seconds=seconds, rounds=rounds)
        memory(site, figures, get("/api/v1/lockers", GZIP), get("/api/v1/lockers/me"), 50_000 if quick else 1_000_000)
        startup(site, figures, 3 if quick else 9)
        data.add_lockers(site)
        time.sleep(0.5)  # longer than any copy of the list is kept
        tag = entity_tag(site, folder)
        large = {
            "fastcgi hello": get("/hello", signed_in=False),
            "list 6000": get("/api/v1/lockers", GZIP),
            "list 6000, 304": get("/api/v1/lockers", GZIP, f"If-None-Match: {tag}"),
        }
        for run in large.values():
            run(connections=64, seconds=1)
        for _ in range(rounds):
            for name, run in large.items():
                figures.add(name, "64 http, 6000", run(connections=64, seconds=seconds))
    return figures


def storms(site: Site, folder: Path, figures: Figures, groups: Groups, *, rounds: int) -> None:
    """3008 students after 600 lockers, through everything and straight in the database."""
    connections = site.workers * site.threads
    variables = {"first_student": data.FIRST_STUDENT, "first_locker": data.FIRST_LOCKER, "lockers": data.LOCKERS,
                 "students": data.STUDENTS}  # fmt: skip
    lines = data.storm((folder / "tokens").read_text().split())

    def whole(count: int) -> Run:
        return once(site, groups, lines, connections=count)

    def bare() -> Run:
        return pgbench(site, connections=connections, each=data.STUDENTS // connections, variables=variables)

    def audit(name: str, run: Run) -> None:
        held = site.sql(f"SELECT count(*) FROM locker_assignments WHERE state = 'hold' AND locker_id < {data.FIRST_LOCKER + data.LOCKERS}")
        if held != str(data.LOCKERS) or run.broken:
            figures.notes.append(f"{name}: {held} lockers were held and {run.broken} connections broke")

    for turn in range(rounds + 1):
        subjects = {"pgbench storm": bare, "storm 64": lambda: whole(64), "storm 512": lambda: whole(512)}
        for name, subject in subjects.items():
            data.reset(site)
            run = subject()
            audit(name, run)
            if turn:  # the first warms up
                figures.add(name, "storm", run)
    data.reset(site)


def others(site: Site, folder: Path, figures: Figures, groups: Groups, *, seconds: int, rounds: int) -> None:
    """Cycles, sign-ins and refreshes; sixteen threads with one connection each where one call follows from another."""
    first_spare = data.FIRST_LOCKER + data.LOCKERS
    for turn in range(rounds):
        cycle = wrk(site, groups, "cycle.lua", [str(folder / "tokens"), str(first_spare)], connections=16, threads=16,
                    seconds=seconds)  # fmt: skip
        figures.add("hold-confirm-release", "16 http", cycle)
        sign_in = wrk(site, groups, "sign_in.lua", [str(data.FIRST_STUDENT), str(data.STUDENTS)], connections=64,
                      seconds=seconds)  # fmt: skip
        figures.add("login", "64 http", sign_in)
        # Fresh tokens each time: those of the last turn are spent.
        part = folder / f"refresh.{turn}"
        part.write_text("\n".join((folder / "refresh").read_text().splitlines()[turn * 16 : turn * 16 + 16]) + "\n")
        figures.add("refresh", "16 http", wrk(site, groups, "refresh.lua", [str(part)], connections=16, threads=16,
                                              seconds=seconds))  # fmt: skip
    data.reset(site)


def memory(site: Site, figures: Figures, one: Callable[..., Run], other: Callable[..., Run], requests: int) -> None:
    """The largest worker's memory while it answers so many requests."""
    groups, count = Groups(site), 0
    figures.memory.append((0, groups.worker_memory()))
    deadline = time.monotonic() + (30 if requests < 100_000 else 240)  # on a slow machine the count in the table is smaller
    while count < requests * site.workers and time.monotonic() < deadline:
        for run in (one, other):
            count += run(connections=64, seconds=5 if requests > 100_000 else 1).requests
        figures.memory.append((count // site.workers, groups.worker_memory()))
        print(f"memory after {count // site.workers} requests a worker: {figures.memory[-1][1]:.1f} MB", file=sys.stderr)


def startup(site: Site, figures: Figures, rounds: int) -> None:
    """From the start of a process to its first answer, which comes from the database."""
    for turn in range(rounds):
        figures.startup_ms.append(fastcgi.start_and_ask(site, turn))
    print(f"start to first answer: {statistics.median(figures.startup_ms):.0f} ms", file=sys.stderr)
