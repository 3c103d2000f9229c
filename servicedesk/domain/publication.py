"""What a public text must be before it is public."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from servicedesk.domain.errors import InvalidForm

TITLE_LIMIT = 32  # characters of a WeChat article's title
IDENTIFYING_DIGITS = 7  # of a telephone, however it is spaced


@dataclass(frozen=True)
class PublicText:
    """What is to be published, already masked."""

    title: str
    question: str
    answer: str


def check_complete(text: PublicText) -> None:
    """Raise InvalidForm where a part is missing or too long."""
    if not text.title.strip():
        raise InvalidForm("title", "missing")
    if len(text.title) > TITLE_LIMIT:
        raise InvalidForm("title", "too_long", limit=str(TITLE_LIMIT))
    if not text.question.strip():
        raise InvalidForm("question", "missing")
    if not text.answer.strip():
        raise InvalidForm("answer", "missing")


def check_kept(kept: list[str], citizen_wrote: str) -> None:
    """Raise InvalidForm where something to be left readable stands in the citizen's own words: that is theirs, and masked."""
    theirs, their_digits = _plain(citizen_wrote), digits_of(citizen_wrote)
    for span in kept:
        digits = digits_of(span)
        if _plain(span) in theirs or (len(digits) >= IDENTIFYING_DIGITS and digits in their_digits):
            raise InvalidForm("kept", "citizens_own", span=span)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def digits_of(text: str) -> str:
    """The digits of a text, of every width and script, without what stands between them."""
    return "".join(str(unicodedata.digit(char)) for char in _plain(text) if char.isdecimal())
