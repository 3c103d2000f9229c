"""Around every request: a request id, one log line, the security headers, and errors in people's words."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web
from prometheus_client import Histogram

from servicedesk import metrics
from servicedesk.domain.errors import DeskError, InvalidForm, LoginRefused, NotFound, NotPermitted
from servicedesk.web.responses import answer, page

log = structlog.get_logger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_timers: dict[tuple[str, str, int], Histogram] = {}
_REQUEST_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")


@web.middleware
async def around(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log, count and guard one request."""
    began = time.perf_counter()
    if request.rel_url.raw_path.startswith("/wechat/"):
        # The platform's calls are counted; a request id and a line for each would cost more than taking it in.
        response = await _answered(request, handler)
        _count(request, response, time.perf_counter() - began)
        return response
    given = request.headers.get("X-Request-ID", "")
    request_id = given if _REQUEST_ID.match(given) else secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)
    response = await _answered(request, handler)
    seconds = time.perf_counter() - began
    _count(request, response, seconds)
    log.info("request", method=request.method, route=_route(request), status=response.status, seconds=round(seconds, 4))
    return response


def _count(request: web.Request, response: web.StreamResponse, seconds: float) -> None:
    key = (_route(request), request.method, response.status)
    if key not in _timers:
        _timers[key] = metrics.REQUESTS.labels(*key)
    _timers[key].observe(seconds)


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal: the headers that every answer carries."""
    if request.rel_url.raw_path.startswith("/wechat/"):
        return  # for the platform, not for browsers
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if request_id:
        response.headers.setdefault("X-Request-ID", request_id)


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    if "\0" in request.path or "\0" in request.query_string or any("\0" in value for value in request.query.values()):
        return _refusal(request, 400, "bad_request")  # no name holds a NUL, and the database takes none
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _refusal(request, error.status, _HTTP_FACTS.get(error.status, "refused"), headers=dict(error.headers))
    except InvalidForm as error:
        return _refusal(request, 422, error.fact, field=error.field, details=error.details)
    except DeskError as error:
        return _refusal(request, 409, error.fact)
    except NotFound:
        return _refusal(request, 404, "not_found")
    except LoginRefused:
        return _refusal(request, 403, "login_refused")
    except NotPermitted:
        return _refusal(request, 403, "not_permitted")
    except Exception:  # the one place: a person gets words, the log gets the place
        log.exception("unexpected")
        return _refusal(request, 500, "unexpected")


_HTTP_FACTS = {400: "bad_request", 401: "unauthorised", 404: "not_found", 405: "bad_request", 413: "too_large"}


def _refusal(
    request: web.Request,
    status: int,
    fact: str,
    *,
    field: str | None = None,
    details: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> web.StreamResponse:
    kept = {name: value for name, value in (headers or {}).items() if name in ("WWW-Authenticate", "Allow")}
    if request.path.startswith("/api/"):
        body: dict[str, Any] = {"error": {"fact": fact, **({"field": field} if field else {}), **(details or {})}}
        return answer(body, status=status, headers=kept)
    if request.path.startswith("/wechat/"):
        return web.Response(text=fact, status=status, headers=kept)
    response = page(request, "error.html", status=status, fact=fact, status_code=status, details=details or {})
    response.headers.update(kept)
    return response


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"
