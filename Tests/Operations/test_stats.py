"""The figures of an opening, and their pictures."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ElementTree
import zlib

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
    assert "<2026-2> & 사물함" in text and "4번 시도" in text
    assert HONG not in text and "홍길동" not in text
    assert "이미 있습니다" in ctl("stats", "--svg", "rush.svg", code=1).err
    assert "정보관 3층" in text and "2분 20초" in text 


def pixels(file):
    """Width, height, and the rows of a PNG as rsvg-convert makes it: 8 bits, RGB or RGBA, not interlaced."""
    data = file.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    position, packed, head = 8, b"", None
    while position < len(data):
        length, kind = struct.unpack(">I4s", data[position:position + 8])
        body = data[position + 8:position + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack(">I", data[position + 8 + length:position + 12 + length])[0]
        head = body if kind == b"IHDR" else head
        packed += body if kind == b"IDAT" else b""
        position += 12 + length
    assert kind == b"IEND"
    width, height, depth, color, *rest = struct.unpack(">IIBBBBB", head)
    assert (depth, rest) == (8, [0, 0, 0]) and color in (2, 6)
    size = 3 if color == 2 else 4
    raw, stride, rows = zlib.decompress(packed), width * size, []
    before = bytearray(stride)
    for number in range(height):
        filtering, line = raw[number * (stride + 1)], bytearray(raw[number * (stride + 1) + 1:(number + 1) * (stride + 1)])
        for x in range(stride):
            a, b = (line[x - size] if x >= size else 0), before[x]
            c = before[x - size] if x >= size else 0
            nearest = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
            line[x] = (line[x] + (0, a, b, (a + b) // 2, nearest)[filtering]) & 255
        rows.append(line)
        before = line
    return width, height, size, rows


def ink(picture, left, top, right, bottom):
    """What is not white within a rectangle: a bit for every pixel."""
    _, _, size, rows = picture
    return [tuple(min(row[x * size:x * size + 3]) < 160 for x in range(left, right)) for row in rows[top:bottom]]


def sameness(picture):
    """How alike the first two letters of the title are at the best distance: 0 where they are the same, as the boxes are
    that stand for what no font has."""
    def unlike(distance):
        one, two = (ink(picture, left, 30, left + distance, 75) for left in (90, 90 + distance))
        pairs = [(a, b) for row, other in zip(one, two) for a, b in zip(row, other)]
        assert any(a for a, _ in pairs), "there is nothing to read"
        return sum(a != b for a, b in pairs) / sum(a or b for a, b in pairs)
    return min(unlike(distance) for distance in range(14, 41))


def test_the_picture_as_png(ctl, database):
    """What a person would look at: its size, its bars where they belong, and a Korean title in letters; the same with
    letters that nobody has, to see that the test could tell."""
    ctl("stats", "--png", "rush.png", "--title", "사물함 신청")
    picture = pixels(ctl.folder / "rush.png")
    width, height, size, rows = picture
    assert (width, height) == (1200, 832)
    colors = {bytes(row[x * size:x * size + 3]) for row in rows[200:590] for x in range(90, 1160)}
    assert bytes.fromhex("1d4ed8") in colors and bytes.fromhex("c7d2fe") in colors, "winners and attempts"
    assert sameness(picture) > 0.4
    ctl("stats", "--png", "boxes.png", "--title", "\ue000\ue000\ue000")
    assert sameness(pixels(ctl.folder / "boxes.png")) < 0.3
    assert "이미 있습니다" in ctl("stats", "--png", "rush.png", code=1).err
    ctl("stats", "--png", "rush.png", "--overwrite")


def test_png_without_the_program(ctl, database):
    (ctl.folder / "nothing").mkdir()
    assert "librsvg2-bin" in ctl("stats", "--png", "rush.png", code=1, env={"PATH": str(ctl.folder / "nothing")}).err
    assert "PNG를 만들 수 없습니다" in ctl("stats", "--png", "missing/rush.png", code=1).err


def test_never_opened(ctl, database):
    database.sql("DELETE FROM application_periods")
    assert "--since" in ctl("stats", code=1).err
