"""A pytest plugin: reads every answer that any test gets, and fails the test when it tells of somebody else.

Whoever asks may learn what he sent himself and, signed in, his own three values; of nobody else a 학번, a name or a phone
number. Loaded by Tests/Security/conftest.py, and by `make test-e2e` for the end-to-end tests.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import pytest

from endtoend import tokens
from endtoend.client import Answer, Client
from endtoend.people import Student, World

_DIGITS = re.compile(rb"(?<![0-9])[0-9]{10,15}(?![0-9])")
_HANGUL = re.compile("[가-힣]{3,}")

_people: dict[str, Student] = {}
_names: dict[str, set[str]] = {}
_watched = 0
_faults: list[str] = []


def _meet(student: Student) -> None:
    _people[student.student_id] = _people[student.phone_number] = student
    _names.setdefault(student.name, set()).add(student.student_id)


def _caller(arguments: dict[str, Any]) -> str | None:
    """Whose token a request carries, as an argument or in a header that the test wrote itself."""
    written = next((v for k, v in (arguments.get("headers") or {}).items() if k.lower() == "authorization"), "")
    token = arguments.get("token") or (written.split() or [None])[-1]
    try:
        return tokens.decode(token)[1]["sub"] if token else None
    except (ValueError, KeyError, TypeError):
        return None


def strangers_in(answer: bytes, *, caller: str | None, sent: str) -> list[str]:
    """What an answer tells of people other than the caller, that the caller did not say himself."""
    own = _people.get(caller or "")
    mine = {own.student_id, own.phone_number, own.name} if own else set()
    numbers = {match.decode() for match in _DIGITS.findall(answer)}
    found = [number for number in numbers if number in _people and number not in mine and number not in sent]
    for run in set(_HANGUL.findall(answer.decode("utf-8", "replace"))):
        windows = {run[at : at + 3] for at in range(len(run) - 2)}
        found += [name for name in windows if name in _names and name not in mine and name not in sent]
    return found


def _watch(request: Any) -> Any:
    @functools.wraps(request)
    def watched(self: Client, method: str, path: str, **arguments: Any) -> Answer:
        global _watched
        answer = request(self, method, path, **arguments)
        sent = repr((path, arguments.get("json"), arguments.get("body"), arguments.get("headers")))
        found = strangers_in(
            str(answer.headers).encode() + answer.body, caller=_caller(arguments), sent=sent
        )
        if found:
            # Noted and not raised here: the request may run in a thread whose failure nobody reads.
            _faults.append(f"{answer} tells of {found}")
        _watched += 1
        return answer

    return watched


def _introduce(stranger: Any) -> Any:
    @functools.wraps(stranger)
    def introduced(self: World) -> Student:
        student = stranger(self)
        _meet(student)
        return student

    return introduced


def pytest_configure(config: pytest.Config) -> None:
    """Loaded twice (by make and by a conftest) it still watches once."""
    if not hasattr(Client.request, "__wrapped__"):
        Client.request = _watch(Client.request)
        World.stranger = _introduce(World.stranger)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    before = len(_faults)
    result = yield
    assert _faults[before:] == [], "an answer tells of somebody else"
    return result


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.write_line(f"privacy: {_watched} answers read, {len(_people) // 2} students known, {len(_faults)} faults")
