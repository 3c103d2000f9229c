"""What an account's routing is made of: aims, urgent words, rules, versions of what was learned, and the tickets that teach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from servicedesk.domain.model import AccountId, StaffId, Ticket, TicketId
from servicedesk.domain.routing import NotOurs, Outcome, RoutingRule, UrgentWord
from servicedesk.store.db import Conn, View, queries, views
from servicedesk.store.tickets import as_ticket


class Asked(NamedTuple):
    """A recent ticket that a version was asked about: the probability of its best department, whether that was right, and
    whether the duty lists' own words clearly name the same."""

    probability: float
    right: bool
    listed: bool


@dataclass(frozen=True)
class LearnedVersion:
    """A version's facts. held_out: how it did on recent tickets that it had not seen; reading: how texts were read for it."""

    id: int
    digest: str
    share: float
    heat: float
    held_out: tuple[Asked, ...]
    taught_until: TicketId
    reading: str


async def aims(conn: Conn, account_id: AccountId) -> tuple[int, bool]:
    """The precision that routing without a person is to keep (per cent), and whether better versions are used at once."""
    row = await queries.routing_aims(conn, account_id=account_id)
    return row["precision"], row["automatic"]


async def set_aims(conn: Conn, account_id: AccountId, *, precision: int, automatic: bool) -> None:
    """Both of them."""
    await queries.set_routing_aims(conn, account_id=account_id, precision=precision, automatic=automatic)


async def urgent_words(conn: Conn, account_id: AccountId) -> list[UrgentWord]:
    """The words that raise a priority."""
    rows = await queries.urgent_words(conn, account_id=account_id)
    return [UrgentWord(row["word"], tuple(row["except_in"])) for row in rows]


async def set_urgent_words(conn: Conn, account_id: AccountId, words: Sequence[UrgentWord]) -> None:
    """These and no others."""
    await queries.drop_urgent_words(conn, account_id=account_id)
    for each in words:
        await queries.add_urgent_word(conn, account_id=account_id, word=each.word, except_in=list(each.except_in))


async def rules(conn: Conn, account_id: AccountId) -> list[View]:
    """All rules in the order in which they are asked, with who made each."""
    return views(await queries.routing_rules(conn, account_id=account_id))


async def add_rule(conn: Conn, account_id: AccountId, rule: RoutingRule, *, by: StaffId, now: datetime) -> int:
    """A new rule, switched off."""
    made: int = await queries.add_routing_rule(
        conn, account_id=account_id, name=rule.name, any_of=list(rule.any_of), all_of=list(rule.all_of),
        none_of=list(rule.none_of), outcome=rule.outcome, department_id=rule.department_id, urgent=rule.urgent, made_by=by,
        now=now,
    )  # fmt: skip
    return made


async def switch_rule(conn: Conn, account_id: AccountId, rule_id: int, *, active: bool) -> bool:
    """On or off; False where there is no such rule."""
    return await queries.switch_routing_rule(conn, account_id=account_id, rule_id=rule_id, active=active) is not None


async def drop_rule(conn: Conn, account_id: AccountId, rule_id: int) -> bool:
    """Away with it; False where there is no such rule."""
    return await queries.drop_routing_rule(conn, account_id=account_id, rule_id=rule_id) is not None


def as_rule(row: Any) -> RoutingRule:
    """A row of the table as a rule."""
    return RoutingRule(
        row["name"], tuple(row["any_of"]), tuple(row["all_of"]), tuple(row["none_of"]), Outcome(row["outcome"]),
        row["department_id"], row["urgent"],
    )  # fmt: skip


async def version_in_use(conn: Conn, account_id: AccountId, *, reading: str) -> LearnedVersion | None:
    """What routing uses, without the classifier itself; None where that was learned by another reading."""
    row = await queries.routing_version_in_use(conn, account_id=account_id, reading=reading)
    if row is None:
        return None
    return LearnedVersion(
        row["version_id"], row["digest"], row["share"], row["heat"], tuple(Asked(*each) for each in row["held_out"]),
        TicketId(row["taught_until"]), reading,
    )  # fmt: skip


async def kept(conn: Conn, account_id: AccountId, version_id: int) -> bytes | None:
    """A version's classifier."""
    found: bytes | None = await queries.routing_version_kept(conn, account_id=account_id, version_id=version_id)
    return found


async def versions(conn: Conn, account_id: AccountId, *, size: int) -> list[View]:
    """The newest versions."""
    return views(await queries.routing_versions(conn, account_id=account_id, size=size))


async def add_version(
    conn: Conn,
    account_id: AccountId,
    version: LearnedVersion,
    classifier: bytes,
    *,
    taught: int,
    accuracy: float,
    accuracy_before: float,
    now: datetime,
) -> int:
    """Keep a new version, not in use yet; its id (the one of `version` is not looked at)."""
    made: int = await queries.add_routing_version(
        conn, account_id=account_id, taught_until=version.taught_until, taught=taught, asked=len(version.held_out),
        accuracy=accuracy, accuracy_before=accuracy_before, share=version.share, heat=version.heat,
        held_out=[list(each) for each in version.held_out], kept=classifier, digest=version.digest,
        reading=version.reading, now=now,
    )  # fmt: skip
    return made


async def use_version(
    conn: Conn, account_id: AccountId, version_id: int | None, *, reading: str, by: StaffId | None, now: datetime
) -> bool:
    """Route by this version from now on, or by the duty lists alone (None); False where this reading has no such one."""
    await queries.use_no_routing_version(conn, account_id=account_id)
    if version_id is None:
        return True
    used = await queries.use_routing_version(
        conn, account_id=account_id, version_id=version_id, reading=reading, by=by, now=now
    )
    return used is not None


async def drop_old_versions(conn: Conn, account_id: AccountId, *, keep: int) -> None:
    """Only so many are kept, and the one in use."""
    await queries.drop_old_routing_versions(conn, account_id=account_id, kept=keep)


async def take_turn(conn: Conn, account_ids: Sequence[AccountId], *, before: datetime, now: datetime) -> AccountId | None:
    """An account that has not tried to learn since `before`; it has now."""
    found = await queries.take_account_to_learn(conn, account_ids=list(account_ids), before=before, now=now)
    return None if found is None else AccountId(found)


async def decided(conn: Conn, account_id: AccountId, *, after: int, size: int) -> list[View]:
    """The newest tickets that people decided, oldest first: ticket_id, body, department_id (None: not ours), weight."""
    return views(await queries.decided_tickets(conn, account_id=account_id, after=after, size=size))


async def newest_asked(conn: Conn, account_id: AccountId, *, since: datetime, before: int, size: int) -> list[View]:
    """What was asked of late and where it is now, newest first, from the ticket with the id `before` backwards."""
    return views(await queries.newest_asked(conn, account_id=account_id, since=since, before=before, size=size))


async def take_owed(conn: Conn, account_ids: Sequence[AccountId], *, size: int) -> list[tuple[AccountId, TicketId]]:
    """Tickets that were routed in a hurry; they are owed no more."""
    rows = await queries.take_routing_owed(conn, account_ids=list(account_ids), size=size)
    return [(AccountId(row["account_id"]), TicketId(row["ticket_id"])) for row in rows]


async def take_as_not_ours(conn: Conn, ticket: Ticket, sort: NotOurs, withdrawal: str, *, now: datetime) -> Ticket | None:
    """End a ticket that is none of this government's matters, with the words that record it."""
    row = await queries.take_as_not_ours(
        conn, account_id=ticket.account_id, ticket_id=ticket.id, from_state=ticket.state, sort=sort, withdrawal=withdrawal,
        now=now,
    )  # fmt: skip
    return None if row is None else as_ticket(row)
