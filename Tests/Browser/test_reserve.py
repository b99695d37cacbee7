"""The way of a student: hold, the minute, confirm; cancel, change, give back; after a reload and on a second device."""

from __future__ import annotations

import re
from typing import Callable

import pytest
from playwright.sync_api import expect

from browsing.scene import HONG, KIM, Scene
from browsing.visitor import Visitor

Visit = Callable[..., Visitor]


def test_a_tap_holds_the_minute_runs_and_confirm_makes_it_mine(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene, touch=True)
    visitor.sign_in(HONG)
    visitor.cell(1103).tap()
    expect(visitor.sheet).to_have_attribute("data-mode", "hold")
    expect(visitor.page.locator("#sheet-number")).to_have_text("1103번")
    expect(visitor.page.locator("#sheet-place")).to_have_text("정보관 B1 엘리베이터 옆")
    visitor.looks(1103, "mine-held")
    assert scene.state(1103) == "held"
    first = visitor.seconds_left()
    assert 55 <= first <= 60
    expect(visitor.page.locator("#sheet-seconds")).to_have_text(f"{first - 2}초")
    expect(visitor.page).to_have_title(re.compile(r"^\d+초 · 사물함 신청$"))
    visitor.press_confirm()
    expect(visitor.page.locator("#mine-number")).to_have_text("1103번")
    expect(visitor.page.locator("#mine-place")).to_have_text("정보관 B1 엘리베이터 옆")
    expect(visitor.sheet).to_be_hidden()
    visitor.looks(1103, "mine")
    visitor.notice("1103번이 내 사물함이 되었습니다.")
    assert scene.world.owner(1103) == HONG.student_id


def test_both_buttons_are_within_the_thumbs_reach(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene, width=320, height=568)
    visitor.sign_in(HONG)
    visitor.hold(2305)
    visitor.rest()
    for button in (visitor.confirm, visitor.cancel):
        box = button.bounding_box()
        assert box["height"] >= 48 and box["width"] >= 48
        assert 568 * 0.6 <= box["y"] and box["y"] + box["height"] <= 568
    # And the locker it is about is not hidden behind them.
    cell = visitor.cell(2305).bounding_box()
    assert cell["y"] + cell["height"] <= visitor.sheet.bounding_box()["y"]


def test_the_second_tap_of_a_double_tap_confirms_nothing(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.sign_in(HONG)
    visitor.page.evaluate(
        """() => {
          const sheet = document.querySelector("#sheet");
          new MutationObserver((_, observer) => {
            if (sheet.dataset.mode !== "hold") return;
            observer.disconnect();
            document.querySelector("#confirm").click();
          }).observe(sheet, { attributes: true });
        }"""
    )
    visitor.hold(1101)
    expect(visitor.sheet).to_have_attribute("data-ready", "")
    assert scene.state(1101) == "held"
    visitor.press_confirm()
    expect(visitor.page.locator("#mine")).to_be_visible()


def test_cancel_lets_go(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.sign_in(HONG)
    visitor.hold(1101)
    visitor.cancel.click()
    expect(visitor.sheet).to_be_hidden()
    visitor.looks(1101, "free")
    visitor.notice("1101번을 놓았습니다.")
    assert scene.state(1101) == "available"


def test_a_reload_in_the_middle_finds_the_hold_again(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.sign_in(HONG)
    visitor.hold(1102)
    ends = scene.world.value("SELECT hold_expires_at FROM v_active_assignments WHERE locker_id = 1102")
    visitor.page.reload()
    expect(visitor.sheet).to_have_attribute("data-mode", "hold")
    expect(visitor.page.locator("#sheet-number")).to_have_text("1102번")
    assert visitor.seconds_left() <= 60
    visitor.press_confirm()
    expect(visitor.page.locator("#mine-number")).to_have_text("1102번")
    # The first hold was kept, not a second one made.
    assert scene.world.sql("SELECT hold_expires_at FROM locker_assignments WHERE locker_id = 1102") == [(ends,)]


def test_a_second_device_finds_the_hold_and_may_confirm_it(scene: Scene, visit: Visit) -> None:
    phone, desk = visit(scene), visit(scene, width=1280, height=800)
    phone.sign_in(HONG)
    phone.hold(2101)
    desk.sign_in(HONG)
    expect(desk.sheet).to_have_attribute("data-mode", "hold")
    expect(desk.page.locator("#sheet-number")).to_have_text("2101번")
    desk.press_confirm()
    expect(desk.page.locator("#mine-number")).to_have_text("2101번")
    # The phone learns of it with its next look at the map.
    expect(phone.page.locator("#mine-number")).to_have_text("2101번", timeout=15_000)
    expect(phone.sheet).to_be_hidden()
    phone.notice("다른 기기에서 바뀐 내용을 가져왔습니다.")


def test_another_tap_asks_before_it_changes(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.sign_in(HONG)
    visitor.hold(1101)
    visitor.cell(1102).click()
    expect(visitor.page.locator("#ask")).to_be_visible()
    visitor.page.locator("#ask-no").click()
    visitor.looks(1101, "mine-held")
    assert (scene.state(1101), scene.state(1102)) == ("held", "available")
    visitor.cell(1102).click()
    visitor.page.locator("#ask-yes").click()
    visitor.looks(1102, "mine-held")
    visitor.looks(1101, "free")
    assert (scene.state(1101), scene.state(1102)) == ("available", "held")


def test_giving_back_asks_first(scene: Scene, visit: Visit) -> None:
    scene.take(HONG, 1105)
    visitor = visit(scene)
    visitor.sign_in(HONG)
    expect(visitor.page.locator("#mine-number")).to_have_text("1105번")
    visitor.page.locator("#release").click()
    visitor.page.locator("#ask-no").click()
    assert scene.state(1105) == "confirmed"
    visitor.page.locator("#release").click()
    expect(visitor.page.locator("#ask-title")).to_have_text("1105번을 반납할까요?")
    visitor.page.locator("#ask-yes").click()
    expect(visitor.page.locator("#mine")).to_be_hidden()
    visitor.looks(1105, "free")
    assert scene.state(1105) == "available"
    visitor.hold(1104)


@pytest.mark.parametrize(
    ("locker", "look", "word", "sentence"),
    [
        (1101, "held", "선택 중", "다른 학생이 선택 중인 사물함입니다."),
        (1102, "taken", "사용 중", "이미 사용 중인 사물함입니다."),
        (1103, "broken", "고장", "고장 나서 사용할 수 없는 사물함입니다."),
    ],
)
def test_what_cannot_be_held_says_why(
    scene: Scene, visit: Visit, locker: int, look: str, word: str, sentence: str
) -> None:
    if look == "held":
        scene.hold(KIM, locker)
    elif look == "taken":
        scene.take(KIM, locker)
    else:
        scene.disable(locker)
    visitor = visit(scene)
    visitor.sign_in(HONG)
    visitor.looks(locker, look)
    expect(visitor.cell(locker).locator(".cell-state")).to_have_text(word)
    visitor.tap_anyway(locker)
    visitor.notice(sentence)
    expect(visitor.sheet).to_be_hidden()
    expect(visitor.page.locator("#map-free")).to_have_text("빈 칸 56")


def test_a_state_of_a_later_server_is_not_free(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene, go=False)

    def invent(route) -> None:
        answer = route.fetch()
        body = answer.json()
        body["lockers"][0]["state"] = "reserved_by_the_dean"
        route.fulfill(response=answer, json=body)

    visitor.page.route("**/api/v1/lockers", invent)
    visitor.page.goto(visitor.url)
    visitor.sign_in(HONG)
    visitor.looks(401, "broken")


def test_who_has_a_locker_holds_no_other(scene: Scene, visit: Visit) -> None:
    scene.take(HONG, 1105)
    visitor = visit(scene)
    visitor.sign_in(HONG)
    expect(visitor.page.locator("#mine")).to_be_visible()
    visitor.tap_anyway(1101)
    visitor.notice("이미 내 사물함이 있습니다")
    assert scene.state(1101) == "available"


def test_what_others_do_appears_by_itself_and_costs_nothing_when_nothing_changed(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.sign_in(HONG)
    answers = []
    visitor.page.on("response", lambda answer: answers.append(answer) if answer.url.endswith("/lockers") else None)
    visitor.page.wait_for_event("response", lambda answer: answer.url.endswith("/lockers") and answer.status == 304)
    scene.hold(KIM, 2208)
    visitor.looks(2208, "held")
    expect(visitor.page.locator("#map-free")).to_have_text("빈 칸 56")
    scene.stand.client().post("lockers/2208/confirm", token=scene.stand.sign_in(KIM))
    visitor.looks(2208, "taken")
    assert {answer.status for answer in answers} == {200, 304}


def test_the_wall_stands_as_the_numbers_say(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene, width=1280, height=900)
    visitor.sign_in(HONG)
    box = {locker: visitor.cell(locker).bounding_box() for locker in (1101, 1102, 1201, 1205)}
    assert box[1101]["y"] == box[1102]["y"] < box[1201]["y"] == box[1205]["y"]
    assert box[1101]["x"] == box[1201]["x"] < box[1102]["x"] < box[1205]["x"]


def test_the_students_own_record(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.expect_failure("/lockers(/1101/hold)?$")
    visitor.sign_in(HONG)
    # The map does not learn that it is gone.
    visitor.page.route("**/api/v1/lockers", lambda route: route.abort())
    scene.hold(KIM, 1101)
    visitor.cell(1101).click()
    expect(visitor.sheet).to_have_attribute("data-mode", "loss")
    visitor.page.unroute_all()
    row = visitor.page.locator(".attempt").first
    expect(row).to_contain_text("1101번 잡기")
    expect(row).to_contain_text("다른 학생이 먼저")
    expect(row.locator(".attempt-late")).to_contain_text("차이로 늦었습니다")
    # The latest five, until all are asked for. Nobody else's are among them.
    token = scene.stand.sign_in(HONG)
    for _ in range(3):
        scene.hold(HONG, 1103, token)
        scene.stand.client().post("lockers/1103/release-hold", token=token)
    visitor.page.reload()
    expect(visitor.page.locator(".attempt")).to_have_count(5)
    expect(visitor.page.locator(".attempt-late")).to_have_count(0)
    visitor.page.locator("#attempts-all").click()
    expect(visitor.page.locator(".attempt").filter(has_text="1101번")).not_to_have_count(0)
    expect(visitor.page.locator("#attempts-all")).to_be_hidden()
