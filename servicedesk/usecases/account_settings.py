"""What the administrator may set of an account, on a page."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.errors import InvalidForm
from servicedesk.domain.model import Account, Actor, Department
from servicedesk.domain.sending import NOTICES, Rung
from servicedesk.store import accounts, rungs, tellings
from servicedesk.store.db import Conn, View
from servicedesk.store.vault import Vault

# Least and most of each number; the database holds the same.
NUMBERS = {
    "quiet_s": (0, 3600),
    "close_after_days": (1, 90),
    "pieces_aimed": (1, 5),
    "retention_days": (0, 1095),
    "sends_per_minute": (1, 60000),
    "pause_days": (1, 30),
    "pauses_most": (0, 10),
    "supervised_after_hours": (1, 80),
    "notified_after_hours": (2, 400),
}
REOPEN_DAYS = (0, 90)
FACTS = frozenset({"number", "department", "excerpt", "day", "account"})
_TEMPLATE_ID_LIMIT = 64
_URL_LIMIT = 500
_VISIBLE = re.compile(r"[\x21-\x7e]+")
SHOWN = timedelta(days=7)
UNTOLD_SHOWN = 10


@dataclass(frozen=True)
class SettingsPage:
    """An account's settings, rights and templates."""

    account: Account
    numbers: dict[str, int]
    word_before_closing: bool
    departments: list[Department]
    rights: list[View]
    templates: dict[str, View]
    webhook_url: str | None
    webhook_off_at: datetime | None
    untold: list[View]


async def view(conn: Conn, actor: Actor, *, now: datetime) -> SettingsPage:
    """The page. Raises NotPermitted."""
    check_page(actor, Page.SETTINGS)
    row = await accounts.settings_of(conn, actor.account_id)
    webhook = await accounts.webhook(conn, actor.account_id)
    return SettingsPage(
        account=await accounts.by_id(conn, actor.account_id),
        numbers={name: row[name] for name in NUMBERS},
        word_before_closing=row["word_before_closing"],
        departments=await accounts.departments(conn, actor.account_id),
        rights=await accounts.capabilities(conn, actor.account_id),
        templates={each["rung"]: each for each in await rungs.templates(conn, actor.account_id)},
        webhook_url=webhook["webhook_url"],
        webhook_off_at=webhook["webhook_off_at"],
        untold=await tellings.undone(conn, actor.account_id, since=now - SHOWN, size=UNTOLD_SHOWN),
    )


async def change(conn: Conn, actor: Actor, form: Mapping[str, str]) -> None:
    """Everything on the page at once. Raises NotPermitted, InvalidForm."""
    check_page(actor, Page.SETTINGS)
    numbers = {name: _number(form, name, name, *limits) for name, limits in NUMBERS.items()}
    if numbers["notified_after_hours"] <= numbers["supervised_after_hours"]:
        raise InvalidForm("notified_after_hours", "not_after")
    await accounts.change_settings(
        conn, actor.account_id, **numbers, word_before_closing=form.get("word_before_closing") == "yes"
    )
    for department in await accounts.departments(conn, actor.account_id):
        days = _number(form, f"reopen_days.{department.code}", "reopen_days", *REOPEN_DAYS)
        if days != department.reopen_days:
            await accounts.set_reopen_days(conn, actor.account_id, department.id, days)
    for rung in NOTICES:
        await _template(conn, actor, rung, form)


async def set_webhook(conn: Conn, vault: Vault, actor: Actor, url: str, *, renew: bool) -> str | None:
    """Where the account's program is told of the ladder (empty: nowhere); a new secret where one was made, shown this once.

    Raises NotPermitted, InvalidForm.
    """
    check_page(actor, Page.SETTINGS)
    url = url.strip()
    if not url:
        await accounts.set_webhook(conn, actor.account_id, None, None)
        return None
    if not is_hook(url):
        raise InvalidForm("webhook_url", "malformed")
    kept = (await accounts.webhook(conn, actor.account_id))["webhook_secret"]
    made = None if kept is not None and not renew else secrets.token_urlsafe(32)
    await accounts.set_webhook(conn, actor.account_id, url, kept if made is None else vault.seal(made))
    return made


def is_hook(url: str) -> bool:
    """Whether an address may be called: https, or plain http on this very machine."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    if (
        not parts.hostname
        or parts.username is not None
        or parts.fragment
        or len(url) > _URL_LIMIT
        or not _VISIBLE.fullmatch(url)
    ):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"))


async def _template(conn: Conn, actor: Actor, rung: Rung, form: Mapping[str, str]) -> None:
    template_id = form.get(f"template.{rung}", "").strip()
    if not template_id:
        await rungs.drop_template(conn, actor.account_id, rung)
        return
    if len(template_id) > _TEMPLATE_ID_LIMIT or not template_id.isascii() or not template_id.isprintable():
        raise InvalidForm(f"template.{rung}", "not_a_template")
    # A one-time message has one field, and the platform names it.
    fields = {} if rung is Rung.ONE_TIME_SUBSCRIPTION else read_fields(form.get(f"fields.{rung}", ""))
    before = await rungs.template(conn, actor.account_id, rung)
    await rungs.put_template(conn, actor.account_id, rung, template_id, fields)
    if before is None or (before["template_id"], before["fields"]) != (template_id, fields):
        # It may have rested because the old one was wrong.
        await rungs.forget_refusal(conn, actor.account_id, rung)


def read_fields(text: str) -> dict[str, str]:
    """Lines of `name=fact`. Raises InvalidForm where there is none, or a fact that the desk does not have."""
    fields: dict[str, str] = {}
    for line in text.splitlines():
        name, _, fact = (part.strip() for part in line.partition("="))
        if not name and not fact:
            continue
        if not name.isascii() or not name.isidentifier() or fact not in FACTS:
            raise InvalidForm("fields", "not_a_template")
        fields[name] = fact
    if not fields:
        raise InvalidForm("fields", "not_a_template")
    return fields


def _number(form: Mapping[str, str], name: str, field: str, least: int, most: int) -> int:
    value = form.get(name, "").strip()
    if not (value.isascii() and value.isdecimal() and len(value) < 7 and least <= int(value) <= most):
        raise InvalidForm(field, "out_of_range", least=str(least), most=str(most))
    return int(value)
