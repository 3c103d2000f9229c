"""A small desk for tests: one account, two departments, a person of every role, and a citizen's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from cryptography.fernet import Fernet

from servicedesk.domain.model import Account, Actor, ChannelSecrets, Duty, InboundMessage, Role, Ticket
from servicedesk.domain.sending import Rung
from servicedesk.store import people, tickets
from servicedesk.store.db import Conn
from servicedesk.store.vault import Vault
from servicedesk.usecases import answering, assigning, delivery, intake, passwords, setting_up
from servicedesk.usecases.calls import Reply

# A Wednesday, 10:00 in Shanghai, in the middle of working time.
NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
KEY = Fernet.generate_key().decode()
SECRETS = ChannelSecrets("app-secret-0123456789", "callback-token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG")
PASSWORD = "correct horse"
HEATING = Duty(1, "城镇供热管理", ("供暖", "暖气", "供热"))
HOUSES = Duty(2, "物业管理指导", ("物业", "小区车位"))
SCHOOLS = Duty(1, "义务教育招生", ("上学", "学籍", "招生"))
_numbers = count(1)
_hashes: dict[str, str] = {}


@dataclass
class Desk:
    """The account, its people by login, and shorthands for what citizens and staff do."""

    conn: Conn
    account: Account
    staff: dict[str, Actor]

    async def says(self, text: str, *, openid: str = "citizen-1", now: datetime = NOW, key: str | None = None) -> Reply | None:
        """A citizen writes."""
        async with self.conn.transaction():
            return await intake.receive(self.conn, self.account, message(text, openid=openid, key=key), now=now, wall=now)

    async def sends(self, inbound: InboundMessage, *, now: datetime = NOW) -> Reply | None:
        """The platform brings something."""
        async with self.conn.transaction():
            return await intake.receive(self.conn, self.account, inbound, now=now, wall=now)

    async def asked(self, text: str = "家里暖气不热", *, openid: str = "citizen-1", now: datetime = NOW) -> str:
        """A citizen asks something new; the ticket's number."""
        reply = await self.says(text, openid=openid, now=now)
        assert reply is not None
        assert reply.template == "received"
        return str(reply.facts["number"])

    async def ticket(self, number: str) -> Ticket:
        """The ticket as it stands."""
        found = await tickets.by_number(self.conn, self.account.id, number)
        assert found is not None
        return found

    async def accepted(self, text: str = "家里暖气不热", *, openid: str = "citizen-1", now: datetime = NOW) -> str:
        """A ticket that the heating department has accepted."""
        number = await self.asked(text, openid=openid, now=now)
        await assigning.accept(self.conn, self.staff["zhujian"], number, now=now)
        return number

    async def answered(self, *, openid: str = "citizen-1", body: str = "已经修好了。", now: datetime = NOW) -> str:
        """A ticket whose answer has reached the citizen."""
        number = await self.accepted(openid=openid, now=now)
        await answering.answer(self.conn, self.staff["zhujian"], number, body, now=now)
        await self.deliver(now=now)
        return number

    async def deliver(self, *, now: datetime = NOW) -> int:
        """The channel accepts what is owed; how much it was."""
        count = 0
        while owed := await delivery.claim(self.conn, [self.account.id], now=now, wall=now, size=50):
            for each in owed:
                await delivery.accepted(self.conn, each.account_id, each.id, rung=Rung.CUSTOMER_MESSAGE, now=now)
            count += len(owed)
        return count

    async def balance(self) -> dict[str, int]:
        """The account's balance, which must hold whenever a test looks."""
        found = await tickets.balance(self.conn, self.account.id)
        assert found["received"] == found["answered"] + found["open"] + found["merged"] + found["withdrawn"]
        return found


def message(text: str, *, openid: str = "citizen-1", key: str | None = None, kind: str = "text") -> InboundMessage:
    """A citizen's message; each has a key of its own unless one is given."""
    return InboundMessage(key or f"m:{next(_numbers)}", openid, kind, text)


def tap(event: str, event_key: str = "", *, openid: str = "citizen-1") -> InboundMessage:
    """A menu tap, a follow, an unfollow."""
    return InboundMessage(f"e:{next(_numbers)}", openid, "event", event=event, event_key=event_key)


async def make_desk(conn: Conn, code: str = "testxian", api_base: str = "http://127.0.0.1:9/none", mode: str = "safe") -> Desk:
    """The desk; another code makes another account beside it."""
    account = await setting_up.add_account(
        conn, Vault([KEY]), code=code, name="测试县发布", kind="subscription", appid=f"wx-{code}", secrets=SECRETS, mode=mode,
        api_base=api_base, now=NOW - timedelta(days=30),
    )  # fmt: skip
    for department, name, short, duties in (
        ("zhujian", "县住房和城乡建设局", "住建局", [HEATING, HOUSES]),
        ("jiaoyu", "县教育局", "教育局", [SCHOOLS]),
    ):
        await setting_up.add_department(
            conn, account, code=department, name=name, short_name=short, phone="0479-6223107", duties=duties
        )
    if PASSWORD not in _hashes:
        _hashes[PASSWORD] = await passwords.hashed(PASSWORD)
    people_of_the_desk: tuple[tuple[str, Role, str | None], ...] = (
        ("zhujian", Role.STAFF, "zhujian"),
        ("jiaoyu", Role.STAFF, "jiaoyu"),
        ("paidan", Role.DISPATCHER, None),
        ("bianji", Role.EDITOR, None),
        ("duban", Role.SUPERVISOR, None),
        ("admin", Role.ADMIN, None),
    )
    for login, role, place in people_of_the_desk:
        await setting_up.add_staff(
            conn, account, login=login, name=f"{login}某", role=role, department_code=place,
            password_hash=_hashes[PASSWORD], now=NOW,
        )  # fmt: skip
    everyone = await people.everyone(conn, account.id)
    return Desk(conn, account, {each.login: each for each in everyone})
