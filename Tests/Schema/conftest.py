"""A database for each test, made from the one that stand/with-postgres deployed, and a copy of the deployed files."""

import os
import pathlib
import shutil
import subprocess

import psycopg
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
OWNER, SUPERUSER = os.environ["DB_ADMIN_URL"], os.environ["DB_SUPERUSER_URL"]


class Database:
    """One database of the cluster; `deployed` says whether it begins as a copy of the deployed one."""

    def __init__(self, name, deployed=True):
        self.name = name
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name} OWNER locker_owner" + (" TEMPLATE locker" if deployed else ""))
        self.connection = psycopg.connect(self.url(OWNER), autocommit=True)

    def url(self, of, database=None):
        return of.replace("///locker?", f"///{database or self.name}?")

    def rows(self, statement, *parameters):
        cursor = self.connection.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else []

    def value(self, statement, *parameters):
        return self.rows(statement, *parameters)[0][0]

    def run(self, program, check=True, **environment):
        """Runs sql/apply or sql/deploy of some tree on this database; its exit status and what it printed."""
        result = subprocess.run([program, self.url(OWNER)], capture_output=True, text=True, env=os.environ | environment)
        assert not check or result.returncode == 0, result.stderr
        return result.returncode, result.stdout + result.stderr

    def drop(self):
        self.connection.close()
        with psycopg.connect(self.url(SUPERUSER, "postgres"), autocommit=True) as server:
            server.execute(f"DROP DATABASE {self.name} WITH (FORCE)")


@pytest.fixture
def database(request):
    made = Database("t_" + str(abs(hash(request.node.nodeid)))[:12])
    yield made
    made.drop()


@pytest.fixture
def empty_database(request):
    made = Database("e_" + str(abs(hash(request.node.nodeid)))[:12], deployed=False)
    yield made
    made.drop()


@pytest.fixture
def tree(tmp_path):
    """A copy of migrations/ and sql/ that a test may change."""
    for folder in ("migrations", "sql"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "sqitch.conf", tmp_path)
    return tmp_path
