"""A citizen's chat with an account, entry by entry, as both would see it on the phone."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from servicedesk.sandbox.codec import encode

REMEMBERED_ENTRIES = 500
FAILURE_LINE = "该公众号暂时无法提供服务,请稍后再试"
_ALWAYS_SHOWN = {"id", "sender", "kind", "text", "articles", "media_url", "at"}


@dataclass(frozen=True)
class Article:
    """A card that leads to a page."""

    title: str
    digest: str = ""
    url: str = ""
    cover: str = ""


@dataclass(frozen=True)
class Choice:
    """One line of a menu message (msgmenu)."""

    id: str
    content: str


@dataclass(frozen=True)
class Entry:
    """One thing in a chat. `sender` is citizen, account or system; `via` is how an account's entry came."""

    kind: str
    sender: str
    text: str = ""
    id: int = 0
    at: datetime | None = None
    via: str = ""
    articles: tuple[Article, ...] = ()
    choices: tuple[Choice, ...] = ()
    media_url: str = ""
    title: str = ""
    tail: str = ""
    url: str = ""
    key: str = ""
    seconds: int = 0
    latitude: float | None = None
    longitude: float | None = None
    label: str = ""

    def to_json(self) -> dict[str, Any]:
        """What the page and tests read: always the common fields, others when there is something in them."""
        held = {field.name: getattr(self, field.name) for field in fields(self)}
        shown = {name: encode(value) for name, value in held.items() if name in _ALWAYS_SHOWN or value}
        shown["from"] = shown.pop("sender")
        return shown


def appended(chat: list[Entry], entry: Entry, now: datetime) -> Entry:
    """Put an entry at the end of a chat, numbered and dated; the oldest are forgotten."""
    dated = replace(entry, id=chat[-1].id + 1 if chat else 1, at=now)
    chat.append(dated)
    del chat[:-REMEMBERED_ENTRIES]
    return dated
