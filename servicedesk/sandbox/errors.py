"""The platform's error codes, with the words it answers."""

from __future__ import annotations

from typing import Any

_WORDS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40005: "invalid file type",
    40006: "invalid media size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40037: "invalid template_id",
    40053: "invalid action info",
    40066: "invalid url",
    40097: "invalid args",
    40125: "invalid appsecret",
    40164: "invalid ip, not in whitelist",
    40243: "AppSecret frozen",
    41005: "media data missing",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    43019: "require user authorization",
    43101: "user refuse to accept the msg",
    44003: "empty news data",
    44004: "empty content",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45003: "title size out of limit",
    45004: "description size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit",
    45015: "response out of time limit or subscription is canceled",
    45028: "has no masssend quota",
    45047: "out of response count limit",
    45065: "clientmsgid exist",
    45066: "clientmsgid is processing",
    45067: "clientmsgid size out of limit",
    45110: "author size out of limit",
    45159: "invalid tag_id",
    46003: "menu no exist",
    47001: "data format error",
    47003: "argument invalid",
    48001: "api unauthorized",
    48002: "user block receive message",
    48004: "api forbidden for irregularities",
    48006: "forbid to clear quota because of reaching the limit",
    42001: "access_token expired",
    50002: "user limited",
    53600: "article_id is invalid",
    53602: "publish_id is invalid",
}


ERRCODES = frozenset(_WORDS)


class PlatformError(Exception):
    """An answer with an errcode; the HTTP status stays 200, as the platform's does."""

    def __init__(self, errcode: int, **extra: Any) -> None:
        self.errcode = errcode
        self.extra = extra
        super().__init__(errcode, _WORDS[errcode])

    def to_json(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"errcode": self.errcode, "errmsg": _WORDS[self.errcode], **self.extra}
