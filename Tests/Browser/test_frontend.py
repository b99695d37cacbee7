"""The council's own site: a page on another origin that does exactly what CONTRACT.md marks as **frontend**."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from browsing.scene import HONG, KIM, Scene
from browsing.visitor import Visitor
from endtoend.client import Answer
from endtoend.stand import Stand, free_port

_PAGE = "<!doctype html><html lang=ko><meta charset=utf-8><title>다른 출처</title><link rel=icon href=data:,>"


class _Site(BaseHTTPRequestHandler):
    """An empty page: what the council's site runs in the browser is put into it by the tests."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(_PAGE.encode())

    def log_message(self, *_: Any) -> None:
        pass


def _site() -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", free_port()), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="module")
def council() -> Iterator[str]:
    """The origin that the stand allows."""
    server = _site()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def foreign() -> Iterator[str]:
    """One that it does not."""
    server = _site()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def open_stand(council: str) -> Iterator[Stand]:
    stand = Stand(LOCKER_WORKERS="1", LOCKER_CORS_ORIGINS=council)
    yield stand
    stand.stop()


@pytest.fixture
def shop(open_stand: Stand) -> Scene:
    return Scene(open_stand)


@pytest.fixture
def page(browser: Browser, council: str) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(council)
    yield page
    context.close()


# fetch as the council's page calls it: .json() whatever the status.
_FETCH = """async ([url, method, token]) => {
  try {
    const response = await fetch(url, { method, headers: { Authorization: `Bearer ${token}` } });
    return { status: response.status, body: await response.json(), id: response.headers.get("X-Request-Id") };
  } catch (error) {
    return { status: 0, body: String(error) };
  }
}"""


def _server_side_sign_in(scene: Scene, student: Any = HONG) -> str:
    """Its server, not the browser, posts the three fields with `accept: application/json`."""
    body = {"name": student.name, "phone_number": student.phone_number, "student_id": student.student_id}
    answer: Answer = scene.stand.client().post("auth/login-or-register", json=body, headers={"accept": "application/json"})
    assert answer.status in (200, 201)
    return answer.json["access_token"]


def _call(page: Page, scene: Scene, method: str, path: str, token: str) -> dict[str, Any]:
    return page.evaluate(_FETCH, [f"{scene.stand.settings['LOCKER_URL']}/api/v1/{path}", method, token])


def test_it_decodes_the_token_with_atob(shop: Scene, page: Page) -> None:
    token = _server_side_sign_in(shop)
    claims = page.evaluate("(token) => JSON.parse(atob(token.split('.')[1]))", token)
    assert claims["sub"] == HONG.student_id
    assert 0 < claims["exp"] - page.evaluate("Date.now() / 1000") <= 1800


def test_the_whole_way_with_preflighted_calls(shop: Scene, page: Page) -> None:
    token = _server_side_sign_in(shop)
    preflights: list[str] = []
    cdp = page.context.new_cdp_session(page)
    cdp.send("Network.enable")
    cdp.on(
        "Network.requestWillBeSent",
        lambda event: preflights.append(event["request"]["url"]) if event["request"]["method"] == "OPTIONS" else None,
    )

    listed = _call(page, shop, "GET", "lockers", token)
    assert listed["status"] == 200 and listed["id"]
    assert any(url.endswith("/lockers") for url in preflights), "the browser has not asked before"
    # It groups by location_id, a name; row and column are read from the number; a truthy owner is taken.
    lockers = listed["body"]["lockers"]
    assert {each["location_id"] for each in lockers} >= {"정보관 2층", "정보관 3층"}
    assert all(str(each["locker_id"])[1].isdigit() for each in lockers)
    assert not any(each.get("owner") for each in lockers)

    held = _call(page, shop, "POST", "lockers/2105/hold", token)
    assert held["status"] == 201
    number, word = held["body"]["expires_in"].split()
    assert (number, word) == ("1", "minutes") or (word.startswith("sec") and 50 <= int(number) < 60)

    confirmed = _call(page, shop, "POST", "lockers/2105/confirm", token)
    assert confirmed["status"] == 200
    mine = _call(page, shop, "GET", "lockers", token)["body"]["lockers"]
    assert next(each for each in mine if each["locker_id"] == 2105)["owner"] == HONG.student_id

    # To another student it is taken, and nobody's.
    other = _server_side_sign_in(shop, KIM)
    seen = _call(page, shop, "GET", "lockers", other)["body"]["lockers"]
    assert next(each for each in seen if each["locker_id"] == 2105)["owner"] == "**********"

    # 409 opens the dialog; every failure has a sentence to show.
    lost = _call(page, shop, "POST", "lockers/2105/hold", other)
    assert lost["status"] == 409 and lost["body"]["message"] == "이미 선택된 사물함입니다."
    assert _call(page, shop, "POST", "lockers/2105/release", token)["status"] == 200


def test_every_failure_can_be_read_across_origins(shop: Scene, page: Page) -> None:
    token = _server_side_sign_in(shop)
    for method, path, status in [
        ("GET", "lockers", 401),
        ("POST", "lockers/x/hold", 400),
        ("POST", "lockers/999999/hold", 404),
        ("POST", "lockers/1101/confirm", 409),
        ("GET", "nothing", 404),
        ("POST", "lockers", 405),
    ]:
        answer = _call(page, shop, method, path, "x.y.z" if status == 401 else token)
        assert answer["status"] == status, answer
        assert answer["body"]["message"] and answer["body"]["request_id"] == answer["id"]
    # nginx's own too.
    shop.stand.supervisor("stop", "worker:*")
    try:
        answer = _call(page, shop, "GET", "lockers", token)
        assert answer["status"] == 503 and answer["body"]["error"] == "unavailable"
    finally:
        shop.stand.supervisor("start", "worker:*")


def test_a_foreign_origin_reads_nothing(shop: Scene, page: Page, foreign: str) -> None:
    token = _server_side_sign_in(shop)
    page.goto(foreign)
    answer = _call(page, shop, "GET", "lockers", token)
    assert answer["status"] == 0 and "Failed to fetch" in answer["body"]
    # Nor does a hold get past the question that the browser asks first.
    assert _call(page, shop, "POST", "lockers/1101/hold", token)["status"] == 0
    assert shop.state(1101) == "available"


def test_the_stands_own_page_works_beside_it(shop: Scene, visit: Callable[..., Visitor]) -> None:
    visitor = visit(shop)
    visitor.sign_in(HONG)
    visitor.hold(1101)
