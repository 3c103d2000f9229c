"""What a citizen's message means to the desk: a command, thanks, or an inquiry."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from servicedesk.domain.model import InboundMessage

REPLY_WINDOW_S = 48 * 3600  # a citizen's message opens it, with five messages (WeChat, customer messages)
REPLY_WINDOW_MESSAGES = 5
TAP_WINDOW_S = 60  # a menu tap, a follow or a scan opens only this, with three
TAP_WINDOW_MESSAGES = 3
MEDIA_LIFE_S = 3 * 24 * 3600  # temporary media die after three days

TAPS = frozenset({"click", "subscribe", "scan"})
CONTENT = frozenset({"text", "image", "voice", "video", "location", "link"})

_NUMBER = r"[\s,,::]*(20\d{6}[-－ ]?\d{4,6})?[\s。.!!]*$"
_PROGRESS = re.compile(r"^((查询|查|看)(一下)?)?(进度|进展)(查询)?" + _NUMBER + r"|^progress" + _NUMBER, re.IGNORECASE)
_WITHDRAWAL = re.compile(r"^(撤回|撤销|撤单|不用(处理|答复|回复|管)了)" + _NUMBER)
_UNSOLVED = re.compile(r"^(未解决|没解决|没有解决)" + _NUMBER)
# A verdict on an answer, and nothing else. Digits alone may mean anything; "4分" is a score.
_RATING = re.compile(
    r"^(评价[::]?\s*)?(非常满意|很满意|满意|基本满意|一般|非常不满意|很不满意|不满意|[1-5]\s*分|[1-5]\s*星|已解决|解决了)"
    + _NUMBER
)
_SCORES = {"非常满意": 5, "很满意": 5, "满意": 4, "基本满意": 3, "一般": 3, "不满意": 2, "很不满意": 1, "非常不满意": 1}
# A person at the desk who binds their own WeChat: the code of their own page, and nothing else.
_BINDING = re.compile(r"^绑定[\s,:]*(\d{4,8})[\s。.!]*$", re.ASCII)
# Only words of thanks and nothing else: "好的,那什么时候供暖" asks something and must be answered.
_THANKS = re.compile(
    r"^(?=.*(谢|收到|知道|明白|辛苦|满意|好的|ok|thank|赞|👍|🙏|🌹|😊))"
    # No word begins another, so that nothing can be read in two ways and a long text costs no more than its length.
    r"((非常|太|多|十分|真是|好|嗯|哦|啊|了|您|你|们|大家|的|辛苦|感谢|谢|收到|知道|明白|满意|ok|thanks?|you"
    r"|赞|👍|🙏|🌹|😊)[\s,。.!~]*)+$",
    re.IGNORECASE | re.DOTALL,
)
# "Me too": to wait for one answer with the others who ask the same; it was offered with the reply.
_ME_TOO = re.compile(
    r"^(同上|我也是|我也一样|我家也是|我也(遇到|碰到)(了|过)?|一起(等|办|答复)?|加\s*1|\+\s*1|同问)[\s,。.!~]*$"
)
# No command is longer than this; and matching costs no more than that.
_COMMAND_LIMIT = 40


class Meaning(StrEnum):
    """What the desk does with a message."""

    INQUIRY = "inquiry"
    PROGRESS = "progress"
    WITHDRAWAL = "withdrawal"
    ME_TOO = "me_too"
    UNSOLVED = "unsolved"
    THANKS = "thanks"
    WELCOME = "welcome"
    ASK = "ask"
    ANSWERS = "answers"
    RATE = "rate"
    RATING = "rating"
    BINDING = "binding"
    ALLOWED = "allowed"
    UNFOLLOW = "unfollow"
    TAPPED = "tapped"
    MASS_SENT = "mass_sent"
    KEPT = "kept"


_CLICKS = {
    "PROGRESS": Meaning.PROGRESS,
    "ASK": Meaning.ASK,
    "ANSWERS": Meaning.ANSWERS,
    "UNSOLVED": Meaning.UNSOLVED,
    "RATE": Meaning.RATE,
}
_EVENTS = {
    "subscribe": Meaning.WELCOME,
    "scan": Meaning.TAPPED,
    "unsubscribe": Meaning.UNFOLLOW,
    "masssendjobfinish": Meaning.MASS_SENT,
    "subscribe_msg_popup_event": Meaning.ALLOWED,
    "subscribe_msg_change_event": Meaning.ALLOWED,
}


def meaning_of(inbound: InboundMessage) -> Meaning:
    """What a call of the platform asks of the desk; what it does not know is kept and acknowledged."""
    if inbound.kind == "event":
        if inbound.event == "click":
            return _CLICKS.get(inbound.event_key.upper(), Meaning.TAPPED)
        return _EVENTS.get(inbound.event, Meaning.KEPT)
    if inbound.kind not in CONTENT:
        return Meaning.KEPT
    if inbound.kind == "text":
        # NFKC: people type full-width signs and digits, which mean the same.
        return _meaning_of_text(unicodedata.normalize("NFKC", inbound.text).strip())
    return Meaning.INQUIRY


def _meaning_of_text(text: str) -> Meaning:
    if len(text) > _COMMAND_LIMIT:
        return Meaning.INQUIRY
    for pattern, meaning in (
        (_PROGRESS, Meaning.PROGRESS),
        (_WITHDRAWAL, Meaning.WITHDRAWAL),
        (_UNSOLVED, Meaning.UNSOLVED),
        (_ME_TOO, Meaning.ME_TOO),
        (_RATING, Meaning.RATING),
        (_BINDING, Meaning.BINDING),
        (_THANKS, Meaning.THANKS),
    ):
        if pattern.search(text):
            return meaning
    return Meaning.INQUIRY


@dataclass(frozen=True)
class Verdict:
    """What a citizen says of an answer: solved or not (None: not said), 5 very satisfied ... 1 very dissatisfied."""

    solved: bool | None
    score: int | None


def verdict_of(text: str) -> Verdict | None:
    """The verdict that a message is, if it is one."""
    found = _RATING.search(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    word = found[2]
    if word in ("已解决", "解决了"):
        return Verdict(True, None)
    score = _SCORES.get(word) or int(word[0])
    # Who is satisfied has been helped; who is not has not said yet whether the matter is settled.
    return Verdict(True if score >= 4 else None, score)


def binding_code(text: str) -> str | None:
    """The code by which a person at the desk binds their WeChat, if the message is one."""
    found = _BINDING.search(unicodedata.normalize("NFKC", text).strip())
    return None if found is None else found[1]
