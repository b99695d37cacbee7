"""CPU time and memory of groups of processes, as the kernel counts them."""

from __future__ import annotations

from pathlib import Path

from .site import Site


def children(parent: int) -> list[int]:
    """The children of a process."""
    try:
        return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except OSError:
        return []


def cpu_nanoseconds(pid: int) -> int:
    """CPU time of all threads of a process that live."""
    total = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            total += int(task.read_text().split()[0])
        except OSError:
            continue  # gone meanwhile
    return total


def resident_megabytes(pid: int) -> float:
    """What a process has in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


class Groups:
    """The processes of a site by what they are."""

    def __init__(self, site: Site):
        self.site = site

    def pids(self) -> dict[str, list[int]]:
        """Group and pids, as of now."""
        postgres = self.site.pid("postgres")
        return {
            "worker": [self.site.pid(f"worker-{number}") for number in range(self.site.workers)],
            "hello": [hello.pid for hello in self.site.hellos],
            "nginx": children(self.site.nginx.pid),
            "postgres": [postgres, *children(postgres)],
        }

    def cpu_microseconds(self) -> dict[str, float]:
        """CPU time of each group so far."""
        return {name: sum(map(cpu_nanoseconds, pids)) / 1e3 for name, pids in self.pids().items()}

    def worker_memory(self) -> float:
        """The largest worker, in MB."""
        return max(map(resident_megabytes, self.pids()["worker"]))
