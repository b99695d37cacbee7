"""CPU time and memory of groups of processes, as the kernel counts them."""

from __future__ import annotations

from pathlib import Path

from .site import Site, Stand


def children(parent: int) -> list[int]:
    """The children of a process."""
    try:
        return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except OSError:
        return []


def cpu_nanoseconds(pid: int) -> int:
    """CPU time of all threads of a process that live."""
    total = 0
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return 0  # gone meanwhile
    for task in tasks:
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except OSError:
            continue  # this one too
    return total


def resident_megabytes(pid: int) -> float:
    """What a process has in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


class Groups:
    """The processes of a stand, or of a site, by what they are."""

    def __init__(self, stand: Stand):
        self.stand = stand

    def pids(self) -> dict[str, list[int]]:
        """Group and pids, as of now."""
        postgres = self.stand.pid("postgres")
        groups = {
            "worker": [self.stand.pid(f"worker-{number}") for number in range(self.stand.workers)],
            "nginx": children(self.stand.nginx_pid()),
            "postgres": [postgres, *children(postgres)],
        }
        if isinstance(self.stand, Site):
            groups["hello"] = [hello.pid for hello in self.stand.hellos]
        return groups

    def cpu_microseconds(self) -> dict[str, float]:
        """CPU time of each group so far."""
        return {name: sum(map(cpu_nanoseconds, pids)) / 1e3 for name, pids in self.pids().items()}

    def worker_memory(self) -> float:
        """The largest worker, in MB."""
        return max(map(resident_megabytes, self.pids()["worker"]))
