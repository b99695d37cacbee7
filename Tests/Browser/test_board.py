"""The board for the hall: public, read-only, readable from afar."""

from __future__ import annotations

from typing import Callable

import pytest
from playwright.sync_api import expect

from browsing import axe
from browsing.scene import HONG, KIM, WALL, Scene
from browsing.visitor import Visitor

Visit = Callable[..., Visitor]


def test_counts_follow_without_a_sign_in(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene, path="/board/", width=1920, height=1080)
    places = visitor.page.locator("#locations li")
    expect(places).to_have_count(len(WALL))
    expect(visitor.page.locator("#free-count")).to_have_text("57")
    scene.hold(HONG, 401)
    expect(places.nth(3)).to_contain_text("2 / 3")
    expect(visitor.page.locator("#free-count")).to_have_text("56")
    scene.take(KIM, 1101)
    expect(places.nth(0)).to_contain_text("9 / 10")


def test_full_is_said_in_words(scene: Scene, visit: Visit) -> None:
    scene.fill([401, 402, 403])
    visitor = visit(scene, path="/board/", width=1920, height=1080)
    place = visitor.page.locator("#locations li").nth(3)
    expect(place.locator(".count")).to_have_text("가득 참")
    expect(place).to_have_attribute("data-full", "true")


def test_it_counts_down_and_opens(scene: Scene, visit: Visit) -> None:
    scene.period("5 seconds", "1 day")
    visitor = visit(scene, path="/board/", width=1920, height=1080)
    expect(visitor.page.locator("#countdown")).to_be_visible()
    expect(visitor.page.locator("#state")).to_have_text("신청 시작까지")
    expect(visitor.page.locator("#free")).to_be_visible()
    expect(visitor.page.locator("#countdown")).to_be_hidden()
    assert -0.3 < -scene.seconds_until_opening() < 1.5


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720), (1024, 768), (3840, 2160)])
@pytest.mark.parametrize("places", [1, 7, 18])
def test_all_of_it_stands_on_one_screen(scene: Scene, visit: Visit, width: int, height: int, places: int) -> None:
    scene.world.sql("DELETE FROM locker_info")
    scene.world.sql("DELETE FROM locker_locations")
    for number in range(1, places + 1):
        scene.world.sql(
            "INSERT INTO locker_locations (location_id, name) VALUES (%s, %s)", number, f"과학도서관 {number}층 엘리베이터 옆"
        )
        scene.world.sql("INSERT INTO locker_info (locker_id, location_id) VALUES (%s, %s)", 100 + number, number)
    visitor = visit(scene, path="/board/", width=width, height=height)
    expect(visitor.page.locator("#locations li")).to_have_count(places)
    bottoms = visitor.page.locator("#locations li").evaluate_all("(all) => all.map((each) => each.getBoundingClientRect().bottom)")
    assert max(bottoms) <= height
    assert visitor.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [width, height]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1920])
def test_axe_finds_nothing(scene: Scene, visit: Visit, dark: bool, width: int) -> None:
    scene.fill([401, 402, 403])
    visitor = visit(scene, path="/board/", width=width, height=900, dark=dark)
    expect(visitor.page.locator("#locations li").first).to_be_visible()
    axe.check(visitor)


def test_nothing_of_anybody_is_asked_for(scene: Scene, visit: Visit) -> None:
    scene.take(HONG, 1101)
    visitor = visit(scene, path="/board/", go=False)
    asked: list[str] = []
    answers: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.page.on("response", lambda answer: answers.append(answer.text()) if "/api/" in answer.url else None)
    visitor.page.goto(visitor.url + "/board/")
    expect(visitor.page.locator("#locations li").first).to_be_visible()
    assert {url for url in asked if "/api/" in url} == {f"{visitor.url}/api/v1/board"}
    assert not [text for text in answers if HONG.student_id in text or HONG.name in text or "*" in text]


def test_it_says_when_the_server_is_away(rough_scene: Scene, visit: Visit) -> None:
    visitor = visit(rough_scene, path="/board/", width=1920, height=1080)
    visitor.expect_failure()
    expect(visitor.page.locator("#locations li")).to_have_count(len(WALL))
    rough_scene.stand.supervisor("stop", "worker:*")
    try:
        expect(visitor.page.locator("#link")).to_contain_text("서버에 잠시 닿지 않습니다")
        expect(visitor.page.locator("#locations li")).to_have_count(len(WALL))
    finally:
        rough_scene.stand.supervisor("start", "worker:*")
    expect(visitor.page.locator("#link")).to_be_hidden(timeout=20_000)
