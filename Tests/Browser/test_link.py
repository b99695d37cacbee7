"""When the network or the server is away: nothing is lost, nothing is done twice, and the page says what is going on."""

from __future__ import annotations

from typing import Callable, Iterator

import pytest
from playwright.sync_api import Route, expect

from browsing.scene import HONG, KIM, Scene
from browsing.visitor import Visitor

Visit = Callable[..., Visitor]


@pytest.fixture(autouse=True)
def whole(rough_scene: Scene) -> Iterator[None]:
    """Whatever a test stopped runs again afterwards."""
    yield
    rough_scene.stand.supervisor("start", "nginx", "worker:*")


def _lose_the_first_answer(visitor: Visitor, pattern: str) -> list[int]:
    """The request arrives and is decided; its answer does not come back. Gives the statuses that were lost."""
    lost: list[int] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort("connectionreset")

    visitor.page.route(pattern, lose)
    visitor.expect_failure("/api/v1/lockers/")
    return lost


def test_the_lost_answer_to_a_hold_is_asked_for_again(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.sign_in(HONG)
    lost = _lose_the_first_answer(visitor, "**/hold")
    visitor.hold(1101)
    assert lost == [201]
    assert scene.world.value("SELECT count(*) FROM locker_assignments") == 1


def test_the_lost_answer_to_a_confirm_is_asked_for_again(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.sign_in(HONG)
    visitor.hold(1101)
    lost = _lose_the_first_answer(visitor, "**/confirm")
    visitor.press_confirm()
    expect(visitor.page.locator("#mine-number")).to_have_text("1101번")
    assert lost == [200]


@pytest.mark.parametrize("act", ["cancel", "release"])
def test_the_lost_answer_to_letting_go_is_no_fault(scene: Scene, visit: Visit, act: str) -> None:
    if act == "release":
        scene.take(HONG, 1101)
    visitor = visit(scene)
    visitor.sign_in(HONG)
    if act == "cancel":
        visitor.hold(1101)
    lost = _lose_the_first_answer(visitor, "**/release-hold" if act == "cancel" else "**/release")
    if act == "cancel":
        visitor.cancel.click()
    else:
        visitor.page.locator("#release").click()
        visitor.page.locator("#ask-yes").click()
    visitor.looks(1101, "free")
    visitor.notice("1101번을 놓았습니다." if act == "cancel" else "1101번을 반납했습니다.")
    assert lost == [200]


def test_a_hold_pressed_while_offline_goes_out_when_the_network_is_back(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.sign_in(HONG)
    visitor.expect_failure()
    visitor.context.set_offline(True)
    visitor.cell(1101).click()
    expect(visitor.sheet).to_have_attribute("data-mode", "wait")
    expect(visitor.page.locator("#sheet-note")).to_contain_text("다시 보내고 있습니다")
    expect(visitor.page.locator("#link-text")).to_contain_text("인터넷 연결이 끊겼습니다")
    visitor.context.set_offline(False)
    expect(visitor.sheet).to_have_attribute("data-mode", "hold")
    expect(visitor.page.locator("#link")).to_be_hidden()


def test_a_server_that_stops_and_comes_back(rough_scene: Scene, visit: Visit) -> None:
    visitor = visit(rough_scene)
    visitor.sign_in(HONG)
    visitor.expect_failure()
    rough_scene.stand.supervisor("stop", "nginx")
    expect(visitor.page.locator("#link-text")).to_have_text(
        "서버에 잠시 닿지 않습니다. 저절로 다시 시도하고 있습니다.", timeout=15_000
    )
    # What was known stays, with its age.
    expect(visitor.page.locator(".cell").first).to_be_visible()
    expect(visitor.page.locator("#link-age")).to_contain_text("초 전 모습입니다", timeout=20_000)
    rough_scene.stand.supervisor("start", "nginx")
    expect(visitor.page.locator("#link")).to_be_hidden(timeout=40_000)
    visitor.hold(1101)


def test_without_workers_a_hold_waits_and_succeeds(rough_scene: Scene, visit: Visit) -> None:
    visitor = visit(rough_scene)
    visitor.sign_in(HONG)
    visitor.expect_failure()
    rough_scene.stand.supervisor("stop", "worker:*")
    with visitor.page.expect_response("**/hold") as answer:
        visitor.cell(1101).click()
    assert answer.value.status == 503
    expect(visitor.page.locator("#sheet-note")).to_be_visible()
    rough_scene.stand.supervisor("start", "worker:*")
    expect(visitor.sheet).to_have_attribute("data-mode", "hold", timeout=20_000)


def test_an_answer_that_never_comes_is_told_and_looked_up(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene, go=False)
    # Twenty seconds of patience, made short: the page's clock runs ten times as fast.
    visitor.context.add_init_script(
        "{ const now = Date.now, start = Date.now(); Date.now = () => start + (now() - start) * 10; }"
    )
    visitor.page.goto(visitor.url)
    visitor.sign_in(HONG)
    visitor.expect_failure()
    arrived: list[int] = []

    def lose_all(route: Route) -> None:
        arrived.append(route.fetch().status)
        route.abort("connectionreset")

    visitor.page.route("**/hold", lose_all)
    visitor.cell(1101).click()
    # The truth is looked up at the server: it has held.
    expect(visitor.sheet).to_have_attribute("data-mode", "hold", timeout=20_000)
    assert arrived[0] == 201 and set(arrived[1:]) <= {200}


def test_too_many_requests_are_waited_out(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.sign_in(HONG)
    visitor.expect_failure("/api/v1/lockers$")
    asked: list[float] = []

    def refuse_twice(route: Route) -> None:
        asked.append(visitor.page.evaluate("performance.now()"))
        if len(asked) > 2:
            route.continue_()
            return
        body = {"error": "too_many_requests", "message": "요청이 너무 많습니다.", "request_id": "x"}
        route.fulfill(status=429, headers={"Retry-After": "2"}, json=body)

    visitor.page.route("**/api/v1/lockers", refuse_twice)
    expect(visitor.page.locator("#link-text")).to_contain_text("많은 학생이 몰려 있습니다")
    expect(visitor.page.locator("#link")).to_be_hidden(timeout=15_000)
    waits = [later - earlier for earlier, later in zip(asked, asked[1:])]
    assert all(wait >= 2000 for wait in waits[:2]), waits


def test_a_hidden_tab_asks_seldom(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.sign_in(KIM)
    delays = visitor.page.evaluate(
        """async () => {
          const { Poll } = await import("/js/poll.js");
          let hidden = false;
          Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
          const delays = { seen: [], hidden: [] };
          const real = globalThis.setTimeout;
          globalThis.setTimeout = (task, wait, ...rest) => {
            if (wait > 500) delays[hidden ? "hidden" : "seen"].push(wait);
            return real(task, 0, ...rest);
          };
          let asked = 0;
          const poll = new Poll(async () => { hidden = ++asked > 20; if (asked > 40) await new Promise(() => {}); }, () => 1000);
          poll.start();
          while (asked <= 40) await new Promise((resolve) => real(resolve, 5));
          globalThis.setTimeout = real;
          delete document.hidden;
          return delays;
        }"""
    )
    assert len(delays["seen"]) >= 15 and len(delays["hidden"]) >= 15
    assert all(750 <= wait <= 1250 for wait in delays["seen"])
    assert all(4500 <= wait <= 7500 for wait in delays["hidden"])
    # No two phones in step.
    assert len(set(delays["seen"])) > 10
