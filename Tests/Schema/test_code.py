"""sql/: every function, view and trigger stands in one file, and sql/apply makes a database have just these."""

import re
import subprocess

import pytest
from conftest import ROOT

FILES = sorted((ROOT / "sql").glob("*.sql"))
DEFINED = re.compile(r"^CREATE OR REPLACE (FUNCTION|VIEW) (\w+)", re.M)


def catalogue(database):
    """Where each row of the catalogue of the schema's functions, views, triggers and tables stands."""
    return database.rows("""
        SELECT 'f' || oid, ctid::text, xmin::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT 'r' || oid, ctid::text, xmin::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT 't' || oid, ctid::text, xmin::text FROM pg_trigger ORDER BY 1""")


def functions(database):
    return {name for (name,) in database.rows("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")}


def edit(path, before, after):
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_each_name_is_in_one_file_once():
    names = [name for path in FILES for _, name in DEFINED.findall(path.read_text())]
    assert len(names) > 50
    assert sorted(names) == sorted(set(names))


def test_history_defines_no_code():
    """And no other file of the repository does."""
    found = subprocess.run(["git", "grep", "-lE", r"CREATE (OR REPLACE )?(FUNCTION|VIEW|TRIGGER) (public\.)?[a-z_]+", "--",
                            "migrations", "stand/*.sql", "deploy"], cwd=ROOT, capture_output=True, text=True).stdout
    assert found == ""


def test_the_database_has_the_text_of_the_files(database):
    """Each body, to the letter, in the file that defines its name; and nothing else is there."""
    texts = {path.name: path.read_text() for path in FILES}
    home = {name: file for file, text in texts.items() for _, name in DEFINED.findall(text)}
    deployed = database.rows("SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
    for name, body in deployed:
        assert f"$${body}$$;" in texts[home[name]], name
    views = database.rows("SELECT viewname FROM pg_views WHERE schemaname = 'public'")
    assert {name for name, _ in deployed} | {name for (name,) in views} == set(home)
    made = {name for text in texts.values() for name in re.findall(r"^CREATE (?:OR REPLACE |CONSTRAINT )TRIGGER (\w+)", text, re.M)}
    assert made == {name for (name,) in database.rows("SELECT DISTINCT tgname FROM pg_trigger WHERE NOT tgisinternal")}


def test_from_nothing_and_from_something_is_the_same(empty_database, database):
    empty_database.run(ROOT / "sql/deploy")
    fingerprint = "SELECT code_fingerprint()"
    assert empty_database.value(fingerprint) == database.value(fingerprint)


def test_a_second_time_changes_nothing(database):
    before = catalogue(database), database.rows("SELECT * FROM deployed_code")
    database.run(ROOT / "sql/apply")
    assert (catalogue(database), database.rows("SELECT * FROM deployed_code")) == before


def test_what_is_no_longer_in_the_files_goes(database, tree):
    file = tree / "sql/repair.sql"
    # With its trigger, its view, and a function that has got one argument more.
    (tree / "sql/more.sql").write_text("""
        CREATE OR REPLACE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
        CREATE OR REPLACE TRIGGER more BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION more();
        CREATE OR REPLACE VIEW v_more AS SELECT 1 AS one;
        CREATE OR REPLACE FUNCTION more_of(p_one int) RETURNS int LANGUAGE sql AS 'SELECT 1';""")
    database.run(tree / "sql/apply")
    assert "more" in functions(database) and database.value("SELECT one FROM v_more") == 1
    (tree / "sql/more.sql").write_text(
        "CREATE OR REPLACE FUNCTION more_of(p_one int, p_two int) RETURNS int LANGUAGE sql AS 'SELECT 2';")
    database.run(tree / "sql/apply")
    assert database.rows("SELECT oid::regprocedure::text FROM pg_proc WHERE proname LIKE 'more%%'") == [("more_of(integer,integer)",)]
    assert database.value("SELECT count(*) FROM pg_views WHERE viewname = 'v_more'") == 0
    assert database.value("SELECT count(*) FROM pg_trigger WHERE tgname = 'more'") == 0
    (tree / "sql/more.sql").unlink()
    file.unlink()
    database.run(tree / "sql/apply")
    assert not functions(database) & {"more_of", "operator_drift", "operator_mend"}


def test_what_something_still_needs_does_not_go(database, tree):
    database.rows("CREATE TABLE by_hand (at timestamptz CHECK (code_fingerprint() <> at::text))")
    before = catalogue(database)
    edit(tree / "sql/code.sql", "FUNCTION code_fingerprint()", "FUNCTION code_figure()")
    edit(tree / "sql/code.sql", "FUNCTION code_fingerprint()", "FUNCTION code_figure()")
    edit(tree / "sql/steps/end.psql", "code_fingerprint()", "code_figure()")
    status, said = database.run(tree / "sql/apply", check=False)
    assert status != 0
    assert "cannot drop what is no longer in sql/" in said and "by_hand" in said and "code_fingerprint()" in said
    assert catalogue(database) == before


@pytest.mark.parametrize("before, after", [
    ("p_phone_number text) RETURNS text", "p_phone_number text) RETURNS varchar"),
    ("auth_add_student(p_student_id text,", "auth_add_student(p_student text,"),
])
def test_another_shape_of_a_function(database, tree, before, after):
    """PostgreSQL does not replace one whose result or parameters' names are others: everything is made anew."""
    edit(tree / "sql/sign_in.sql", before, after)
    if "p_student text" in after:
        path = tree / "sql/sign_in.sql"
        head, tail = path.read_text().split("auth_add_student(p_student text,")
        path.write_text(head + "auth_add_student(p_student text," + tail.replace("p_student_id", "p_student"))
    database.run(tree / "sql/apply")
    assert database.value("SELECT auth_add_student('2023321234', '홍길동', '01012345678')") == "created"
    database.run(ROOT / "sql/apply")


def test_another_shape_of_a_view(database, tree):
    edit(tree / "sql/assignments.sql", "AS remaining", "AS still_free")
    database.run(tree / "sql/apply")
    assert database.value("SELECT still_free FROM v_overall_locker_info") == 0


def test_one_fault_and_nothing_is_changed(database, tree):
    before = catalogue(database)
    edit(tree / "sql/sign_in.sql", "CREATE OR REPLACE FUNCTION auth_register", "CREATE OR REPLACE FUNCTON auth_register")
    status, said = database.run(tree / "sql/apply", check=False)
    assert status != 0 and "sign_in.sql" in said and "FUNCTON" in said
    assert catalogue(database) == before


def test_what_was_changed_by_hand_is_put_right(database):
    fingerprint = database.value("SELECT code_fingerprint()")
    for by_hand in (
        "CREATE OR REPLACE FUNCTION auth_add_student(p_student_id text, p_name text, p_phone_number text) RETURNS text"
        " LANGUAGE sql AS 'SELECT ''created'''",
        "GRANT EXECUTE ON FUNCTION locker_guard(text, int, boolean) TO locker_app",
        "GRANT EXECUTE ON FUNCTION locker_guard(text, int, boolean) TO PUBLIC",
        "CREATE FUNCTION extra() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DROP TRIGGER users_touch ON users",
        "GRANT SELECT ON v_live_sessions TO PUBLIC",
        "CREATE OR REPLACE VIEW v_overall_locker_info AS SELECT 0::bigint AS remaining, 0::bigint AS held, 0::bigint AS confirmed, 0::bigint AS total",
    ):
        database.rows(by_hand)
        assert database.value("SELECT code_fingerprint()") != fingerprint, by_hand
        database.run(ROOT / "sql/apply")
        assert database.value("SELECT code_fingerprint()") == fingerprint, by_hand


def test_who_may_start_on_it(database, tree):
    """The digests that the files call compatible; and, when it is said so, that of the code which is replaced."""
    first, = database.rows("SELECT digest, compatible_with FROM deployed_code")[0][:1]
    earlier = "ab" * 32
    (tree / "sql/compatible").write_text(f"# A note\n{earlier}  v0.0.9\n")
    with open(tree / "sql/code.sql", "a") as file:
        file.write("-- Another text.\n")
    database.run(tree / "sql/apply")
    assert database.value("SELECT compatible_with FROM deployed_code") == [earlier]
    database.run(ROOT / "sql/apply", LOCKER_KEEP_WORKERS="yes")
    digest, compatible = database.rows("SELECT digest, compatible_with FROM deployed_code")[0]
    assert digest == first and len(compatible) == 2 and earlier in compatible and first not in compatible


def test_no_old_signature_outlives_a_tag():
    """An old signature for workers of the version before stands in sql/compatibility.sql, until the next tag: whoever tags
    empties it."""
    plan = (ROOT / "migrations/sqitch.plan").read_text().split("\n")
    last = [line for line in plan if line.strip() and not line.startswith("%")][-1]
    if last.startswith("@"):
        assert DEFINED.findall((ROOT / "sql/compatibility.sql").read_text()) == []


def test_the_page_of_the_schema_is_current():
    result = subprocess.run([ROOT / "stand/schema", "--check"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
