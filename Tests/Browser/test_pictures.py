"""Pictures of every state, for a person to look at: into the git-ignored folder screenshots/ at the root. With
--docs-images also the four of docs/images. Everybody in them is invented."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Callable

import pytest
from playwright.sync_api import expect

from browsing.scene import HONG, KIM, Scene
from browsing.visitor import Visitor
from endtoend.people import Student
from endtoend.stand import REPOSITORY

Visit = Callable[..., Visitor]
pytestmark = pytest.mark.pictures

PHONE = {"width": 390, "height": 844, "scale": 2}
LOOKS = {
    "phone": PHONE,
    "phone-dark": PHONE | {"dark": True},
    "phone-english": PHONE | {"english": True},
    "smallest": {"width": 320, "height": 568, "scale": 2},
    "desk": {"width": 1280, "height": 860},
    "desk-dark": {"width": 1280, "height": 860, "dark": True},
}
# The four that stand in the documentation.
IN_DOCS = {
    "phone-03-map": "student-map.png",
    "phone-05-hold": "student-hold.png",
    "phone-dark-02-countdown": "student-countdown-dark.png",
    "board-open": "board.png",
}


class Album:
    """Takes a picture when everything has come to rest."""

    def __init__(self, folder: Path, docs: Path | None):
        self._folder, self._docs = folder, docs

    def take(self, visitor: Visitor, name: str, *, whole: bool = False) -> None:
        visitor.rest()
        file = self._folder / f"{name}.png"
        visitor.page.screenshot(path=file, full_page=whole)
        assert file.stat().st_size > 5000, f"{file} shows nothing"
        if self._docs and name in IN_DOCS:
            shutil.copy(file, self._docs / IN_DOCS[name])


@pytest.fixture(scope="session")
def album(screenshots: Path, request: pytest.FixtureRequest) -> Album:
    docs = REPOSITORY / "docs/images" if request.config.getoption("--docs-images") else None
    if docs:
        docs.mkdir(exist_ok=True)
    return Album(screenshots, docs)


def _furnish(scene: Scene) -> None:
    """A rush that is well under way."""
    scene.fill([1101, 1103, 1104, 1202, 2101, 2102, 2103, 2107, 2108, 2201, 2202, 2206, 2211, 2301, 2303, 2304, 2305])
    scene.fill([401, 402, 403])
    scene.hold(scene.world.student(), 1203)
    scene.hold(scene.world.student(), 2104)
    scene.disable(2209)
    scene.disable(1205)


@pytest.mark.parametrize("look", LOOKS)
def test_the_students_page(scene: Scene, visit: Visit, album: Album, look: str) -> None:
    def picture(name: str, **arguments: bool) -> None:
        album.take(visitor, f"{look}-{name}", **arguments)

    scene.period("1 day 3 hours", "6 days")
    visitor = visit(scene, **LOOKS[look])
    visitor.expect_failure("/auth/login|/hold$|/lockers")
    expect(visitor.page.locator("#countdown")).to_be_visible()
    expect(visitor.page.locator("#overview-list li").first).to_be_visible()
    picture("01-before", whole=True)
    visitor.sign_in(HONG)
    picture("02-countdown")

    scene.period("-5 minutes", "4 days")
    _furnish(scene)
    visitor.page.reload()
    visitor.looks(1101, "taken")
    expect(visitor.page.locator("#who")).not_to_be_empty()
    picture("03-map")
    picture("04-map-whole", whole=True)
    visitor.hold(1102)
    expect(visitor.sheet).to_have_attribute("data-ready", "")
    picture("05-hold")
    visitor.cell(1105).click()
    expect(visitor.page.locator("#ask")).to_be_visible()
    picture("06-change")
    visitor.page.locator("#ask-no").click()
    visitor.cancel.click()
    expect(visitor.sheet).to_be_hidden()

    # Somebody is faster.
    visitor.page.route("**/api/v1/lockers", lambda route: route.fulfill(status=304))
    scene.hold(scene.world.student(), 1204)
    visitor.cell(1204).click()
    expect(visitor.sheet).to_have_attribute("data-mode", "loss")
    picture("07-lost")
    visitor.page.unroute_all()
    visitor.page.locator("#sheet-close").click()

    visitor.hold(1201)
    visitor.press_confirm()
    expect(visitor.page.locator("#mine")).to_be_visible()
    visitor.looks(1201, "mine")
    picture("08-mine")
    expect(visitor.page.locator("#notice")).to_be_hidden()
    expect(visitor.page.locator(".attempt").first).to_be_visible()
    visitor.page.locator("#sessions summary").click()
    expect(visitor.page.locator(".session").first).to_be_visible()
    picture("09-mine-whole", whole=True)
    visitor.page.locator("#release").click()
    expect(visitor.page.locator("#ask")).to_be_visible()
    picture("10-give-back")


@pytest.mark.parametrize("look", ["phone", "phone-dark", "smallest"])
def test_what_goes_wrong(scene: Scene, visit: Visit, album: Album, look: str) -> None:
    visitor = visit(scene, **LOOKS[look])
    visitor.expect_failure()
    visitor.fill_in(Student("20233", "홍", "010"))
    visitor.page.locator("#sign-in-go").click()
    album.take(visitor, f"{look}-20-wrong-fields", whole=True)
    visitor.fill_in(Student(HONG.student_id, "홍길순", HONG.phone_number))
    visitor.page.locator("#sign-in-go").click()
    expect(visitor.page.locator("#register")).to_be_visible()
    album.take(visitor, f"{look}-21-wrong-name", whole=True)
    visitor.sign_in(HONG)
    visitor.tap_anyway(1101)
    expect(visitor.sheet).to_have_attribute("data-mode", "hold")
    visitor.context.set_offline(True)
    visitor.press_confirm()
    expect(visitor.page.locator("#sheet-note")).to_be_visible()
    expect(visitor.page.locator("#link")).to_be_visible()
    album.take(visitor, f"{look}-22-offline")
    visitor.context.set_offline(False)
    expect(visitor.page.locator("#mine")).to_be_visible()
    scene.period("-3 days", "-1 hour")
    visitor.page.reload()
    expect(visitor.page.locator("#period-state")).to_have_text("신청이 끝났습니다")
    expect(visitor.page.locator("#mine")).to_be_visible()
    album.take(visitor, f"{look}-23-closed", whole=True)


def test_the_last_seconds_and_the_end(rough_scene: Scene, visit: Visit, album: Album) -> None:
    visitor = visit(rough_scene, **PHONE)
    visitor.sign_in(KIM)
    visitor.hold(1203)
    expect(visitor.page.locator("#sheet-seconds")).to_have_text("3초")
    album.take(visitor, "phone-24-last-seconds")
    expect(visitor.sheet).to_have_attribute("data-mode", "loss")
    visitor.looks(1203, "free")
    album.take(visitor, "phone-25-expired")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("board", {"width": 1600, "height": 900}),
        ("board-dark", {"width": 1600, "height": 900, "dark": True}),
        ("board-phone", PHONE),
    ],
)
def test_the_board(scene: Scene, visit: Visit, album: Album, name: str, arguments: dict) -> None:
    scene.period("2 hours", "4 days")
    visitor = visit(scene, path="/board/", **arguments)
    expect(visitor.page.locator("#countdown")).to_be_visible()
    album.take(visitor, f"{name}-before")
    scene.period("-5 minutes", "4 days")
    _furnish(scene)
    expect(visitor.page.locator("#free")).to_be_visible()
    expect(visitor.page.locator("#locations li").nth(3)).to_have_attribute("data-full", "true")
    album.take(visitor, f"{name}-open")


def test_the_documentation(scene: Scene, visit: Visit, album: Album) -> None:
    for dark in (False, True):
        visitor = visit(scene, path="/docs/", width=1280, height=1000, dark=dark)
        expect(visitor.page.locator(".opblock").first).to_be_visible()
        visitor.page.locator("[id$='-hold'] .opblock-summary-control").click()
        expect(visitor.page.locator(".responses-table").first).to_be_visible()
        album.take(visitor, f"docs{'-dark' if dark else ''}", whole=True)
