"""What the desk does when a channel refuses: which rung comes next, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

SENTENCE_ENDS = "。\uff01!\uff1f?\uff1b;\n"  # both widths
TEXT_LIMIT_BYTES = 1800  # well below the platform's 2,048
PIECE_ROOM_BYTES = 1700  # what a customer message has for the words themselves, between its head and its foot
MESSAGE_LIMIT_BYTES = 2000  # of a customer message with its head and its foot; the platform refuses over 2,048
PASSIVE_ROOM_BYTES = 1100  # what a held answer may take of a passive reply
_LONGEST_WAIT = timedelta(minutes=15)
RIGHT_ASKED_AGAIN = timedelta(days=1)  # a right that the account lacks may be granted any day
SENDING_STOPPED = timedelta(minutes=15)
BREAKER_FAILURES = 5


class Refusal(StrEnum):
    """What a refusal means, whatever code a channel has for it."""

    AGAIN = "again"
    UNKNOWN = "unknown"
    ACCOUNT_STOPPED = "account_stopped"
    UNREACHABLE = "unreachable"
    MEDIA_GONE = "media_gone"
    QUOTA = "quota"
    WINDOW_CLOSED = "window_closed"
    NO_RIGHT = "no_right"
    REJECTED = "rejected"


class Rung(StrEnum):
    """A way to a citizen, in the order in which they are tried; a phone call is what people do where nothing else is left."""

    CUSTOMER_MESSAGE = "customer_message"
    ONE_TIME_SUBSCRIPTION = "one_time_subscription"
    TEMPLATE_MESSAGE = "template_message"
    SUBSCRIPTION_NOTICE = "subscription_notice"
    PASSIVE_REPLY = "passive_reply"
    PHONE_CALL = "phone_call"


NOTICES = (Rung.ONE_TIME_SUBSCRIPTION, Rung.TEMPLATE_MESSAGE, Rung.SUBSCRIPTION_NOTICE)
NEED_GRANT = frozenset({Rung.ONE_TIME_SUBSCRIPTION, Rung.SUBSCRIPTION_NOTICE})


@dataclass(frozen=True)
class Means:
    """What there is to reach one citizen with, as far as the desk knows.

    resting: rights that the platform refused a while ago; templates: notices that the account has named a template for;
    granted: notices that the citizen allowed; tried: rungs that refused this very delivery for good.
    """

    resting: frozenset[str] = frozenset()
    templates: frozenset[str] = frozenset()
    granted: frozenset[str] = frozenset()
    tried: frozenset[str] = frozenset()

    @property
    def has_right(self) -> bool:
        """Whether customer messages may be sent at all."""
        return Rung.CUSTOMER_MESSAGE not in self.resting

    def without(self, rung: Rung) -> Means:
        """What is left once a rung has refused."""
        return replace(self, tried=self.tried | {rung})


def next_rung(means: Means, purpose: str, *, window_open: bool) -> Rung:
    """The highest rung that may take a delivery now; PASSIVE_REPLY means to hold it for the citizen's next contact.

    A notice carries a few words and a link, and is for what a person wrote: automatic texts do not use citizens' leave up.
    """
    unusable = means.tried | means.resting
    if window_open and Rung.CUSTOMER_MESSAGE not in unusable:
        return Rung.CUSTOMER_MESSAGE
    if purpose != "notice":
        for rung in NOTICES:
            if rung in means.templates and rung not in unusable and (rung not in NEED_GRANT or rung in means.granted):
                return rung
    return Rung.PASSIVE_REPLY


class Next(StrEnum):
    """What becomes of a delivery."""

    DESCEND = "descend"
    PUT_OFF = "put_off"
    FAIL = "fail"


@dataclass(frozen=True)
class Verdict:
    """The next state, and when to try again if it is put off."""

    next: Next
    at: datetime | None = None


def after_refusal(refusal: Refusal, attempts: int, now: datetime) -> Verdict:
    """The ladder's next rung after a refusal; nothing is given up that another try or the next contact can deliver."""
    if refusal in (Refusal.WINDOW_CLOSED, Refusal.UNREACHABLE, Refusal.NO_RIGHT):
        return Verdict(Next.DESCEND)
    if refusal is Refusal.REJECTED:
        return Verdict(Next.FAIL)
    if refusal in (Refusal.QUOTA, Refusal.ACCOUNT_STOPPED):
        return Verdict(Next.PUT_OFF, now + _LONGEST_WAIT)
    return Verdict(Next.PUT_OFF, now + backoff(attempts))


def backoff(attempts: int) -> timedelta:
    """2, 4, 8 ... seconds, never over a quarter of an hour."""
    return min(timedelta(seconds=2 ** min(attempts + 1, 12)), _LONGEST_WAIT)


def breaker_pause(failures: int) -> timedelta:
    """How long an account's sending rests after so many failures in a row: not at all, then 5, 10, 20 ... 300 seconds."""
    over = failures - BREAKER_FAILURES
    return timedelta() if over < 0 else min(timedelta(seconds=5 * 2 ** min(over, 10)), timedelta(minutes=5))


def split_text(text: str, limit: int = TEXT_LIMIT_BYTES) -> list[str]:
    """A text in parts of at most `limit` bytes of UTF-8, cut at sentence ends where there are any."""
    parts: list[str] = []
    rest = text
    while len(rest.encode()) > limit:
        fits = _prefix(rest, limit)
        cut = max(fits.rfind(end) for end in SENTENCE_ENDS) + 1
        cut = cut if cut > len(fits) // 3 else len(fits)
        parts.append(rest[:cut].rstrip("\n"))
        rest = rest[cut:].lstrip("\n")
    return [*parts, rest] if rest else parts


def next_piece(body: str, sent_chars: int, room_bytes: int) -> tuple[str, int]:
    """The next part of a body of which `sent_chars` characters have gone, and how many have gone after it.

    The part takes at most `room_bytes` of UTF-8 and ends at a sentence where it can; the last one ends at len(body).
    """
    rest = body[sent_chars:]
    if len(rest.encode()) <= room_bytes:
        return rest.strip("\n"), len(body)
    fits = _prefix(rest, room_bytes)
    cut = max(fits.rfind(end) for end in SENTENCE_ENDS) + 1
    cut = cut if cut > len(fits) // 3 else len(fits)
    return rest[:cut].strip("\n"), sent_chars + cut


def pieces_left(body: str, sent_chars: int, room_bytes: int) -> int:
    """How many more pieces a body takes."""
    count = 0
    while sent_chars < len(body):
        _, sent_chars = next_piece(body, sent_chars, room_bytes)
        count += 1
    return count


def _prefix(text: str, limit: int) -> str:
    return text.encode()[:limit].decode(errors="ignore")
