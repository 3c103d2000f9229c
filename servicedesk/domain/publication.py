"""What a public text must be before it is public."""

from __future__ import annotations

from dataclasses import dataclass

from servicedesk.domain.errors import InvalidForm

TITLE_LIMIT = 32  # characters of a WeChat article's title


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
