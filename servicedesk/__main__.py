"""The command line. Every command is thin: it reads its arguments and calls one function."""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import dataclasses
import os
import secrets
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import asyncpg
from aiohttp import web

from servicedesk import doctor, embedded, logs
from servicedesk.app import create_app, create_worker, make_clock, worker_place
from servicedesk.domain.errors import InvalidForm, NotFound
from servicedesk.domain.model import ChannelSecrets, Role
from servicedesk.jobs import menus
from servicedesk.sandbox import fake_load, refuse_public, seeding
from servicedesk.settings import Settings, read_settings
from servicedesk.store import accounts, migrations
from servicedesk.store.db import Conn, prepare
from servicedesk.store.vault import Vault
from servicedesk.usecases import measuring, passwords, setting_up

Result = TypeVar("Result")


def main() -> None:
    """Run one command; what cannot be done is said in one line, with a remedy, and exits with 1 (usage: 2)."""
    args = _parser().parse_args()
    try:
        settings = read_settings()
        sys.exit(args.command(settings, args) or 0)
    except (embedded.ClusterError, ValueError) as error:
        sys.exit(f"servicedesk: {error}")
    except InvalidForm as error:
        details = "".join(f" ({name}: {value})" for name, value in error.details.items())
        sys.exit(f"servicedesk: {error.field} is {error.fact.replace('_', ' ')}{details}")
    except NotFound:
        sys.exit(f"servicedesk: there is no account {args.code!r}: see `servicedesk account add --help`")
    except (asyncpg.InvalidCatalogNameError, asyncpg.InvalidPasswordError, OSError) as error:
        if isinstance(error, OSError) and error.filename is not None:
            sys.exit(f"servicedesk: {error.filename}: {error.strerror}")
        sys.exit(f"servicedesk: the database cannot be reached ({type(error).__name__}): look at DATABASE_URL")
    except asyncpg.UndefinedTableError:
        sys.exit("servicedesk: the database has not been migrated: run `servicedesk migrate`")


# -- the processes


def demo(settings: Settings, _args: argparse.Namespace) -> None:
    """The whole product with a county in it, on one port."""
    refuse_public(settings.host)
    _check_port(settings)
    logs.configure(level=30)
    settings = dataclasses.replace(settings, sandbox=True)
    with _database(settings) as reachable:
        made = asyncio.run(_with_connection(reachable, lambda conn: _prepare_demo(conn, reachable)))
        print(_table(reachable, made=made), flush=True)
        _serve(reachable, with_worker=True)


def serve_web(settings: Settings, _args: argparse.Namespace) -> None:
    """A web process for development; production runs gunicorn (see the Procfile)."""
    _check_port(settings)
    logs.configure()
    with _database(settings) as reachable:
        _serve(reachable, with_worker=False)


def work(settings: Settings, _args: argparse.Namespace) -> None:
    """A worker: deliveries, the clock, media, digests."""
    logs.configure()
    with _database(settings) as reachable:
        asyncio.run(_work(reachable))


def migrate(settings: Settings, _args: argparse.Namespace) -> None:
    """Bring the database to this version's shape."""
    applied = _run(settings, migrations.migrate)
    print("\n".join(f"applied {name}" for name in applied) or "nothing to apply")


def check(settings: Settings, _args: argparse.Namespace) -> int:
    """Look at everything that must be right, and say how to mend what is not."""
    with _database(settings) as reachable:
        findings = asyncio.run(doctor.examine(reachable))
    for finding in findings:
        print(f"{finding.grade:<4}  {finding.says}" + (f"\n      -> {finding.remedy}" if finding.remedy else ""))
    return 1 if any(finding.grade == "FAIL" for finding in findings) else 0


# -- accounts and people


def add_account(settings: Settings, args: argparse.Namespace) -> None:
    """An official account; token and key are made where none are given."""
    given = ChannelSecrets(
        secret=args.secret or os.environ.get("SERVICEDESK_APPSECRET") or "",
        token=args.token or secrets.token_hex(16),
        aes_key=args.aes_key or base64.b64encode(secrets.token_bytes(32)).decode().rstrip("="),
    )
    if not given.secret:
        raise InvalidForm("secret", "missing")

    async def act(conn: Conn) -> None:
        await setting_up.add_account(
            conn, Vault(settings.secret_keys), code=args.code, name=args.name, kind=args.kind, appid=args.appid, secrets=given,
            mode=args.mode, api_base=args.api_base, original_id=args.original_id, now=make_clock(settings).now(),
        )  # fmt: skip

    _run(settings, act)
    print(f"account    {args.code}\ncallback   {settings.base_url}/wechat/{args.code}")
    if not args.token:
        print(f"token      {given.token}")
    if not args.aes_key:
        print(f"aes key    {given.aes_key}")


def set_menu(settings: Settings, args: argparse.Namespace) -> None:
    """Put the menu of templates/menu.json up in the official account."""
    with _database(settings) as reachable:
        asyncio.run(_set_menu(reachable, args.code))
    print(f"menu of {args.code} set")


def add_staff(settings: Settings, args: argparse.Namespace) -> None:
    """A person at the desk; a password is made where none is given."""
    password = args.password or secrets.token_urlsafe(9)

    async def act(conn: Conn) -> None:
        password_hash = await passwords.hashed(password)
        await setting_up.add_staff(
            conn, await setting_up.account_of(conn, args.code), login=args.login, name=args.name, role=Role(args.role),
            department_code=args.department, password_hash=password_hash, mail=args.mail, now=make_clock(settings).now(),
        )  # fmt: skip

    _run(settings, act)
    print(f"login      {args.login}")
    if not args.password:
        print(f"password   {password}")


def fill_calendar(settings: Settings, args: argparse.Namespace) -> None:
    """Enter a year's holidays and make-up workdays, as the package chinese-calendar knows them."""

    async def act(conn: Conn) -> bool:
        account = await setting_up.account_of(conn, args.code)
        return await setting_up.fill_calendar(conn, account.id, args.year, now=make_clock(settings).now())

    if not _run(settings, act):
        raise ValueError(
            f"the holidays of {args.year} are not known yet: pip install -U chinese-calendar once they are announced"
        )
    print(f"calendar of {args.year} entered")


def add_department(settings: Settings, args: argparse.Namespace) -> None:
    """A department, with a duty list from a JSON file if one is given."""
    duties = setting_up.read_duties(args.duties) if args.duties else []

    async def act(conn: Conn) -> None:
        await setting_up.add_department(
            conn, await setting_up.account_of(conn, args.code), code=args.department, name=args.name,
            short_name=args.short_name or args.name, phone=args.phone, duties=duties,
        )  # fmt: skip

    _run(settings, act)
    print(f"department {args.department}")


def add_token(settings: Settings, args: argparse.Namespace) -> None:
    """An API token, printed this once."""

    async def act(conn: Conn) -> str:
        return await setting_up.add_token(
            conn, await setting_up.account_of(conn, args.code), args.name, now=make_clock(settings).now()
        )

    print(_run(settings, act))


def load_fake(settings: Settings, args: argparse.Namespace) -> None:
    """Load a made-up year of tickets into an account of its own, for measuring."""

    async def act(conn: Conn) -> None:
        await fake_load.load(
            conn, Vault(settings.secret_keys), code=args.code, tickets=args.tickets, seed=args.seed,
            now=make_clock(settings).now(), say=lambda words: print(words, file=sys.stderr, flush=True),
        )  # fmt: skip

    _run(settings, act, whole=False)
    print(f"{args.tickets:,} tickets loaded into the account {args.code}")


def rebuild_figures(settings: Settings, args: argparse.Namespace) -> None:
    """Measure every ticket of an account again, and make its rollups anew."""

    async def act(conn: Conn) -> int:
        account = await setting_up.account_of(conn, args.code)
        return await measuring.rebuild(conn, account.id, now=make_clock(settings).now())

    print(f"{_run(settings, act):,} tickets measured")


# -- what they share


@contextlib.contextmanager
def _database(settings: Settings) -> Iterator[Settings]:
    """Settings with a database address: the given one, or an embedded Postgres kept running for the block."""
    if settings.database_url is not None:
        yield settings
        return
    with embedded.running(settings.home) as url:
        yield dataclasses.replace(settings, database_url=url)


def _run(settings: Settings, act: Callable[[Conn], Awaitable[Result]], *, whole: bool = True) -> Result:
    """Run it in a connection; whole: in one transaction, where the database is ours and was just migrated."""
    with _database(settings) as reachable:
        return asyncio.run(_with_connection(reachable, act, migrated=settings.database_url is None, whole=whole))


async def _with_connection(
    settings: Settings, act: Callable[[Conn], Awaitable[Result]], *, migrated: bool = False, whole: bool = True
) -> Result:
    conn = await asyncpg.connect(settings.database_url)
    try:
        await prepare(conn)
        if migrated and act is not migrations.migrate:
            await migrations.migrate(conn)
            if not whole:
                return await act(conn)
            async with conn.transaction():
                return await act(conn)
        return await act(conn)
    finally:
        await conn.close()


async def _prepare_demo(conn: Conn, settings: Settings) -> bool:
    """Migrate, and make the county where there is none; True where it was made."""
    await migrations.migrate(conn)
    if await seeding.forget_unreadable(conn, Vault(settings.secret_keys)):
        print("the demo county was made with another key than this home's: it is made anew", flush=True)
    elif await accounts.by_code(conn, seeding.CODE) is not None:
        await seeding.move(conn, f"{settings.base_url}/sandbox")
        return False
    print("making the demo county (once) ...", flush=True)
    given = ChannelSecrets(
        secret=secrets.token_hex(16),
        token=secrets.token_hex(16),
        aes_key=base64.b64encode(secrets.token_bytes(32)).decode().rstrip("="),
    )
    await conn.execute("SET synchronous_commit = off")
    await seeding.seed(
        conn, Vault(settings.secret_keys), secrets=given, api_base=f"{settings.base_url}/sandbox",
        now=make_clock(settings).now(),
    )  # fmt: skip
    return True


async def _set_menu(settings: Settings, code: str) -> None:
    async with worker_place(settings) as place:
        await menus.put_up(place, code)


async def _work(settings: Settings) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with worker_place(settings) as place, create_worker(place):
        await stopped.wait()


def _serve(settings: Settings, *, with_worker: bool) -> None:
    web.run_app(
        create_app(settings, with_worker=with_worker), host=settings.host, port=settings.port, print=None, access_log=None,
        shutdown_timeout=3,
    )  # fmt: skip


def _check_port(settings: Settings) -> None:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            other = settings.port + 1 if settings.port < 65535 else 8080
            raise ValueError(f"port {settings.port} is taken: try PORT={other}") from None


def _table(settings: Settings, *, made: bool) -> str:
    base = settings.base_url
    return "\n".join((
        "",
        f"  有问必复 · {seeding.NAME}" + ("  (a county of 90 days was made)" if made else ""),
        "",
        f"  citizen     {base}/sandbox/        a phone, as six citizens",
        f"  portal      {base}/portal/{seeding.CODE}",
        f"  desk        {base}/login          password {seeding.PASSWORD}",
        "                department zhujian · dispatcher paidan · editor bianji · supervisor duban · admin admin",
        f"  callback    {base}/wechat/{seeding.CODE}",
        f"  API         {base}/api/openapi.json     (servicedesk token add {seeding.CODE} NAME)",
        "",
        "  Ctrl-C stops everything.",
    ))  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="servicedesk", description="有问必复: a citizen service desk for WeChat accounts")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in (("demo", demo), ("web", serve_web), ("worker", work), ("migrate", migrate), ("check", check)):
        _command(commands, name, command)
    account = commands.add_parser("account", help="official accounts").add_subparsers(required=True, metavar="ACTION")
    adding = _command(account, "add", add_account)
    adding.add_argument("code", metavar="CODE", help="short name in addresses: a-z, 0-9 and -")
    adding.add_argument("--name", required=True, help="the account's name as followers see it")
    adding.add_argument("--kind", required=True, choices=("subscription", "service"))
    adding.add_argument("--appid", required=True)
    adding.add_argument("--original-id", help="gh_..., the account's own id: calls addressed to another are refused")
    adding.add_argument("--secret", help="the app secret (else SERVICEDESK_APPSECRET)")
    adding.add_argument("--token", help="the callback token (made if left out)")
    adding.add_argument("--aes-key", help="the EncodingAESKey, 43 characters (made if left out)")
    adding.add_argument("--mode", choices=("plain", "compatible", "safe"), default="safe")
    adding.add_argument("--api-base", default="https://api.weixin.qq.com")
    _command(account, "menu", set_menu).add_argument("code", metavar="CODE")
    staff = commands.add_parser("staff", help="people at the desk").add_subparsers(required=True, metavar="ACTION")
    hiring = _command(staff, "add", add_staff)
    hiring.add_argument("code", metavar="CODE")
    hiring.add_argument("login", metavar="LOGIN")
    hiring.add_argument("--role", required=True, choices=[role.value for role in Role])
    hiring.add_argument("--department", help="the code of a department (role staff only)")
    hiring.add_argument("--name", default="")
    hiring.add_argument("--mail", help="where they are told of the ladder")
    hiring.add_argument("--password", help="made and printed if left out")
    department = commands.add_parser("department", help="departments").add_subparsers(required=True, metavar="ACTION")
    founding = _command(department, "add", add_department)
    founding.add_argument("code", metavar="CODE")
    founding.add_argument("department", metavar="DEPARTMENT")
    founding.add_argument("--name", required=True)
    founding.add_argument("--short-name")
    founding.add_argument("--phone", default="")
    founding.add_argument("--duties", help='JSON: [{"clause": 1, "title": "...", "keywords": ["...", "..."]}]')
    filling = _command(commands, "calendar", fill_calendar)
    filling.add_argument("code", metavar="CODE")
    filling.add_argument("year", metavar="YEAR", type=int)
    loading = _command(commands, "load-fake", load_fake)
    loading.add_argument("--tickets", type=int, required=True, metavar="N")
    loading.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed makes the same year (default 1)")
    loading.add_argument("--code", default="fake", help="the account (made where there is none; default: fake)")
    _command(commands, "figures", rebuild_figures).add_argument("code", metavar="CODE")
    token = commands.add_parser("token", help="API tokens").add_subparsers(required=True, metavar="ACTION")
    minting = _command(token, "add", add_token)
    minting.add_argument("code", metavar="CODE")
    minting.add_argument("name", metavar="NAME")
    return parser


def _command(
    group: argparse._SubParsersAction[argparse.ArgumentParser], name: str, command: Callable[..., int | None]
) -> argparse.ArgumentParser:
    made = group.add_parser(name, help=command.__doc__, description=command.__doc__)
    made.set_defaults(command=command, code="")
    return made


if __name__ == "__main__":
    main()
