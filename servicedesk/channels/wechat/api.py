"""WeChat's API over aiohttp; wechatpy's own client blocks and knows neither stable_token nor drafts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import aiohttp

from servicedesk.channels.base import Article, ChannelError, File, Token
from servicedesk.channels.wechat.errors import ALREADY_SENT, raise_for
from servicedesk.domain.sending import Refusal

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
FILE_LIMIT_BYTES = 12 * 1024 * 1024


class WeChatApi:
    """One account's calls to the platform, through a client session that the process shares."""

    def __init__(self, client: aiohttp.ClientSession, api_base: str) -> None:
        self._client = client
        self._base = api_base

    async def fetch_token(self, appid: str, secret: str) -> Token:
        """stable_token: asking again within its life gives the same one. Raises ChannelError."""
        answer = await self._post(
            "/cgi-bin/stable_token", None, {"grant_type": "client_credential", "appid": appid, "secret": secret}
        )
        return Token(str(answer["access_token"]), int(answer["expires_in"]))

    async def send_text(self, token: str, openid: str, text: str) -> None:
        """message/custom/send."""
        await self._post(
            "/cgi-bin/message/custom/send", token, {"touser": openid, "msgtype": "text", "text": {"content": text}}
        )

    async def fetch_media(self, token: str, media_id: str) -> File:
        """media/get: the file, or JSON with an errcode."""
        async with self._asking("GET", "/cgi-bin/media/get", token, params={"media_id": media_id}) as response:
            content_type = response.content_type
            if content_type in ("application/json", "text/plain"):
                _checked(await _json(response))
                raise ChannelError(Refusal.MEDIA_GONE)
            content = await response.content.read(FILE_LIMIT_BYTES + 1)
        if len(content) > FILE_LIMIT_BYTES:
            raise ChannelError(Refusal.MEDIA_GONE)
        return File(content, content_type)

    async def upload_cover(self, token: str, picture: bytes) -> str:
        """material/add_material: a permanent picture."""
        form = aiohttp.FormData()
        form.add_field("media", picture, filename="cover.png", content_type="image/png")
        async with self._asking("POST", "/cgi-bin/material/add_material", token, params={"type": "image"}, data=form) as r:
            return str(_checked(await _json(r))["media_id"])

    async def add_draft(self, token: str, articles: Sequence[Article], cover_id: str) -> str:
        """draft/add."""
        pieces = [
            {
                "title": article.title,
                "digest": article.summary,
                "content": article.html,
                "content_source_url": article.url,
                "thumb_media_id": cover_id,
                "need_open_comment": 0,
            }
            for article in articles
        ]
        answer = await self._post("/cgi-bin/draft/add", token, {"articles": pieces})
        return str(answer["media_id"])

    async def mass_send(self, token: str, draft_id: str, client_msg_id: str) -> str:
        """message/mass/sendall to all followers; the platform forgets a clientmsgid after 24 h."""
        body = {
            "filter": {"is_to_all": True},
            "mpnews": {"media_id": draft_id},
            "msgtype": "mpnews",
            "send_ignore_reprint": 1,
            "clientmsgid": client_msg_id,
        }
        async with self._asking("POST", "/cgi-bin/message/mass/sendall", token, data=_dumps(body)) as response:
            answer = await _json(response)
        if answer.get("errcode") != ALREADY_SENT:
            _checked(answer)
        return str(answer["msg_id"])

    async def put_menu(self, token: str, menu: Mapping[str, Any]) -> None:
        """menu/create."""
        await self._post("/cgi-bin/menu/create", token, menu)

    async def _post(self, path: str, token: str | None, body: Mapping[str, Any]) -> Mapping[str, Any]:
        async with self._asking("POST", path, token, data=_dumps(body)) as response:
            return _checked(await _json(response))

    def _asking(self, method: str, path: str, token: str | None, **given: Any) -> _Asking:
        params = dict(given.pop("params", {}))
        if token is not None:
            params["access_token"] = token
        return _Asking(self._client.request(method, self._base + path, params=params, timeout=TIMEOUT, **given))


class _Asking:
    """One request; what goes wrong on the way becomes a ChannelError: certain not to have arrived, or not known."""

    def __init__(self, request: Any) -> None:
        self._request = request

    async def __aenter__(self) -> aiohttp.ClientResponse:
        try:
            response: aiohttp.ClientResponse = await self._request.__aenter__()
        except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError):
            raise ChannelError(Refusal.AGAIN) from None
        except (aiohttp.ClientError, TimeoutError):
            raise ChannelError(Refusal.UNKNOWN) from None
        if response.status >= 500:
            response.release()
            raise ChannelError(Refusal.AGAIN, response.status)
        return response

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._request.__aexit__(kind, error, trace)
        if isinstance(error, (aiohttp.ClientError, TimeoutError)):
            raise ChannelError(Refusal.UNKNOWN) from None


async def _json(response: aiohttp.ClientResponse) -> Mapping[str, Any]:
    try:
        answer = json.loads(await response.text(encoding="utf-8"))
    except ValueError:
        raise ChannelError(Refusal.UNKNOWN) from None
    if not isinstance(answer, dict):
        raise ChannelError(Refusal.UNKNOWN)
    return answer


def _checked(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    raise_for(int(answer.get("errcode") or 0))
    return answer


def _dumps(body: Mapping[str, Any]) -> bytes:
    # Escaped \uXXXX would be shown to citizens as such: the platform wants UTF-8 as it is.
    return json.dumps(body, ensure_ascii=False).encode()
