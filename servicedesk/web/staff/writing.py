"""Writing to the citizen: the draft, the reply, the answer, and the files that go with them."""

from __future__ import annotations

from aiohttp import web

from servicedesk.domain.errors import DeskError, InvalidForm
from servicedesk.domain.model import Actor
from servicedesk.keys import CLOCK, FILES, POOL
from servicedesk.store.db import reading, transaction
from servicedesk.usecases import answering, attaching
from servicedesk.usecases.attaching import NewFile
from servicedesk.web.access import Upload, signed_in, signed_upload
from servicedesk.web.files import served
from servicedesk.web.responses import problem_of, see
from servicedesk.web.staff.tickets import Act, act_on, show_ticket

routes = web.RouteTableDef()


@routes.post("/tickets/{number}/draft")
async def draft(request: web.Request) -> web.Response:
    """Keep the text being written, and the files chosen for it."""
    now = request.app[CLOCK].now()
    return await _write(
        request, lambda conn, actor, number, form: answering.draft(conn, actor, number, form.get("body", ""), now=now)
    )


@routes.post("/tickets/{number}/replies")
async def reply(request: web.Request) -> web.Response:
    """An interim word to the citizen."""
    now = request.app[CLOCK].now()
    return await _write(
        request, lambda conn, actor, number, form: answering.reply(conn, actor, number, form.get("body", ""), now=now)
    )


@routes.post("/tickets/{number}/answer")
async def answer(request: web.Request) -> web.Response:
    """The answer to the citizen."""
    now = request.app[CLOCK].now()
    return await _write(
        request, lambda conn, actor, number, form: answering.answer(conn, actor, number, form.get("body", ""), now=now)
    )


@routes.post(r"/tickets/{number}/attachments/{attachment:\d{1,18}}/removal")
async def take_back(request: web.Request) -> web.Response:
    """A file that was chosen by mistake."""
    which = int(request.match_info["attachment"])
    return await act_on(request, lambda conn, actor, number, _: attaching.take_back(conn, actor, number, which))


@routes.get(r"/attachments/{attachment:\d{1,18}}")
async def attachment(request: web.Request) -> web.StreamResponse:
    """One file that goes, or went, to a citizen."""
    session = await signed_in(request)
    async with reading(request.app[POOL]) as conn:
        file = await attaching.file_for(conn, session.actor, int(request.match_info["attachment"]))
    return await served(request, file["sha256"], file["content_type"], file["name"])


async def _write(request: web.Request, act: Act) -> web.Response:
    """Store the files, which may be far away, then do the rest in one transaction."""
    session, form, uploads = await signed_upload(request)
    number = request.match_info["number"]
    try:
        files = await _stored(request, number, session.actor, uploads) if uploads else []
        async with transaction(request.app[POOL]) as conn:
            if files:
                await attaching.attach(conn, session.actor, number, files, now=request.app[CLOCK].now())
            await act(conn, session.actor, number, form)
    except (DeskError, InvalidForm) as refusal:
        status = 422 if isinstance(refusal, InvalidForm) else 409
        return await show_ticket(request, session, number, status=status, problem=problem_of(refusal), form=form)
    return see(f"/tickets/{number}")


async def _stored(request: web.Request, number: str, actor: Actor, uploads: list[Upload]) -> list[NewFile]:
    async with reading(request.app[POOL]) as conn:
        await attaching.may_attach(conn, actor, number)
    typed = [(upload, attaching.type_of(upload.name, upload.content)) for upload in uploads]
    return [
        NewFile(upload.name, kind, await request.app[FILES].put(upload.content), len(upload.content)) for upload, kind in typed
    ]
