"""The last ninety days of the demo county's desk, lived through the real use cases at their own times."""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import resources
from itertools import count
from typing import Any

from servicedesk.domain.calendar import Calendar
from servicedesk.domain.errors import DeskError, InvalidForm
from servicedesk.domain.meaning import Meaning, meaning_of
from servicedesk.domain.model import Account, Actor, InboundMessage, State
from servicedesk.domain.push_policy import slot_on
from servicedesk.store import accounts, people, publications, tickets
from servicedesk.store.db import Conn
from servicedesk.usecases import (
    answering,
    assigning,
    delivery,
    digesting,
    ending,
    escalation,
    intake,
    merging,
    publishing,
    similar,
    spotting,
    topics,
)
from servicedesk.usecases.masking import Wanted

DAYS = 90
_MINUTES = timedelta(minutes=1)
_WATCHED = timedelta(days=4)
# Minutes of working time ago at which the first of each fate was asked, and how far apart the others.
_OPEN_MINUTES = {
    "assigned": (9, 11),
    "triage": (5, 13),
    "returned": (160, 40),
    "accepted": (130, 45),
    "answering": (170, 60),
}
# What citizens say of an answer, by the number of the inquiry; the others say nothing.
_VERDICTS = {0: "满意", 2: "已解决", 4: "非常满意", 5: "基本满意", 7: "不满意"}
_INTERIM = (
    "您好，您的留言我们已经收到，正在安排人员核实，有结果马上回复您。",
    "您好，已安排工作人员到现场查看，核实清楚后第一时间答复您，请保持电话畅通。",
    "您好，您说的情况需要与有关单位核对，我们会在承诺日期前给您正式答复。",
)


@dataclass
class _County:
    """What every story of the county needs."""

    conn: Conn
    account: Account
    calendar: Calendar
    staff: dict[str, Actor]
    by_department: dict[str, Actor]
    until: datetime
    numbers: dict[str, str] = field(default_factory=dict)


async def _county(conn: Conn, account: Account, until: datetime) -> _County:
    codes = {department.id: department.code for department in await accounts.departments(conn, account.id)}
    everyone = await people.everyone(conn, account.id)
    by_department = {codes[each.department_id]: each for each in reversed(everyone) if each.department_id is not None}
    calendar = await accounts.calendar(conn, account)
    return _County(conn, account, calendar, {each.login: each for each in everyone}, by_department, until)


async def live(conn: Conn, account: Account, *, until: datetime) -> None:
    """Each inquiry is a story that tells when its next thing happens; the earliest goes on, the clock's steps in between."""
    county, order = await _county(conn, account, until), count()
    stories = [_inquiry(county, number, each) for number, each in enumerate(_inquiries())] + [_pushes(county), _looks(county)]
    turns = [(await anext(story), next(order), story) for story in stories]
    heapq.heapify(turns)
    while turns:
        at, _, story = heapq.heappop(turns)
        if at > county.until:
            await story.aclose()
            continue
        async with county.conn.transaction():
            while await escalation.take_steps(county.conn, [county.account.id], now=at) > 0:
                pass
            following = await anext(story, None)
        if following is not None:
            heapq.heappush(turns, (following, next(order), story))


async def _inquiry(county: _County, number: int, told: Mapping[str, Any]) -> AsyncGenerator[datetime, None]:
    """One inquiry's life. Each yielded instant is when the next thing happens."""
    at = _asked_at(county, told)
    yield at
    ticket_number = await _ask(county, number, told, at)
    if ticket_number is None:
        return
    county.numbers[told["text"]] = ticket_number
    async for following in _routed(county, ticket_number, told, at):
        at = following
        yield at
    if told["fate"] in ("triage", "assigned", "returned"):
        return
    if told["fate"] in ("merged", "withdrawn"):
        at = _work(county, at, 35)
        yield at
        await _end_otherwise(county, ticket_number, told, at)
        return
    async for following in _answered(county, ticket_number, told, at):
        at = following
        yield at
    async for following in _afterwards(county, number, ticket_number, told, at):
        yield following


async def _routed(county: _County, number: str, told: Mapping[str, Any], at: datetime) -> AsyncGenerator[datetime, None]:
    """The dispatcher decides what the duty lists could not, or a department returns what is not its matter."""
    dispatcher, code = county.staff["paidan"], told["department"]
    ticket = await tickets.by_number(county.conn, county.account.id, number)
    owner = next(
        (key for key, actor in county.by_department.items() if ticket and actor.department_id == ticket.department_id),
        None,
    )
    if told["fate"] == "triage" or (owner == code and told["fate"] != "returned"):
        return
    if told["fate"] == "returned":
        at = _work(county, at, 15)
        yield at
        wrong = owner if owner is not None and owner != code else "chengguan" if code != "chengguan" else "zhujian"
        if owner != wrong:
            await assigning.assign(county.conn, dispatcher, number, wrong, "", now=at)
        at = _work(county, at, 50)
        yield at
        await assigning.give_back(county.conn, county.by_department[wrong], number, "1", told["return_reason"], now=at)
    at = _work(county, at, 25)
    yield at
    await assigning.assign(county.conn, dispatcher, number, code, "", now=at)


async def _answered(county: _County, number: str, told: Mapping[str, Any], at: datetime) -> AsyncGenerator[datetime, None]:
    """签收, a note, a draft, and the answer that reaches the citizen."""
    conn, actor = county.conn, county.by_department[told["department"]]
    at = _work(county, at, 20 + len(told["text"]) % 60)
    yield at
    await assigning.accept(conn, actor, number, now=at)
    if told.get("note"):
        await assigning.note(conn, actor, number, told["note"], now=at)
    minutes = told["reply_minutes"] or 60
    if told["fate"] in ("accepted", "answering") or (minutes > 70 and len(told["text"]) % 7):
        soon = _work(county, at, 15)
        yield soon
        await answering.reply(conn, actor, number, _INTERIM[len(told["text"]) % len(_INTERIM)], now=soon)
        await _arrive(county, soon)
    if told["fate"] == "accepted":
        return
    if told["fate"] == "answering":
        at = _work(county, at, 30)
        yield at
        await answering.draft(conn, actor, number, told["answer"], now=at)
        return
    at = _work(county, at, minutes)
    yield at
    await answering.answer(conn, actor, number, told["answer"], now=at)
    await _arrive(county, at)


async def _arrive(county: _County, at: datetime) -> None:
    """The platform took what was owed, a moment later."""
    for owed in await delivery.claim(county.conn, [county.account.id], now=at, wall=at, size=10):
        await delivery.sent(county.conn, owed, now=at + timedelta(seconds=2), wall=at)


async def _afterwards(
    county: _County, number: int, ticket_number: str, told: Mapping[str, Any], at: datetime
) -> AsyncGenerator[datetime, None]:
    """Published by the editor, a word from the citizen, closed."""
    if told.get("publish"):
        at = _work(county, at, 90)
        yield at
        await _publish(county, ticket_number, told["publish"], at)
    verdict = _VERDICTS.get(number % 9)
    if verdict:
        at += timedelta(hours=2)
        yield at
        await intake.receive(county.conn, county.account, _text(county, number, told, verdict, "-verdict"), now=at, wall=at)
    later = told.get("follow_up")
    if later and (meaning_of(_text(county, number, told, later, "-later")) is Meaning.THANKS or "?" in later or "吗" in later):
        at += timedelta(hours=20)
        yield at
        await intake.receive(county.conn, county.account, _text(county, number, told, later, "-later"), now=at, wall=at)
    if told["fate"] == "closed":
        at = min(at + timedelta(days=3), county.until - 5 * _MINUTES)
        yield at
        await ending.close(county.conn, county.by_department[told["department"]], ticket_number, now=at)


async def _end_otherwise(county: _County, number: str, told: Mapping[str, Any], at: datetime) -> None:
    if told["fate"] == "withdrawn":
        await ending.withdraw(county.conn, county.staff["paidan"], number, told["withdrawal"], now=at)
        return
    into = county.numbers.get(told["merged_into"])
    target = into and await tickets.by_number(county.conn, county.account.id, into)
    if into and target and target.state in (State.TRIAGE, State.ASSIGNED, State.ACCEPTED, State.ANSWERING):
        await merging.merge(county.conn, county.staff["paidan"], number, into, now=at)
    else:
        await ending.withdraw(county.conn, county.staff["paidan"], number, "和上一条是同一件事，按上一条答复就行。", now=at)


async def _publish(county: _County, number: str, wanted: Mapping[str, Any], at: datetime) -> None:
    editor = county.staff["bianji"]
    proposal = await publishing.propose(county.conn, editor, number)
    try:
        async with county.conn.transaction():
            await publishing.publish(
                county.conn, editor, number, Wanted(doubts_read=True), title=wanted["title"], seal=proposal.seal,
                for_digest=wanted["digest"], now=at,
            )  # fmt: skip
    except (DeskError, InvalidForm):
        return  # what cannot be published safely stays for the editor, as in life


async def _pushes(county: _County) -> AsyncGenerator[datetime, None]:
    """The daily push of the past, which the platform reported as sent."""
    day = (county.until - timedelta(days=DAYS)).astimezone(county.account.zone).date()
    while True:
        slot = slot_on(county.calendar, day, county.account.push_at)
        day += timedelta(days=1)
        if slot is None:
            continue
        yield slot
        await digesting.plan(county.conn, county.account, now=slot, wall=slot)
        for digest in await digesting.claim(county.conn, [county.account.id], now=slot, wall=slot):
            msg_id = f"31{digest['digest_id']:06d}"
            await digesting.submitted(county.conn, county.account.id, digest["digest_id"], msg_id)
            report = {"MsgID": msg_id, "Status": "send success", "SentCount": str(18_000 + digest["digest_id"] * 7)}
            await digesting.sent(county.conn, county.account, report, now=slot + 3 * _MINUTES)


async def _looks(county: _County) -> AsyncGenerator[datetime, None]:
    """The worker looks for topics through the last days; the editor ties what was published to the one that it is about."""
    at = seen = county.until - _WATCHED
    while True:
        yield at
        while await similar.index_owed(county.conn, [county.account.id], size=100):
            pass
        await spotting.look(county.conn, county.account, now=at, wall=at)
        seen = await _tie(county, seen, at)
        at += timedelta(hours=2)


async def _tie(county: _County, since: datetime, at: datetime) -> datetime:
    editor = county.staff["bianji"]
    published = await publications.newest(county.conn, county.account.id, department=None, before=2**62, size=3)
    for topic in await topics.listed(county.conn, editor):
        for each in published:
            if each["published_at"] >= since and any(word in each["title"] for word in topic["words"]):
                await topics.tie(county.conn, editor, topic["topic_id"], {"publication": str(each["publication_id"])}, now=at)
    return at


async def _ask(county: _County, number: int, told: Mapping[str, Any], at: datetime) -> str | None:
    reply = await intake.receive(county.conn, county.account, _text(county, number, told, told["text"], ""), now=at, wall=at)
    return None if reply is None else reply.facts.get("number")


def _asked_at(county: _County, told: Mapping[str, Any]) -> datetime:
    """When it was asked. What is still open was asked in the last working hours, so that few are overdue at any hour."""
    if told["fate"] in _OPEN_MINUTES and told["days_ago"] < 7:
        first, apart = _OPEN_MINUTES[told["fate"]]
        return _work_before(county, first + apart * told["order"])
    return county.until - timedelta(days=told["days_ago"])


def _work_before(county: _County, minutes: int) -> datetime:
    """The instant from which this much working time has passed until now."""
    left, day = minutes * _MINUTES, county.until.astimezone(county.account.zone).date()
    while True:
        for opens, closes in reversed(county.calendar.spans(day)):
            closed = min(closes, county.until)
            if closed > opens:
                if closed - opens >= left:
                    return closed - left
                left -= closed - opens
        day -= timedelta(days=1)


def _text(county: _County, number: int, told: Mapping[str, Any], text: str, suffix: str) -> InboundMessage:
    # One person of the county is one openid an inquiry: two matters of one citizen at a time would be one ticket.
    openid = f"oYx_seed_{told['citizen']:04d}_{number:04d}_county"
    return InboundMessage(f"m:seed-{county.account.code}-{number}{suffix}", openid, "text", text)


def _work(county: _County, at: datetime, minutes: int) -> datetime:
    return county.calendar.add(at, minutes * _MINUTES)


def _inquiries() -> list[dict[str, Any]]:
    names = (*(f"inquiries_{number}" for number in range(1, 6)), "burst")
    every: list[dict[str, Any]] = [each for name in names for each in read(name)]
    every.sort(key=lambda each: each["days_ago"])
    seen: Counter[str] = Counter()
    for each in every:
        each["order"] = seen[each["fate"]]
        seen[each["fate"]] += 1
    return every[::-1]


def read(name: str) -> Any:
    return json.loads(resources.files("servicedesk.sandbox").joinpath(f"county/{name}.json").read_text("utf-8"))
