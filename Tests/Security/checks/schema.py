"""The running API against docs/openapi.yaml, by schemathesis. Not collected by itself: `make schemathesis`."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from endtoend.stand import REPOSITORY, Stand

HERE = Path(__file__).parent
DESCRIPTION = REPOSITORY / "docs/openapi.yaml"

# Left out, each with its reason:
#   positive_data_acceptance  the description cannot say all that a name must be (no control characters, white space at
#                             the ends is trimmed), so that some texts that fit the schema are rightly 400
LEFT_OUT = "positive_data_acceptance"


@pytest.fixture(scope="module")
def stand():
    """A stand where one student may try as often as it takes."""
    stand = Stand(LOCKER_ATTEMPT_BURST="1000000")
    yield stand
    stand.stop()


def run(stand, description, examples):
    """Exit code and report of a run with authentication."""
    student = stand.world.student()
    api = f"http://127.0.0.1:{stand.http_port}/api/v1"
    environment = os.environ | {
        "LOCKER_API": api, "LOCKER_STUDENT_ID": student.student_id, "LOCKER_STUDENT_NAME": student.name,
        "LOCKER_STUDENT_PHONE": student.phone_number, "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "NO_COLOR": "1",
        "PYTHONPATH": str(HERE), "PYTEST_PLUGINS": "",
    }  # fmt: skip
    done = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis", "run", description, "--url", api, "--checks", "all",
            "--exclude-checks", LEFT_OUT, "--max-examples", str(examples), "--seed", "4", "--no-shrink",
            "--generation-database", "none", "--continue-on-failure",
        ],
        env=environment, cwd=stand.folder, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.timeout(1000)
def test_the_api_is_as_described(stand):
    """No 5xx, no status, header or body that is not described, no authentication that is ignored."""
    code, report = run(stand, DESCRIPTION, int(os.environ.get("SCHEMATHESIS_EXAMPLES", "60")))
    print(report[-3000:])
    assert code == 0, report
    tested = re.search(r"Operations:\s+(\d+) selected / (\d+) total", report)
    operations = sum(
        method in ("get", "post", "delete") for path in yaml.safe_load(DESCRIPTION.read_text())["paths"].values() for method in path
    )
    assert tested and int(tested[1]) == int(tested[2]) == operations, "not every operation was tried"
    assert stand.client().get("health").status == 200


def forget_a_status(description):
    """A description that forgets the 401 of a call."""
    description["paths"] = {"/auth/me": description["paths"]["/auth/me"]}
    del description["paths"]["/auth/me"]["get"]["responses"]["401"]


def claim_authentication(description):
    """A description that says a public call needs a token."""
    description["paths"] = {"/board": description["paths"]["/board"]}
    del description["paths"]["/board"]["get"]["security"]


@pytest.mark.parametrize(
    ("fault", "finding"),
    [(forget_a_status, "Undocumented status code"), (claim_authentication, "authentication")],
    ids=["a status", "authentication"],
)
def test_the_check_can_fail(stand, tmp_path, fault, finding):
    """Each kind of fault is noticed."""
    description = yaml.safe_load(DESCRIPTION.read_text())
    fault(description)
    path = tmp_path / "faulty.yaml"
    path.write_text(yaml.safe_dump(description, allow_unicode=True))
    code, report = run(stand, path, 10)
    assert code != 0 and finding in report, report
