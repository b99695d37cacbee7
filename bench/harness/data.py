"""Invented students with their sessions, lockers, and a history behind them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from pathlib import Path

from .site import Site

STUDENTS = 3008
LOCKERS = 600
MANY_LOCKERS = 6000
FIRST_STUDENT = 2090000000
FIRST_LOCKER = 10001
# Beside the lockers of the storm, one for each connection of pgbench to warm up with.
SPARE = 64


def base64url(data: bytes) -> str:
    """Without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def access_token(settings: dict[str, str], student: int, token_id: str, now: int) -> str:
    """As a worker signs it."""
    secret = settings["JWT_ACCESS_SECRET"].encode()
    key_id = base64url(hmac.digest(secret, b"locker-server key id", "sha256")[:9])
    header = {"alg": "HS256", "typ": "JWT", "kid": key_id}
    claims = {"sub": str(student), "iss": settings["JWT_ISS"], "aud": settings["JWT_AUD"], "iat": now,
              "exp": now + 36000, "jti": token_id}  # fmt: skip
    text = ".".join(base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return text + "." + base64url(hmac.digest(secret, text.encode(), "sha256"))


def fill(site: Site, folder: Path) -> None:
    """Makes the data; leaves the files tokens (access) and refresh beside it."""
    now = int(time.time())
    total = STUDENTS + SPARE
    sessions, tokens, refreshes = [], [], []
    for number in range(total):
        token_id, family = str(uuid.uuid4()), str(uuid.uuid4())
        refresh = hashlib.sha256(f"bench {number} {now}".encode()).digest()
        digest = hashlib.sha256(refresh).hexdigest()
        sessions.append(f"{FIRST_STUDENT + number}\t\\\\x{digest}\t{token_id}\t{family}\tinfinity\tinfinity")
        tokens.append(access_token(site.settings, FIRST_STUDENT + number, token_id, now))
        refreshes.append(base64url(refresh))
    (folder / "tokens").write_text("\n".join(tokens[:STUDENTS]) + "\n")
    # Of the spare students, whose tokens nothing else uses: a refresh ends the access token.
    (folder / "refresh").write_text("\n".join(refreshes[STUDENTS:]) + "\n")
    rows = "\n".join(sessions).replace("infinity", "2099-01-01")
    site.sql(
        f"""
        DELETE FROM locker_info; DELETE FROM locker_locations;
        INSERT INTO users (student_id, name, phone_number)
        SELECT ({FIRST_STUDENT} + n)::text, '홍길동', '010' || lpad(n::text, 8, '0') FROM generate_series(0, {total - 1}) n
        ON CONFLICT DO NOTHING;
        INSERT INTO locker_locations (location_id, name)
        SELECT n, '정보관 ' || n || '층 엘리베이터 옆' FROM generate_series(1, 8) n;
        INSERT INTO locker_info (locker_id, location_id)
        SELECT {FIRST_LOCKER} + n, 1 + n % 8 FROM generate_series(0, {LOCKERS + SPARE - 1}) n;
        -- The history of a semester: without it every table is empty and the planner has nothing to plan with.
        INSERT INTO locker_decisions (decision_id, decided_at, request_id, student_id, locker_id, act, outcome, guarded)
        SELECT nextval('locker_decision_seq'), now() - interval '100 days', 'history',
               ({FIRST_STUDENT} + n % {STUDENTS})::text, {FIRST_LOCKER} + n % {LOCKERS}, 'hold', 'locker_taken', false
          FROM generate_series(1, 30000) n;
        INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at)
        SELECT {FIRST_LOCKER} + n % {LOCKERS}, ({FIRST_STUDENT} + n % {STUDENTS})::text, 'expired', now() - interval '100 days'
          FROM generate_series(1, 6000) n;
        COPY auth_refresh_tokens (student_id, token_hash, access_jti, family_id, family_expires_at, expires_at) FROM STDIN;
{rows}
\\.
        VACUUM ANALYZE users, locker_locations, locker_info, locker_assignments, locker_decisions, auth_refresh_tokens;
        """
    )


def reset(site: Site) -> None:
    """Takes back whatever a storm has done, but for the warm-ups' lockers."""
    site.sql(
        f"""
        DELETE FROM locker_assignments WHERE created_at > now() - interval '1 day' AND state IN ('hold', 'confirmed');
        DELETE FROM locker_decisions WHERE decided_at > now() - interval '50 days';
        UPDATE locker_info SET owner = NULL WHERE owner IS NOT NULL;
        VACUUM locker_assignments, locker_decisions, locker_info;
        """
    )


def add_lockers(site: Site) -> None:
    """As many as six thousand in all."""
    site.sql(
        f"""
        INSERT INTO locker_info (locker_id, location_id)
        SELECT {FIRST_LOCKER} + n, 1 + n % 8 FROM generate_series(0, {MANY_LOCKERS - 1}) n ON CONFLICT DO NOTHING;
        ANALYZE locker_info;
        """
    )
