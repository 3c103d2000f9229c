"""The public portal: published answers, search, feeds. Nobody is signed in here."""

from __future__ import annotations

from aiohttp import web

from servicedesk.domain.model import Account
from servicedesk.keys import CLOCK, PAGES, POOL, SETTINGS
from servicedesk.store import accounts
from servicedesk.store.db import View, reading
from servicedesk.usecases import desk_views, picturing, publishing, searching
from servicedesk.web.access import maybe_session, path_account
from servicedesk.web.responses import answer as answer_json
from servicedesk.web.responses import inside, language, page, see

routes = web.RouteTableDef()
PAGE = 20
FEED = 30
QUERY_LIMIT = 60
_CACHE = {"Cache-Control": "public, max-age=60"}


@routes.get("/")
async def front(request: web.Request) -> web.Response:
    """Staff go to work; others to the portal where there is just one."""
    if await maybe_session(request) is not None:
        return see("/home")
    async with reading(request.app[POOL]) as conn:
        every = await accounts.every(conn)
    return see(f"/portal/{every[0].code}") if len(every) == 1 else see("/login")


@routes.get("/language/{language:zh|en}")
async def choose_language(request: web.Request) -> web.Response:
    """Remember a language and go on where the visitor was."""
    response = see(inside(request.query.get("next", "/")))
    response.set_cookie("lang", request.match_info["language"], max_age=365 * 86400, samesite="Lax", path="/")
    return response


@routes.get("/portal/{account}")
async def answers(request: web.Request) -> web.Response:
    """Published answers: the newest, a department's, or those that a search finds."""
    account = await path_account(request)
    query = request.query.get("q", "").strip()[:QUERY_LIMIT]
    department = request.query.get("department") or None
    async with reading(request.app[POOL]) as conn:
        if query:
            rows = await searching.search_published(conn, account, query)
        else:
            before = _before(request)
            rows = await publishing.portal(conn, account, department=department, before=before, size=PAGE + 1)
        departments = await accounts.departments(conn, account.id)
        balance = await desk_views.balance(conn, account.id)
    more = not query and len(rows) > PAGE
    rows = rows if query else rows[:PAGE]
    return page(
        request, "portal/answers.html", account=account, zone=account.zone, rows=rows, query=query, department=department,
        departments=departments, balance=balance, next_before=rows[-1]["publication_id"] if more else None,
    )  # fmt: skip


@routes.get(r"/portal/{account}/answers/{id:\d{1,18}}")
async def answer(request: web.Request) -> web.Response:
    """One published answer."""
    account = await path_account(request)
    async with reading(request.app[POOL]) as conn:
        row = await publishing.one(conn, account, int(request.match_info["id"]))
        pictures = await picturing.public_of(conn, account, [row])
    return page(
        request, "portal/answer.html", account=account, zone=account.zone, row=row,
        pictures=pictures.get(row["publication_id"], ()),
    )  # fmt: skip


@routes.get("/portal/{account}/feed.atom")
async def atom(request: web.Request) -> web.Response:
    """RFC 4287."""
    account, rows, pictures = await _newest(request)
    text = request.app[PAGES].html(
        "portal/feed.atom.html", language(request), account=account, rows=rows, pictures=pictures,
        base_url=request.app[SETTINGS].base_url, updated=rows[0]["published_at"] if rows else request.app[CLOCK].now(),
    )  # fmt: skip
    return web.Response(text=text, content_type="application/atom+xml", headers=_CACHE)


@routes.get("/portal/{account}/feed.json")
async def json_feed(request: web.Request) -> web.Response:
    """JSON Feed 1.1."""
    account, rows, pictures = await _newest(request)
    home = f"{request.app[SETTINGS].base_url}/portal/{account.code}"
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": account.name,
        "home_page_url": home,
        "feed_url": f"{home}/feed.json",
        "language": "zh-CN",
        "items": [
            {
                "id": f"{home}/answers/{row['publication_id']}",
                "url": f"{home}/answers/{row['publication_id']}",
                "title": row["title"],
                "content_text": f"{row['question']}\n\n{row['answer']}",
                "date_published": row["published_at"].isoformat(),
                "tags": [row["department"]],
                "attachments": [
                    {
                        "url": f"{home}/pictures/{each['picture_id']}",
                        "mime_type": "image/jpeg",
                        "size_in_bytes": each["size"],
                    }
                    for each in pictures.get(row["publication_id"], ())
                ],
            }
            for row in rows
        ],
    }
    return answer_json(feed, content_type="application/feed+json", headers=_CACHE)


async def _newest(request: web.Request) -> tuple[Account, list[View], dict[int, list[View]]]:
    account = await path_account(request)
    async with reading(request.app[POOL]) as conn:
        rows = await publishing.portal(conn, account, department=None, before=2**62, size=FEED)
        return account, rows, await picturing.public_of(conn, account, rows)


def _before(request: web.Request) -> int:
    given = request.query.get("before", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 2**62
