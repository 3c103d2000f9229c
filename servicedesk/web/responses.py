"""Pages and redirects, in the language that the visitor chose."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from servicedesk.domain.access import pages_of
from servicedesk.domain.errors import DeskError, InvalidForm
from servicedesk.keys import CLOCK, PAGES
from servicedesk.render import LANGUAGES
from servicedesk.usecases.signing_in import Session


def language(request: web.Request) -> str:
    """The visitor's language: their cookie's, else Chinese."""
    chosen = request.cookies.get("lang", LANGUAGES[0])
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def page(
    request: web.Request, template: str, *, status: int = 200, session: Session | None = None, **context: Any
) -> web.Response:
    """A rendered page; every page knows the time, the person and where it is."""
    html = request.app[PAGES].html(
        template,
        language(request),
        now=request.app[CLOCK].now(),
        path=request.path,
        path_qs=request.path_qs,
        actor=None if session is None else session.actor,
        csrf="" if session is None else session.csrf,
        nav=() if session is None else pages_of(session.actor.role),
        unread=0 if session is None else session.unread,
        **context,
    )
    return web.Response(text=html, content_type="text/html", status=status)


def answer(
    body: Any, *, status: int = 200, content_type: str = "application/json", headers: Mapping[str, str] | None = None
) -> web.Response:
    """JSON as people can read it too: Chinese as it is."""
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(text=text, status=status, content_type=content_type, headers=headers)


def problem_of(refusal: DeskError | InvalidForm) -> dict[str, Any]:
    """What a page says of a refusal."""
    if isinstance(refusal, InvalidForm):
        return {"fact": refusal.fact, "field": refusal.field, "details": refusal.details}
    return {"fact": refusal.fact, "field": None, "details": {}}


def see(path: str) -> web.Response:
    """After a form: look at this page (303, so that a reload does not send the form again)."""
    return web.Response(status=303, headers={"Location": path})


def inside(path: str) -> str:
    """A path of this site, whatever somebody wrote into `next`."""
    try:
        parts = urlsplit(path)
    except ValueError:
        return "/"
    own = (
        path.isprintable()
        and path.startswith("/")
        and not path.startswith("//")
        and "\\" not in path
        and not parts.netloc
        and not parts.scheme
    )
    return path if own else "/"
