"""The demo county where its home was made anew and its data were not."""

from __future__ import annotations

from cryptography.fernet import Fernet

from servicedesk.sandbox import seeding
from servicedesk.store import accounts
from servicedesk.store.db import Conn
from servicedesk.store.vault import Vault
from tests.desk import KEY, make_desk


async def test_a_county_that_this_homes_key_cannot_open_is_removed_and_its_neighbours_stay(conn: Conn) -> None:
    county = await make_desk(conn, seeding.CODE)
    await county.asked()
    neighbour = await make_desk(conn, "lindeng")
    await neighbour.asked()
    assert not await seeding.forget_unreadable(conn, Vault([Fernet.generate_key().decode(), KEY]))
    assert (await county.balance())["received"] == 1
    assert await seeding.forget_unreadable(conn, Vault([Fernet.generate_key().decode()]))
    assert await accounts.by_code(conn, seeding.CODE) is None
    assert (await neighbour.balance())["received"] == 1
