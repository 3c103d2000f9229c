"""Masking a ticket's texts for publication: what is the citizen's own, what may stay, what is in doubt, what would leak."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from servicedesk.domain.errors import InvalidForm, NoMasking
from servicedesk.domain.model import Ticket
from servicedesk.domain.publication import PublicText
from servicedesk.language.anonymise import Span, find_identifiers, find_spans
from servicedesk.language.guessed_names import Strength
from servicedesk.language.officials import Official, may_stay
from servicedesk.language.own import Own, find_own
from servicedesk.language.person_model import ModelUnavailable
from servicedesk.language.rules import narrowed
from servicedesk.language.stand_ins import StandIns
from servicedesk.store import accounts, citizens
from servicedesk.store import masking as rows
from servicedesk.store.db import Conn

_T = TypeVar("_T")
_WORDS_READ = 200  # messages of the citizen
_OF_OPINION = frozenset({"school", "class", "illness", "chosen"})
_DOUBTFUL = frozenset({"likely", "again", "place", "child", "announced"})


@dataclass(frozen=True)
class Wanted:
    """What the editor asks for: more words masked, some left readable, how much doubt masks, whether doubts were looked at."""

    also: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    strength: Strength | None = None
    doubts_read: bool = False


@dataclass(frozen=True)
class Known:
    """What the desk knows for masking a ticket."""

    owned: tuple[Own, ...]
    officials: tuple[Official, ...]
    phones: frozenset[str]
    strength: Strength


@dataclass(frozen=True)
class Masked:
    """Question and answer as they would be public: what is masked, what stays by the list, what a stricter look doubts."""

    question: str
    answer: str
    question_spans: tuple[Span, ...]
    answer_spans: tuple[Span, ...]
    stays: tuple[Span, ...]
    doubts: tuple[Span, ...]

    def may_keep(self, span: Span) -> bool:
        """Whether the editor may leave a span readable: never what is the citizen's own."""
        if span.reason == "own":
            return False
        if span.reason != "asked" and span not in self.question_spans:
            return True
        return span.kind in _OF_OPINION or (span.kind == "name" and (len(span.text) == 1 or span.reason in {"likely", "again"}))


async def known_of(conn: Conn, ticket: Ticket, strength: Strength | None) -> Known:
    """What the desk knows: the citizen's identifiers from the store and from all they wrote, officials, offices' telephones."""
    departments = await accounts.departments(conn, ticket.account_id)
    phones = frozenset(department.phone for department in departments if department.phone)
    citizen = await citizens.by_id(conn, ticket.account_id, ticket.citizen_id)
    said = await rows.words_of_citizen(conn, ticket, size=_WORDS_READ)
    noted = await rows.words_of_notes(conn, ticket)
    found = await in_thread(_identifiers, said, noted, phones)
    stored = (Own("number", citizen.openid), Own("number", ticket.number))
    return Known(
        (*stored, *found),
        tuple(await rows.officials(conn, ticket.account_id)),
        phones,
        strength or await rows.strength_of(conn, ticket.account_id),
    )


async def masked(question: str, answer: str, known: Known, wanted: Wanted) -> Masked:
    """The texts masked as wanted. Raises NoMasking."""
    return await in_thread(_masked, question, answer, known, wanted)


async def check(text: PublicText, masked_texts: Masked, known: Known, wanted: Wanted) -> None:
    """Look once more, and strictly, at exactly what will be public. Raises InvalidForm with the field and what is readable.

    The citizen's identifiers must be nowhere in it, however they are spelt; and nothing that reads like anybody's may be,
    unless an editor decided to keep it or it is an office's own.
    """
    for word in wanted.kept:
        if any(span.text == word and not masked_texts.may_keep(span) for span in _all(masked_texts)):
            raise InvalidForm("kept", "citizens_own", span=word)
        if next(find_own(word, known.owned), None) is not None:
            raise InvalidForm("kept", "citizens_own", span=word)
    leak = await in_thread(_leak, text, masked_texts, known, wanted)
    if leak is not None:
        raise InvalidForm(leak[0], "leak", span=leak[1])


async def in_thread(read: Callable[..., _T], *args: object) -> _T:
    """Some 300 ms of reading for the longest texts: not on the loop that answers everybody else. Raises NoMasking."""
    try:
        return await asyncio.to_thread(read, *args)
    except ModelUnavailable as failure:
        raise NoMasking from failure


def _identifiers(said: Sequence[str], noted: Sequence[str], phones: frozenset[str]) -> list[Own]:
    found = [
        *(own for text in said for own in find_identifiers(text)),
        *(own for text in noted for own in find_identifiers(text) if own.kind != "name"),
    ]
    offices = {narrowed(phone) for phone in phones}
    return [own for own in dict.fromkeys(found) if narrowed(own.text) not in offices]


def _masked(question: str, answer: str, known: Known, wanted: Wanted) -> Masked:
    question_all = find_spans(question, wanted.also, known.strength, known.owned)
    question_spans = [span for span in question_all if not _stays(question, span, known)]
    # What identifies anybody in the citizen's words is masked wherever the answer repeats it.
    asked = [Own(span.kind, span.text) for span in question_spans if len(span.text) > 1 and span.reason != "own"]
    answer_all = find_spans(answer, wanted.also, known.strength, known.owned, asked)
    answer_spans = [span for span in answer_all if not _stays(answer, span, known)]
    stays = [
        *(span for span in question_all if span.kind == "name" and span not in question_spans),
        *(span for span in answer_all if span not in answer_spans),
    ]
    draft = Masked("", "", tuple(question_spans), tuple(answer_spans), tuple(stays), ())
    keeps = [word for word in wanted.kept if not any(span.text == word and not draft.may_keep(span) for span in _all(draft))]
    words = StandIns(question_spans, answer_spans)
    public = (words.mask(question, question_spans, keeps), words.mask(answer, answer_spans, keeps))
    readable = {*keeps, *known.phones}
    doubts = [span for text in public for span in _readable(text, known) if span.text not in readable]
    return Masked(*public, tuple(question_spans), tuple(answer_spans), tuple(stays), tuple(dict.fromkeys(doubts)))


def _leak(text: PublicText, masked_texts: Masked, known: Known, wanted: Wanted) -> tuple[str, str] | None:
    asked = [
        Own(span.kind, span.text) for span in masked_texts.question_spans if len(span.text) > 1 and span.text not in wanted.kept
    ]
    doubted = {span.text for span in masked_texts.doubts} if wanted.doubts_read else set()
    for field, part in (("title", text.title), ("question", text.question), ("answer", text.answer)):
        for start, end, _ in find_own(part, [*known.owned, *asked]):
            return field, part[start:end]
        allowed = known.phones | doubted | (set() if field == "title" else set(wanted.kept))
        for span in _readable(part, known):
            if span.text not in allowed:
                return field, span.text
    return None


def _readable(text: str, known: Known) -> Iterator[Span]:
    """What a strict look still finds in a text that is to be public."""
    return (span for span in find_spans(text, (), Strength.STRICT, known.owned) if not _stays(text, span, known))


def _stays(text: str, span: Span, known: Known) -> bool:
    return span.text in known.phones or may_stay(text, span, known.officials)


def _all(masked_texts: Masked) -> tuple[Span, ...]:
    return (*masked_texts.question_spans, *masked_texts.answer_spans)
