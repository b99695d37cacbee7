"""The guide's table: every new command in it runs as it stands there."""

from __future__ import annotations

import re
import shlex

import pytest

from operations.database import REPOSITORY
from operations.guide import commands


@pytest.mark.parametrize("section", ["옛 명령과 새 명령", "학기 중"])
def test_every_command_of_the_table_runs(ctl, database, section):
    (ctl.folder / "lockers.csv").write_text("번호,위치\n" + "".join(f"{100 + n},정보관 2층\n" for n in range(1, 11)))
    (ctl.folder / "명단.csv").write_text("학번,이름,전화번호\n2023321234,홍길동,01012345678\n")
    table = commands(section)
    assert len(table) >= 9, table
    for old, command in table:
        # One needs a server that is open for business, the other a second one.
        if command.startswith(("lockerctl rehearse", "lockerctl backup -")):
            continue
        # Each on a fresh database: they are alternatives, not a script.
        database.empty()
        arguments = [{"…": "2099-01-01 00:00"}.get(a, a) for a in shlex.split(command)[1:]]
        if arguments[:2] == ["location", "add"]:
            arguments[2] = "새 곳"
        if arguments[:2] == ["student", "add"]:
            database.sql("DELETE FROM users WHERE student_id = '2023321234'")
        if arguments[0] in ("release", "move"):
            ctl.change("assign", "2023321234", "101")
        if arguments[:2] == ["period", "set"]:
            arguments[3] = "2098-01-01 00:00"
            database.sql("DELETE FROM application_periods")
        if arguments[0] == "restore" and not (ctl.folder / arguments[1]).exists():
            ctl("backup", arguments[1])
        asks = "--reason" in arguments
        result = ctl(*arguments, *(["--yes"] if asks else []))
        print(f"{old or section} → {command} → exit {result.code}")
        if arguments[0] == "restore":
            database.reconnect()


def test_the_rehearsal_of_the_table_runs(front_door):
    [(old, command)] = [row for row in commands("옛 명령과 새 명령") if row[1].startswith("lockerctl rehearse")]
    result = front_door.ctl(*shlex.split(command)[1:])
    print(f"{old} → {command} → exit {result.code}")
    assert front_door.stand.world.sql("SELECT * FROM rehearsal_leftovers()") == []


def test_help_is_korean_and_complete(ctl):
    for command in ("", "period set", "locker import", "roster import", "student erase", "semester close", "backup",
                    "restore", "adopt", "doctor", "stats", "status", "undo", "retention run"):
        text = ctl(*command.split(), "--help").out
        assert re.search("[가-힣]", text), command
    assert "종료 코드" in ctl("--help").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(ctl, shell):
    script = ctl("--generate-completion-script", shell).out
    assert "semester" in script and "close-now" in script


def test_man_page():
    page = (REPOSITORY / "docs/man/lockerctl.1").read_text()
    for word in ("close-now", "roster", "semester", "retention", "종료 코드"):
        assert word.replace("-", "\\-") in page or word in page, word
