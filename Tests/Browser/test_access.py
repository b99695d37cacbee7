"""For everybody: keyboard, screen reader, small screens, dark mode, calm motion."""

from __future__ import annotations

import re
from typing import Callable

import pytest
from playwright.sync_api import expect

from browsing import axe
from browsing.scene import HONG, KIM, Scene
from browsing.visitor import Visitor
from endtoend.people import Student

Visit = Callable[..., Visitor]

LOOKS = {
    "phone": {"width": 390, "height": 844},
    "phone-dark": {"width": 390, "height": 844, "dark": True},
    "desk-dark-english": {"width": 1280, "height": 900, "dark": True, "english": True},
}


@pytest.mark.parametrize("look", LOOKS)
def test_no_state_of_the_page_has_a_fault_that_axe_finds(scene: Scene, visit: Visit, look: str) -> None:
    scene.take(KIM, 1101)
    scene.disable(1102)
    visitor = visit(scene, **LOOKS[look])
    visitor.expect_failure("/auth/login|/hold$")
    expect(visitor.page.locator("#overview-list li").first).to_be_visible()
    axe.check(visitor)
    visitor.fill_in(Student("20233", "홍", "01"))
    visitor.page.locator("#sign-in-go").click()
    expect(visitor.page.locator("#name-error")).to_be_visible()
    visitor.fill_in(Student(HONG.student_id, "홍길순", HONG.phone_number))
    visitor.page.locator("#sign-in-go").click()
    expect(visitor.page.locator("#register")).to_be_visible()
    axe.check(visitor)
    visitor.sign_in(HONG)
    visitor.looks(1101, "taken")
    axe.check(visitor)
    # Lost: somebody was there since the last look.
    visitor.page.route("**/api/v1/lockers", lambda route: route.fulfill(status=304))
    visitor.expect_failure("/lockers$")
    scene.hold(scene.world.student(), 1104)
    visitor.cell(1104).click()
    expect(visitor.sheet).to_have_attribute("data-mode", "loss")
    axe.check(visitor)
    visitor.page.unroute_all()
    visitor.page.locator("#sheet-close").click()
    visitor.hold(1105)
    axe.check(visitor)
    visitor.press_confirm()
    expect(visitor.page.locator("#mine")).to_be_visible()
    axe.check(visitor)
    visitor.page.locator("#release").click()
    expect(visitor.page.locator("#ask")).to_be_visible()
    axe.check(visitor)


@pytest.mark.parametrize("dark", [False, True])
def test_the_countdown_has_none_either(scene: Scene, visit: Visit, dark: bool) -> None:
    scene.period("3 days", "9 days")
    visitor = visit(scene, dark=dark)
    visitor.sign_in(HONG)
    expect(visitor.page.locator("#countdown")).to_be_visible()
    axe.check(visitor)


def test_by_keyboard_alone(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene, width=1280, height=900)
    keyboard = visitor.page.keyboard
    visitor.page.locator("#overview-list li").first.wait_for()

    def focused() -> str:
        return visitor.page.evaluate("document.activeElement.id || document.activeElement.dataset.id || ''")

    def tab_to(name: str) -> None:
        for _ in range(40):
            if focused() == name:
                return
            keyboard.press("Tab")
        raise AssertionError(f"Tab never came to {name}")

    tab_to("student-id")
    keyboard.type(HONG.student_id)
    keyboard.press("Tab")
    keyboard.insert_text(HONG.name)
    keyboard.press("Tab")
    keyboard.type(HONG.phone_number)
    keyboard.press("Enter")
    expect(visitor.page.locator("#map-title")).to_be_focused()
    # One stop for each place; the arrows move inside it, by what stands where.
    tab_to("401")
    assert visitor.page.locator('.cell[tabindex="0"]').count() == 4
    visitor.cell(1101).focus()
    for key, at in [("ArrowRight", 1102), ("ArrowDown", 1202), ("End", 1205), ("ArrowUp", 1105), ("Home", 1101)]:
        keyboard.press(key)
        assert focused() == str(at), key
    # Into the next place, across its edge.
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    assert focused() not in ("1101", "1201")
    visitor.cell(1103).focus()
    keyboard.press("Enter")
    expect(visitor.confirm).to_be_focused()
    expect(visitor.sheet).to_have_attribute("data-ready", "")
    keyboard.press("Shift+Tab")
    assert focused() == "cancel"
    keyboard.press("Enter")
    # Back where the student was.
    expect(visitor.cell(1103)).to_be_focused()
    keyboard.press(" ")
    expect(visitor.confirm).to_be_focused()
    expect(visitor.sheet).to_have_attribute("data-ready", "")
    keyboard.press("Enter")
    expect(visitor.page.locator("#mine-title")).to_be_focused()
    keyboard.press("Tab")
    assert focused() == "release"
    keyboard.press("Enter")
    expect(visitor.page.locator("#ask")).to_be_visible()
    keyboard.press("Escape")
    expect(visitor.page.locator("#release")).to_be_focused()
    assert scene.state(1103) == "confirmed"


def test_what_has_the_focus_is_never_hidden_behind_the_sheet(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.sign_in(HONG)
    visitor.hold(1101)
    visitor.rest()
    edge = visitor.sheet.bounding_box()["y"]
    visitor.cell(1101).focus()
    for _ in range(12):
        visitor.page.keyboard.press("ArrowDown")
        box = visitor.page.evaluate("(() => { const b = document.activeElement.getBoundingClientRect(); return [b.top, b.bottom]; })()")
        assert box[0] >= 0 and box[1] <= edge + 1, (box, edge)


def test_a_screen_reader_hears_what_happens(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.expect_failure("/hold$|/lockers$")
    visitor.sign_in(HONG)
    visitor.page.evaluate(
        """() => {
          globalThis.heard = [];
          for (const region of document.querySelectorAll("[aria-live=polite], [aria-live=assertive]")) {
            new MutationObserver(() => region.textContent && heard.push(region.textContent))
              .observe(region, { childList: true, characterData: true, subtree: true });
          }
        }"""
    )

    def hears(words: str) -> None:
        visitor.page.wait_for_function("(words) => heard.some((each) => each.includes(words))", arg=words)

    visitor.hold(1101)
    hears("1101번을 잡았습니다. 60초 안에 확정해 주세요.")
    visitor.cancel.click()
    hears("1101번을 놓았습니다.")
    visitor.page.route("**/api/v1/lockers", lambda route: route.fulfill(status=304))
    scene.hold(KIM, 1102)
    visitor.cell(1102).click()
    hears("한발 늦었습니다")
    # The number that runs is not read out every second.
    expect(visitor.page.locator("#sheet-seconds")).to_have_attribute("aria-live", "off")
    name = visitor.cell(1102).evaluate("(cell) => cell.textContent.replace(/\\s+/g, ' ').trim()")
    assert re.fullmatch("사물함 ?1102 ?빈 칸", name), name


@pytest.mark.parametrize("width", [320, 360, 390, 768, 1024, 1440])
def test_nothing_is_wider_than_the_screen(scene: Scene, visit: Visit, width: int) -> None:
    visitor = visit(scene, width=width, height=800)

    def fits() -> None:
        wide = visitor.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{wide} px on a screen of {width}"

    expect(visitor.page.locator("#overview-list li").first).to_be_visible()
    fits()
    visitor.sign_in(HONG)
    fits()
    visitor.hold(2112)
    visitor.rest()
    fits()
    # A wall that is wider than the screen is scrolled inside its frame to the locker that was taken.
    box = visitor.cell(2112).bounding_box()
    assert 0 <= box["x"] and box["x"] + box["width"] <= width


def test_every_target_is_big_enough_for_a_thumb(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene, width=320, height=640)
    measure = """() => [...document.querySelectorAll("button, input, a[href]")]
      .filter((each) => each.checkVisibility() && !each.closest(".skip"))
      .map((each) => [each.id || each.textContent, each.getBoundingClientRect().width, each.getBoundingClientRect().height])"""
    visitor.sign_in(HONG)
    visitor.hold(1101)
    for name, width, height in visitor.page.evaluate(measure):
        if "본문으로" not in name:
            assert width >= 44 and height >= 44, (name, width, height)


def test_who_wants_calm_gets_no_motion(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene, calm=True)
    visitor.sign_in(HONG)
    visitor.hold(1101)
    assert visitor.page.evaluate("document.getAnimations().length") == 0


def test_text_may_be_twice_as_large(scene: Scene, visit: Visit) -> None:
    # 200 % on a desk is half its width in CSS pixels; on a phone the letters alone grow.
    visitor = visit(scene, width=390, height=844)
    visitor.page.evaluate("document.documentElement.style.fontSize = '200%'")
    visitor.sign_in(HONG)
    visitor.hold(1101)
    visitor.rest()
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390
    for button in (visitor.confirm, visitor.cancel):
        box = button.bounding_box()
        assert 0 <= box["x"] and box["x"] + box["width"] <= 390 and box["y"] + box["height"] <= 844
