"""For machines that watch: alive, ready, metrics."""

from __future__ import annotations

from collections import Counter

import asyncpg
from aiohttp import web

from servicedesk import metrics
from servicedesk.domain.meaning import MEDIA_LIFE_S
from servicedesk.keys import CLOCK, POOL
from servicedesk.store import accounts, alarms, deliveries, messages, migrations
from servicedesk.web.responses import answer

routes = web.RouteTableDef()


@routes.get("/healthz")
async def alive(_request: web.Request) -> web.Response:
    """The process answers."""
    return answer({"status": "alive"})


@routes.get("/readyz")
async def ready(request: web.Request) -> web.Response:
    """The database answers and has the shape this version needs."""
    try:
        async with request.app[POOL].acquire(timeout=3) as conn:
            pending = [migration.name for migration in await migrations.pending(conn)]
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return answer({"status": "not_ready", "database": "unreachable"}, status=503)
    if pending:
        return answer({"status": "not_ready", "pending_migrations": pending}, status=503)
    return answer({"status": "ready"})


@routes.get("/metrics")
async def measured(request: web.Request) -> web.Response:
    """For Prometheus; what is owed is asked of the database at this moment."""
    now = request.app[CLOCK].now()
    async with request.app[POOL].acquire() as conn:
        ids = await accounts.every_id(conn)
        rows, media = await deliveries.owed_counts(conn, ids), await messages.media_owed(conn, ids)
        standing = await alarms.standing(conn, ids)
    life_s = (media["first_dies_at"] - now).total_seconds() if media["first_dies_at"] else MEDIA_LIFE_S
    metrics.set_alarms(Counter(row["name"] for row in standing))
    metrics.set_media(media["owed"], life_s, media["lost"])
    for state in ("owed", "held", "failed"):
        row = next((each for each in rows if each["state"] == state), None)
        metrics.set_owed(state, row["deliveries"] if row else 0, (now - row["oldest_at"]).total_seconds() if row else 0.0)
    return web.Response(body=metrics.exposition(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})
