"""A made-up year: whole, balanced, measured as its own events tell, and the same for the same seed."""

from __future__ import annotations

from cryptography.fernet import Fernet

from servicedesk.sandbox import fake_load
from servicedesk.store import figures, tickets
from servicedesk.store.vault import Vault
from servicedesk.usecases import measuring
from tests.desk import NOW, Desk

ROLLED = "SELECT department_id, kind, day, received, answered, open, judged, resolved_on_time, inquiries FROM figure_day WHERE account_id = $1 ORDER BY 1, 2, 3"
BUCKETS = (
    "SELECT department_id, kind, name, day, bucket, tickets FROM figure_bucket WHERE account_id = $1 ORDER BY 1, 2, 3, 4, 5"
)


async def test_a_made_up_year_balances_and_measures_as_its_events_tell(desk: Desk) -> None:
    vault = Vault([Fernet.generate_key().decode()])
    account = await fake_load.load(desk.conn, vault, code="fake", tickets=400, seed=7, now=NOW, say=lambda _: None)
    balance = await tickets.balance(desk.conn, account.id)
    assert balance["received"] == 400
    assert balance == await figures.balance(desk.conn, account.id)
    assert await tickets.limbo(desk.conn, [account.id], size=9) == []
    rolled, buckets = await desk.conn.fetch(ROLLED, account.id), await desk.conn.fetch(BUCKETS, account.id)
    assert await measuring.rebuild(desk.conn, account.id, now=NOW) == 400
    assert await desk.conn.fetch(ROLLED, account.id) == rolled
    assert await desk.conn.fetch(BUCKETS, account.id) == buckets


async def test_the_same_seed_makes_the_same_year_and_another_load_comes_beside_it(desk: Desk) -> None:
    vault = Vault([Fernet.generate_key().decode()])
    found = []
    for code in ("one", "two"):
        account = await fake_load.load(desk.conn, vault, code=code, tickets=60, seed=3, now=NOW, say=lambda _: None)
        rows = await desk.conn.fetch(
            "SELECT kind, state, opened_at, answered_at FROM ticket WHERE account_id = $1 ORDER BY ticket_id", account.id
        )
        found.append([tuple(row) for row in rows])
    assert found[0] == found[1]
    await fake_load.load(desk.conn, vault, code="two", tickets=30, seed=4, now=NOW, say=lambda _: None)
    assert (await tickets.balance(desk.conn, account.id))["received"] == 90
