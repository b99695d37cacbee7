"""The API's documentation as a page: read it, try it."""

from __future__ import annotations

import json
from typing import Callable

import pytest
from playwright.sync_api import expect

from browsing.description import Description
from browsing.scene import HONG, Scene
from browsing.visitor import Visitor

Visit = Callable[..., Visitor]


def test_every_operation_can_be_read(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene, path="/docs/", width=1280, height=900)
    operations = Description().operations
    expect(visitor.page.locator(".opblock")).to_have_count(len(operations))
    visitor.page.locator(".opblock-summary-control").evaluate_all("(all) => all.forEach((each) => each.click())")
    expect(visitor.page.locator(".opblock .responses-table")).to_have_count(len(operations))
    assert "사물함 신청 API" in visitor.page.title()


def test_it_can_be_tried_from_sign_in_to_hold(scene: Scene, visit: Visit) -> None:
    visitor = visit(scene, path="/docs/", width=1280, height=900)

    def run(operation: str) -> dict:
        block = visitor.page.locator(f"[id$='-{operation}']")
        block.locator(".opblock-summary-control").click()
        with visitor.page.expect_response(lambda answer: "/api/v1/" in answer.url) as answer:
            block.locator(".execute").click()
        return {"status": answer.value.status, **answer.value.json()}

    # The example is one of the stand's two students.
    signed_in = run("login")
    assert signed_in["status"] == 200
    visitor.page.locator(".btn.authorize").first.click()
    visitor.page.locator(".modal-ux input").fill(signed_in["access_token"])
    visitor.page.locator(".modal-ux .btn.authorize").click()
    visitor.page.locator(".modal-ux .close-modal").click()
    assert run("me")["student_id"] == HONG.student_id
    assert run("lockers")["total_count"] == 57


@pytest.mark.parametrize("dark", [False, True])
def test_it_can_be_read_by_day_and_by_night(scene: Scene, visit: Visit, dark: bool) -> None:
    visitor = visit(scene, path="/docs/", width=1280, height=900, dark=dark)
    summary = visitor.page.locator(".opblock-summary-description").first
    expect(summary).to_be_visible()
    ink, ground = visitor.page.evaluate(
        """() => {
          const sum = (colour) => colour.match(/\\d+/g).slice(0, 3).reduce((all, each) => all + Number(each), 0);
          const of = (selector, property) => sum(getComputedStyle(document.querySelector(selector))[property]);
          return [of(".opblock-summary-description", "color"), of("html", "backgroundColor") || 0];
        }"""
    )
    assert ink > 500 if dark else ink < 250, (ink, ground)


def test_the_description_is_served_beside_the_api(scene: Scene) -> None:
    answer = scene.stand.client().get("/api/v1/openapi.json")
    assert answer.status == 200
    assert json.loads(answer.body) == json.loads(json.dumps(Description().document))


@pytest.mark.parametrize("path", ["/swagger", "/swagger/", "/swagger/index.html"])
def test_the_old_servers_address_leads_here(scene: Scene, visit: Visit, path: str) -> None:
    visitor = visit(scene, path=path)
    assert visitor.page.url == f"{visitor.url}/docs/"
    expect(visitor.page.locator(".opblock").first).to_be_visible()


@pytest.mark.parametrize("path", ["/web.mk", "/tools/build-api-docs", "/.gitignore", "/tools/"])
def test_what_is_no_page_is_not_served(scene: Scene, path: str) -> None:
    assert scene.stand.client().get(path, check=False).status == 404
