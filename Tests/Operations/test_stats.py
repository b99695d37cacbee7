"""The figures of an opening, and their pictures."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ElementTree

import pytest

HONG, KIM, LEE = "2023321234", "2023325678", "2023320003"


@pytest.fixture(autouse=True)
def an_opening(database):
    """Opened two hours ago: three attempts in the first minute, one in the third; two lockers were won."""
    database.sql("UPDATE application_periods SET opens_at = date_trunc('minute', now()) - interval '2 h'")
    rows = [(1, "hold", "held", HONG, 101), (2, "hold", "locker_taken", KIM, 101), (3, "hold", "locker_taken", LEE, 101),
            (4, "confirm", "confirmed", HONG, 101), (130, "hold", "held", KIM, 106), (140.5, "confirm", "confirmed", KIM, 106)]
    for number, (second, act, outcome, student, locker) in enumerate(rows, 1):
        database.sql(
            "INSERT INTO locker_decisions (decision_id, decided_at, act, outcome, student_id, locker_id, guarded)"
            " SELECT %s, opens_at + make_interval(secs => %s), %s, %s, %s, %s, true FROM application_periods",
            number, second, act, outcome, student, locker)


def test_figures(ctl, database):
    stats = ctl("stats", "--json").json
    totals = stats["totals"]
    assert (totals["attempts"], totals["students"], totals["held"], totals["confirmed"], totals["last_won_ms"]) == (
        4, 3, 2, 2, 140500)
    assert [(p["location"], p["lockers"], p["attempts"], p["students"], p["confirmed"], p["last_won_ms"])
            for p in stats["locations"]] == [("정보관 2층", 5, 3, 3, 1, 4000), ("정보관 3층", 5, 1, 1, 1, 140500)]
    assert [(s["second"], s["attempts"], s["held"]) for s in stats["steps"][:4]] == [(0, 3, 1), (60, 0, 0), (120, 1, 1), (180, 0, 0)]
    shown = ctl("stats").out
    assert "0:00 │" in shown and "1/3" in shown and "정보관 3층" in shown and "2분 20초" in shown
    assert [s["attempts"] for s in ctl("stats", "--step", "2", "--steps", "2", "--json").json["steps"]] == [1, 2]
    assert ctl("stats", "--since", "2020-01-01 00:00", "--until", "2020-01-02 00:00", "--json").json["totals"]["attempts"] == 0
    ctl("stats", "--step", "0", code=64)


def test_a_rehearsal_does_not_count(ctl, database):
    database.sql("INSERT INTO locker_locations (name, cohort) VALUES ('예행', 'r1')")
    database.sql("INSERT INTO locker_info (locker_id, location_id) VALUES (900, 3)")
    database.sql("INSERT INTO locker_decisions (decision_id, decided_at, act, outcome, student_id, locker_id, guarded)"
                 " VALUES (99, now() - interval '1 minute', 'hold', 'held', 'x', 900, true)")
    assert ctl("stats", "--json").json["totals"]["attempts"] == 4


def test_pictures(ctl, database):
    ctl("stats", "--svg", "rush.svg", "--title", "<2026-2> & 사물함")
    picture = ElementTree.parse(ctl.folder / "rush.svg")
    text = "".join(picture.getroot().itertext())
    assert "<2026-2> & 사물함" in text and "시도 4번" in text
    assert HONG not in text and "홍길동" not in text
    assert "이미 있습니다" in ctl("stats", "--svg", "rush.svg", code=1).err
    if shutil.which("rsvg-convert"):
        ctl("stats", "--png", "rush.png")
        assert (ctl.folder / "rush.png").read_bytes().startswith(b"\x89PNG")
    else:
        assert "rsvg-convert" in ctl("stats", "--png", "rush.png", code=1).err


def test_never_opened(ctl, database):
    database.sql("DELETE FROM application_periods")
    assert "--since" in ctl("stats", code=1).err
