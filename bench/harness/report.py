"""The table, the picture and the raw figures of one run."""

from __future__ import annotations

import dataclasses
import json
import os
import statistics
from pathlib import Path
from typing import Callable

from .load import Run
from .picture import bars
from .subjects import Figures


def spread(values: list[float], digits: int = 0) -> str:
    """The median, and the smallest and the largest beside it."""
    middle = statistics.median(values)
    return f"{middle:,.{digits}f} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def ratio(over: list[Run], under: list[Run], value: Callable[[Run], float]) -> list[float]:
    """Run by run, as they took turns: whatever disturbed one disturbed its neighbour too."""
    return [value(a) / value(b) for a, b in zip(over, under) if value(b)]


def rate(run: Run) -> float:
    """Requests a second."""
    return run.rate


def cost(run: Run) -> float:
    """CPU µs of the server's processes for one request: what is left of a comparison on a machine that others use too."""
    return sum(run.cpu.values())


# Subject, what it is compared with, situation, the least (or the most) that the ratio should be.
TARGETS = [
    ("fastcgi hello", "nginx return", "64 http", ">=", 0.40),
    ("list 600", "fastcgi hello", "64 http", ">=", 0.50),
    ("list 600, 304", "fastcgi hello", "64 http", ">=", 0.70),
    ("list 6000", "fastcgi hello", "64 http, 6000", ">=", 0.50),
    ("list 6000, 304", "fastcgi hello", "64 http, 6000", ">=", 0.70),
    ("storm 64", "pgbench storm", "storm", ">=", 0.60),
]


def target_lines(figures: Figures) -> list[str]:
    """Every target and what became of it."""
    lines = ["| target | wanted | requests/s, median (spread) | by CPU a request | met |", "|---|---|---|---|---|"]
    for subject, reference, situation, sign, wanted in TARGETS:
        runs = [figures.runs.get(name, {}).get(situation) for name in (subject, reference)]
        if not all(runs):
            continue
        found = ratio(*runs, rate)
        by_cost = ratio(runs[1], runs[0], cost) if runs[1][0].cpu else []
        met = "yes" if statistics.median(found) >= wanted else "no"
        lines.append(
            f"| {subject} / {reference}, {situation} | {sign} {wanted:.2f} | {spread(found, 2)} "
            f"| {spread(by_cost, 2) if by_cost else '–'} | {met} |"
        )
    storm, bare = (figures.runs.get(name, {}).get("storm") for name in ("storm 64", "pgbench storm"))
    if storm and bare:
        found = ratio(storm, bare, lambda run: run.p99)
        lines.append(
            f"| p99 of storm 64 / pgbench storm | <= 5 | {spread(found, 1)} | – | {'yes' if statistics.median(found) <= 5 else 'no'} |"
        )
    hello = figures.runs.get("fastcgi hello", {})
    if hello.get("512 http"):
        found = ratio(hello["512 http"], hello["64 http"], lambda run: run.p99)
        # Eight times the connections wait eight times as long for the same two cores.
        lines.append(
            f"| p99 of hello, 512 / 64 connections | <= 16 | {spread(found, 1)} | – | {'yes' if statistics.median(found) <= 16 else 'no'} |"
        )
    if figures.memory:
        count, largest = figures.memory[-1]
        # The first figure is before any request; what is compared is a quarter of the way and the end.
        growth = largest - figures.memory[len(figures.memory) // 4][1]
        met = "too few requests to say" if count < 1_000_000 else "yes" if largest <= 40 and growth < 2 else "no"
        lines.append(
            f"| memory of a worker after {count:,} requests | <= 40 MB | {largest:.1f} MB, {growth:+.1f} MB in the last three"
            f" quarters | – | {met} |"
        )
    if figures.startup_ms:
        met = "yes" if statistics.median(figures.startup_ms) <= 150 else "no"
        lines.append(f"| start to first answer | <= 150 ms | {spread(figures.startup_ms)} ms | – | {met} |")
    return lines


def subject_lines(figures: Figures) -> list[str]:
    """Every subject in every situation."""
    lines = [
        "| subject | connections | requests/s | p50 ms | p99 ms | CPU µs a request: worker | nginx | PostgreSQL |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for subject, situations in figures.runs.items():
        for situation, runs in situations.items():
            cpu = ["–"] * 3
            if runs[0].cpu:
                groups = ("hello" if subject.startswith("fastcgi") else "worker", "nginx", "postgres")
                cpu = [f"{statistics.median(run.cpu[group] for run in runs):.0f}" for group in groups]
            broken = sum(run.broken for run in runs)
            lines.append(
                f"| {subject} | {situation} | {spread([run.rate for run in runs])} "
                f"| {spread([run.p50 for run in runs], 1)} | {spread([run.p99 for run in runs], 1)} | {' | '.join(cpu)} |"
                + (f" {broken} broken" if broken else "")
            )
    return lines


def write(figures: Figures, name: Path, *, seconds: float) -> str:
    """Writes name.md, name.svg and name.json; gives the text."""
    text = "\n".join(
        [
            f"# Benchmark of {name.name}",
            "",
            f"{os.cpu_count()} cores, shared by the clients, nginx, the workers and PostgreSQL; load average at the end"
            f" {os.getloadavg()[0]:.1f}. {seconds:.0f} s. docs/performance.md explains the subjects.",
            "",
            *target_lines(figures),
            "",
            *subject_lines(figures),
            *(["", "Noted: " + "; ".join(figures.notes)] if figures.notes else []),
            "",
        ]
    )
    name.with_suffix(".md").write_text(text)
    name.with_suffix(".json").write_text(json.dumps(dataclasses.asdict(figures), ensure_ascii=False))
    chosen = {
        subject: statistics.median(run.rate for run in situations["64 http"])
        for subject, situations in figures.runs.items()
        if "64 http" in situations
    }
    if chosen:
        name.with_suffix(".svg").write_text(bars("Requests a second, 64 connections, HTTP", chosen))
    return text
