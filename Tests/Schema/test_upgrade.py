"""From every tag to this tree: a database as the tag's own tree made it (data/, by stand/tag) is brought here, and each row is
compared."""

import gzip
import json
import os
import subprocess

import pytest
from conftest import OWNER, ROOT, SUPERUSER

TAGS = sorted(path.name.removesuffix(".sql.gz") for path in (ROOT / "Tests/Schema/data").glob("*.sql.gz"))

# Where a change has moved rows: for a tag and a table, the statement that gives them in the form that they had there.
# {("v0.2.0", "locker_decisions"): "SELECT decision_id, … FROM …"}
MOVED = {}


def rows(database, table, statement=None):
    """Every row as JSON, by its own order."""
    return [row for (row,) in database.rows(
        f"SELECT to_jsonb(t) FROM ({statement or f'SELECT * FROM {table}'}) t ORDER BY to_jsonb(t)::text")]


def load(database, tag):
    data = gzip.decompress((ROOT / f"Tests/Schema/data/{tag}.sql.gz").read_bytes())
    subprocess.run(["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", database.url(SUPERUSER)],
                   input=data, check=True)


def test_every_tag_of_the_plan_has_its_data():
    plan = (ROOT / "migrations/sqitch.plan").read_text().splitlines()
    assert [line.split()[0].removeprefix("@") for line in plan if line.startswith("@")] == TAGS


@pytest.mark.parametrize("tag", TAGS)
def test_upgrade(empty_database, database, tag):
    old = empty_database
    load(old, tag)
    tables = [name for (name,) in old.rows(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'deployed_code' ORDER BY 1")]
    before = {table: rows(old, table) for table in tables}
    assert sum(map(len, before.values())) > 100 and all(before.values()), "a little of everything"
    changes = old.rows("SELECT change, script_hash FROM sqitch.changes")
    callable_by_workers = old.rows("""
        SELECT p.oid::regprocedure::text, pg_get_function_result(p.oid) FROM pg_proc p
         WHERE p.pronamespace = 'public'::regnamespace AND has_function_privilege('locker_app', p.oid, 'EXECUTE')""")
    digest = old.value("SELECT digest FROM deployed_code")

    old.run(ROOT / "sql/deploy")

    for table in tables:
        after = rows(old, table, MOVED.get((tag, table)))
        columns = set(before[table][0])
        after = [{name: value for name, value in row.items() if name in columns} for row in after]
        assert sorted(map(json.dumps, after)) == sorted(map(json.dumps, before[table])), table
    # The same as a database that was made here.
    assert old.value("SELECT code_fingerprint()") == database.value("SELECT code_fingerprint()")
    page = subprocess.run([ROOT / "stand/schema", "--check"], capture_output=True, text=True,
                          env=os.environ | {"DB_ADMIN_URL": old.url(OWNER)})
    assert page.returncode == 0, page.stderr
    # What has a tag is never edited.
    assert set(changes) <= set(database.rows("SELECT change, script_hash FROM sqitch.changes"))
    # Whoever is called compatible finds what he calls.
    if digest in database.value("SELECT compatible_with FROM deployed_code"):
        now = database.rows("""
            SELECT p.oid::regprocedure::text, pg_get_function_result(p.oid) FROM pg_proc p
             WHERE p.pronamespace = 'public'::regnamespace AND has_function_privilege('locker_app', p.oid, 'EXECUTE')""")
        assert set(callable_by_workers) <= set(now)


def test_a_row_that_is_lost_shows(empty_database, tree):
    """The control: a change that loses one row is found by the same comparison."""
    tag = TAGS[-1]
    load(empty_database, tag)
    before = rows(empty_database, "locker_assignments")
    with open(tree / "migrations/sqitch.plan", "a") as plan:
        plan.write("forgetful 2027-01-01T00:00:00Z Test <test@locker.example> # Loses a row.\n")
    for folder, text in (("deploy", "DELETE FROM locker_assignments WHERE assignment_id = (SELECT max(assignment_id) FROM locker_assignments);"),
                         ("revert", "SELECT 1;"), ("verify", "SELECT 1;")):
        (tree / f"migrations/{folder}/forgetful.sql").write_text(text + "\n")
    empty_database.run(tree / "sql/deploy")
    assert rows(empty_database, "locker_assignments") != before
