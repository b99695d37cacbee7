"""CONTRACT: the application period, health, and what may be asked with which method."""

from datetime import datetime

import pytest

from endtoend import shapes
from endtoend.shapes import SEOUL, check_failure

ROUTES = {
    "auth/login": "POST", "auth/register": "POST", "auth/login-or-register": "POST", "auth/refresh": "POST",
    "auth/logout": "POST", "auth/logout-all": "POST", "auth/me": "GET", "lockers": "GET", "lockers/me": "GET",
    "lockers/101/hold": "POST", "lockers/101/confirm": "POST", "lockers/101/release-hold": "POST",
    "lockers/101/release": "POST", "application-period": "GET", "health": "GET", "health/live": "GET",
}  # fmt: skip


@pytest.mark.parametrize(
    ("opens", "closes", "state"),
    [("1 hour", "2 hours", "upcoming"), ("-1 hour", "1 hour", "open"), ("-2 hours", "-1 hour", "closed")],
)
def test_application_period(client, world, opens, closes, state):
    """Public; the state and the instants are those of the database's clock."""
    with world.period(opens, closes):
        answer = client.get("application-period")
        assert answer.status == 200 and set(answer.json) == {"state", "opens_at", "closes_at", "server_time"}, answer
        assert answer.json["state"] == state
        row = world.sql("SELECT opens_at, closes_at FROM application_periods")[0]
        for name, expected in zip(("opens_at", "closes_at"), row):
            assert abs((shapes.instant(answer.json[name]) - expected).total_seconds()) < 1
        assert abs((shapes.instant(answer.json["server_time"]) - datetime.now(SEOUL)).total_seconds()) < 2


def test_a_period_without_an_end_in_this_calendar(client, world):
    """Typed by hand: a year of six digits is told as the last that a date can say, and ends no worker."""
    with world.period("-1 hour", "290000 years"):
        for path in ("application-period", "board") * 4:
            answer = client.get(path)
            assert answer.status == 200 and answer.json["state"] == "open", answer
            assert answer.json["closes_at"] == "9999-12-31T08:59:59+09:00"


def test_no_application_period(client, world):
    """None means closed, without instants."""
    with world.period(None):
        answer = client.get("application-period").json
    assert (answer["state"], answer["opens_at"], answer["closes_at"]) == ("closed", None, None)
    shapes.instant(answer["server_time"])


def test_health(client):
    """Exact."""
    answer = client.get("health")
    assert answer.status == 200 and answer.json == {"status": "healthy", "db": "reachable"}
    assert client.get("health/live").status == 200


def test_https(stand):
    """The same API behind the certificate."""
    client = stand.client(tls=True)
    assert client.get("health").status == 200
    check_failure(client.get("lockers"), 401, "unauthorized")


@pytest.mark.parametrize("path", ROUTES)
def test_wrong_method(client, path):
    """405 with Allow, on every route; whether one is signed in does not matter."""
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "NONSENSE"):
        if method == ROUTES[path]:
            continue
        answer = client.request(method, path)
        check_failure(answer, 405, "method_not_allowed")
        allowed = {name.strip() for name in answer.header("Allow").split(",")}
        assert ROUTES[path] in allowed and method not in allowed, answer.header("Allow")


@pytest.mark.parametrize("path", [path for path, method in ROUTES.items() if method == "GET"])
def test_query_is_ignored(client, path):
    """A GET with a query is the same GET."""
    plain, queried = client.get(path), client.get(f"{path}?a=b&c=%00")
    assert plain.status == queried.status


@pytest.mark.parametrize(
    "path",
    [
        "",
        "nothing",
        "auth",
        "auth/",
        "auth/login/",
        "auth/login/x",
        "Auth/Login",
        "auth//login",
        "lockers/",
        "lockers/101",
        "lockers/101/",
        "lockers/101/hold/",
        "lockers/101/hold/x",
        "lockers/101/take",
        "lockers/me/hold/x",
        "health/",
        "health/x",
        "%6Cockers%2Fme",
        "lockers;x",
        "lockers/%2e%2e/health",
        "../v2/health",
        "admin",
    ],
)
def test_unknown_route(client, path):
    """404 under the API, by GET and by POST, and no detour reaches a route."""
    for method in ("GET", "POST"):
        answer = client.request(method, f"/api/v1/{path}")
        assert answer.status in (404, 405) if method == "POST" else answer.status == 404, answer
        assert answer.error in ("not_found", "method_not_allowed"), answer


@pytest.mark.parametrize(
    "path", ["/nothing", "/api", "/api/", "/api/v1", "/api/v2/health", "/.git/config", "/api/v1x/health"]
)
def test_unknown_address_outside(client, path):
    """404 in the contract's shape from nginx too."""
    check_failure(client.get(path), 404, "not_found")


def test_a_person_who_mistypes_an_address_sees_a_page(client):
    """Who asks for HTML first, as a browser's address line does, gets a page; below the API it is JSON even then."""
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    page = client.get("/nothing", headers=browser, check=False)
    assert page.status == 404 and page.header("Content-Type").startswith("text/html") and page.header("X-Request-Id")
    check_failure(client.get("nothing", headers=browser), 404, "not_found")


def test_request_ids_differ(client):
    """One id a request, which nobody can choose for the server."""
    ids = [client.get("health/live").header("X-Request-Id") for _ in range(20)]
    assert len(set(ids)) == 20
    chosen = client.get("health/live", headers={"X-Request-Id": "chosen-by-the-client"})
    assert chosen.header("X-Request-Id") != "chosen-by-the-client"


def test_request_id_is_in_the_log(stand, client, student):
    """So that what a student reads out is found."""
    request_id = client.post("auth/login", json=student.body | {"name": "김철수"}).header("X-Request-Id")
    assert any(request_id in path.read_text(errors="replace") for path in stand.logs() if "worker" in path.name)
