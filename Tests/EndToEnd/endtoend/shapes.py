"""The shapes of CONTRACT: what every answer has, and the exact form of each success and each error."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .client import Answer

JSON_TYPE = "application/json; charset=utf-8"
MASK = "**********"
SEOUL = timezone(timedelta(hours=9))
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+09:00")
_HANGUL = re.compile(r"[가-힣]")
_CODE = re.compile(r"[a-z]+(_[a-z]+)*")

# The status that belongs to a code. hold_not_found is 409 of a confirm and 404 of a release-hold.
STATUSES = {
    "invalid_request": {400}, "invalid_locker_id": {400}, "unauthorized": {401}, "invalid_credentials": {401},
    "invalid_refresh_token": {401}, "registration_closed": {403}, "not_eligible": {403}, "application_closed": {403},
    "not_found": {404}, "locker_not_found": {404}, "assignment_not_found": {404}, "hold_not_found": {404, 409},
    "method_not_allowed": {405}, "student_id_exists": {409}, "phone_number_in_use": {409}, "locker_taken": {409},
    "already_holding": {409}, "already_assigned": {409}, "body_too_large": {413}, "unsupported_media_type": {415},
    "too_many_attempts": {429}, "too_many_requests": {429}, "internal_error": {500}, "unavailable": {503},
}  # fmt: skip


def check_every_answer(answer: Answer, *, signed_in: bool = False) -> None:
    """What stands in every answer of every layer: the request id, the type, the shape of an error, and the header that
    goes with its status."""
    request_id = answer.header("X-Request-Id")
    assert request_id, f"no X-Request-Id: {answer}"
    if signed_in and answer.path.startswith("/api/"):
        cache = (answer.header("Cache-Control") or "").lower()
        assert ("private" in cache or "no-store" in cache) and "public" not in cache, (
            f"shared cache may store: {answer}"
        )
    if answer.status in (204, 304) or answer.method == "HEAD":
        assert answer.body == b"", f"a body with {answer.status}: {answer}"
        return
    if not answer.path.startswith("/api/") and answer.status < 400:
        return  # a static file
    assert (answer.header("Content-Type") or "").lower() == JSON_TYPE, f"{answer.header('Content-Type')}: {answer}"
    assert isinstance(answer.json, dict), f"not an object: {answer}"
    if answer.status >= 400:
        check_error(answer)


def check_error(answer: Answer) -> None:
    """`{"error","message","request_id"}`, and Retry-After, Allow, WWW-Authenticate where they belong."""
    if answer.status in (429, 503):
        retry = answer.header("Retry-After")
        assert retry and retry.isdigit() and int(retry) > 0, f"Retry-After {retry!r}: {answer}"
    if answer.path.split("?")[0] == "/api/v1/health" and "status" in answer.json:
        assert answer.json == {"status": "unhealthy", "db": "unreachable"}, answer
        return
    error = answer.json
    extra = {"opens_at", "closes_at"} if error.get("error") == "application_closed" else set()
    assert set(error) == {"error", "message", "request_id"} | extra, f"keys: {answer}"
    assert _CODE.fullmatch(error["error"]), f"code: {answer}"
    assert isinstance(error["message"], str) and _HANGUL.search(error["message"]), f"no Korean sentence: {answer}"
    assert error["request_id"] == answer.header("X-Request-Id"), f"two request ids: {answer}"
    assert answer.status in STATUSES.get(error["error"], {answer.status}), f"status of {error['error']}: {answer}"
    if answer.status == 405:
        assert answer.header("Allow"), f"no Allow: {answer}"
    if error["error"] == "unauthorized":
        assert (answer.header("WWW-Authenticate") or "").startswith("Bearer"), f"no WWW-Authenticate: {answer}"
    for name in extra:
        assert error[name] is None or instant(error[name]), answer


def check_failure(answer: Answer, status: int, code: str) -> None:
    """A failure that the contract names."""
    assert (answer.status, answer.error) == (status, code), f"expected {status} {code}: {answer}"


def instant(text: Any) -> datetime:
    """RFC 3339 with Korea's offset."""
    assert isinstance(text, str) and _INSTANT.fullmatch(text), f"not an instant of Asia/Seoul: {text!r}"
    return datetime.fromisoformat(text)


def check_locker(locker: dict[str, Any], *, student_id: str, place: str | None = None) -> None:
    """A Locker as `student_id` sees it: the owner only on a taken or broken one, the own 학번 or a mask."""
    keys = {"locker_id", "location_id", "location", "state", "mine"}
    assert locker["state"] in ("available", "held", "confirmed", "disabled"), locker
    if locker["state"] in ("confirmed", "disabled"):
        assert set(locker) == keys | {"owner"}, locker
        assert locker["owner"] == (student_id if locker["mine"] else MASK), locker
    else:
        assert set(locker) == keys, locker
    assert type(locker["locker_id"]) is int and type(locker["mine"]) is bool, locker
    assert set(locker["location"]) == {"id", "name"} and type(locker["location"]["id"]) is int, locker
    assert locker["location_id"] == locker["location"]["name"], "the page groups by the place's name"
    assert not (locker["state"] == "available" and locker["mine"]), locker
    assert place is None or locker["location_id"] == place, locker


def check_hold(answer: Answer, *, student_id: str, locker_id: int, seconds: int, words: str) -> None:
    """The body of a hold: its wording is fixed, its countdown runs."""
    body = answer.json
    assert set(body) == {"message", "locker", "expires_in", "expires_at", "expires_in_seconds"}, answer
    assert _HANGUL.search(body["message"]), answer
    check_locker(body["locker"], student_id=student_id)
    assert (body["locker"]["locker_id"], body["locker"]["state"], body["locker"]["mine"]) == (locker_id, "held", True)
    assert type(body["expires_in_seconds"]) is int, answer
    left = (instant(body["expires_at"]) - datetime.now(SEOUL)).total_seconds()
    assert seconds - 3 <= left <= seconds + 1, f"{left} s left of {seconds}: {answer}"
    assert abs(body["expires_in_seconds"] - left) < 2.5, answer
    if answer.status == 201:
        assert body["expires_in_seconds"] == seconds and body["expires_in"] == words, answer
    else:
        number, word = body["expires_in"].split(" ")
        assert int(number) * {"seconds": 1, "minutes": 60}[word] <= seconds, answer


def check_tokens(answer: Answer, *, lifetime: int = 1800) -> None:
    """The body of a sign-in or a refresh."""
    body = answer.json
    assert set(body) == {"access_token", "refresh_token", "token_type", "expires_in", "serial_id"}, answer.status
    assert body["token_type"] == "Bearer" and body["expires_in"] == lifetime
    assert type(body["serial_id"]) is int and body["serial_id"] > 0
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", body["refresh_token"]), "32 bytes in base64url"
    assert re.fullmatch(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}", body["access_token"])


def check_message(answer: Answer) -> None:
    """A success that only says so."""
    assert answer.status == 200 and set(answer.json) == {"message"} and _HANGUL.search(answer.json["message"]), answer
