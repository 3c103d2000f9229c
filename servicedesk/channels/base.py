"""What every channel can do, and how it says no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from servicedesk.domain.sending import Refusal, Rung


class ChannelError(Exception):
    """The channel refused or could not be reached: what that means, and the channel's own code if it gave one."""

    def __init__(self, refusal: Refusal, code: int | None = None) -> None:
        super().__init__(f"{refusal} ({code})")
        self.refusal = refusal
        self.code = code


class TokenRefused(Exception):
    """The access token does not hold any more; a new one may."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class BadEnvelope(Exception):
    """A call that does not come from the platform or cannot be read: the HTTP status to give, and a reason to count."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Token:
    """An access token and how long it holds, in seconds."""

    value: str
    expires_in_s: int


@dataclass(frozen=True)
class File:
    """A file of a citizen."""

    content: bytes
    content_type: str


@dataclass(frozen=True)
class Article:
    """One piece of a digest."""

    title: str
    summary: str
    html: str
    url: str


@dataclass(frozen=True)
class Notice:
    """What a notice carries: the account's template, a few words by the template's names, and a link.

    scene: of a one-time authorisation; title: shown over a one-time message.
    """

    template_id: str
    fields: Mapping[str, str]
    url: str
    scene: str = ""
    title: str = ""


class Channel(Protocol):
    """Sending through one platform. Every call may raise ChannelError; those with a token also TokenRefused."""

    async def fetch_token(self, appid: str, secret: str) -> Token:
        """A new access token."""

    async def send_text(self, token: str, openid: str, text: str) -> None:
        """One customer message."""

    async def send_choices(self, token: str, openid: str, text: str, choices: Sequence[tuple[str, str]]) -> None:
        """One customer message with lines to tap: an id, and the words that the tap says."""

    async def send_picture(self, token: str, openid: str, media_id: str) -> None:
        """One customer message that is a picture."""

    async def send_notice(self, token: str, openid: str, rung: Rung, notice: Notice) -> None:
        """A message of the account's template, outside the reply window."""

    async def upload_picture(self, token: str, picture: bytes, content_type: str) -> str:
        """A picture to send; returns the channel's id of it, good for three days."""

    async def probe(self, token: str, right: str) -> None:
        """Ask for a right by a read that changes nothing; returns where it is granted."""

    async def fetch_media(self, token: str, media_id: str) -> File:
        """A file that a citizen sent."""

    async def upload_cover(self, token: str, picture: bytes) -> str:
        """A permanent picture; returns its id."""

    async def upload_article_picture(self, token: str, picture: bytes) -> str:
        """A JPEG below 1 MB for an article's text; returns its address, which lasts."""

    async def add_draft(self, token: str, articles: Sequence[Article], cover_id: str) -> str:
        """A draft of articles; returns its id."""

    async def mass_send(self, token: str, draft_id: str, client_msg_id: str) -> str:
        """Send a draft to all followers, once for a client_msg_id; returns the platform's id of the send."""

    async def put_menu(self, token: str, menu: Mapping[str, Any]) -> None:
        """The account's menu, in the channel's own form."""
