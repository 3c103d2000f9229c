"""The platform's rules for an official account: followers, windows, tokens, mass sends. Pure: `now` comes in."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from servicedesk.sandbox.accounts import SandboxAccount
from servicedesk.sandbox.articles import PUBLISHED, DraftArticle, Publication
from servicedesk.sandbox.chats import Article, Entry, appended
from servicedesk.sandbox.errors import PlatformError
from servicedesk.sandbox.media import Media
from servicedesk.sandbox.quotas import Usage, mass_sends_left
from servicedesk.sandbox.tokens import TokenBook
from servicedesk.sandbox.windows import Windows

LONGEST_CLIENT_MSG_ID = 64
CLIENT_MSG_ID_REMEMBERED = timedelta(hours=24)
TYPING_SHOWN = timedelta(seconds=15)


@dataclass(frozen=True)
class Follower:
    """A citizen whom the account has met; `authorisations` are the scenes of one-time subscriptions not used yet."""

    openid: str
    following: bool
    since: datetime
    windows: Windows = field(default_factory=Windows)
    authorisations: tuple[str, ...] = ()
    typing_until: datetime | None = None


@dataclass(frozen=True)
class MassSend:
    """One mass send; `sent` is None until it is done."""

    msg_id: int
    at: datetime
    client_msg_id: str
    entry: Entry
    sent: int | None = None


@dataclass
class AccountState:
    """All that the platform remembers of an account; what a snapshot holds."""

    followers: dict[str, Follower] = field(default_factory=dict)
    chats: dict[str, list[Entry]] = field(default_factory=dict)
    tokens: TokenBook = field(default_factory=TokenBook)
    usage: Usage = field(default_factory=Usage)
    mass_sends: list[MassSend] = field(default_factory=list)
    media: dict[str, Media] = field(default_factory=dict)
    drafts: dict[str, tuple[DraftArticle, ...]] = field(default_factory=dict)
    publications: dict[str, Publication] = field(default_factory=dict)
    menu: dict[str, Any] = field(default_factory=dict)
    menu_id: int = 0
    last_number: int = 1_000_000


class OfficialAccount:
    """An account with its state; every method is one thing that happens to it."""

    def __init__(self, account: SandboxAccount, state: AccountState | None = None) -> None:
        self.account = account
        self.state = state or AccountState()

    def next_number(self) -> int:
        """A number for a job or message that no other has."""
        self.state.last_number += 1
        return self.state.last_number

    # -- what citizens do

    def met(self, openid: str, now: datetime) -> Follower:
        """The citizen; one never seen before is taken in as a follower."""
        return self.state.followers.setdefault(openid, Follower(openid, following=True, since=now))

    def follow(self, openid: str, now: datetime) -> None:
        """A citizen subscribes, which opens the short window."""
        before = self.met(openid, now)
        self._keep(replace(before, following=True, since=now, windows=before.windows.after_tap(now)))

    def unfollow(self, openid: str, now: datetime) -> None:
        """A citizen unsubscribes: windows and authorisations are gone."""
        self._keep(Follower(openid, following=False, since=self.met(openid, now).since))

    def hear(self, openid: str, now: datetime) -> None:
        """A citizen wrote."""
        before = self.met(openid, now)
        self._keep(replace(before, windows=before.windows.after_message(now), typing_until=None))

    def feel_tap(self, openid: str, now: datetime) -> None:
        """A citizen clicked the menu or scanned."""
        before = self.met(openid, now)
        self._keep(replace(before, windows=before.windows.after_tap(now)))

    def authorise(self, openid: str, scene: str, now: datetime) -> None:
        """A citizen allows one message for a scene; an empty scene is good for any."""
        before = self.met(openid, now)
        self._keep(replace(before, authorisations=(*before.authorisations, scene)))

    def show(self, openid: str, entry: Entry, now: datetime) -> Entry:
        """Put an entry into a citizen's chat."""
        return appended(self.state.chats.setdefault(openid, []), entry, now)

    # -- what the account does

    def reachable(self, openid: str) -> Follower:
        """A follower by openid; 40003 when unknown, 43004 when not following."""
        follower = self.state.followers.get(openid)
        if follower is None:
            raise PlatformError(40003)
        if not follower.following:
            raise PlatformError(43004)
        return follower

    def send_custom(self, openid: str, entry: Entry, now: datetime) -> Entry:
        """A customer message within the window: 45015 closed, 45047 over the number."""
        follower = self.reachable(openid)
        self._keep(replace(follower, windows=follower.windows.spend(now), typing_until=None))
        return self.show(openid, replace(entry, via="custom"), now)

    def type(self, openid: str, now: datetime, *, is_typing: bool) -> None:
        """Show or hide "typing" for a while; only in an open window."""
        follower = self.reachable(openid)
        if not follower.windows.left(now):
            raise PlatformError(45015)
        self._keep(replace(follower, typing_until=now + TYPING_SHOWN if is_typing else None))

    def is_typing(self, openid: str, now: datetime) -> bool:
        """Whether the citizen sees that the account is typing."""
        follower = self.state.followers.get(openid)
        return bool(follower and follower.typing_until and now < follower.typing_until)

    def send_authorised(self, openid: str, scene: str, entry: Entry, now: datetime) -> Entry:
        """A message for one authorisation, which is used up; 43019 without one."""
        follower = self.reachable(openid)
        left = list(follower.authorisations)
        used = scene if scene in left else ""
        if used not in left:
            raise PlatformError(43019)
        left.remove(used)
        self._keep(replace(follower, authorisations=tuple(left)))
        return self.show(openid, entry, now)

    def find_media(self, media_id: str, kinds: Iterable[str], now: datetime) -> Media:
        """A file that is still there and of one of the kinds; else 40007."""
        media = self.state.media.get(media_id)
        if media is None or media.is_gone(now) or media.kind not in kinds:
            raise PlatformError(40007)
        return media

    def covers(self) -> set[str]:
        """The permanent pictures, which an article may have as its cover."""
        return {media.id for media in self.state.media.values() if media.permanent and media.kind in ("image", "thumb")}

    def check_mass_send(self, client_msg_id: str, now: datetime) -> None:
        """Refuse one: 45067 long clientmsgid, 45065 sent within 24 h under this id, 45028 no quota left."""
        if len(client_msg_id.encode()) > LONGEST_CLIENT_MSG_ID:
            raise PlatformError(45067)
        for sent in self.state.mass_sends:
            if client_msg_id and sent.client_msg_id == client_msg_id and now < sent.at + CLIENT_MSG_ID_REMEMBERED:
                raise PlatformError(45065, msg_id=sent.msg_id)
        if mass_sends_left(self.account.kind, (sent.at for sent in self.state.mass_sends), now) < 1:
            raise PlatformError(45028)

    def begin_mass_send(self, client_msg_id: str, entry: Entry, now: datetime) -> MassSend:
        """Register a mass send, which counts from now; errors as in `check_mass_send`."""
        self.check_mass_send(client_msg_id, now)
        begun = MassSend(self.next_number(), now, client_msg_id, replace(entry, via="mass"))
        self.state.mass_sends.append(begun)
        return begun

    def end_mass_send(self, msg_id: int, now: datetime) -> MassSend:
        """Put a mass send into the chat of every follower; one that is done already stays as it is."""
        place = next(place for place, one in enumerate(self.state.mass_sends) if one.msg_id == msg_id)
        begun = self.state.mass_sends[place]
        if begun.sent is None:
            reached = [one.openid for one in self.state.followers.values() if one.following]
            for openid in reached:
                self.show(openid, begun.entry, now)
            self.state.mass_sends[place] = replace(begun, sent=len(reached))
        return self.state.mass_sends[place]

    def publish(self, articles: tuple[DraftArticle, ...], now: datetime, *, origin: str, status: int) -> Publication:
        """Articles get an article_id, and each a page."""
        number = str(self.next_number())
        publication = Publication(
            secrets.token_urlsafe(32), articles, now, publish_id=f"2247{number}", status=status, origin=origin
        )
        self.state.publications[publication.article_id] = publication
        return publication

    def cards(self, publication: Publication) -> tuple[Article, ...]:
        """A publication as cards in a chat; articles that were taken down are left out."""
        return tuple(
            Article(one.title, one.digest, publication.url(number), f"{publication.origin}/media/{one.thumb_media_id}")
            for number, one in enumerate(publication.articles, start=1)
            if not publication.is_deleted(number)
        )

    def publication_of(self, article_id: str) -> Publication:
        """A finished publication that was not taken down as a whole; else 53600."""
        publication = self.state.publications.get(article_id)
        if publication is None or publication.status != PUBLISHED or publication.is_deleted(0):
            raise PlatformError(53600)
        return publication

    def _keep(self, follower: Follower) -> None:
        self.state.followers[follower.openid] = follower


class Platform:
    """Every official account of the sandbox."""

    def __init__(self, accounts: Iterable[SandboxAccount], states: Mapping[str, AccountState] | None = None) -> None:
        held = states or {}
        self.accounts = {one.code: OfficialAccount(one, held.get(one.code)) for one in accounts}

    def by_code(self, code: str) -> OfficialAccount:
        """An account by its code, the first one for an empty code. Raises KeyError."""
        return self.accounts[code] if code else next(iter(self.accounts.values()))

    def by_appid(self, appid: str) -> OfficialAccount:
        """An account by its appid; else 40013."""
        for official in self.accounts.values():
            if official.account.appid == appid:
                return official
        raise PlatformError(40013)

    def by_token(self, token: str, now: datetime) -> OfficialAccount:
        """The account whose access token this is; errors as in TokenBook.check."""
        accounts = list(self.accounts.values())
        official = next((one for one in accounts if one.state.tokens.find(token)), accounts[0])
        official.state.tokens.check(token, now)
        return official
