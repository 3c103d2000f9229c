"""Making an answer public: masked, seen by a person beside the original, confirmed, checked for leaks once more."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.desk import Act, check
from servicedesk.domain.errors import AlreadyPublished, InvalidForm, NotFound
from servicedesk.domain.model import Account, Actor, Event, Ticket
from servicedesk.domain.publication import IDENTIFYING_DIGITS, PublicText, check_complete, check_kept, digits_of
from servicedesk.language.anonymise import STAND_IN_SIGNS, Span, find_spans, mask
from servicedesk.language.rules import occurrences
from servicedesk.store import accounts, answers, messages, pictures, publications, tickets
from servicedesk.store.db import Conn, View
from servicedesk.usecases import picturing, searching
from servicedesk.usecases.finding import ticket_for, ticket_seen
from servicedesk.usecases.picturing import NO_PICTURES, Checked

ALSO_LIMIT = 50


@dataclass(frozen=True)
class Proposal:
    """The original and the masked texts side by side, and a seal of the masked ones for the confirmation."""

    ticket: Ticket
    question: str
    answer: str
    masked_question: str
    masked_answer: str
    question_spans: tuple[Span, ...]
    answer_spans: tuple[Span, ...]
    masked_also: tuple[str, ...]
    kept: tuple[str, ...]
    seal: str
    published: View | None


async def propose(
    conn: Conn, actor: Actor, number: str, *, masked_also: Sequence[str] = (), kept: Sequence[str] = ()
) -> Proposal:
    """What would be public, with further words masked and some of the answer's spans left readable."""
    ticket = await ticket_seen(conn, actor, number)
    check(actor, Act.PUBLISH, ticket)
    return await _propose(conn, ticket, masked_also, kept)


async def publish(
    conn: Conn,
    actor: Actor,
    number: str,
    *,
    title: str,
    masked_also: Sequence[str],
    kept: Sequence[str],
    seal: str,
    for_digest: bool,
    now: datetime,
    pictures_seal: str = NO_PICTURES.seal,
    pictures_checked: Checked = NO_PICTURES,
) -> int:
    """Publish what the editor saw; returns the publication's id. The copies of its pictures were read and checked before.

    Raises AlreadyPublished, or InvalidForm where the seal is not that of the masked texts (they changed since the editor
    looked), where a part is missing, or where anything that identifies the citizen would still be readable.
    """
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.PUBLISH, ticket)
    proposal = await _propose(conn, ticket, masked_also, kept)
    if proposal.published is not None:
        raise AlreadyPublished
    if not hmac.compare_digest(seal, proposal.seal):
        raise InvalidForm("seal", "changed")
    copies = await picturing.seen_and_checked(conn, ticket, pictures_seal, pictures_checked)
    text = PublicText(title.strip(), proposal.masked_question, proposal.masked_answer)
    check_complete(text)
    check_kept(list(proposal.kept), proposal.question)
    await asyncio.to_thread(_check_leaks, text, proposal, await _office_phones(conn, ticket))
    if ticket.department_id is None:
        raise NotFound
    made = await publications.add(
        conn, ticket, ticket.department_id, text, masked_also=proposal.masked_also, kept=proposal.kept,
        for_digest=for_digest, by=actor.staff_id, now=now,
        words=await searching.words_of_publication(conn, ticket.account_id, f"{text.title}\n{text.question}\n{text.answer}"),
    )  # fmt: skip
    if made is None:
        raise AlreadyPublished
    await pictures.publish(conn, ticket, copies, made)
    await tickets.add_event(conn, ticket, Event("published", {"title": text.title}), now=now, staff_id=actor.staff_id)
    return made


async def to_publish(conn: Conn, actor: Actor, *, size: int = 60) -> list[View]:
    """Answered tickets that are not public yet."""
    check_page(actor, Page.EDITING)
    return await publications.to_publish(conn, actor.account_id, size=size)


async def portal(conn: Conn, account: Account, *, department: str | None, before: int, size: int) -> list[View]:
    """Published answers, newest first."""
    return await publications.newest(conn, account.id, department=department, before=before, size=size)


async def one(conn: Conn, account: Account, publication_id: int) -> View:
    """One published answer. Raises NotFound."""
    found = await publications.by_id(conn, account.id, publication_id)
    if found is None:
        raise NotFound
    return found


async def _propose(conn: Conn, ticket: Ticket, masked_also: Sequence[str], kept: Sequence[str]) -> Proposal:
    question = await messages.citizens_words(conn, ticket)
    given = await answers.answer_given(conn, ticket)
    answer = "" if given is None else given["body"]
    also = tuple(word.strip() for word in masked_also if word.strip())[:ALSO_LIMIT]
    own = await _office_phones(conn, ticket)
    # Some 100 ms of reading for the longest texts: not on the loop that answers everybody else.
    question_spans, answer_spans = await asyncio.to_thread(_spans, question, answer, also, own)
    masked_question, masked_answer = mask(question, question_spans), mask(answer, answer_spans, kept)
    seal = hashlib.sha256(f"{masked_question}\0{masked_answer}".encode()).hexdigest()
    return Proposal(
        ticket, question, answer, masked_question, masked_answer, question_spans, answer_spans, also, tuple(kept), seal,
        await publications.of_ticket(conn, ticket),
    )  # fmt: skip


def _spans(question: str, answer: str, also: Sequence[str], own: frozenset[str]) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    question_spans = tuple(span for span in find_spans(question, also) if span.text not in own)
    # What identifies the citizen in their own words is masked wherever the answer repeats it.
    theirs = _identifying(question_spans)
    return question_spans, tuple(span for span in find_spans(answer, [*also, *theirs]) if span.text not in own)


def _identifying(spans: Sequence[Span]) -> frozenset[str]:
    return frozenset(span.text for span in spans if len(span.text) > 1)


async def _office_phones(conn: Conn, ticket: Ticket) -> frozenset[str]:
    """The departments' own telephones, which an answer may name."""
    return frozenset(department.phone for department in await accounts.departments(conn, ticket.account_id))


def _check_leaks(text: PublicText, proposal: Proposal, own: frozenset[str]) -> None:
    """Look once more at exactly what will be public. Raises InvalidForm with the field and what would still be readable.

    That very citizen's identifiers must be nowhere in it, however they are spelt; and nothing that reads like anybody's may be,
    unless an editor decided to keep it or it is an office's own.
    """
    theirs = _identifying(proposal.question_spans)
    numbers = {digits for digits in map(digits_of, theirs) if len(digits) >= IDENTIFYING_DIGITS}
    for field, part in (("title", text.title), ("question", text.question), ("answer", text.answer)):
        for start, end in occurrences(part, theirs):
            raise InvalidForm(field, "leak", span=part[start:end])
        said = digits_of(part)
        for digits in numbers:
            if digits in said:
                raise InvalidForm(field, "leak", span=digits)
        kept = own if field == "title" else own.union(proposal.kept)
        for span in find_spans(part):
            if span.text not in kept and not any(sign in span.text for sign in STAND_IN_SIGNS):
                raise InvalidForm(field, "leak", span=span.text)
