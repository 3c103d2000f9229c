"""Who asks: the session's person, the CSRF token of a form, the API token's account, the address."""

from __future__ import annotations

import asyncio
import hmac
import re
import secrets
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web
from multidict import MultiDict, MultiMapping

from servicedesk.domain.errors import NotFound, NotPermitted
from servicedesk.domain.model import Account, AccountId
from servicedesk.keys import CLOCK, POOL, SETTINGS
from servicedesk.store import accounts
from servicedesk.store.db import transaction
from servicedesk.usecases import signing_in
from servicedesk.usecases.signing_in import Session

SESSION_COOKIE = "session"
LOGIN_COOKIE = "login"
_SESSION = web.RequestKey("SESSION", Session)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Upload:
    """A file that came with a form, by the name its sender gave it."""

    name: str
    content: bytes


async def maybe_session(request: web.Request) -> Session | None:
    """The session of the cookie, if it lives."""
    if _SESSION in request:
        return request[_SESSION]
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        return None
    async with request.app[POOL].acquire() as conn:
        session = await signing_in.session_of(conn, token, wall=request.app[CLOCK].wall())
    if session is not None:
        request[_SESSION] = session
    return session


async def signed_in(request: web.Request) -> Session:
    """The session; a page sends a stranger to the login, a form refuses them."""
    session = await maybe_session(request)
    if session is None:
        if request.method in ("GET", "HEAD"):
            raise web.HTTPFound(f"/login?next={quote(request.path_qs)}")
        raise NotPermitted
    return session


async def signed_form(request: web.Request) -> tuple[Session, MultiMapping[str]]:
    """The session and the form it sent. Raises NotPermitted where the form's token is not the session's."""
    session = await signed_in(request)
    form = await text_form(request)
    check_csrf(request, session, form)
    return session, form


async def signed_upload(request: web.Request) -> tuple[Session, MultiMapping[str], list[Upload]]:
    """The session, the text fields of the form it sent, and the files that came with it. Raises as signed_form."""
    session = await signed_in(request)
    fields, files = await _form(request)
    check_csrf(request, session, fields)
    uploads = [Upload(file.filename, await asyncio.to_thread(file.file.read)) for file in files if file.filename]
    return session, fields, uploads


def check_csrf(request: web.Request, session: Session, form: MultiMapping[str]) -> None:
    """Raise NotPermitted where the form's token is not the session's."""
    given = form.get("csrf", "") or request.headers.get("X-CSRF-Token", "")
    if not hmac.compare_digest(given.encode(), session.csrf.encode()):
        raise NotPermitted


async def text_form(request: web.Request) -> MultiMapping[str]:
    """The fields of a form that uploads no files."""
    fields, files = await _form(request)
    if files:
        raise web.HTTPBadRequest
    return fields


async def _form(request: web.Request) -> tuple[MultiMapping[str], list[web.FileField]]:
    try:
        form = await request.post()
    except (ValueError, LookupError, AssertionError):
        # A body that is not what its Content-Type says: no boundary, an encoding that nobody knows, broken parts.
        raise web.HTTPBadRequest from None
    fields: MultiDict[str] = MultiDict()
    files: list[web.FileField] = []
    for name, value in form.items():
        if isinstance(value, web.FileField):
            files.append(value)
        elif value in (b"", bytearray()):
            continue  # a browser's field for files with none chosen
        # No field holds a NUL or half a surrogate pair, and the database takes neither.
        elif not isinstance(value, str) or "\0" in value or not _is_text(value):
            raise web.HTTPBadRequest
        else:
            fields.add(name, value)
    return fields, files


def _is_text(value: str) -> bool:
    return _SURROGATE.search(value) is None


async def api_account(request: web.Request) -> AccountId:
    """The account of the bearer token. Raises 401."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    async with request.app[POOL].acquire() as conn:
        account_id = await signing_in.token_account(conn, token.strip()) if scheme.lower() == "bearer" else None
    if account_id is None:
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
    return account_id


async def path_account(request: web.Request) -> Account:
    """The account that the path names. Raises NotFound."""
    async with transaction(request.app[POOL]) as conn:
        account = await accounts.by_code(conn, request.match_info["account"])
    if account is None:
        raise NotFound
    return account


def address(request: web.Request) -> str:
    """The caller's address, behind as many proxies as the settings trust."""
    trusted = request.app[SETTINGS].trusted_proxies
    if trusted:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= trusted:
            return hops[-trusted]
    return request.remote or ""


def set_cookie(request: web.Request, response: web.StreamResponse, name: str, value: str, *, max_age: int) -> None:
    """A cookie that scripts cannot read and other sites cannot send with a form."""
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        httponly=True,
        samesite="Lax",
        secure=request.app[SETTINGS].secure_cookies,
        path="/",
    )


def login_token(request: web.Request) -> str:
    """The token that the login form must bring back with its cookie."""
    return request.cookies.get(LOGIN_COOKIE) or secrets.token_urlsafe(24)


def check_login_token(request: web.Request, form: MultiMapping[str]) -> None:
    """Raise NotPermitted where the login form was not ours."""
    kept = request.cookies.get(LOGIN_COOKIE, "")
    if not kept or not hmac.compare_digest(kept.encode(), form.get("csrf", "").encode()):
        raise NotPermitted
