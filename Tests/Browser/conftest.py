"""Fixtures of the browser tests. Every test drives Debian's Chromium against a real stand: nginx, workers, PostgreSQL."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from browsing.scene import Scene
from browsing.visitor import Visitor
from endtoend.stand import REPOSITORY, Stand

# Two cores may have other work too.
expect.set_options(timeout=10_000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--docs-images", action="store_true", help="write the pictures of docs/images anew")


@pytest.fixture(scope="session")
def stand() -> Iterator[Stand]:
    """The shared stand, with the settings as they are by default."""
    stand = Stand(LOCKER_WORKERS="1")
    yield stand
    stand.stop()


@pytest.fixture(scope="session")
def rough_stand() -> Iterator[Stand]:
    """Holds of six seconds; its tests stop and start parts of it, and leave it whole."""
    stand = Stand(LOCKER_WORKERS="1", LOCKER_HOLD_SECONDS="6")
    yield stand
    stand.stop()


@pytest.fixture
def scene(stand: Stand) -> Scene:
    """The shared stand's lockers, as they are at the start of every test."""
    return Scene(stand)


@pytest.fixture
def rough_scene(rough_stand: Stand) -> Scene:
    """The same on the stand that may be broken."""
    return Scene(rough_stand)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without a window. LOCKER_CHROMIUM names another."""
    executable = os.environ.get("LOCKER_CHROMIUM") or shutil.which("chromium")
    assert executable, "chromium is not installed; make test-browser installs it"
    # Chromium's own sandbox refuses to start under root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Opens the page of a scene as a new visitor: `visit(scene, width=390, dark=True)`. What went wrong in any of
    their browsers (an error in the console, a breach of the policy) fails the test at its end."""
    visitors: list[Visitor] = []

    def open_page(scene: Scene, **arguments: object) -> Visitor:
        visitors.append(Visitor(browser, scene.stand.settings["LOCKER_URL"], **arguments))
        return visitors[-1]

    yield open_page
    faults = [fault for visitor in visitors for fault in visitor.close()]
    assert not faults, "\n".join(faults)


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """The git-ignored folder of pictures."""
    folder = REPOSITORY / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder
