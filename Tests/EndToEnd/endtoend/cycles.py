"""Students who hold, confirm and give back without a pause while something breaks, and believe what they are told."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from typing import Callable

from .client import Answer, Client
from .people import Student
from .stand import Stand


class Cycles:
    """A few such students, each with a locker of his own. A context: they run inside its block."""

    def __init__(self, stand: Stand, count: int = 4):
        self.stand = stand
        self.statuses: Counter[str] = Counter()
        self.failures: list[str] = []
        self._over = threading.Event()
        client = stand.client()
        people = stand.world.students(count)
        self._threads = [
            threading.Thread(target=self._guarded, args=(person, stand.sign_in(person, client), locker))
            for person, locker in zip(people, stand.world.lockers(count))
        ]

    def __enter__(self) -> Cycles:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _guarded(self, student: Student, token: str, locker: int) -> None:
        try:
            self._run(student, token, locker)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must hear of it
            self.failures.append(f"{type(error).__name__}: {error}")

    def _run(self, student: Student, token: str, locker: int) -> None:
        client = self.stand.client(timeout=15)
        while not self._over.is_set():
            for act, done in (("hold", self._holds), ("confirm", self._has), ("release", self._nothing)):
                answer = self._until_answered(
                    client, lambda act=act: client.post(f"lockers/{locker}/{act}", token=token)
                )
                # A repeated hold or confirm is answered as the first; a repeated release finds nothing to give back.
                expected = {"hold": (200, 201), "confirm": (200,), "release": (200, 404)}[act]
                if answer.status not in expected:
                    self.failures.append(f"{answer}")
                    return
                # What was answered with yes is so, whatever has died since.
                me = self._until_answered(client, lambda: client.get("lockers/me", token=token))
                if me.status != 200 or not done(me, locker):
                    self.failures.append(f"told {answer}, then {me}")
                    return

    def _until_answered(self, client: Client, ask: Callable[[], Answer]) -> Answer:
        """Repeats a request until something but 503 comes: that is what the page does."""
        deadline = time.monotonic() + 30
        while True:
            try:
                answer = ask()
                self.statuses[str(answer.status)] += 1
                if answer.status != 503:
                    return answer
            except (OSError, http.client.HTTPException):
                self.statuses["no answer"] += 1
                client.close()
            assert time.monotonic() < deadline, "no answer for 30 s"
            time.sleep(0.02)

    @staticmethod
    def _holds(me: Answer, locker: int) -> bool:
        return me.json["hold"] is not None and me.json["hold"]["locker"]["locker_id"] == locker

    @staticmethod
    def _has(me: Answer, locker: int) -> bool:
        return me.json["locker"] is not None and me.json["locker"]["locker_id"] == locker

    @staticmethod
    def _nothing(me: Answer, locker: int) -> bool:
        return me.json == {"locker": None, "hold": None}
