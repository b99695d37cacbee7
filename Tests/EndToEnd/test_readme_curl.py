"""The flow of the README as it is written there, pasted into a shell one block after the other."""

import json
import re
import subprocess

from endtoend.stand import REPOSITORY


# The lockers of the stand's sample data and where they are.
SAMPLE = {
    number: place
    for place, numbers in {
        "정보관 B1 엘리베이터 옆1": (101, 102, 103),
        "정보관 B1 엘리베이터 옆2": (104, 105, 106),
        "정보관 B1 기계실 옆": (201, 202),
        "정보관 2층": (301, 302, 303, 304),
        "정보관 3층": (401, 402, 403, 404),
        "과학도서관 6층 620호 옆": (501, 502, 503),
        "과학도서관 6층 614호 옆": (601, 602, 603),
    }.items()
    for number in numbers
}


def curl(stand, *arguments):
    """Real curl; gives (status, body)."""
    command = ["curl", "--silent", "--show-error", "--write-out", "\n%{http_code}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    body, status = done.stdout.rsplit("\n", 1)
    return int(status), body


def test_the_old_flow(rough_stand):
    """The calls of the old server's README with the stand's sample data: 홍길동 takes locker 101 and gives it back."""
    base = f"http://localhost:{rough_stand.http_port}/api/v1"
    as_json = ("-H", "Content-Type: application/json")
    body = '{"student_id":"2023321234","name":"홍길동","phone_number":"01012345678"}'
    status, text = curl(rough_stand, "-X", "POST", f"{base}/auth/login", *as_json, "-d", body)
    assert status == 200, text
    tokens = json.loads(text)
    bearer = ("-H", f"Authorization: Bearer {tokens['access_token']}")
    for call, expected in (("hold", 201), ("hold", 200), ("confirm", 200), ("release", 200)):
        status, text = curl(rough_stand, "-X", "POST", f"{base}/lockers/101/{call}", *bearer)
        assert status == expected, text
    status, text = curl(rough_stand, f"{base}/lockers", *bearer)
    assert status == 200, text
    listed = {locker["locker_id"]: locker["location_id"] for locker in json.loads(text)["lockers"]}
    assert {number: place for number, place in listed.items() if number < 1000} == SAMPLE
    status, text = curl(rough_stand, f"{base}/lockers/me", *bearer)
    assert status == 200 and json.loads(text) == {"locker": None, "hold": None}
    body = json.dumps({"refresh_token": tokens["refresh_token"]})
    status, text = curl(rough_stand, "-X", "POST", f"{base}/auth/refresh", *as_json, *bearer, "-d", body)
    assert status == 200, text
    assert curl(rough_stand, f"{base}/lockers", *bearer)[0] == 401, "the old access token is spent"
    assert curl(rough_stand, f"{base}/health") == (200, '{"status":"healthy","db":"reachable"}')
    assert curl(rough_stand, "-k", f"https://localhost:{rough_stand.https_port}/api/v1/health")[0] == 200


def test_the_readme(rough_stand):
    """Every sh block of README.md with a curl in it, in one shell, in order, with this stand's port: none fails, and
    the flow's answers are there."""
    text = (REPOSITORY / "README.md").read_text()
    blocks = [block for block in re.findall(r"```(?:sh|bash|console)\n(.*?)```", text, re.DOTALL) if "curl" in block]
    assert blocks, "README.md shows no curl"
    script = "set -euo pipefail\n" + "\n".join(blocks).replace(":8080", f":{rough_stand.http_port}")
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, cwd=REPOSITORY)
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    assert '"error"' not in done.stdout, done.stdout
    for part in ('"access_token"', '"expires_in"', '"state":"confirmed"', '"available_count"', '"status":"healthy"'):
        assert part in done.stdout, f"no {part} in what the README's commands print"
