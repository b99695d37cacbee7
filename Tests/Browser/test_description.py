"""docs/openapi.yaml against the running server: route by route, status by status, in both directions."""

from __future__ import annotations

import re
from typing import Any, Callable, Iterator

import psycopg
import pytest
from openapi_spec_validator import validate

from browsing.description import METHODS, Description, Operation
from browsing.scene import HONG, KIM, Scene
from endtoend.client import Answer, Client
from endtoend.people import Student
from endtoend.stand import REPOSITORY, Stand, poll

API = Description()
LOCKER = 1101
# 32 bytes in base64url, as a refresh token is.
UNKNOWN_TOKEN = "A" * 43
NOBODYS_SESSION = "00000000-0000-4000-8000-000000000000"


def op(text: str) -> Operation:
    return Operation(*text.split())


def call(client: Client, operation: Operation, **arguments: Any) -> Answer:
    """The operation as it is meant: a good path, and the body that it needs."""
    number = NOBODYS_SESSION if "sessions" in operation.template else LOCKER
    needs_body = API.operations[operation].get("requestBody", {}).get("content") or API.operations[operation].get("requestBody")
    if needs_body and "json" not in arguments and "body" not in arguments:
        arguments["json"] = {"refresh_token": UNKNOWN_TOKEN} if operation.template in ("/auth/refresh", "/auth/logout") else HONG.body
    return client.request(operation.method, operation.path(number), **arguments)


# The description by itself.


def test_it_is_valid_openapi() -> None:
    assert API.document["openapi"].startswith("3.1.")
    validate(API.document)


def test_every_example_is_of_its_schema() -> None:
    seen = 0
    for operation, item in API.operations.items():
        contents = [API.resolve(response).get("content") for response in item["responses"].values()]
        contents.append(API.resolve(item.get("requestBody", {})).get("content"))
        for content in filter(None, contents):
            media = content["application/json"]
            assert media["examples"], f"{operation} has a body without an example"
            for example in media["examples"].values():
                API.validate(API.resolve(example)["value"], media["schema"])
                seen += 1
    assert seen > 100


def test_it_speaks_korean() -> None:
    for operation, item in API.operations.items():
        assert re.search("[가-힣]", item["summary"]), operation
        for response in item["responses"].values():
            assert re.search("[가-힣]", API.resolve(response)["description"]), operation


def test_it_has_the_servers_routes_and_no_others() -> None:
    source = (REPOSITORY / "Sources/FCGIApp/HTTP/Router.swift").read_text(encoding="utf-8")
    routes = {Operation(*found) for found in re.findall(r'Route\(method: "([A-Z]+)", template: "([^"]+)"', source)}
    assert routes == set(API.operations)


# Each way to fail that many operations share: all of them, one after the other. FAILURES is what these tests provoke.


def _everywhere(status: int, code: str, operations: list[Operation] | None = None) -> set[tuple[Operation, int, str]]:
    return {(operation, status, code) for operation in (operations or API.with_status(status))}


WITH_BODY = [op("POST /auth/login"), op("POST /auth/register"), op("POST /auth/login-or-register"), op("POST /auth/refresh")]
WITH_ID = [operation for operation in API.operations if operation.template.startswith("/lockers/{id}/")]
SHARED = (
    _everywhere(401, "unauthorized", [*API.protected(), op("POST /auth/logout")])
    | _everywhere(413, "body_too_large")
    | _everywhere(415, "unsupported_media_type")
    | _everywhere(429, "too_many_requests")
    | _everywhere(500, "internal_error")
    | _everywhere(503, "unavailable", [each for each in API.with_status(503) if each != op("GET /health")])
    # In its own shape: what watches the server reads its status.
    | {(op("GET /health"), 503, None)}
    | _everywhere(400, "invalid_locker_id", WITH_ID)
    | _everywhere(400, "invalid_request", [each for each in API.with_status(400) if each not in WITH_ID])
)


@pytest.fixture
def token(scene: Scene) -> str:
    return scene.stand.sign_in(HONG)


def expect_failure(operation: Operation, answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.error) == (status, code), answer
    API.check(operation, answer)


def test_unauthorized(scene: Scene) -> None:
    client = scene.stand.client()
    for operation in [*API.protected(), op("POST /auth/logout")]:
        for headers in ({}, {"Authorization": "Bearer x.y.z"}, {"Authorization": "Basic eDp5"}):
            expect_failure(operation, call(client, operation, headers=headers), 401, "unauthorized")


def test_body_too_large(scene: Scene, token: str) -> None:
    for operation in API.with_status(413):
        answer = call(scene.stand.client(), operation, body=b'{"x":"' + b"x" * 16400 + b'"}', token=token,
                      headers={"Content-Type": "application/json"})  # fmt: skip
        expect_failure(operation, answer, 413, "body_too_large")


def test_unsupported_media_type(scene: Scene, token: str) -> None:
    client = scene.stand.client()
    for operation in API.with_status(415):
        answer = call(client, operation, body=b"x=1", token=token, headers={"Content-Type": "text/plain"})
        expect_failure(operation, answer, 415, "unsupported_media_type")


def test_invalid_request(scene: Scene, token: str) -> None:
    client = scene.stand.client()
    for operation in API.with_status(400):
        for body in (b"{", b"[]", b'"x"', b'{"student_id":1,"refresh_token":1}'):
            if body[:1] == b"{" and len(body) > 1 and operation not in WITH_BODY and operation.template != "/auth/logout":
                continue  # an object that is not asked for is nobody's business
            answer = call(client, operation, body=body, token=token, headers={"Content-Type": "application/json"})
            assert (answer.status, answer.error) == (400, "invalid_request"), answer
            if operation not in WITH_ID:
                API.check(operation, answer)


@pytest.mark.parametrize("number", ["0", "-1", "x", "01", "99999999999999999999", "1.5"])
def test_invalid_locker_id(scene: Scene, token: str, number: str) -> None:
    client = scene.stand.client()
    for operation in WITH_ID:
        answer = client.request(operation.method, operation.path(number), token=token)
        expect_failure(operation, answer, 400, "invalid_locker_id")


def test_too_many_requests(scene: Scene) -> None:
    # Not the address that the stand trusts. A token of one's own: its zone is the narrowest.
    client = scene.stand.client(source="127.0.0.2")
    flood = "x." + "y" * 10 + "." + "z" * 43

    def refused(operation: Operation) -> Answer | None:
        answer = call(client, operation, token=flood, check=False)
        return answer if answer.status == 429 else None

    for operation in API.with_status(429):
        answer = poll(f"429 of {operation}", 20, lambda operation=operation: refused(operation))
        expect_failure(operation, answer, 429, "too_many_requests")


def test_unavailable(rough_scene: Scene) -> None:
    stand = rough_scene.stand
    token = stand.sign_in(HONG)
    for stopped in ("worker:*", "postgres"):
        stand.supervisor("stop", stopped)
        try:
            for operation in API.with_status(503):
                answer = call(stand.client(), operation, token=token)
                if stopped == "postgres" and operation == op("GET /health/live"):
                    assert answer.status == 200, answer
                elif operation == op("GET /health"):
                    assert (answer.status, answer.json["status"]) == (503, "unhealthy"), answer
                    API.check(operation, answer)
                else:
                    expect_failure(operation, answer, 503, "unavailable")
        finally:
            stand.supervisor("start", stopped)
            poll("a healthy stand", 30, stand.healthy)


def test_internal_error(rough_scene: Scene) -> None:
    """The database refuses what it never should: nothing of it is told but that something is wrong."""
    stand, world = rough_scene.stand, rough_scene.world
    token = stand.sign_in(HONG)
    # The workers' connections are made anew, and find that they may not use the schema any more.
    world.sql("REVOKE USAGE ON SCHEMA public FROM PUBLIC, locker_app")
    try:
        with psycopg.connect(stand.settings["DB_SUPERUSER_URL"]) as superuser:
            superuser.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'locker_app'")
        for operation in API.with_status(500):

            def unforeseen(operation: Operation = operation) -> Answer | None:
                # The first call of each thread meets its lost connection.
                answer = call(stand.client(), operation, token=token)
                assert answer.status in (500, 503), answer
                return answer if answer.status == 500 else None

            expect_failure(operation, poll(f"500 of {operation}", 20, unforeseen), 500, "internal_error")
    finally:
        world.sql("GRANT USAGE ON SCHEMA public TO PUBLIC, locker_app")
        poll("a healthy stand", 30, stand.healthy)


# What is particular to an operation: each answer that is promised, provoked once.

Recipe = Callable[[Scene, Client, str], Answer]
RECIPES: dict[tuple[Operation, int, str | None], Recipe] = {}


def recipe(text: str, status: int, code: str | None = None) -> Callable[[Recipe], Recipe]:
    def note(function: Recipe) -> Recipe:
        RECIPES[op(text), status, code] = function
        return function

    return note


def wrong(student: Student) -> dict[str, str]:
    return {**student.body, "name": "홍길순"}


recipe("POST /auth/login", 200)(lambda s, c, t: c.post("auth/login", json=HONG.body))
recipe("POST /auth/login", 401, "invalid_credentials")(lambda s, c, t: c.post("auth/login", json=wrong(HONG)))
recipe("POST /auth/login-or-register", 200)(lambda s, c, t: c.post("auth/login-or-register", json=HONG.body))
recipe("POST /auth/login-or-register", 201)(
    lambda s, c, t: c.post("auth/login-or-register", json=s.world.stranger().body)
)
recipe("POST /auth/login-or-register", 401, "invalid_credentials")(
    lambda s, c, t: c.post("auth/login-or-register", json=wrong(HONG))
)
recipe("POST /auth/login-or-register", 409, "phone_number_in_use")(
    lambda s, c, t: c.post("auth/login-or-register", json={**s.world.stranger().body, "phone_number": KIM.phone_number})
)
recipe("POST /auth/register", 201)(lambda s, c, t: c.post("auth/register", json=s.world.stranger().body))
recipe("POST /auth/register", 409, "student_id_exists")(lambda s, c, t: c.post("auth/register", json=HONG.body))
recipe("POST /auth/register", 409, "phone_number_in_use")(
    lambda s, c, t: c.post("auth/register", json={**s.world.stranger().body, "phone_number": KIM.phone_number})
)


def too_many(path: str) -> Recipe:
    def provoke(scene: Scene, client: Client, token: str) -> Answer:
        student = scene.world.student()
        for _ in range(5):
            assert client.post(path, json={**student.body, "name": "아무개"}).status == 401
        return client.post(path, json=student.body)

    return provoke


recipe("POST /auth/login", 429, "too_many_attempts")(too_many("auth/login"))
recipe("POST /auth/login-or-register", 429, "too_many_attempts")(too_many("auth/login-or-register"))

recipe("POST /auth/refresh", 200)(
    lambda s, c, t: c.post("auth/refresh", json={"refresh_token": s.stand.tokens(HONG)["refresh_token"]})
)
recipe("POST /auth/refresh", 401, "invalid_refresh_token")(
    lambda s, c, t: c.post("auth/refresh", json={"refresh_token": UNKNOWN_TOKEN})
)
recipe("POST /auth/logout", 200)(lambda s, c, t: c.post("auth/logout", token=t))
recipe("POST /auth/logout-all", 200)(lambda s, c, t: c.post("auth/logout-all", token=t))
recipe("GET /auth/me", 200)(lambda s, c, t: c.get("auth/me", token=t))
recipe("GET /auth/sessions", 200)(lambda s, c, t: c.get("auth/sessions", token=t))
recipe("DELETE /auth/sessions/{id}", 404, "session_not_found")(
    lambda s, c, t: c.request("DELETE", f"auth/sessions/{NOBODYS_SESSION}", token=t)
)


@recipe("DELETE /auth/sessions/{id}", 200)
def _(scene: Scene, client: Client, token: str) -> Answer:
    own = next(each for each in client.get("auth/sessions", token=token).json["sessions"] if each["current"])
    return client.request("DELETE", f"auth/sessions/{own['id']}", token=token)


@recipe("GET /lockers", 200)
def _(scene: Scene, client: Client, token: str) -> Answer:
    scene.take(KIM, 1102)
    scene.disable(1103)
    scene.hold(HONG, LOCKER)
    return client.get("lockers", token=token)


@recipe("GET /lockers", 304)
def _(scene: Scene, client: Client, token: str) -> Answer:
    tag = client.get("lockers", token=token).header("ETag")
    return client.get("lockers", token=token, headers={"If-None-Match": tag})


@recipe("GET /lockers/me", 200)
def _(scene: Scene, client: Client, token: str) -> Answer:
    API.check(op("GET /lockers/me"), client.get("lockers/me", token=token))
    scene.hold(HONG, LOCKER)
    API.check(op("GET /lockers/me"), client.get("lockers/me", token=token))
    client.post(f"lockers/{LOCKER}/confirm", token=token)
    return client.get("lockers/me", token=token)


@recipe("GET /lockers/me/attempts", 200)
def _(scene: Scene, client: Client, token: str) -> Answer:
    scene.hold(KIM, LOCKER)
    client.post(f"lockers/{LOCKER}/hold", token=token)
    answer = client.get("lockers/me/attempts", token=token)
    assert answer.json["attempts"][0]["lost_by_ms"] >= 1
    # Only who lost was late.
    client.post("lockers/1102/hold", token=token)
    answer = client.get("lockers/me/attempts", token=token)
    assert answer.json["attempts"][0]["lost_by_ms"] is None, answer
    return answer


@recipe("POST /lockers/{id}/hold", 201)
def _(scene: Scene, client: Client, token: str) -> Answer:
    return client.post(f"lockers/{LOCKER}/hold", token=token)


@recipe("POST /lockers/{id}/hold", 200)
def _(scene: Scene, client: Client, token: str) -> Answer:
    client.post(f"lockers/{LOCKER}/hold", token=token)
    return client.post(f"lockers/{LOCKER}/hold", token=token)


@recipe("POST /lockers/{id}/hold", 403, "application_closed")
def _(scene: Scene, client: Client, token: str) -> Answer:
    scene.period(None)
    API.check(op("POST /lockers/{id}/hold"), client.post(f"lockers/{LOCKER}/hold", token=token))
    scene.period("1 hour", "2 hours")
    return client.post(f"lockers/{LOCKER}/hold", token=token)


@recipe("POST /lockers/{id}/hold", 404, "locker_not_found")
def _(scene: Scene, client: Client, token: str) -> Answer:
    return client.post("lockers/999999/hold", token=token)


@recipe("POST /lockers/{id}/hold", 409, "locker_taken")
def _(scene: Scene, client: Client, token: str) -> Answer:
    scene.hold(KIM, LOCKER)
    return client.post(f"lockers/{LOCKER}/hold", token=token)


@recipe("POST /lockers/{id}/hold", 409, "already_holding")
def _(scene: Scene, client: Client, token: str) -> Answer:
    client.post("lockers/1102/hold", token=token)
    return client.post(f"lockers/{LOCKER}/hold", token=token)


@recipe("POST /lockers/{id}/hold", 409, "already_assigned")
def _(scene: Scene, client: Client, token: str) -> Answer:
    scene.take(HONG, 1102)
    return client.post(f"lockers/{LOCKER}/hold", token=token)


@recipe("POST /lockers/{id}/confirm", 200)
def _(scene: Scene, client: Client, token: str) -> Answer:
    client.post(f"lockers/{LOCKER}/hold", token=token)
    return client.post(f"lockers/{LOCKER}/confirm", token=token)


recipe("POST /lockers/{id}/confirm", 404, "locker_not_found")(lambda s, c, t: c.post("lockers/999999/confirm", token=t))
recipe("POST /lockers/{id}/confirm", 409, "hold_not_found")(lambda s, c, t: c.post(f"lockers/{LOCKER}/confirm", token=t))


@recipe("POST /lockers/{id}/release-hold", 200)
def _(scene: Scene, client: Client, token: str) -> Answer:
    client.post(f"lockers/{LOCKER}/hold", token=token)
    return client.post(f"lockers/{LOCKER}/release-hold", token=token)


recipe("POST /lockers/{id}/release-hold", 404, "hold_not_found")(
    lambda s, c, t: c.post(f"lockers/{LOCKER}/release-hold", token=t)
)


@recipe("POST /lockers/{id}/release", 200)
def _(scene: Scene, client: Client, token: str) -> Answer:
    scene.take(HONG, LOCKER)
    return client.post(f"lockers/{LOCKER}/release", token=token)


recipe("POST /lockers/{id}/release", 404, "assignment_not_found")(
    lambda s, c, t: c.post(f"lockers/{LOCKER}/release", token=t)
)


@recipe("GET /application-period", 200)
def _(scene: Scene, client: Client, token: str) -> Answer:
    scene.period(None)
    answer = client.get("application-period")
    assert answer.json["opens_at"] is None
    API.check(op("GET /application-period"), answer)
    scene.period("1 hour", "2 hours")
    return client.get("application-period")


recipe("GET /board", 200)(lambda s, c, t: c.get("board"))
recipe("GET /health", 200)(lambda s, c, t: c.get("health"))
recipe("GET /health/live", 200)(lambda s, c, t: c.get("health/live"))


@pytest.mark.parametrize("expected", RECIPES, ids=lambda e: f"{e[0]} {e[1]} {e[2] or ''}".strip())
def test_each_answer(scene: Scene, token: str, expected: tuple[Operation, int, str | None]) -> None:
    operation, status, code = expected
    answer = RECIPES[expected](scene, scene.stand.client(), token)
    assert answer.status == status, answer
    assert code is None or answer.error == code, answer
    API.check(operation, answer)


# The two ways of admission that the shared stand does not have.


@pytest.fixture(scope="module", params=["closed", "roster"])
def closed_stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    stand = Stand(LOCKER_WORKERS="1", LOCKER_REGISTRATION=request.param)
    stand.code = {"closed": "registration_closed", "roster": "not_eligible"}[request.param]
    yield stand
    stand.stop()


ADMISSION = {
    (op(f"POST /auth/{path}"), 403, code)
    for path in ("register", "login-or-register")
    for code in ("registration_closed", "not_eligible")
} | {(op("POST /auth/register"), 429, "too_many_attempts")}


def test_not_admitted(closed_stand: Stand) -> None:
    client, world = closed_stand.client(), closed_stand.world
    for path in ("register", "login-or-register"):
        answer = client.post(f"auth/{path}", json=world.stranger().body)
        expect_failure(op(f"POST /auth/{path}"), answer, 403, closed_stand.code)
    if closed_stand.code == "not_eligible":
        # The council's list is not to be guessed from.
        listed = world.stranger()
        world.enlist([listed])
        for _ in range(5):
            assert client.post("auth/register", json=wrong(listed)).status == 403
        answer = client.post("auth/register", json=listed.body)
        expect_failure(op("POST /auth/register"), answer, 429, "too_many_attempts")


# The router's own two.


def test_what_is_not_there(scene: Scene, token: str) -> None:
    response = API.resolve({"$ref": "#/components/responses/NotFound"})
    for path in ("nothing", "lockers/1101", "auth", "", "lockers/1101/hold/", "health/livex"):
        for method in ("GET", "POST"):
            answer = scene.stand.client().request(method, f"/api/v1/{path}", token=token)
            assert answer.status == 404
            API.check(op("GET /health"), answer, response)


def test_every_other_method_is_refused_and_the_right_ones_named(scene: Scene) -> None:
    response = API.resolve({"$ref": "#/components/responses/MethodNotAllowed"})
    client = scene.stand.client()
    for template in API.document["paths"]:
        right = {method.upper() for method in METHODS if method in API.document["paths"][template]}
        for method in {method.upper() for method in METHODS} - right:
            operation = Operation(method, template)
            answer = client.request(method, operation.path(LOCKER))
            assert answer.status == 405, answer
            API.check(operation, answer, response)
            assert right <= set(re.split(", *", answer.header("Allow"))), answer.header("Allow")


def test_everything_that_is_described_was_provoked_above() -> None:
    """And nothing else: an answer that the description lacks would have failed its own check."""
    assert SHARED | set(RECIPES) | ADMISSION == set(API.described())
