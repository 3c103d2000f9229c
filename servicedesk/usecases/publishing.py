"""Making an answer public: masked, seen by a person beside the original, confirmed, checked for leaks once more."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime

from servicedesk.domain.access import Page, check_page
from servicedesk.domain.desk import Act, check
from servicedesk.domain.errors import AlreadyPublished, InvalidForm, NotFound
from servicedesk.domain.model import Account, Actor, Event, Ticket
from servicedesk.domain.publication import PublicText, check_complete
from servicedesk.language.guessed_names import Strength
from servicedesk.store import answers, messages, pictures, publications, tickets
from servicedesk.store.db import Conn, View
from servicedesk.usecases import masking, picturing, searching
from servicedesk.usecases.finding import ticket_for, ticket_seen
from servicedesk.usecases.masking import Known, Masked, Wanted
from servicedesk.usecases.picturing import NO_PICTURES, Checked

ALSO_LIMIT = 50
NOTHING_MORE = Wanted()


@dataclass(frozen=True)
class Proposal:
    """The original and the masked texts side by side, and a seal of the masked ones for the confirmation."""

    ticket: Ticket
    question: str
    answer: str
    masked: Masked
    masked_also: tuple[str, ...]
    kept: tuple[str, ...]
    strength: Strength
    seal: str
    published: View | None

    @property
    def masked_question(self) -> str:
        """The question as it would be public."""
        return self.masked.question

    @property
    def masked_answer(self) -> str:
        """The answer as it would be public."""
        return self.masked.answer


async def propose(conn: Conn, actor: Actor, number: str, wanted: Wanted = NOTHING_MORE) -> Proposal:
    """What would be public, masked as the editor wants it. Raises NoMasking."""
    ticket = await ticket_seen(conn, actor, number)
    check(actor, Act.PUBLISH, ticket)
    return (await _propose(conn, ticket, wanted))[0]


async def publish(
    conn: Conn,
    actor: Actor,
    number: str,
    wanted: Wanted = NOTHING_MORE,
    *,
    title: str,
    seal: str,
    for_digest: bool,
    now: datetime,
    pictures_seal: str = NO_PICTURES.seal,
    pictures_checked: Checked = NO_PICTURES,
) -> int:
    """Publish what the editor saw; returns the publication's id. The copies of its pictures were read and checked before.

    Raises AlreadyPublished, NoMasking, or InvalidForm where the seal is not that of the masked texts (they changed since the
    editor looked), where a part is missing, or where anything that identifies the citizen would still be readable.
    """
    ticket = await ticket_for(conn, actor, number)
    check(actor, Act.PUBLISH, ticket)
    proposal, known = await _propose(conn, ticket, wanted)
    if proposal.published is not None:
        raise AlreadyPublished
    if not hmac.compare_digest(seal, proposal.seal):
        raise InvalidForm("seal", "changed")
    copies = await picturing.seen_and_checked(conn, ticket, pictures_seal, pictures_checked)
    text = PublicText(title.strip(), proposal.masked_question, proposal.masked_answer)
    check_complete(text)
    await masking.check(text, proposal.masked, known, wanted)
    if ticket.department_id is None:
        raise NotFound
    readable = dict.fromkeys([*proposal.kept, *(span.text for span in proposal.masked.doubts if wanted.doubts_read)])
    made = await publications.add(
        conn, ticket, ticket.department_id, text, masked_also=proposal.masked_also, kept=tuple(readable),
        masking=known.strength, for_digest=for_digest, by=actor.staff_id, now=now,
        words=await searching.words_of_publication(conn, ticket.account_id, f"{text.title}\n{text.question}\n{text.answer}"),
    )  # fmt: skip
    if made is None:
        raise AlreadyPublished
    await tickets.add_event(conn, ticket, Event("published", {"title": text.title}), now=now, staff_id=actor.staff_id)
    await pictures.publish(conn, ticket, copies, made)
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


async def _propose(conn: Conn, ticket: Ticket, wanted: Wanted) -> tuple[Proposal, Known]:
    question = await messages.citizens_words(conn, ticket)
    given = await answers.answer_given(conn, ticket)
    answer = "" if given is None else given["body"]
    wanted = replace(wanted, also=tuple(word.strip() for word in wanted.also if word.strip())[:ALSO_LIMIT])
    known = await masking.known_of(conn, ticket, wanted.strength)
    masked = await masking.masked(question, answer, known, wanted)
    seal = hashlib.sha256(f"{masked.question}\0{masked.answer}".encode()).hexdigest()
    published = await publications.of_ticket(conn, ticket)
    return Proposal(ticket, question, answer, masked, wanted.also, wanted.kept, known.strength, seal, published), known
