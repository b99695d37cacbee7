"""Students at the front door: over HTTP, through nginx and the workers, without a pause."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass

from endtoend.client import Answer
from endtoend.people import Student
from endtoend.stand import Stand

UNAUTHORIZED = (401, "unauthorized")
# What the contract lets each call answer, of what can happen here. Neither 429 (this address is trusted) nor any 5xx.
CONTRACT = {
    "sign-in": {(200, None), (201, None)},
    "list": {(200, None), UNAUTHORIZED},
    "hold": {(201, None), (200, None), UNAUTHORIZED, (403, "application_closed"), (409, "locker_taken"),
             (409, "already_holding"), (409, "already_assigned")},
    "confirm": {(200, None), UNAUTHORIZED, (409, "hold_not_found")},
    "release": {(200, None), UNAUTHORIZED, (404, "assignment_not_found")},
}  # fmt: skip


@dataclass
class Told:
    """One call and what it was told: when it was begun, and since when the session that it used exists."""

    call: str
    student: str
    locker: int
    begun: float
    session: float
    answer: Answer

    @property
    def outcome(self) -> tuple[int, str | None]:
        """Status and error code."""
        return self.answer.status, self.answer.error

    @property
    def request_id(self) -> str:
        """As it stands in the ledger."""
        return self.answer.header("X-Request-Id")


class Students:
    """Press buttons for as long as the block lasts; whoever is signed out signs in again, whoever is unknown registers."""

    def __init__(self, stand: Stand, people: list[Student], lockers: list[int], spare: list[int], threads: int = 8):
        """`spare`: lockers that nobody runs after, for an operator to give; given back like all others."""
        self.stand, self.people, self.lockers, self.spare = stand, people, lockers, spare
        self.told: list[Told] = []
        self.failures: list[BaseException] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._guarded, args=(seed, people[seed::threads])) for seed in range(threads)]

    def _guarded(self, seed: int, people: list[Student]) -> None:
        try:
            self._run(random.Random(seed), people)
        except BaseException as failure:  # noqa: BLE001  what goes wrong in a thread is raised at the end of the block
            self.failures.append(failure)

    def _run(self, choice: random.Random, people: list[Student]) -> None:
        client = self.stand.client()
        tokens: dict[str, tuple[str, float]] = {}

        def ask(call: str, student: Student, locker: int = 0) -> Told:
            token, since = tokens.get(student.student_id, ("", 0.0))
            begun = time.monotonic()
            if call == "sign-in":
                answer = client.post("auth/login-or-register", json=student.body)
                tokens[student.student_id] = (answer.json.get("access_token", ""), begun)
            elif call == "list":
                answer = client.get("lockers", token=token)
            else:
                answer = client.post(f"lockers/{locker}/{call}", token=token)
            told = Told(call, student.student_id, locker, begun, since, answer)
            with self._lock:
                self.told.append(told)
            if told.outcome == UNAUTHORIZED:
                tokens.pop(student.student_id, None)
            return told

        while not self._stop.is_set():
            student, locker = choice.choice(people), choice.choice(self.lockers)
            if student.student_id not in tokens:
                ask("sign-in", student)
            if choice.random() < 0.3:
                ask("list", student)
            if ask("hold", student, locker).answer.status in (200, 201):
                if ask("confirm", student, locker).answer.status == 200 and choice.random() < 0.6:
                    ask("release", student, locker)
            elif choice.random() < 0.5:
                # Has something else: gives it back, so that the storm does not run dry.
                for other in self.lockers + self.spare:
                    if ask("release", student, other).answer.status in (200, 401) or self._stop.is_set():
                        break
        client.close()

    def __enter__(self) -> Students:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "a student waits for ever"
        if self.failures:
            raise self.failures[0]

    def wait_for(self, call: str, status: int, times: int, seconds: float) -> None:
        """Until they were told so that often from now on."""
        first, deadline = len(self.told), time.monotonic() + seconds
        while sum(t.call == call and t.answer.status == status for t in self.told[first:]) < times:
            assert not self.failures, self.failures
            assert time.monotonic() < deadline, f"{call} {status}: not {times} times within {seconds} s: {self.counts()}"
            time.sleep(0.02)

    def counts(self) -> Counter[str]:
        """How often each call was answered what."""
        return Counter(f"{t.call} {t.answer.status} {t.answer.error or ''}".strip() for t in self.told)
