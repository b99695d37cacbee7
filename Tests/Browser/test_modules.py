"""The page's pure parts, run in the browser that will run them."""

from __future__ import annotations

import re
from typing import Any, Callable, Iterator

import pytest
from playwright.sync_api import Page

from browsing.scene import Scene
from browsing.visitor import Visitor

Run = Callable[..., Any]


@pytest.fixture
def run(scene: Scene, visit: Callable[..., Visitor]) -> Iterator[Run]:
    """Runs the body of a function in the page, with `module` imported: run("/js/clock.js", "return …", argument)."""
    page: Page = visit(scene, path="/board/").page

    def run(module: str, body: str, argument: Any = None) -> Any:
        return page.evaluate(
            f"async (argument) => {{ const module = await import('{module}'); {body} }}", argument
        )

    yield run


def _lockers(numbers: list[int], place: str = "가") -> list[dict]:
    return [
        {"locker_id": n, "location_id": place, "location": {"id": 1, "name": place}, "state": "available", "mine": False}
        for n in numbers
    ]


@pytest.mark.parametrize(
    ("numbers", "columns", "rows"),
    [
        ([1101, 1102, 1201, 1203], 3, [[1, 2], [1, 3]]),
        # The first column is where the first locker stands.
        ([104, 105, 106], 3, [[1, 2, 3]]),
        ([2310, 2311], 2, [[1, 2]]),
        # Too short to say where it stands; twice the same place; a wall that would be mostly gaps: in order.
        ([1, 2, 3], None, [[1, 2, 3]]),
        ([101, 1001], None, [[1, 2]]),
        ([1101, 1199], None, [[1, 2]]),
    ],
)
def test_where_lockers_stand(run: Run, numbers: list[int], columns: int | None, rows: list[list[int]]) -> None:
    found = run("/js/lockers.js", "return module.sections(argument)[0];", _lockers(numbers))
    assert found["columns"] == columns
    assert [[cell["column"] for cell in row] for row in found["rows"]] == rows


def test_the_nearest_free_ones(run: Run) -> None:
    lockers = _lockers([1101, 1102, 1103, 1104, 1201, 1202, 1203, 1204]) + _lockers([2101], "나")
    lockers[0]["state"] = "confirmed"

    def nearest(lost: int, count: int = 3) -> list[int]:
        return [
            each["locker_id"]
            for each in run("/js/lockers.js", "return module.nearestFree(...argument);", [lockers, lost, count])
        ]

    assert nearest(1102) == [1103, 1202, 1201]
    # Another place comes last, and what is not free never.
    assert nearest(1104, 99)[-1] == 2101 and 1101 not in nearest(1104, 99)


@pytest.mark.parametrize(("decimals", "worst"), [(0, 120), (3, 60)])
def test_the_clock_is_measured_from_whole_seconds_too(run: Run, decimals: int, worst: float) -> None:
    error, honest = run(
        "/js/clock.js",
        """
        // A server that is 7 minutes ahead, answers that take 20 to 120 ms, a time cut to the digits that are printed.
        let now = 1_700_000_000_123;
        const [decimals, ahead] = [argument, 420_337];
        const clock = new module.ServerClock(() => now, () => now - 1_600_000_000_000);
        let honest = true;
        for (let sample = 0; sample < 20; sample += 1) {
          now += 1730 + 137 * sample;
          const sent = now;
          now += 20 + (sample * 37) % 60;
          const server = Math.floor((now + ahead) / 10 ** (3 - decimals)) * 10 ** (3 - decimals);
          const text = new Date(server).toISOString();
          now += (sample * 53) % 40;
          clock.sample(decimals === 0 ? text.replace(/[.]\\d+/, "") : text, sent, now);
          honest &&= Math.abs(clock.offset - ahead) <= clock.uncertainty + 1;
        }
        return [Math.abs(clock.offset - ahead), honest];
        """,
        decimals,
    )
    assert honest, "the truth lay outside of what the clock said of itself"
    assert error <= worst


def test_the_clock_survives_sleep_and_a_set_phone(run: Run) -> None:
    offsets = run(
        "/js/clock.js",
        """
        let wall = 1_700_000_000_000, steady = 1000;
        const clock = new module.ServerClock(() => wall, () => steady);
        const sample = (server) => clock.sample(new Date(server).toISOString(), wall, wall + 40);
        const offsets = [clock.known];
        sample(wall + 5000);
        offsets.push(clock.offset);
        wall += 3_600_000;                    // an hour of sleep: the steady clock stood still
        offsets.push(clock.now() - wall);
        sample(wall + 5000);
        offsets.push(clock.offset);
        wall -= 600_000;                      // the phone's clock is set back by ten minutes
        sample(wall + 605_000);
        offsets.push(clock.offset);
        return offsets;
        """,
    )
    assert offsets[0] is False
    assert [round(offset / 100) for offset in offsets[1:]] == [50, 50, 50, 6050]


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        (0, [0, "00:00:00"]),
        (1, [0, "00:00:01"]),
        (1000, [0, "00:00:01"]),
        (1001, [0, "00:00:02"]),
        (3_599_999, [0, "01:00:00"]),
        (86_400_000 * 3 + 3_661_000, [3, "01:01:01"]),
        (-5, [0, "00:00:00"]),
    ],
)
def test_the_countdown_ends_as_the_second_begins(run: Run, left: int, shown: list) -> None:
    found = run("/js/views/period.js", "const { days, clock } = module.countdown(argument); return [days, clock];", left)
    assert found == shown


def test_both_languages_say_the_same_things(run: Run) -> None:
    korean, english = run(
        "/js/words/ko.js",
        "const { en } = await import('/js/words/en.js'); return [module.ko, en];",
    )
    # English has a sentence for each of the contract's codes; in Korean the server's own is shown.
    only_english = {key for key in english if key not in korean}
    assert all(key.startswith("error.") for key in only_english)
    assert not [key for key in korean if key not in english]
    for key in korean:
        holes = [set(re.findall(r"\{\w+\}", words[key])) for words in (korean, english)]
        assert holes[0] == holes[1], key


def test_every_code_of_the_api_has_an_english_sentence(run: Run) -> None:
    from browsing.description import Description

    codes = {code for _, _, code in Description().described() if code}
    english = run("/js/words/en.js", "return Object.keys(module.en);")
    assert not [code for code in codes if f"error.{code}" not in english]
