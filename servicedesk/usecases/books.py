"""What answering a call needs of an account, remembered by version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from servicedesk.domain.calendar import Calendar, NoWorkingTime
from servicedesk.domain.model import Account, AccountId, ChannelSecrets, Department, DepartmentId, Kind, Priority
from servicedesk.domain.sla import Policy, policy_for
from servicedesk.store import accounts, policies
from servicedesk.store.db import Conn, Pool
from servicedesk.store.vault import Vault
from servicedesk.usecases import routing
from servicedesk.usecases.dating import Dates, dates
from servicedesk.usecases.routing import Ways


@dataclass(frozen=True)
class Book:
    """An account's settings as of one version."""

    account: Account
    version: int
    departments: list[Department]
    ways: Ways
    calendar: Calendar
    policies: Sequence[Policy]
    _dates: dict[tuple[int | None, datetime], Dates] = field(default_factory=dict, compare=False)

    def department(self, department_id: DepartmentId | None) -> Department | None:
        """The department of an id."""
        return next((each for each in self.departments if each.id == department_id), None)

    def dates(self, kind: Kind, priority: Priority, department_id: DepartmentId | None, opened_at: datetime) -> Dates:
        """The deadlines of such an inquiry; those of one batch share an instant and are reckoned once."""
        policy = policy_for(self.policies, kind, priority, department_id)
        if (policy.id, opened_at) not in self._dates:
            if len(self._dates) > 64:
                self._dates.clear()
            self._dates[policy.id, opened_at] = dates(self.account, self.calendar, policy, opened_at)
        return self._dates[policy.id, opened_at]

    def opens_at(self, now: datetime) -> datetime | None:
        """When the desk opens next; None where it is open, or never is."""
        try:
            opens = self.calendar.opens_after(now)
        except NoWorkingTime:
            return None
        return opens if opens > now else None


async def read(conn: Conn, account: Account) -> Book:
    """The account's book as it stands in the database."""
    departments = await accounts.departments(conn, account.id)
    return Book(
        account,
        await accounts.version(conn, account.id),
        departments,
        await routing.ways_of(conn, account.id, departments),
        await accounts.calendar(conn, account),
        await policies.in_force(conn, account.id),
    )


class Books:
    """The books and secrets that a process remembers; they outlive the database's absence."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._by_code: dict[str, tuple[Book, ChannelSecrets]] = {}
        self._codes: dict[AccountId, str] = {}

    async def of_code(self, pool: Pool, code: str, *, again: bool = False) -> tuple[Book, ChannelSecrets] | None:
        """The account of a code, remembered or read (`again`: read in any case); None where there is none."""
        known = self._by_code.get(code)
        if known is not None and not again:
            return known
        async with pool.acquire() as conn, conn.transaction():
            account = await accounts.by_code(conn, code)
            if account is None:
                self._by_code.pop(code, None)
                return None
            return await self._remember(conn, account)

    async def current(self, conn: Conn, account_ids: Iterable[AccountId]) -> dict[AccountId, Book]:
        """The books of these accounts, exactly as this transaction sees them."""
        books = {}
        for account_id, version in (await accounts.versions(conn, list(account_ids))).items():
            known = self._by_code.get(self._codes.get(account_id, ""))
            if known is None or known[0].account.id != account_id or known[0].version != version:
                known = await self._remember(conn, await accounts.by_id(conn, account_id))
            books[account_id] = known[0]
        return books

    async def _remember(self, conn: Conn, account: Account) -> tuple[Book, ChannelSecrets]:
        known = (await read(conn, account), await accounts.secrets(conn, account.id, self._vault))
        self._by_code[account.code] = known
        self._codes[account.id] = account.code
        return known
