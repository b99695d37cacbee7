"""The guide of the council, as the tests read it."""

from __future__ import annotations

import re

from .database import REPOSITORY

GUIDE = (REPOSITORY / "docs/operations.ko.md").read_text()


def commands(section: str) -> list[tuple[str, str]]:
    """What stands in the left column of a section's table, and each command in the right one: a bar in a cell of a table
    is written `\\|`."""
    rows = GUIDE.split(f"## {section}\n")[1].split("\n## ")[0].splitlines()
    found = []
    for row in rows:
        if row.startswith("| ") and "lockerctl" in row:
            old, new = re.split(r" (?<!\\)\| ", row.removeprefix("| "))
            found += [(old, command.replace("\\|", "|")) for command in re.findall(r"`(lockerctl [^`]+)`", new)]
    return found
