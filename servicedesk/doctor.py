"""`servicedesk check`: what must be right for the desk to work, each line with its remedy."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from servicedesk.app import make_clock
from servicedesk.channels import mail
from servicedesk.channels.means import MeansError
from servicedesk.domain.errors import NoPdf
from servicedesk.domain.model import Account, AccountId
from servicedesk.pdf import pdf_of
from servicedesk.settings import Settings
from servicedesk.store import accounts, alarms, deliveries, messages, migrations
from servicedesk.store.db import Conn, prepare
from servicedesk.store.journal import SET_ASIDE, Journal
from servicedesk.store.vault import Vault, WrongKey

LEAST_FREE_BYTES = 2 * 1024**3
LAST_DAY = timedelta(days=1)
OLDEST_OWED_S = 15 * 60


@dataclass(frozen=True)
class Finding:
    """ok, WARN or FAIL; what is so; how to mend it."""

    grade: str
    says: str
    remedy: str = ""


async def examine(settings: Settings) -> list[Finding]:
    """Everything, in the order in which it should be mended."""
    try:
        conn = await asyncpg.connect(settings.database_url, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        return [Finding("FAIL", f"database: unreachable ({type(error).__name__})", "start it, or correct DATABASE_URL")]
    try:
        await prepare(conn)
        findings = [Finding("ok", f"database: PostgreSQL {conn.get_server_version().major}")]
        pending = await migrations.pending(conn)
        if pending:
            return [*findings, Finding("FAIL", f"migrations: {len(pending)} pending", "servicedesk migrate")]
        findings.append(Finding("ok", f"migrations: all {len(migrations.known())} applied"))
        now = make_clock(settings).now()
        every = await accounts.every(conn)
        if not every:
            findings.append(Finding("WARN", "accounts: none", "servicedesk account add --help"))
        for account in every:
            findings += await _account(conn, account, Vault(settings.secret_keys), now)
        findings.append(await _outbox(conn, [account.id for account in every], now))
        findings += await _alarms(conn, every)
        findings.append(await _media(conn, [account.id for account in every], now))
    finally:
        await conn.close()
    return [*findings, await _mail(settings), await _pdf(), *_journal(settings), _disk(settings)]


async def _pdf() -> Finding:
    try:
        await pdf_of("<p></p>")
    except NoPdf:
        remedy = (
            "pip install 'servicedesk[pdf]'; on Debian also apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        )
        return Finding("WARN", "reports: no PDF can be drawn (Excel and CSV can)", remedy)
    return Finding("ok", "reports: PDF can be drawn")


async def _account(conn: Conn, account: Account, vault: Vault, now: datetime) -> list[Finding]:
    name = f"account {account.code}"
    try:
        await accounts.secrets(conn, account.id, vault)
    except WrongKey:
        remedy = "set SERVICEDESK_SECRET_KEY to the key it was added with, or add the account again"
        return [Finding("FAIL", f"{name}: its secrets cannot be read with this key", remedy)]
    findings = [Finding("ok", f"{name}: secrets readable, mode {account.mode}, API {account.api_base}")]
    if account.mode != "safe":
        findings.append(
            Finding("WARN", f"{name}: messages come unencrypted", "choose the safe mode (encrypted) on the platform's page")
        )
    for row in await accounts.capabilities(conn, account.id):
        if not row["available"]:
            says = f"{name}: the platform refuses {row['name']} (errcode {row['errcode']})"
            findings.append(Finding("WARN", says, "look the right up on the platform's page of API rights"))
    if not await accounts.departments(conn, account.id):
        findings.append(Finding("WARN", f"{name}: no departments, so all goes to triage", "servicedesk department add --help"))
    return [*findings, await _calendar(conn, account, now)]


async def _calendar(conn: Conn, account: Account, now: datetime) -> Finding:
    calendar = await accounts.calendar(conn, account)
    today = now.astimezone(account.zone).date()
    missing = [year for year in (today.year, today.year + (today.month >= 12)) if year not in calendar.years]
    if not missing:
        return Finding("ok", f"account {account.code}: calendar known to {max(calendar.years)}")
    years = ", ".join(map(str, sorted(set(missing))))
    remedy = "once they are announced: pip install -U chinese-calendar; servicedesk calendar CODE YEAR (till then: weekdays)"
    return Finding("WARN", f"account {account.code}: holidays of {years} unknown", remedy)


async def _alarms(conn: Conn, every: list[Account]) -> list[Finding]:
    codes = {account.id: account.code for account in every}
    remedies = {
        "intake_silent": "look at the server settings on the platform's page, and whether it reaches the callback address",
        "delivery_late": "is `servicedesk worker` running? see the page of what is owed",
        "limbo": "see /board/limbo: put somebody into the department, or assign the tickets anew",
        "media_dying": "is `servicedesk worker` running? the platform forgets files after three days",
    }
    return [
        Finding("WARN", f"{codes[row['account_id']]}: {row['name'].replace('_', ' ')} since {row['raised_at']:%F %R} UTC",
                remedies[row["name"]])
        for row in await alarms.standing(conn, list(codes))
    ]  # fmt: skip


async def _outbox(conn: Conn, account_ids: list[AccountId], now: datetime) -> Finding:
    owed = [row for row in await deliveries.owed_counts(conn, account_ids) if row["state"] == "owed"]
    age_s = (now - owed[0]["oldest_at"]).total_seconds() if owed else 0.0
    if age_s > OLDEST_OWED_S:
        return Finding(
            "FAIL",
            f"outbox: the oldest delivery waits for {age_s / 60:.0f} min",
            "is a worker running? Procfile: worker",
        )
    return Finding("ok", f"outbox: {owed[0]['deliveries'] if owed else 0} owed")


async def _media(conn: Conn, account_ids: list[AccountId], now: datetime) -> Finding:
    """WeChat forgets what a citizen sent after three days: what is not here by the last of them is an alarm."""
    media = await messages.media_owed(conn, account_ids)
    if media["owed"] and media["first_dies_at"] - now < LAST_DAY:
        hours = max(0.0, (media["first_dies_at"] - now).total_seconds() / 3600)
        says = f"media: {media['owed']} not fetched, WeChat forgets the first in {hours:.0f} h"
        return Finding(
            "FAIL", says, "is a worker running, and does the platform answer it? see the lines media_refused of the log"
        )
    return Finding("ok", f"media: {media['owed']} to fetch, {media['lost']} came too late")


async def _mail(settings: Settings) -> Finding:
    server = settings.mail
    if server is None:
        return Finding("ok", "mail: no server, so nobody is told by mail (SERVICEDESK_SMTP_URL)")
    where = f"{server.host}:{server.port}"
    try:
        await mail.check(server)
    except MeansError as error:
        code = f" {error.code}" if error.code else ""
        return Finding(
            "FAIL", f"mail: {where} is {error.reason}{code}", "look at SERVICEDESK_SMTP_URL: host, port, tls, password"
        )
    return Finding("ok", f"mail: {where} takes our login" if server.user else f"mail: {where} answers")


def _journal(settings: Settings) -> list[Finding]:
    folder = settings.home / "journal"
    journal = Journal(folder, Vault(settings.secret_keys))
    findings = []
    if journal.size:
        findings.append(
            Finding(
                "WARN", f"journal: {journal.size} bytes of calls wait", "a web process replays them once the database answers"
            )
        )
    aside = folder / SET_ASIDE
    if aside.exists() and aside.stat().st_size:
        count = aside.read_bytes().count(b"\n")
        remedy = "look for replay_refused in the logs; once mended, append the file to calls.journal and remove it"
        findings.append(Finding("FAIL", f"journal: {count} calls could not be taken in and lie in {aside}", remedy))
    return findings


def _disk(settings: Settings) -> Finding:
    # The home is made by the first process that keeps something there; till then the disk it will be on counts.
    there = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    says = f"disk: {free / 1024**3:.1f} GB free at {settings.home}"
    return Finding("ok", says) if free >= LEAST_FREE_BYTES else Finding("WARN", says, "free some, or move SERVICEDESK_HOME")
