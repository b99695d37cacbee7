"""Coming in and going out."""

from __future__ import annotations

import re
from typing import Callable

import pytest
from playwright.sync_api import expect

from browsing.scene import HONG, Scene
from browsing.visitor import Visitor
from endtoend.people import Student

Visit = Callable[..., Visitor]


def test_a_student_comes_in_and_sees_the_wall(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    expect(visitor.page.locator("#overview-list li")).to_have_count(4)
    visitor.sign_in(HONG)
    expect(visitor.page.locator("#who")).to_have_text("홍길동 님")
    expect(visitor.page.locator(".cell")).to_have_count(57)
    expect(visitor.page.locator("#map-free")).to_have_text("빈 칸 57")
    expect(visitor.page.locator("#sign-in")).to_be_hidden()


def test_a_phone_number_may_be_written_with_hyphens(scene: Scene, visit: Visit) -> None:
    visit(scene).sign_in(Student(" 2023321234 ", " 홍길동 ", "010-1234 5678"))


@pytest.mark.parametrize(
    ("student", "field"),
    [
        (Student("202332123", "홍길동", "01012345678"), "student-id"),
        (Student("20233212345", "홍길동", "01012345678"), "student-id"),
        (Student("2023321234", "홍", "01012345678"), "name"),
        (Student("2023321234", "홍길동", "010123456"), "phone"),
    ],
)
def test_a_wrong_field_is_named_before_anything_is_sent(
    scene: Scene, visit: Visit, student: Student, field: str
) -> None:
    visitor = visit(scene)
    sent = []
    visitor.page.on("request", lambda request: sent.append(request.url) if "/auth/" in request.url else None)
    visitor.fill_in(student)
    visitor.page.locator("#sign-in-go").click()
    expect(visitor.page.locator(f"#{field}-error")).to_be_visible()
    expect(visitor.page.locator(f"#{field}")).to_have_attribute("aria-invalid", "true")
    expect(visitor.page.locator(f"#{field}")).to_be_focused()
    assert sent == []


def test_the_servers_own_sentence_is_shown(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.expect_failure("/auth/login")
    visitor.fill_in(Student(HONG.student_id, "홍길순", HONG.phone_number))
    visitor.page.locator("#sign-in-go").click()
    expect(visitor.page.locator("#sign-in-error")).to_have_text("학번, 이름 또는 전화번호가 일치하지 않습니다.")
    # What was typed is still there to be mended.
    expect(visitor.page.locator("#name")).to_have_value("홍길순")


def test_who_comes_first_is_asked_to_look_again_and_registered(scene: Scene, visit: Visit) -> None:
    stranger = scene.world.stranger()
    visitor = visit(scene)
    visitor.expect_failure("/auth/login$")
    visitor.fill_in(stranger)
    visitor.page.locator("#sign-in-go").click()
    expect(visitor.page.locator("#register")).to_be_visible()
    assert scene.world.value("SELECT count(*) FROM users WHERE student_id = %s", stranger.student_id) == 0
    visitor.page.locator("#register").click()
    expect(visitor.page.locator(".cell").first).to_be_visible()
    assert scene.world.value("SELECT name FROM users WHERE student_id = %s", stranger.student_id) == stranger.name


def test_too_many_attempts_are_told(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.expect_failure("/auth/login")
    visitor.fill_in(Student(HONG.student_id, "홍길순", HONG.phone_number))
    for _ in range(6):
        with visitor.page.expect_response("**/auth/login") as answer:
            visitor.page.locator("#sign-in-go").click()
        expect(visitor.page.locator("#sign-in-go")).not_to_have_attribute("aria-disabled", "true")
    assert answer.value.status == 429
    expect(visitor.page.locator("#sign-in-error")).to_contain_text("로그인 시도가 너무 많습니다")


def test_going_out_ends_the_session_and_forgets(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.sign_in(HONG)
    token = visitor.page.evaluate("sessionStorage.getItem('access_token')")
    with visitor.page.expect_response("**/auth/logout") as answer:
        visitor.page.locator("#sign-out").click()
    assert answer.value.status == 200
    expect(visitor.page.locator("#sign-in")).to_be_visible()
    expect(visitor.page.locator(".cell")).to_have_count(0)
    expect(visitor.page.locator("#who")).to_be_empty()
    assert scene.stand.client().get("auth/me", token=token).status == 401


def test_a_session_that_ended_asks_to_come_in_again(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.sign_in(HONG)
    visitor.expect_failure("/api/v1/(lockers|auth)")
    scene.world.sql("SELECT auth_end_all_sessions(%s)", HONG.student_id)
    expect(visitor.page.locator("#sign-in-error")).to_have_text("로그인이 끝났습니다. 다시 들어와 주세요.", timeout=15_000)
    visitor.sign_in(HONG)


def test_a_refused_token_is_renewed_without_a_word(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.sign_in(HONG)
    visitor.expect_failure("/api/v1/lockers")
    refused = []

    def refuse_once(route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route.request.headers["authorization"])
            route.fulfill(status=401, json={"error": "unauthorized", "message": "…", "request_id": "x"})

    visitor.page.route("**/api/v1/lockers", refuse_once)
    with visitor.page.expect_response("**/auth/refresh") as answer:
        pass
    assert answer.value.status == 200
    visitor.hold(1101)
    expect(visitor.page.locator("#sign-in")).to_be_hidden()
    assert visitor.page.evaluate("sessionStorage.getItem('access_token')") not in refused[0]


def test_english_by_the_switch_and_kept(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.page.get_by_role("button", name="English").click()
    expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
    expect(visitor.page.get_by_role("button", name="Sign in")).to_be_visible()
    visitor.expect_failure("/auth/login")
    visitor.fill_in(Student(HONG.student_id, "홍길순", HONG.phone_number))
    visitor.page.locator("#sign-in-go").click()
    expect(visitor.page.locator("#sign-in-error")).to_have_text("Student ID, name or phone number do not match.")
    visitor.page.reload()
    expect(visitor.page.locator("h1")).to_have_text("Locker reservation")
    visitor.page.get_by_role("button", name="한국어").click()
    expect(visitor.page.locator("h1")).to_have_text("사물함 신청")


def test_nothing_personal_in_the_address_or_in_what_outlives_the_tab(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene)
    visitor.sign_in(HONG)
    visitor.hold(1101)
    visitor.press_confirm()
    expect(visitor.page.locator("#mine")).to_be_visible()
    assert visitor.page.url == scene.stand.settings["LOCKER_URL"] + "/"
    kept = visitor.page.evaluate("JSON.stringify([{...localStorage}, document.cookie])")
    assert kept in ('[{},""]', '[{"language":"ko"},""]')
    session = visitor.page.evaluate("({...sessionStorage})")
    assert set(session) == {"access_token"}
    # A refresh token is 43 characters of base64url; what lives as long as the tab is the JWT alone.
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", session["access_token"])
    assert visitor.page.evaluate("indexedDB.databases().then((all) => all.length)") == 0
    assert visitor.page.evaluate("caches.keys().then((all) => all.length)") == 0


def test_a_sign_in_elsewhere_is_shown_and_ended(scene: Scene, visit: Visit) -> None:
    scene.world.sql("SELECT auth_end_all_sessions(%s)", HONG.student_id)
    elsewhere = scene.stand.sign_in(HONG)
    visitor = visit(scene)
    visitor.sign_in(HONG)
    visitor.page.locator("#sessions summary").click()
    rows = visitor.page.locator(".session")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="이 기기")).to_have_count(1)
    rows.get_by_role("button", name="끝내기").click()
    expect(rows).to_have_count(1)
    assert scene.stand.client().get("auth/me", token=elsewhere).status == 401


def test_going_out_everywhere(scene: Scene, visit: Visit) -> None:
    elsewhere = scene.stand.sign_in(HONG)
    visitor = visit(scene)
    visitor.sign_in(HONG)
    visitor.page.locator("#sessions summary").click()
    visitor.page.locator("#sign-out-all").click()
    expect(visitor.page.locator("#sign-in")).to_be_visible()
    assert scene.stand.client().get("auth/me", token=elsewhere).status == 401
