"""The limit: the same rows, each message one transaction of one statement, by the database's own client."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from benchmarks.stage import CODE, HOME, Stage
from servicedesk import embedded
from servicedesk.store.db import Conn

# What one new inquiry writes, with JSON of the sizes that the product writes.
_SCRIPT = """
\\set citizen random(1, 1000000000000)
WITH account AS (SELECT account_id FROM account WHERE code = '{code}'),
counted AS (
    INSERT INTO citizen (account_id, openid, following, first_seen_at, window_closes_at, window_left)
    SELECT account_id, 'p' || :citizen || '-' || nextval('bench_number'), true, now(), now() + interval '48 hours', 5
    FROM account
    RETURNING account_id, citizen_id, openid
), kept AS (
    INSERT INTO inbound (account_id, dedupe_key, openid, kind, received_at, sent_at, reply)
    SELECT account_id, 'p:' || nextval('bench_number'), openid, 'text', now(), now(), '{reply}' FROM counted
    RETURNING account_id, inbound_id
), asked AS (
    INSERT INTO inquiry (account_id, citizen_id, body, asked_at)
    SELECT account_id, citizen_id, '{body}', now() FROM counted RETURNING account_id, inquiry_id, citizen_id
), opened AS (
    INSERT INTO ticket (account_id, inquiry_id, number, citizen_id, state, kind, department_id, routing, opened_at, changed_at,
        due_at)
    SELECT account_id, inquiry_id, '20261125-p' || nextval('bench_number'), citizen_id, 'assigned', 'question', {department},
        '{routing}', now(), now(), now() + interval '2 hours' FROM asked
    RETURNING account_id, ticket_id
), said AS (
    INSERT INTO message (account_id, ticket_id, direction, kind, body, sent_at, inbound_id)
    SELECT opened.account_id, ticket_id, 'in', 'text', '{body}', now(), inbound_id FROM opened JOIN kept USING (account_id)
), happened AS (
    INSERT INTO ticket_event (account_id, ticket_id, kind, happened_at, facts)
    SELECT account_id, ticket_id, 'opened', now(), '{facts}' FROM opened
), handed AS (
    INSERT INTO assignment (account_id, ticket_id, department_id, assigned_at, reason)
    SELECT account_id, ticket_id, {department}, now(), 'duty_list' FROM opened
)
INSERT INTO deadline (account_id, ticket_id, kind, amount, unit, source, started_at, due_at, next_step, next_step_at)
SELECT account_id, ticket_id, kind, 2, 'working_hours', 'preset-12345', now(), now() + interval '2 hours', 'warned_half',
    now() + interval '1 hour'
FROM opened CROSS JOIN (VALUES ('acceptance'), ('first_reply'), ('resolution')) AS clock (kind);
"""
_ROUTING = (
    '{"by": "duty_list", "doubt": null, "reasons": [{"title": "城镇供热管理", "clause": 1, "keyword": "暖气不热",'
    ' "department": "住建局"}], "candidates": [{"score": 4.0, "department_id": 1}]}'
)
_REPLY = (
    '{"template": "received", "facts": {"number": "20261125-0007", "department": "县住房和城乡建设局", "promised_on":'
    ' "2026-11-28", "alike": []}, "held": null, "held_chars": 0}'
)


class PgBench:
    """pgbench on the stage's database."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._department = stage.on_database(_ready)

    def rate(self, seconds: int, clients: int = 8) -> float:
        """Transactions a second."""
        script = HOME / "pgbench.sql"
        script.write_text(
            _SCRIPT.format(
                code=CODE, department=self._department, routing=_ROUTING, reply=_REPLY, facts=f'{{"routing": {_ROUTING}}}',
                body="您好，我家住在城关镇，暖气一直不热，室内只有十四度，请问什么时候能解决？",
            ),
            "utf-8",
        )  # fmt: skip
        printed = subprocess.run(
            [_binary(), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds), "-f", str(script),
             self._stage.url],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        found = re.search(r"tps = ([\d.]+)", printed)
        if found is None:
            raise RuntimeError(printed)
        return float(found[1])


async def _ready(conn: Conn) -> int:
    await conn.execute("CREATE SEQUENCE IF NOT EXISTS bench_number")
    return int(await conn.fetchval("SELECT min(department_id) FROM department"))


def _binary() -> str:
    return str(Path(embedded.folder_of_binaries()) / "pgbench")
