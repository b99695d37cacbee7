"""What time does: the opening by the server's clock, the end of a hold, the end of the period."""

from __future__ import annotations

import re
import time
from typing import Callable

import pytest
from playwright.sync_api import expect

from browsing.scene import HONG, KIM, Scene
from browsing.visitor import Visitor

Visit = Callable[..., Visitor]


def _seconds(clock: str) -> int:
    hours, minutes, seconds = map(int, clock.split(":"))
    return hours * 3600 + minutes * 60 + seconds


def _shown(visitor: Visitor) -> float:
    return _seconds(visitor.page.locator("#countdown-clock").inner_text())


def test_before_the_opening_the_wall_is_there_but_closed(scene: Scene, visit: Visit) -> None:
    scene.period("2 days", "9 days")
    visitor = visit(scene)
    expect(visitor.page.locator("#countdown")).to_be_visible()
    visitor.sign_in(HONG)
    expect(visitor.page.locator("#countdown-days")).to_have_text(re.compile("^[12]일$"))
    expect(visitor.cell(1101)).to_have_attribute("aria-disabled", "true")
    visitor.tap_anyway(1101)
    visitor.notice("아직 선택할 수 없습니다.")
    assert scene.state(1101) == "available"


def test_the_doors_open_by_themselves_in_the_right_second(scene: Scene, visit: Visit) -> None:
    scene.period("6 seconds", "1 day")
    visitor = visit(scene)
    visitor.sign_in(HONG)
    expect(visitor.page.locator("#period")).to_have_attribute("data-phase", "upcoming")
    expect(visitor.page.locator("#period")).to_have_attribute("data-phase", "open", timeout=9000)
    late = -scene.seconds_until_opening()
    assert -0.3 < late < 1.2, f"opened {late:.2f} s after the server"
    visitor.hold(1101)


@pytest.mark.parametrize("minutes", [-7, 7])
def test_the_countdown_follows_the_servers_clock_and_not_the_phones(
    scene: Scene, visit: Visit, minutes: int
) -> None:
    scene.period("30 minutes", "1 day")
    visitor = visit(scene, go=False)
    # A phone whose clock is wrong. Its timers run as always.
    visitor.context.add_init_script(
        f"{{ const now = Date.now; Date.now = () => now() + {minutes} * 60000 + (globalThis.shift ?? 0); }}"
    )
    visitor.page.goto(visitor.url)
    expect(visitor.page.locator("#countdown")).to_be_visible()

    def is_right() -> None:
        left = scene.seconds_until_opening()
        assert abs(_shown(visitor) - left) < 2, f"{_shown(visitor)} shown, {left} left"

    is_right()
    # Somebody sets it again while the page is open, or the phone slept: right again with the next look at the server.
    visitor.page.evaluate("globalThis.shift = 200000")
    with visitor.page.expect_response("**/application-period"):
        visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    visitor.page.wait_for_function(
        "(shown) => document.querySelector('#countdown-clock').textContent <= shown",
        arg=time.strftime("%H:%M:%S", time.gmtime(scene.seconds_until_opening() + 1)),
    )
    is_right()


def test_a_hold_ends_on_the_screen_and_is_offered_again(rough_scene: Scene, visit: Visit) -> None:
    visitor = visit(rough_scene)
    visitor.sign_in(HONG)
    visitor.hold(1101)
    assert visitor.seconds_left() <= 6
    expect(visitor.sheet).to_have_attribute("data-last", "true")
    expect(visitor.sheet).to_have_attribute("data-mode", "loss")
    expect(visitor.page.locator("#loss-title")).to_have_text("시간이 지났습니다")
    visitor.looks(1101, "free")
    again = visitor.page.get_by_role("button", name="1101번 다시 잡기")
    again.click()
    expect(visitor.sheet).to_have_attribute("data-mode", "hold")
    visitor.press_confirm()
    expect(visitor.page.locator("#mine-number")).to_have_text("1101번")


def test_the_hold_of_another_frees_itself_on_the_screen(rough_scene: Scene, visit: Visit) -> None:
    visitor = visit(rough_scene)
    visitor.sign_in(HONG)
    rough_scene.hold(KIM, 1101)
    visitor.looks(1101, "held")
    visitor.looks(1101, "free")


def test_confirm_works_after_the_period_has_ended(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.sign_in(HONG)
    visitor.hold(1101)
    scene.period("-2 days", "-1 second")
    visitor.press_confirm()
    expect(visitor.page.locator("#mine-number")).to_have_text("1101번")


def test_an_end_that_the_page_has_not_heard_of_is_told(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.sign_in(HONG)
    visitor.expect_failure("/hold$")
    scene.period("-2 days", "-1 second")
    visitor.cell(1101).click()
    visitor.notice("지금은 사물함 신청 기간이 아닙니다.")
    expect(visitor.page.locator("#period-state")).to_have_text("신청이 끝났습니다")


def test_no_period_at_all_is_told(scene: Scene, visit: Visit) -> None:
    scene.period(None)
    visitor = visit(scene)
    expect(visitor.page.locator("#period-state")).to_have_text("정해진 신청 기간이 없습니다.")
    visitor.sign_in(HONG)
    visitor.tap_anyway(1101)
    visitor.notice("신청 기간이 아닙니다.")
