"""What the administrator may set of masking: its strength, and who holds an office."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.errors import InvalidForm
from servicedesk.domain.model import Account, Actor
from servicedesk.language.guessed_names import Strength
from servicedesk.language.officials import Official
from servicedesk.store import accounts
from servicedesk.store import masking as rows
from servicedesk.store.db import Conn

MOST = 500
_LIMITS = (40, 60, 80)  # characters of name, post and organisation; the database holds the same
_COMMA = re.compile("[,，\t]")


@dataclass(frozen=True)
class MaskingPage:
    """How an account masks."""

    account: Account
    strength: Strength
    officials: list[Official]


async def view(conn: Conn, actor: Actor) -> MaskingPage:
    """The page. Raises NotPermitted."""
    check_page(actor, Page.SETTINGS)
    return MaskingPage(
        await accounts.by_id(conn, actor.account_id),
        await rows.strength_of(conn, actor.account_id),
        await rows.officials(conn, actor.account_id),
    )


async def change(conn: Conn, actor: Actor, form: Mapping[str, str]) -> None:
    """Strength and the whole list at once. Raises NotPermitted, InvalidForm."""
    check_page(actor, Page.SETTINGS)
    listed = read_officials(form.get("officials", ""))
    chosen = form.get("strength", "")
    if chosen not in {each.value for each in Strength}:
        raise InvalidForm("strength", "missing")
    await rows.set_strength(conn, actor.account_id, Strength(chosen))
    await rows.set_officials(conn, actor.account_id, listed)


def read_officials(text: str) -> list[Official]:
    """Lines of name, post, organisation. Raises InvalidForm where a line has neither name nor organisation, or is too long."""
    listed: dict[Official, None] = {}
    for line in text.splitlines():
        if not _COMMA.sub("", line).strip():
            continue
        parts = [part.strip() for part in _COMMA.split(line)]
        parts += [""] * (len(_LIMITS) - len(parts))
        fits = len(parts) == len(_LIMITS) and all(len(part) <= most for part, most in zip(parts, _LIMITS, strict=True))
        if not fits or not (parts[0] or parts[2]):
            raise InvalidForm("officials", "not_an_official", line=line.strip()[:80])
        listed[Official(*parts)] = None
    if len(listed) > MOST:
        raise InvalidForm("officials", "too_many_officials", limit=str(MOST))
    return list(listed)
