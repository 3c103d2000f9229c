"""Staff, their sessions, the count of failed logins, and API tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from servicedesk.domain.model import AccountId, Actor, CitizenId, DepartmentId, Role, StaffId
from servicedesk.domain.telling import Means
from servicedesk.store.db import Conn, View, queries


@dataclass(frozen=True)
class Credentials:
    """A person and the hash that their password must fit."""

    actor: Actor
    password_hash: str = field(repr=False)


async def add_staff(
    conn: Conn,
    account_id: AccountId,
    *,
    login: str,
    name: str,
    role: Role,
    department_id: DepartmentId | None,
    password_hash: str,
    mail: str | None = None,
    now: datetime,
) -> StaffId | None:
    """A new person at the desk, told by mail where they have an address; None where the login is taken."""
    made = await queries.add_staff(
        conn, account_id=account_id, login=login, name=name, role=role, department_id=department_id,
        password_hash=password_hash, mail=mail, tell_by=[Means.MAIL] if mail else [], created_at=now,
    )  # fmt: skip
    return None if made is None else StaffId(made)


async def by_login(conn: Conn, account_id: AccountId, login: str) -> Credentials | None:
    """The person of a login who is not disabled."""
    row = await queries.staff_by_login(conn, account_id=account_id, login=login)
    return None if row is None else Credentials(_actor(row), row["password_hash"])


async def everyone(conn: Conn, account_id: AccountId) -> list[Actor]:
    """All people of an account who are not disabled."""
    return [_actor(row) for row in await queries.all_staff(conn, account_id=account_id)]


async def name_of(conn: Conn, account_id: AccountId, staff_id: StaffId) -> str:
    """What a person of an id that is known to exist is called."""
    name: str = await queries.staff_name(conn, account_id=account_id, staff_id=staff_id)
    return name


async def add_session(conn: Conn, actor: Actor, token_hash: bytes, *, csrf: str, now: datetime, expires_at: datetime) -> None:
    """A session of this person."""
    await queries.add_session(
        conn, account_id=actor.account_id, token_hash=token_hash, staff_id=actor.staff_id, csrf=csrf, created_at=now,
        expires_at=expires_at,
    )  # fmt: skip


async def session(conn: Conn, account_id: AccountId, token_hash: bytes, *, now: datetime) -> tuple[Actor, str, int] | None:
    """The person of a live session, the session's CSRF token, and how many notices they have not read (at most 100)."""
    row = await queries.session_staff(conn, account_id=account_id, token_hash=token_hash, now=now)
    return None if row is None else (_actor(row), row["csrf"], row["unread"])


async def end_session(conn: Conn, account_id: AccountId, token_hash: bytes) -> None:
    """Revoke one session."""
    await queries.end_session(conn, account_id=account_id, token_hash=token_hash)


async def end_sessions_of(conn: Conn, actor: Actor) -> None:
    """Revoke all sessions of a person."""
    await queries.end_sessions_of(conn, account_id=actor.account_id, staff_id=actor.staff_id)


async def end_old_sessions(conn: Conn, account_ids: Sequence[AccountId], *, now: datetime) -> None:
    """Forget expired sessions."""
    await queries.end_old_sessions(conn, account_ids=account_ids, now=now)


async def lock_login_tries(conn: Conn, account_id: AccountId, subject: str, *, now: datetime) -> tuple[int, datetime]:
    """How often a name or an address has tried since it was last right, and when last; locked until the transaction ends."""
    row = await queries.lock_login_tries(conn, account_id=account_id, subject=subject, now=now)
    return row["failures"], row["last_at"]


async def set_login_tries(conn: Conn, account_id: AccountId, subject: str, tries: int, *, now: datetime) -> None:
    """Count a try, before it is known how it ends."""
    await queries.set_login_tries(conn, account_id=account_id, subject=subject, tries=tries, now=now)


async def forget_login_tries(conn: Conn, account_id: AccountId, subject: str) -> None:
    """A right login clears the name's count."""
    await queries.forget_login_tries(conn, account_id=account_id, subject=subject)


async def give_login_try_back(conn: Conn, account_id: AccountId, subject: str) -> None:
    """A right login does not count against the address it came from."""
    await queries.give_login_try_back(conn, account_id=account_id, subject=subject)


async def put_api_token(conn: Conn, account_id: AccountId, name: str, token_hash: bytes, *, now: datetime) -> None:
    """An API token under a name; a token of the same name is replaced."""
    await queries.add_api_token(conn, account_id=account_id, name=name, token_hash=token_hash, created_at=now)


async def api_token_holds(conn: Conn, account_id: AccountId, token_hash: bytes) -> bool:
    """Whether a token is known and not revoked."""
    return bool(await queries.api_token_holds(conn, account_id=account_id, token_hash=token_hash))


async def own(conn: Conn, actor: Actor) -> View:
    """What a person may set of themselves, and how their bound WeChat stands."""
    return dict(await queries.staff_of_id(conn, account_id=actor.account_id, staff_id=actor.staff_id))


async def set_means(conn: Conn, actor: Actor, mail: str | None, tell_by: Sequence[Means], reports: Sequence[str] = ()) -> None:
    """Their mail address, and by which means they are told."""
    await queries.set_means(
        conn, account_id=actor.account_id, staff_id=actor.staff_id, mail=mail, tell_by=list(tell_by), reports=list(reports)
    )


async def put_binding(conn: Conn, actor: Actor, binding_hash: bytes, *, until: datetime, wall: datetime) -> bool:
    """A code by which this person's WeChat can be bound until then; False where another's code is the same."""
    return await queries.put_binding(
        conn, account_id=actor.account_id, staff_id=actor.staff_id, binding_hash=binding_hash, binding_until=until, wall=wall
    ) is not None  # fmt: skip


async def of_binding(conn: Conn, account_id: AccountId, binding_hash: bytes, *, wall: datetime) -> StaffId | None:
    """Whose code it is, their row locked; None where it is nobody's, or too old."""
    found = await queries.staff_of_binding(conn, account_id=account_id, binding_hash=binding_hash, wall=wall)
    return None if found is None else StaffId(found)


async def bind(conn: Conn, account_id: AccountId, staff_id: StaffId, citizen_id: CitizenId) -> None:
    """This WeChat is this person's and nobody else's; the code is used up, and they are told by it."""
    await queries.unbind_citizen(conn, account_id=account_id, citizen_id=citizen_id)
    await queries.bind_citizen(conn, account_id=account_id, staff_id=staff_id, citizen_id=citizen_id)


async def unbind(conn: Conn, actor: Actor) -> None:
    """No WeChat is this person's any more, and no code binds one."""
    await queries.unbind_staff(conn, account_id=actor.account_id, staff_id=actor.staff_id)


def _actor(row: Any) -> Actor:
    department_id = row["department_id"]
    return Actor(
        account_id=AccountId(row["account_id"]),
        staff_id=StaffId(row["staff_id"]),
        login=row["login"],
        name=row["name"],
        role=Role(row["role"]),
        department_id=None if department_id is None else DepartmentId(department_id),
    )
