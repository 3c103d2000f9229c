"""Put the account's menu up, from a file under version control."""

from __future__ import annotations

import json

from servicedesk.domain.errors import NotFound
from servicedesk.jobs.place import Place
from servicedesk.jobs.tokens import with_token
from servicedesk.store import accounts
from servicedesk.store.db import transaction


async def put_up(place: Place, code: str) -> None:
    """Make the official account's menu that of templates/menu.json. Raises NotFound, ChannelError."""
    async with transaction(place.pool) as conn:
        account = await accounts.by_code(conn, code)
    if account is None:
        raise NotFound
    menu = json.loads(place.pages.text("menu.json.txt", {"account": account, "base_url": place.base_url}))
    channel = place.channel(account)
    await with_token(place, account, lambda token: channel.put_menu(token, menu))
