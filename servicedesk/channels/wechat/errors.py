"""WeChat's error codes, and what each means to the desk (the platform's global return codes; table in docs/wechat.md)."""

from __future__ import annotations

from servicedesk.channels.base import ChannelError, TokenRefused
from servicedesk.domain.sending import Refusal

TOKEN_CODES = frozenset({40001, 40014, 42001})

REFUSALS: dict[int, Refusal] = {
    -1: Refusal.AGAIN,
    40013: Refusal.ACCOUNT_STOPPED,
    40125: Refusal.ACCOUNT_STOPPED,
    40164: Refusal.ACCOUNT_STOPPED,
    40243: Refusal.ACCOUNT_STOPPED,
    48004: Refusal.ACCOUNT_STOPPED,
    50002: Refusal.ACCOUNT_STOPPED,
    40003: Refusal.UNREACHABLE,
    43004: Refusal.UNREACHABLE,
    43019: Refusal.UNREACHABLE,
    48002: Refusal.UNREACHABLE,
    40007: Refusal.MEDIA_GONE,
    45009: Refusal.QUOTA,
    45011: Refusal.QUOTA,
    45028: Refusal.QUOTA,
    45015: Refusal.WINDOW_CLOSED,
    45047: Refusal.WINDOW_CLOSED,
    45066: Refusal.QUOTA,
    48001: Refusal.NO_RIGHT,
    # A template that is not the account's, or whose fields are others: nothing goes this way until a person mends it.
    40037: Refusal.NO_RIGHT,
    47003: Refusal.NO_RIGHT,
    43101: Refusal.UNREACHABLE,  # the citizen took the leave back
}
ALREADY_SENT = 45065


def raise_for(code: int) -> None:
    """Raise what an errcode means; 0 means nothing. A code not in the table is a refusal that a person must see."""
    if code == 0:
        return
    if code in TOKEN_CODES:
        raise TokenRefused(code)
    raise ChannelError(REFUSALS.get(code, Refusal.REJECTED), code)
