"""What an account sends, from the API's JSON to an entry of a chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from servicedesk.sandbox.articles import Publication
from servicedesk.sandbox.chats import Article, Choice, Entry
from servicedesk.sandbox.errors import PlatformError
from servicedesk.sandbox.platform import OfficialAccount

LARGEST_TEXT = 2048

_Reader = Callable[[OfficialAccount, Mapping[str, Any], datetime, str], Entry]


def custom_entry(official: OfficialAccount, body: Mapping[str, Any], now: datetime, prefix: str) -> Entry:
    """A customer message's content; `prefix` is where the sandbox is mounted. 40008 for a kind there is not."""
    return _read(_CUSTOM, official, body, now, prefix)


def mass_entry(official: OfficialAccount, body: Mapping[str, Any], now: datetime, prefix: str) -> Entry:
    """A mass send's content other than articles."""
    return _read(_MASS, official, body, now, prefix)


def card_entry(official: OfficialAccount, publication: Publication) -> Entry:
    """A publication as cards."""
    return Entry("news", "account", articles=official.cards(publication))


def notice_entry(body: Mapping[str, Any], via: str) -> Entry:
    """A template message, a subscription notice or a one-time subscription message."""
    if not body.get("template_id"):
        raise PlatformError(40037)
    fields = body.get("data")
    if not isinstance(fields, Mapping):
        raise PlatformError(47001)
    lines = [str(field.get("value", "")) for field in fields.values() if isinstance(field, Mapping)]
    return Entry(
        "notice", "account", text="\n".join(lines), title=_text(body, "title"), via=via,
        url=_text(body, "url") or _text(body, "page"),
    )  # fmt: skip


def checked_text(content: str) -> str:
    """A text the platform takes: 44004 empty, 45002 over 2,048 bytes."""
    if not content:
        raise PlatformError(44004)
    if len(content.encode()) > LARGEST_TEXT:
        raise PlatformError(45002)
    return content


def _read(
    kinds: Mapping[str, _Reader], official: OfficialAccount, body: Mapping[str, Any], now: datetime, prefix: str
) -> Entry:
    kind = _text(body, "msgtype")
    if kind not in kinds:
        raise PlatformError(40008)
    content = body.get(kind)
    if not isinstance(content, Mapping):
        raise PlatformError(47001)
    return kinds[kind](official, content, now, prefix)


def _text_message(_official: OfficialAccount, content: Mapping[str, Any], _now: datetime, _prefix: str) -> Entry:
    return Entry("text", "account", text=checked_text(_text(content, "content")))


def _file(kind: str, official: OfficialAccount, content: Mapping[str, Any], now: datetime, prefix: str) -> Entry:
    media = official.find_media(_text(content, "media_id"), {kind}, now)
    return Entry(
        kind, "account", media_url=f"{prefix}/media/{media.id}", seconds=media.seconds,
        title=_text(content, "title"), text=_text(content, "description"),
    )  # fmt: skip


def _news(_official: OfficialAccount, content: Mapping[str, Any], _now: datetime, _prefix: str) -> Entry:
    articles = content.get("articles")
    if not isinstance(articles, list) or not articles:
        raise PlatformError(44003)
    if len(articles) > 1:
        raise PlatformError(45008)
    return Entry("news", "account", articles=tuple(_article(article) for article in articles))


def _article(fields: Mapping[str, Any]) -> Article:
    return Article(_text(fields, "title"), _text(fields, "description"), _text(fields, "url"), _text(fields, "picurl"))


def _published_article(official: OfficialAccount, content: Mapping[str, Any], _now: datetime, _prefix: str) -> Entry:
    return card_entry(official, official.publication_of(_text(content, "article_id")))


def _menu_message(_official: OfficialAccount, content: Mapping[str, Any], _now: datetime, _prefix: str) -> Entry:
    lines = content.get("list")
    if not isinstance(lines, list) or not lines:
        raise PlatformError(44004)
    choices = tuple(Choice(_text(line, "id"), _text(line, "content")) for line in lines)
    head, tail = _text(content, "head_content"), _text(content, "tail_content")
    return Entry("msgmenu", "account", text=head, choices=choices, tail=tail)


def _text(fields: Mapping[str, Any], name: str) -> str:
    if not isinstance(fields, Mapping):
        raise PlatformError(47001)
    value = fields.get(name)
    return "" if value is None else str(value)


_CUSTOM: dict[str, _Reader] = {
    "text": _text_message,
    "image": partial(_file, "image"),
    "voice": partial(_file, "voice"),
    "video": partial(_file, "video"),
    "news": _news,
    "mpnewsarticle": _published_article,
    "msgmenu": _menu_message,
}
_MASS: dict[str, _Reader] = {"text": _text_message, "image": partial(_file, "image")}
