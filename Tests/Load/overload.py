"""A wave: five thousand connections at once, and somebody who asks for health and signs in meanwhile."""

from __future__ import annotations

import itertools
import json
import re
import resource
import subprocess
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterator

import pytest

from endtoend.people import Student
from endtoend.stand import Stand

HERE = Path(__file__).resolve().parent
CONNECTIONS = 5000
# What a client of wrk needs beside its connections, and what nginx does: all of them in one of its processes at worst,
# and as many again to the workers.
SPARE_FILES = 100
NGINX_FILES = 12_000


def files_allowed() -> int:
    """How many files a process of this user may open. Skips where nginx could not hold the wave: nothing would be shown."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    hard = 1_000_000 if hard == resource.RLIM_INFINITY else hard
    if hard < NGINX_FILES:
        pytest.skip(f"the wave needs {NGINX_FILES} files a process and this user may have {hard}: raise `ulimit -Hn`")
    return hard


def percentiles(seconds: list[float]) -> str:
    """For the report."""
    if not seconds:
        return "none"
    ordered = sorted(seconds)
    chosen = {name: ordered[min(len(ordered) - 1, int(len(ordered) * part))] for name, part in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))}
    return f"{len(ordered)}: " + ", ".join(f"{name} {value * 1e3:.0f} ms" for name, value in (chosen | {"most": ordered[-1]}).items())


class Asking(threading.Thread):
    """Asks the same thing every 100 ms, each time on a connection of its own."""

    def __init__(self, ask: Callable[[], int], ended: threading.Event):
        super().__init__(daemon=True)
        self.ask, self.ended = ask, ended
        # When it was asked, what was said, and how long it took.
        self.answers: list[tuple[float, int | str, float]] = []
        self.start()

    def run(self) -> None:
        while not self.ended.is_set():
            began = time.monotonic()
            try:
                said: int | str = self.ask()
            except Exception as error:  # whatever it is, it is no answer
                said = repr(error)
            took = time.monotonic() - began
            self.answers.append((began, said, took))
            self.ended.wait(max(0.0, 0.1 - took))

    def between(self, begin: float, end: float) -> list[tuple[float, int | str, float]]:
        """What was asked in that time."""
        return [answer for answer in self.answers if begin <= answer[0] < end]


@dataclass
class Wave:
    """What was seen of one."""

    statuses: Counter[str] = field(default_factory=Counter)
    # Connections that broke, and answers that are none of the contract's, by kind.
    broken: dict[str, int] = field(default_factory=dict)
    unfit: str = ""
    # Request ids of the holds that were told "yes".
    promised: set[str] = field(default_factory=set)
    health: list[tuple[float, int | str, float]] = field(default_factory=list)
    sign_ins: list[tuple[float, int | str, float]] = field(default_factory=list)
    # The most connections between nginx and the workers that were seen at once.
    inside: int = 0
    # Seconds from the end until a list was answered.
    recovery: float = 0.0
    # What nginx's log of errors says, and how long answers took by it.
    nginx: Counter[str] = field(default_factory=Counter)
    served: list[float] = field(default_factory=list)
    turned_away: list[float] = field(default_factory=list)

    def report(self) -> str:
        """For whoever reads the test's output: figures of which none is asserted."""
        lines = [
            f"answers {dict(self.statuses)}, at most {self.inside} connections to the workers at once",
            f"served, by nginx's log       {percentiles(self.served)}",
            f"turned away, by nginx's log  {percentiles(self.turned_away)}",
            f"health in the wave           {percentiles([took for _, _, took in self.health])}",
            f"sign-ins in the wave         {percentiles([took for _, _, took in self.sign_ins])}",
            f"the first list after it      {self.recovery * 1e3:.0f} ms after its end",
        ]
        return "\n    ".join(["", *lines])

    def faults(self, bound: int) -> list[str]:
        """Whatever must not be. The control must find some."""
        found = []
        if others := set(self.statuses) - {"200", "201", "409", "503"}:
            found.append(f"statuses {others}")
        if broken := {kind: count for kind, count in self.broken.items() if count}:
            found.append(f"broken connections or answers outside the contract: {broken} {self.unfit}")
        # With its queue bounded nginx says "no live upstreams", and nothing else goes wrong between it and the workers.
        if others := {text: count for text, count in self.nginx.items() if text != "no live upstreams"}:
            found.append(f"nginx had trouble with the workers (502, 504): {others}")
        if self.inside > bound:
            found.append(f"{self.inside} connections to the workers, of {bound} that there may be")
        for name, answers in (("health", self.health), ("sign-in", self.sign_ins)):
            if bad := Counter(said for _, said, _ in answers if said != 200):
                found.append(f"{name} said {dict(bad)}")
        return found


@dataclass
class Crowd:
    """Who takes part: signed-in students and what they are after, and one who signs in meanwhile."""

    stand: Stand
    tokens: list[str]
    lockers: list[int]
    newcomer: Student


_numbers = itertools.count()


def connections_inside(stand: Stand) -> int:
    """Connections to the workers' socket, those that wait in its queue among them (/proc/net/unix; 03: connected)."""
    path = str(stand.run / "sockets/worker.sock")
    lines = (line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:])
    return sum(1 for line in lines if line[5] == "03" and line[-1] == path)


@contextmanager
def watched(crowd: Crowd, seen: Wave) -> Iterator[tuple[Asking, Asking]]:
    """Meanwhile health and sign-in are asked for, and the queue is looked at."""
    ended = threading.Event()

    def once(act: Callable) -> Callable[[], int]:
        def ask() -> int:
            client = crowd.stand.client(timeout=30)
            try:
                return act(client).status
            finally:
                client.close()

        return ask

    def look() -> None:
        while not ended.wait(0.1):
            seen.inside = max(seen.inside, connections_inside(crowd.stand))

    health = Asking(once(lambda client: client.get("health", check=False)), ended)
    sign_in = Asking(once(lambda client: client.post("auth/login", json=crowd.newcomer.body, check=False)), ended)
    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield health, sign_in
    finally:
        ended.set()
        for thread in (health, sign_in, looking):
            thread.join(60)


def make(crowd: Crowd, *, seconds: int) -> Wave:
    """A wave, from its first connection until the server answers as before."""
    stand, seen = crowd.stand, Wave()
    files = files_allowed()
    folder = stand.folder / f"wave-{next(_numbers)}"
    folder.mkdir()
    tokens = folder / "tokens"
    tokens.write_text("\n".join(crowd.tokens) + "\n")
    log, access = stand.run / "log/nginx-error.log", stand.run / "log/access.log"
    marks = {path: path.stat().st_size if path.exists() else 0 for path in (log, access)}
    # As many clients as it takes for each to have room for its connections.
    clients = -(-CONNECTIONS // (files - SPARE_FILES))
    with watched(crowd, seen) as (health, sign_in):
        began = time.monotonic()
        processes = [
            subprocess.Popen(
                ["wrk", "-t2", f"-c{CONNECTIONS // clients}", f"-d{seconds}s", "--timeout", "30s", "-s", str(HERE / "wave.lua"),
                 f"http://127.0.0.1:{stand.http_port}", "--", str(tokens), str(crowd.lockers[0]), str(len(crowd.lockers)),
                 str(folder), str(number)],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)),
            )
            for number in range(clients)
        ]  # fmt: skip
        try:
            outputs = [process.communicate(timeout=seconds + 60)[0] for process in processes]
        finally:
            for process in processes:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        ended = time.monotonic()
        client = stand.client(timeout=30)
        while client.get("lockers", token=crowd.tokens[0]).status != 200:
            assert time.monotonic() - ended < 30, "no list is answered half a minute after the wave"
        seen.recovery = time.monotonic() - ended
        client.close()
    seen.health, seen.sign_ins = health.between(began, ended), sign_in.between(began, ended)
    learn(seen, folder, outputs)
    for line in text_behind(log, marks[log]).splitlines():
        seen.nginx[re.sub(r"^.*?\*\d+ ", "", line).split(" while ")[0]] += 1
    for line in text_behind(access, marks[access]).splitlines():
        row = json.loads(line)
        if row["status"] in (200, 201, 409) and "/lockers" in row["path"]:
            seen.served.append(row["request_time"])
        elif row["status"] == 503:
            seen.turned_away.append(row["request_time"])
    return seen


def text_behind(path: Path, mark: int) -> str:
    """What was added to a file."""
    with path.open("rb") as file:
        file.seek(mark)
        return file.read().decode(errors="replace")


def learn(seen: Wave, folder: Path, outputs: list[str]) -> None:
    """Reads what the clients said."""
    for output in outputs:
        lines = [line.split() for line in output.splitlines() if line.startswith("STATUS ")]
        assert lines, output
        for _, name, count in lines:
            if name.isdigit():
                seen.statuses[name] += int(count)
            else:
                seen.broken[name] = seen.broken.get(name, 0) + int(count)
    seen.promised = {line.strip() for file in folder.glob("*.yes") for line in file.open()}
    seen.unfit = "; ".join(filter(None, (file.read_text() for file in folder.glob("*.unfit"))))
