"""Accounts: their settings, secrets, departments, calendars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from servicedesk.domain.calendar import Calendar
from servicedesk.domain.model import Account, AccountId, AfterBreach, ChannelSecrets, Department, DepartmentId, Duty
from servicedesk.store.db import Conn, View, queries, views
from servicedesk.store.vault import Vault


async def by_code(conn: Conn, code: str) -> Account | None:
    """The account of a code."""
    row = await queries.account_by_code(conn, code=code)
    return None if row is None else _account(row)


async def by_id(conn: Conn, account_id: AccountId) -> Account:
    """The account of an id that is known to exist."""
    return _account(await queries.account_by_id(conn, account_id=account_id))


async def every(conn: Conn) -> list[Account]:
    """All accounts."""
    return [_account(row) for row in await queries.all_accounts(conn)]


async def every_id(conn: Conn) -> list[AccountId]:
    """The ids of all accounts: what a worker serves."""
    return [AccountId(row["account_id"]) for row in await queries.all_account_ids(conn)]


async def versions(conn: Conn, account_ids: Sequence[AccountId]) -> dict[AccountId, int]:
    """How often the settings of each account have changed."""
    rows = await queries.account_versions(conn, account_ids=account_ids)
    return {AccountId(row["account_id"]): row["version"] for row in rows}


async def version(conn: Conn, account_id: AccountId) -> int:
    """How often the account's settings have changed."""
    return (await versions(conn, [account_id]))[account_id]


async def secrets(conn: Conn, account_id: AccountId, vault: Vault) -> ChannelSecrets:
    """The account's secrets, decrypted. Raises WrongKey."""
    row = await queries.account_by_id(conn, account_id=account_id)
    previous = row["previous_aes_key"]
    return ChannelSecrets(
        secret=vault.unseal(row["secret"]),
        token=vault.unseal(row["token"]),
        aes_key=vault.unseal(row["aes_key"]),
        previous_aes_key=None if previous is None else vault.unseal(previous),
    )


async def add(
    conn: Conn,
    vault: Vault,
    *,
    code: str,
    name: str,
    kind: str,
    appid: str,
    secrets: ChannelSecrets,
    mode: str,
    api_base: str,
    original_id: str | None,
    now: datetime,
) -> AccountId | None:
    """A new account, or None where the code is taken."""
    made = await queries.add_account(
        conn, code=code, name=name, kind=kind, appid=appid, secret=vault.seal(secrets.secret), token=vault.seal(secrets.token),
        aes_key=vault.seal(secrets.aes_key), mode=mode, api_base=api_base, original_id=original_id, created_at=now,
    )  # fmt: skip
    return None if made is None else AccountId(made)


async def set_cover(conn: Conn, account_id: AccountId, media_id: str) -> None:
    """Remember the permanent picture that stands over a digest."""
    await queries.set_cover(conn, account_id=account_id, media_id=media_id)


async def rename(conn: Conn, account_id: AccountId, code: str) -> None:
    """Give the account another code."""
    await queries.rename_account(conn, account_id=account_id, code=code)


async def forget(conn: Conn, account_id: AccountId) -> None:
    """Remove the account and everything of it."""
    await queries.forget_account(conn, account_id=account_id)


async def set_api_base(conn: Conn, account_id: AccountId, api_base: str) -> None:
    """Where the platform's API is."""
    await queries.set_api_base(conn, account_id=account_id, api_base=api_base)


async def capabilities(conn: Conn, account_id: AccountId) -> list[View]:
    """What the account may ask of the platform, as far as it has been found out."""
    return views(await queries.capabilities(conn, account_id=account_id))


async def refuse_capability(
    conn: Conn, account_id: AccountId, name: str, *, errcode: int | None, wall: datetime, retry_at: datetime
) -> None:
    """Switch a capability off; from `retry_at` on the next use of it is the probe."""
    await queries.refuse_capability(conn, account_id=account_id, name=name, errcode=errcode, wall=wall, retry_at=retry_at)


async def count_capability_failure(conn: Conn, account_id: AccountId, name: str, *, errcode: int | None, wall: datetime) -> int:
    """One more failure in a row; how many there are now."""
    count: int = await queries.count_capability_failure(conn, account_id=account_id, name=name, errcode=errcode, wall=wall)
    return count


async def restore_capabilities(conn: Conn, account_id: AccountId, names: Sequence[str], *, wall: datetime) -> None:
    """They worked: what stood against them is forgotten."""
    await queries.restore_capabilities(conn, account_id=account_id, names=names, wall=wall)


async def departments(conn: Conn, account_id: AccountId) -> list[Department]:
    """The account's departments with their duty lists."""
    duties: dict[int, list[Duty]] = defaultdict(list)
    for row in await queries.duties(conn, account_id=account_id):
        duties[row["department_id"]].append(Duty(row["clause"], row["title"], tuple(row["keywords"])))
    return [
        Department(
            DepartmentId(row["department_id"]), row["code"], row["name"], row["short_name"], row["phone"],
            tuple(duties[row["department_id"]]), row["reopen_days"],
        )
        for row in await queries.departments(conn, account_id=account_id)
    ]  # fmt: skip


async def add_department(
    conn: Conn, account_id: AccountId, *, code: str, name: str, short_name: str, phone: str, duties: Sequence[Duty]
) -> DepartmentId | None:
    """A new department with its duty list, or None where the code is taken."""
    made = await queries.add_department(conn, account_id=account_id, code=code, name=name, short_name=short_name, phone=phone)
    if made is None:
        return None
    for duty in duties:
        await queries.add_duty(
            conn,
            account_id=account_id,
            department_id=made,
            clause=duty.clause,
            title=duty.title,
            keywords=list(duty.keywords),
        )
    return DepartmentId(made)


async def calendar(conn: Conn, account: Account) -> Calendar:
    """The account's working calendar."""
    days = await queries.calendar_days(conn, account_id=account.id)
    years = await queries.calendar_years(conn, account_id=account.id)
    return Calendar(
        account.zone,
        account.intervals,
        {row["day"]: row["working"] for row in days},
        frozenset(row["year"] for row in years),
    )


async def add_calendar_year(
    conn: Conn, account_id: AccountId, year: int, days: Sequence[tuple[date, bool, str]], *, source: str, now: datetime
) -> None:
    """A year's holidays and make-up workdays; days already entered stay as they are."""
    await queries.add_calendar_year(conn, account_id=account_id, year=year, source=source, filled_at=now)
    await queries.add_calendar_days(
        conn, account_id=account_id, days=[day for day, _, _ in days], workings=[working for _, working, _ in days],
        names=[name for _, _, name in days],
    )  # fmt: skip


async def settings_of(conn: Conn, account_id: AccountId) -> View:
    """The numbers and switches that an administrator sets."""
    return dict(await queries.settings_of(conn, account_id=account_id))


async def change_settings(conn: Conn, account_id: AccountId, **settings: int | bool) -> None:
    """All of them at once."""
    await queries.change_settings(conn, account_id=account_id, **settings)


async def webhook(conn: Conn, account_id: AccountId) -> View:
    """Where the account's program is told of the ladder, the sealed secret, and since when it is switched off."""
    return dict(await queries.webhook(conn, account_id=account_id))


async def set_webhook(conn: Conn, account_id: AccountId, url: str | None, secret: bytes | None) -> None:
    """Another address with its sealed secret, or none; it is on from now."""
    await queries.set_webhook(conn, account_id=account_id, url=url, secret=secret)


async def switch_webhook_off(conn: Conn, account_id: AccountId, url: str, *, now: datetime) -> None:
    """The program said that it is gone; nothing happens where the address is another by now."""
    await queries.switch_webhook_off(conn, account_id=account_id, url=url, now=now)


async def set_reopen_days(conn: Conn, account_id: AccountId, department_id: DepartmentId, days: int) -> None:
    """Within how many days of the answer later words reopen a department's ticket; 0: never."""
    await queries.set_reopen_days(conn, account_id=account_id, department_id=department_id, days=days)


async def channel_token(conn: Conn, account_id: AccountId, vault: Vault) -> tuple[str, datetime] | None:
    """The access token that all processes share, and when it expires."""
    row = await queries.channel_token(conn, account_id=account_id)
    if row is None or row["token"] is None:
        return None
    return vault.unseal(row["token"]), row["expires_at"]


async def lease_token_refresh(conn: Conn, account_id: AccountId, *, now: datetime, until: datetime) -> bool:
    """Whether this process is the one that fetches a new token now."""
    return await queries.lease_token_refresh(conn, account_id=account_id, now=now, until=until) is not None


async def keep_token(conn: Conn, account_id: AccountId, vault: Vault, token: str, expires_at: datetime) -> None:
    """Share a new token and end the lease."""
    await queries.keep_token(conn, account_id=account_id, token=vault.seal(token), expires_at=expires_at)


async def give_up_token_refresh(conn: Conn, account_id: AccountId) -> None:
    """End the lease without a token."""
    await queries.give_up_token_refresh(conn, account_id=account_id)


def _account(row: Any) -> Account:
    return Account(
        id=AccountId(row["account_id"]),
        code=row["code"],
        name=row["name"],
        kind=row["kind"],
        appid=row["appid"],
        mode=row["mode"],
        api_base=row["api_base"],
        zone=ZoneInfo(row["timezone"]),
        intervals=tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in row["work_intervals"]),
        push_at=row["push_at"],
        pieces_aimed=row["pieces_aimed"],
        close_after_days=row["close_after_days"],
        cover_media_id=row["cover_media_id"],
        original_id=row["original_id"],
        quiet_s=row["quiet_s"],
        after_breach=AfterBreach(row["supervised_after_hours"], row["notified_after_hours"]),
        has_webhook=row["webhook_url"] is not None and row["webhook_off_at"] is None,
    )
