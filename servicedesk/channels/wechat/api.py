"""WeChat's API over aiohttp; wechatpy's own client blocks and knows neither stable_token nor drafts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import aiohttp

from servicedesk.channels.base import Article, ChannelError, File, Notice, Token
from servicedesk.channels.wechat.errors import ALREADY_SENT, raise_for
from servicedesk.domain.sending import Refusal, Rung

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
FILE_LIMIT_BYTES = 12 * 1024 * 1024
_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif"}
_NOTICES = {
    Rung.ONE_TIME_SUBSCRIPTION: "/cgi-bin/message/template/subscribe",
    Rung.TEMPLATE_MESSAGE: "/cgi-bin/message/template/send",
    Rung.SUBSCRIPTION_NOTICE: "/cgi-bin/message/subscribe/bizsend",
}
# Nothing can be read with the right to one-time messages: their first use is the probe.
PROBES = {
    Rung.CUSTOMER_MESSAGE.value: ("GET", "/cgi-bin/customservice/getkflist"),
    Rung.TEMPLATE_MESSAGE.value: ("GET", "/cgi-bin/template/get_all_private_template"),
    Rung.SUBSCRIPTION_NOTICE.value: ("GET", "/wxaapi/newtmpl/gettemplate"),
    "drafts": ("GET", "/cgi-bin/draft/count"),
    "mass_send": ("POST", "/cgi-bin/message/mass/speed/get"),
    "menu": ("GET", "/cgi-bin/get_current_selfmenu_info"),
}


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

    async def send_choices(self, token: str, openid: str, text: str, choices: Sequence[tuple[str, str]]) -> None:
        """message/custom/send of kind msgmenu."""
        menu = {"head_content": text, "list": [{"id": each, "content": words} for each, words in choices], "tail_content": ""}
        await self._post("/cgi-bin/message/custom/send", token, {"touser": openid, "msgtype": "msgmenu", "msgmenu": menu})

    async def send_picture(self, token: str, openid: str, media_id: str) -> None:
        """message/custom/send with a picture."""
        body = {"touser": openid, "msgtype": "image", "image": {"media_id": media_id}}
        await self._post("/cgi-bin/message/custom/send", token, body)

    async def send_notice(self, token: str, openid: str, rung: Rung, notice: Notice) -> None:
        """message/template/subscribe, message/template/send or message/subscribe/bizsend."""
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": notice.template_id,
            "data": {name: {"value": value} for name, value in notice.fields.items()},
        }
        if rung is Rung.ONE_TIME_SUBSCRIPTION:
            body |= {"scene": notice.scene, "title": notice.title, "url": notice.url}
        elif rung is Rung.TEMPLATE_MESSAGE:
            body |= {"url": notice.url}
        else:
            body |= {"page": notice.url}
        await self._post(_NOTICES[rung], token, body)

    async def upload_picture(self, token: str, picture: bytes, content_type: str) -> str:
        """media/upload: temporary, three days."""
        form = aiohttp.FormData()
        form.add_field("media", picture, filename=f"picture{_ENDINGS[content_type]}", content_type=content_type)
        async with self._asking("POST", "/cgi-bin/media/upload", token, params={"type": "image"}, data=form) as response:
            return str(_checked(await _json(response))["media_id"])

    async def probe(self, token: str, right: str) -> None:
        """A read that the same right opens. Raises ChannelError with 48001 where the account lacks it."""
        method, path = PROBES[right]
        async with self._asking(method, path, token, **({"data": b"{}"} if method == "POST" else {})) as response:
            _checked(await _json(response))

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

    async def upload_article_picture(self, token: str, picture: bytes) -> str:
        """media/uploadimg: for the text of articles, known by its address; it counts for no quota of material."""
        form = aiohttp.FormData()
        form.add_field("media", picture, filename="picture.jpg", content_type="image/jpeg")
        async with self._asking("POST", "/cgi-bin/media/uploadimg", token, data=form) as response:
            return str(_checked(await _json(response))["url"])

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
