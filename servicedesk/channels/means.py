"""How the means to people at the desk and to programs say no."""

from __future__ import annotations

from servicedesk.domain.telling import Reason


class MeansError(Exception):
    """It did not go: why, and the other side's own code if it gave one (SMTP, HTTP)."""

    def __init__(self, reason: Reason, code: int | None = None) -> None:
        super().__init__(f"{reason} ({code})")
        self.reason = reason
        self.code = code
