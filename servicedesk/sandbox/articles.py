"""Drafts of articles, their limits, and what became of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from servicedesk.sandbox.errors import PlatformError

LONGEST_TITLE = 32
LONGEST_AUTHOR = 16
LONGEST_DIGEST = 128
LONGEST_CONTENT = 20_000
LARGEST_CONTENT = 1024 * 1024
MOST_ARTICLES = 8
_DIGEST_FROM_CONTENT = 54
PUBLISHED, PUBLISHING = 0, 1


@dataclass(frozen=True)
class DraftArticle:
    """One article as draft/add takes it."""

    title: str
    content: str
    thumb_media_id: str
    author: str = ""
    digest: str = ""
    content_source_url: str = ""
    need_open_comment: int = 0
    only_fans_can_comment: int = 0


@dataclass(frozen=True)
class Publication:
    """Articles under one article_id: published by freepublish, or sent to all; `status` as freepublish/get tells it."""

    article_id: str
    articles: tuple[DraftArticle, ...]
    at: datetime
    publish_id: str = ""
    status: int = PUBLISHED
    deleted: tuple[int, ...] = ()  # article numbers from 1; 0 is all
    origin: str = ""

    def url(self, number: int) -> str:
        """The page of the article of a number, from 1."""
        return f"{self.origin}/s/{self.article_id}/{number}"

    def is_deleted(self, number: int) -> bool:
        """Whether the article of a number was taken down."""
        return number in self.deleted or 0 in self.deleted


def draft_articles(body: Mapping[str, Any], covers: Collection[str]) -> tuple[DraftArticle, ...]:
    """The articles of a draft/add, each within the limits; `covers` are the permanent pictures there are."""
    articles = body.get("articles")
    if not isinstance(articles, Sequence) or not articles:
        raise PlatformError(44003)
    if len(articles) > MOST_ARTICLES:
        raise PlatformError(45008)
    return tuple(_draft_article(article, covers) for article in articles)


def _draft_article(fields: Any, covers: Collection[str]) -> DraftArticle:
    if not isinstance(fields, Mapping):
        raise PlatformError(47001)
    title, content = str(fields.get("title", "")), str(fields.get("content", ""))
    author, digest = str(fields.get("author", "")), str(fields.get("digest", ""))
    if not title or len(title) > LONGEST_TITLE:
        raise PlatformError(45003)
    if len(author) > LONGEST_AUTHOR:
        raise PlatformError(45110)
    if len(digest) > LONGEST_DIGEST:
        raise PlatformError(45004)
    if not content:
        raise PlatformError(44004)
    if len(content) >= LONGEST_CONTENT or len(content.encode()) >= LARGEST_CONTENT:
        raise PlatformError(45002)
    thumb = str(fields.get("thumb_media_id", ""))
    if thumb not in covers:
        raise PlatformError(40007)
    return DraftArticle(
        title=title,
        content=without_scripts(content),
        thumb_media_id=thumb,
        author=author,
        digest=digest or plain_text(content)[:_DIGEST_FROM_CONTENT],
        content_source_url=str(fields.get("content_source_url", "")),
        need_open_comment=1 if fields.get("need_open_comment") else 0,
        only_fans_can_comment=1 if fields.get("only_fans_can_comment") else 0,
    )


def without_scripts(content: str) -> str:
    """The platform takes JavaScript out of an article."""
    return re.sub(r"(?is)<script\b.*?(</script\s*>|$)", "", content)


def plain_text(content: str) -> str:
    """An article's words without its tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", content).split())
