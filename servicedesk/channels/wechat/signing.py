"""WeChat's signatures: sha1 over sorted parts, compared in constant time, with a window for the timestamp."""

from __future__ import annotations

import hashlib
import hmac

from servicedesk.channels.base import BadEnvelope

# The platform's own clock may differ from ours, and its three tries take fifteen seconds; what is older is a replay.
TIMESTAMP_WINDOW_S = 600


def signature(*parts: str) -> str:
    """The sha1 of the sorted, joined parts, as 40 hex digits."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def check_signature(given: str, *parts: str) -> None:
    """Raise BadEnvelope (403) where the signature is not that of the parts."""
    if not hmac.compare_digest(given.encode(), signature(*parts).encode()):
        raise BadEnvelope(403, "signature")


def check_timestamp(given: str, wall_s: float) -> None:
    """Raise BadEnvelope where the timestamp is no number (400) or outside the window (403). Seconds since 1970."""
    if not (given.isascii() and given.isdecimal() and len(given) <= 12):
        raise BadEnvelope(400, "timestamp")
    if abs(int(given) - wall_s) > TIMESTAMP_WINDOW_S:
        raise BadEnvelope(403, "timestamp_window")
