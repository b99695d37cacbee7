"""Two students, one locker: one wins, the other is told at once and offered the nearest free ones."""

from __future__ import annotations

import re
from typing import Callable

from playwright.sync_api import expect

from browsing.scene import HONG, KIM, Scene
from browsing.visitor import Visitor

Visit = Callable[..., Visitor]

# Both press at one instant of the machine's clock, from inside their browsers.
_PRESS_AT = """([locker, instant]) => {
  setTimeout(() => document.querySelector(`.cell[data-id="${locker}"]`).click(), instant - Date.now());
}"""


def _race(a: Visitor, b: Visitor, locker: int) -> tuple[Visitor, Visitor]:
    instant = a.page.evaluate("Date.now() + 300")
    for visitor in (a, b):
        visitor.page.evaluate(_PRESS_AT, [locker, instant])
    for visitor in (a, b):
        expect(visitor.sheet).to_have_attribute("data-mode", re.compile("^(hold|loss)$"))
    modes = [visitor.sheet.get_attribute("data-mode") for visitor in (a, b)]
    assert sorted(modes) == ["hold", "loss"], modes
    return (a, b) if modes[0] == "hold" else (b, a)


def test_one_wins_again_and_again(scene: Scene, visit: Visit) -> None:
    a, b = visit(scene), visit(scene)
    for visitor, student in ((a, HONG), (b, KIM)):
        visitor.expect_failure("/hold$")
        visitor.sign_in(student)
    for locker in range(2101, 2109):
        for visitor in (a, b):
            visitor.looks(locker, "free")
        winner, loser = _race(a, b, locker)
        expect(loser.page.locator("#loss-title")).to_have_text("한발 늦었습니다")
        expect(loser.page.locator("#loss-text")).to_contain_text(f"{locker}번")
        assert scene.world.value("SELECT count(*) FROM v_active_assignments") == 1
        loser.page.locator("#sheet-close").click()
        expect(loser.sheet).to_be_hidden()
        winner.cancel.click()
        expect(winner.sheet).to_be_hidden()


def test_the_loser_takes_a_neighbour_with_one_tap(scene: Scene, visit: Visit) -> None:
    a, b = visit(scene), visit(scene)
    for visitor, student in ((a, HONG), (b, KIM)):
        visitor.expect_failure("/hold$")
        visitor.sign_in(student)
    winner, loser = _race(a, b, 2206)
    offered = [int(chip) for chip in loser.page.locator("#near button").evaluate_all("(all) => all.map((each) => each.dataset.id)")]
    assert len(offered) == 3 and set(offered) <= {2205, 2207, 2106, 2306, 2204, 2208}, offered
    loser.page.locator("#near button").first.click()
    expect(loser.sheet).to_have_attribute("data-mode", "hold")
    for visitor in (winner, loser):
        visitor.press_confirm()
        expect(visitor.page.locator("#mine")).to_be_visible()
    assert scene.state(2206) == scene.state(offered[0]) == "confirmed"


def test_two_devices_of_one_student_hold_one_locker(scene: Scene, visit: Visit) -> None:
    phone, desk = visit(scene), visit(scene)
    for visitor in (phone, desk):
        visitor.expect_failure("/hold$")
        visitor.sign_in(HONG)
    instant = phone.page.evaluate("Date.now() + 300")
    phone.page.evaluate(_PRESS_AT, [2101, instant])
    desk.page.evaluate(_PRESS_AT, [2112, instant])
    # Whichever came first: both devices end up showing the same hold.
    for visitor in (phone, desk):
        expect(visitor.sheet).to_have_attribute("data-mode", "hold")
    assert phone.page.locator("#sheet-number").inner_text() == desk.page.locator("#sheet-number").inner_text()
    assert scene.world.value("SELECT count(*) FROM v_active_assignments") == 1
