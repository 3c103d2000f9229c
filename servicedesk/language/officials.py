"""Names that may stay: who holds an office by the account's list, where the text shows the office; and organisations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from servicedesk.language.anonymise import Span
from servicedesk.language.rules import occurrences

_NEAR = 16  # characters on each side in which the office stands
_OF_PERSONS = frozenset({"own", "asked"})


@dataclass(frozen=True)
class Official:
    """An entry of the list; an organisation alone has no name, and post and organisation may be empty."""

    name: str
    post: str
    organisation: str


def may_stay(text: str, span: Span, officials: Sequence[Official]) -> bool:
    """Whether a span of a text is an official in office, or lies within a listed organisation's name.

    Somebody of the same name without the office beside it is masked, and so is whatever the citizen's own is.
    """
    if span.reason in _OF_PERSONS or span.kind not in {"name", "house"}:
        return False
    around = text[max(0, span.start - _NEAR) : span.end + _NEAR]
    if span.kind == "name" and any(_holds_office(span, each, around, text) for each in officials if each.name):
        return True
    organisations = (each.organisation for each in officials if each.organisation)
    return any(start <= span.start and span.end <= end for start, end in occurrences(text, organisations))


def _holds_office(span: Span, official: Official, around: str, text: str) -> bool:
    offices = [office for office in (official.post, official.organisation) if office]
    if span.text == official.name:
        return any(office in around for office in offices) or not offices
    # 王主任: the surname with the very post behind it.
    behind = text[span.end :]
    return (
        len(span.text) == 1 and official.name.startswith(span.text) and bool(official.post) and behind.startswith(official.post)
    )
