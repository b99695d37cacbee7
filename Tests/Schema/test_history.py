"""migrations/: what a new change may not do (stand/lint-history)."""

import subprocess

import pytest
from conftest import ROOT


def lint(tree, text, folders=("deploy", "revert", "verify")):
    """What the lint says of a change more, with this text."""
    with open(tree / "migrations/sqitch.plan", "a") as plan:
        plan.write("one_more 2027-01-01T00:00:00Z Test <test@locker.example> # One more.\n")
    for folder in folders:
        (tree / f"migrations/{folder}/one_more.sql").write_text(text + "COMMIT;\n" if folder == "deploy" else "SELECT 1;\n")
    result = subprocess.run([ROOT / "stand/lint-history", tree], capture_output=True, text=True)
    return result.returncode, result.stdout + result.stderr


def test_a_harmless_change(tree):
    status, said = lint(tree, "BEGIN;\nSET LOCAL lock_timeout = '2s';\nALTER TABLE users ADD COLUMN note text;\n")
    assert status == 0, said


@pytest.mark.parametrize("text, rule", [
    ("BEGIN;\nSET LOCAL lock_timeout = '2s';\nALTER TABLE users ADD COLUMN note text NOT NULL;\n", "adding-required-field"),
    ("BEGIN;\nSET LOCAL lock_timeout = '2s';\nALTER TABLE users ALTER COLUMN name TYPE text;\n", "changing-column-type"),
    ("BEGIN;\nSET LOCAL lock_timeout = '2s';\nALTER TABLE users DROP COLUMN cohort;\n", "ban-drop-column"),
    ("BEGIN;\nALTER TABLE users ADD COLUMN note text;\n", "lock"),
])
def test_what_would_block_or_break(tree, text, rule):
    status, said = lint(tree, text)
    assert status != 0 and rule in said


def test_without_a_way_back(tree):
    status, said = lint(tree, "SELECT 1;\n", folders=("deploy", "verify"))
    assert status != 0 and "migrations/revert/one_more.sql" in said
