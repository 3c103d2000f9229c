"""The demo county: its account, departments and people."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from servicedesk.domain import presets
from servicedesk.domain.model import Account, ChannelSecrets, Duty, Role
from servicedesk.domain.sla import Target, Unit
from servicedesk.sandbox.stories import DAYS, live, read
from servicedesk.store import accounts, notices, policies
from servicedesk.store.db import Conn
from servicedesk.store.vault import Vault, WrongKey
from servicedesk.usecases import passwords, setting_up

MAKING = "yunxi-making"
CODE, NAME, PASSWORD = "yunxi", "云溪发布", "yunxi-2026"


async def seed(conn: Conn, vault: Vault, *, secrets: ChannelSecrets, api_base: str, now: datetime) -> Account:
    """Make the county's account, departments and people, and live its last ninety days up to now.

    It gets its code only when it is whole; what a killed start left half-made is removed.
    """
    half_made = await accounts.by_code(conn, MAKING)
    if half_made is not None:
        await accounts.forget(conn, half_made.id)
    account = await setting_up.add_account(
        conn, vault, code=MAKING, name=NAME, kind="subscription", appid="wx59e41c0de5a0d3b7", secrets=secrets, mode="safe",
        api_base=api_base, original_id=f"gh_{CODE}", now=now,
    )  # fmt: skip
    for policy in presets.PRESETS["bureau-procedure"]:
        # A day more to accept: a demo that is opened in the evening would else be red all over.
        kept = replace(policy, acceptance=Target(1, Unit.WORKING_DAYS))
        await policies.put(conn, account.id, kept, by=None, now=now - timedelta(days=DAYS))
    for code, name, short, phone, duties in county_departments():
        await setting_up.add_department(conn, account, code=code, name=name, short_name=short, phone=phone, duties=duties)
    password_hash = await passwords.hashed(PASSWORD)
    for each in read("staff"):
        await setting_up.add_staff(
            conn, account, login=each["login"], name=each["name"], role=Role(each["role"]),
            department_code=each["department"], password_hash=password_hash, now=now - timedelta(days=DAYS),
        )  # fmt: skip
    await live(conn, account, until=now)
    await notices.settle(conn, account.id, read_before=now - timedelta(days=2))
    await accounts.rename(conn, account.id, CODE)
    return await accounts.by_id(conn, account.id)


def county_departments() -> list[tuple[str, str, str, str, list[Duty]]]:
    """The county's departments: code, name, short name, phone, duty list."""
    return [
        (
            each["code"], each["name"], each["short"], each["phone"],
            [Duty(duty["clause"], duty["title"], tuple(duty["keywords"])) for duty in each["duties"]],
        )
        for each in read("departments")
    ]  # fmt: skip


async def move(conn: Conn, api_base: str) -> None:
    """The demo is served at another port now."""
    account = await accounts.by_code(conn, CODE)
    if account is not None:
        await accounts.set_api_base(conn, account.id, api_base)


async def forget_unreadable(conn: Conn, vault: Vault) -> bool:
    """Remove a county whose secrets this key cannot open, as after a fresh checkout whose data are kept elsewhere."""
    account = await accounts.by_code(conn, CODE)
    if account is None:
        return False
    try:
        await accounts.secrets(conn, account.id, vault)
    except WrongKey:
        await accounts.forget(conn, account.id)
        return True
    return False
