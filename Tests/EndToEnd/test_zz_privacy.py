"""Last, after everything else: nothing personal and no secret stands in any log of the shared stand."""

import json
import re

from endtoend.shapes import check_failure


def noise(stand, client, world):
    """Every kind of request that carries something personal, right and wrong, so that this test says something when it
    runs alone too."""
    student, other = world.students(2)
    tokens = stand.tokens(student, client)
    locker = world.locker()
    token = tokens["access_token"]
    client.post("auth/register", json=student.body)
    client.post("auth/register", json=world.stranger().body)
    client.post("auth/register", json=world.stranger().body | {"phone_number": other.phone_number})
    client.post("auth/login", json=student.body | {"name": other.name})
    client.post("auth/login", json=student.body | {"student_id": f"{student.student_id} {student.student_id}"})
    client.post("auth/login", json=student.body | {"name": student.name + "\0"})
    client.post("auth/login", body=str(student.body).encode(), headers={"Content-Type": "application/json"})
    client.post("auth/login-or-register", json=world.stranger().body)
    for act in ("hold", "hold", "confirm", "release", "release"):
        client.post(f"lockers/{locker}/{act}", token=token)
    client.get(f"auth/me?access_token={token}&student_id={student.student_id}", token=token)
    client.get("auth/me", token=token + "x")
    client.get("auth/me", token=tokens["refresh_token"])
    refreshed = client.post("auth/refresh", json={"refresh_token": tokens["refresh_token"]}, token=token).json
    world.secrets += [refreshed["access_token"], refreshed["refresh_token"]]
    check_failure(
        client.post("auth/refresh", json={"refresh_token": tokens["refresh_token"]}), 401, "invalid_refresh_token"
    )
    client.post("auth/logout", token=refreshed["access_token"])


# Runs in which a 학번 (10 digits), a phone number (11 here) or a name (3 syllables here) may stand.
RUNS = re.compile(r"[0-9]{10,}|[가-힣]{3,}")


def personal(text, people):
    """The 학번, phone numbers and names of these people that stand in a text, in the middle of a longer run too."""
    known = {value for person in people for value in person.body.values()}
    assert all(len(value) in (3, 10, 11) and RUNS.fullmatch(value) for value in known), "one would not be found"
    runs = set(RUNS.findall(text))
    return {run[at : at + size] for run in runs for size in (3, 10, 11) for at in range(len(run) - size + 1)} & known


def test_the_logs_tell_nothing(stand, client, world):
    """No 학번, name, phone number or token of anybody who took part in any test; nor the secret that signs."""
    noise(stand, client, world)
    logs = {path.name: path.read_text(errors="replace") for path in stand.logs()}
    assert sum(map(len, logs.values())) > 10_000, "there are no logs to search"
    assert any('"path":"/api/v1/auth/login"' in text for text in logs.values()), "the access log is not among them"
    assert len(world.people) > 5 and len(world.secrets) > 3
    # A JWT's second and third part each, since a part alone is telling enough.
    parts = {part for secret in world.secrets for part in secret.split(".") if not part.startswith("eyJhbGci")}
    for name, text in logs.items():
        text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
        found = personal(text, world.people)
        assert not found, f"{name} has {len(found)} of them, among them {sorted(found)[:3]}"
        assert stand.settings["JWT_ACCESS_SECRET"] not in text, name
        assert not [part for part in parts if part in text], f"a token stands in {name}"


def test_the_search_finds_what_it_looks_for(world):
    """In the middle of a line, between other digits and letters."""
    person = world.stranger()
    for value in person.body.values():
        assert personal(f"x7{value}8y 가{value}나", [person]) == {value}


def test_the_logs_are_structured(stand, client):
    """Each line of a worker is one JSON object, and a request's has its id, route, status and duration in µs."""
    request_id = client.post("lockers/101/hold").header("X-Request-Id")
    lines = []
    for path in stand.logs():
        if path.name.startswith("worker-"):
            lines += [json.loads(line) for line in path.read_text().splitlines()]
    mine = [line for line in lines if line.get("request_id") == request_id]
    assert len(mine) == 1, "one line a request"
    line = mine[0]
    assert (line["event"], line["method"], line["status"], line["error"]) == ("request", "POST", 401, "unauthorized")
    assert "lockers" in line["route"] and "101" not in line["route"], "the route, and not the address"
    durations = [value for name, value in line.items() if name.endswith("us") and name != "status"]
    assert len(durations) == 1 and type(durations[0]) is int and 0 < durations[0] < 10_000_000, line
