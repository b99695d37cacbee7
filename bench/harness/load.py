"""Runs wrk and pgbench and reads what they say."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from .processes import Groups
from .site import REPOSITORY, Stand

SCRIPTS = REPOSITORY / "bench/wrk"


@dataclass
class Run:
    """One measurement: requests a second, latencies in ms, and CPU µs a request by group of processes."""

    requests: int
    rate: float
    p50: float
    p99: float
    failed: int = 0
    broken: int = 0
    cpu: dict[str, float] = field(default_factory=dict)


def wrk(
    stand: Stand, groups: Groups, script: str, arguments: list[str], *, connections: int, seconds: int, tls: bool = False,
    threads: int = 2,
) -> Run:  # fmt: skip
    """One run of wrk."""
    before = groups.cpu_microseconds()
    done = subprocess.run(
        ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPTS / script),
         stand.url(tls), "--", *arguments],
        env=os.environ | {"BENCH_WRK": str(SCRIPTS), "BENCH_CONNECTIONS": str(connections)},
        capture_output=True, text=True, cwd=SCRIPTS,
    )  # fmt: skip
    after = groups.cpu_microseconds()
    line = next((line for line in done.stdout.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        raise SystemExit(f"bench: wrk said\n{done.stdout}{done.stderr}")
    count, duration, failed, broken, p50, p99, _ = map(int, line.split()[1:])
    cpu = {name: (after[name] - before[name]) / max(1, count) for name in after}
    return Run(count, count / (duration / 1e6), p50 / 1e3, p99 / 1e3, failed, broken, cpu)


def once(stand: Stand, groups: Groups, lines: list[str], *, connections: int, threads: int = 2) -> Run:
    """Sends each line ("METHOD path token") once, and ends when all are answered."""
    with tempfile.TemporaryDirectory(prefix="once-", dir=stand.folder) as folder:
        file, gone = Path(folder, "lines"), Path(folder, "gone")
        file.write_text("\n".join(lines) + "\n")
        gone.write_text("")
        arguments = [str(file), str(threads), str(connections // threads), str(gone)]
        return wrk(stand, groups, "once.lua", arguments, connections=connections, threads=threads, seconds=60)


def pgbench(stand: Stand, *, connections: int, each: int, variables: dict[str, int]) -> Run:
    """The same decisions, straight from pgbench. Each connection makes twenty to warm up, which are not counted."""
    with tempfile.TemporaryDirectory(prefix="locker-bench-", dir="/tmp") as folder:
        defines = [part for name, value in (variables | {"i": 0, "each": each}).items() for part in ("-D", f"{name}={value}")]
        done = subprocess.run(
            ["pgbench", "--no-vacuum", "--protocol=prepared", f"--client={connections}", "--jobs=2",
             f"--transactions={each + 20}", "--log", f"--log-prefix={folder}/log", "--file", str(SCRIPTS / "storm.sql"),
             *defines, stand.settings["DB_URL"]],
            capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"bench: pgbench said\n{done.stdout}{done.stderr}")
        lines = [list(map(int, line.split())) for file in Path(folder).glob("log*") for line in file.open()]
    clients: dict[int, list[tuple[int, int]]] = {}
    for client, _, time, _, second, microsecond, *_ in lines:
        clients.setdefault(client, []).append((time, second * 1_000_000 + microsecond))
    counted = [entry for entries in clients.values() for entry in sorted(entries, key=lambda entry: entry[1])[20:]]
    times = sorted(time for time, _ in counted)
    first, last = min(end - time for time, end in counted), max(end for _, end in counted)
    return Run(
        len(counted), len(counted) / ((last - first) / 1e6), times[len(times) // 2] / 1e3, times[len(times) * 99 // 100] / 1e3
    )
