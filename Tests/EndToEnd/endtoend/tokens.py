"""Access tokens taken apart and put together by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any


def base64url(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_segment(segment: str) -> dict[str, Any]:
    """The JSON object in one of the first two segments."""
    return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))


def decode(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, unchecked."""
    header, claims, _ = token.split(".")
    return decode_segment(header), decode_segment(claims)


def sign(header: dict[str, Any] | bytes, claims: dict[str, Any] | bytes, secret: str, digest: str = "sha256") -> str:
    """A token with this header and these claims (as given, when bytes), signed with `secret`."""
    first, second = (
        base64url(part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode())
        for part in (header, claims)
    )
    mac = hmac.new(secret.encode(), f"{first}.{second}".encode(), getattr(hashlib, digest)).digest()
    return f"{first}.{second}.{base64url(mac)}"
