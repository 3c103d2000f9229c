"""Making accounts, departments, people and tokens: what the command line does."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import chinese_calendar

from servicedesk.domain import presets
from servicedesk.domain.errors import InvalidForm, NotFound
from servicedesk.domain.model import Account, AccountId, ChannelSecrets, Duty, Role
from servicedesk.domain.telling import is_mail
from servicedesk.store import accounts, people, policies
from servicedesk.store.db import Conn
from servicedesk.store.vault import Vault
from servicedesk.usecases import passwords

_CODE = re.compile(r"^[a-z0-9][a-z0-9-]{0,39}$")
_LOGIN = re.compile(r"^[a-z0-9][a-z0-9._-]{0,39}$")
CALENDAR_SOURCE = "chinese-calendar"


async def add_account(
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
    now: datetime,
    original_id: str | None = None,
) -> Account:
    """An official account with the preset targets and the calendar years that are known. Raises InvalidForm."""
    _check_account(code, kind, mode, api_base, secrets)
    made = await accounts.add(
        conn, vault, code=code, name=name, kind=kind, appid=appid, secrets=secrets, mode=mode, api_base=api_base.rstrip("/"),
        original_id=original_id, now=now,
    )  # fmt: skip
    if made is None:
        raise InvalidForm("code", "taken")
    for policy in presets.PRESETS[presets.DEFAULT]:
        await policies.put(conn, made, policy, by=None, now=now)
    for year in (now.year - 1, now.year, now.year + 1):
        await fill_calendar(conn, made, year, now=now)
    return await accounts.by_id(conn, made)


async def fill_calendar(conn: Conn, account_id: AccountId, year: int, *, now: datetime) -> bool:
    """Enter a year's holidays and make-up workdays from chinese-calendar; False where it does not know the year yet."""
    days = await asyncio.to_thread(exceptions_of_year, year)
    if days is None:
        return False
    await accounts.add_calendar_year(conn, account_id, year, days, source=CALENDAR_SOURCE, now=now)
    return True


def exceptions_of_year(year: int) -> list[tuple[date, bool, str]] | None:
    """The days of a year that are not what their weekday says, as the State Council's notice has them; None: not known."""
    days = []
    try:
        for number in range((date(year + 1, 1, 1) - date(year, 1, 1)).days):
            day = date.fromordinal(date(year, 1, 1).toordinal() + number)
            working = chinese_calendar.is_workday(day)
            if working != (day.weekday() < 5):
                _, name = chinese_calendar.get_holiday_detail(day)
                days.append((day, working, chinese_calendar.Holiday(name).chinese if name else "调休"))
    except NotImplementedError:
        return None
    return days


async def add_department(
    conn: Conn, account: Account, *, code: str, name: str, short_name: str, phone: str, duties: Sequence[Duty]
) -> None:
    """A department with its duty list. Raises InvalidForm."""
    if not _CODE.match(code):
        raise InvalidForm("department", "malformed")
    made = await accounts.add_department(
        conn, account.id, code=code, name=name, short_name=short_name, phone=phone, duties=duties
    )
    if made is None:
        raise InvalidForm("department", "taken")


def read_duties(path: str) -> list[Duty]:
    """A duty list from a JSON file. Raises InvalidForm where it is not one."""
    try:
        rows = json.loads(Path(path).read_text(encoding="utf-8"))
        return [Duty(int(row["clause"]), str(row["title"]), tuple(map(str, row["keywords"]))) for row in rows]
    except (OSError, ValueError, KeyError, TypeError):
        raise InvalidForm("duties", "malformed", file=path) from None


async def add_staff(
    conn: Conn,
    account: Account,
    *,
    login: str,
    name: str,
    role: Role,
    department_code: str | None,
    password_hash: str,
    now: datetime,
    mail: str | None = None,
) -> None:
    """A person at the desk, told by mail where they have an address.

    Raises InvalidForm where the login is taken, the department does not fit the role, or the address is none.
    """
    if mail is not None and not is_mail(mail):
        raise InvalidForm("mail", "malformed")
    if not _LOGIN.match(login):
        raise InvalidForm("login", "malformed")
    if (role is Role.STAFF) != (department_code is not None):
        raise InvalidForm("department", "only_for_staff" if department_code else "missing")
    departments = {department.code: department.id for department in await accounts.departments(conn, account.id)}
    if department_code is not None and department_code not in departments:
        raise InvalidForm("department", "unknown", known=", ".join(departments))
    made = await people.add_staff(
        conn, account.id, login=login, name=name or login, role=role,
        department_id=departments[department_code] if department_code else None, password_hash=password_hash, mail=mail,
        now=now,
    )  # fmt: skip
    if made is None:
        raise InvalidForm("login", "taken")


async def add_token(conn: Conn, account: Account, name: str, *, now: datetime) -> str:
    """A new API token, shown this once; a token of the same name stops to hold."""
    token = passwords.new_token(account.id)
    await people.put_api_token(conn, account.id, name, passwords.token_hash(token), now=now)
    return token


async def account_of(conn: Conn, code: str) -> Account:
    """The account of a code. Raises NotFound."""
    account = await accounts.by_code(conn, code)
    if account is None:
        raise NotFound
    return account


def _check_account(code: str, kind: str, mode: str, api_base: str, secrets: ChannelSecrets) -> None:
    if not _CODE.match(code):
        raise InvalidForm("code", "malformed")
    if kind not in ("subscription", "service"):
        raise InvalidForm("kind", "unknown", known="subscription, service")
    if mode not in ("plain", "compatible", "safe"):
        raise InvalidForm("mode", "unknown", known="plain, compatible, safe")
    if not api_base.startswith(("https://", "http://127.0.0.1", "http://localhost", "http://[::1]")):
        raise InvalidForm("api-base", "malformed")
    try:
        fits = len(secrets.aes_key) == 43 and len(base64.b64decode(secrets.aes_key + "=", validate=True)) == 32
    except binascii.Error:
        fits = False
    if not fits:
        raise InvalidForm("aes-key", "malformed")
