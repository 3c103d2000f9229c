"""The command line, as an operator types it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from servicedesk.store.db import Conn
from tests.desk import KEY

ACCOUNT = [
    "account", "add", "xinxian", "--name", "新县发布", "--kind", "subscription", "--appid", "wx1", "--secret", "s3cret",
    "--api-base", "http://127.0.0.1:9",
]  # fmt: skip


def run(database: str, home: Path, *args: str, key: str = KEY) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": database, "SERVICEDESK_HOME": str(home), "SERVICEDESK_SECRET_KEY": key}
    return subprocess.run(
        [sys.executable, "-m", "servicedesk", *args], capture_output=True, text=True, env=environment, check=False, timeout=60
    )


async def test_an_account_its_people_and_its_token_are_made_and_checked(database: str, conn: Conn, tmp_path: Path) -> None:
    assert run(database, tmp_path, "migrate").stdout == "nothing to apply\n"
    made = run(database, tmp_path, *ACCOUNT)
    assert made.returncode == 0, made.stderr
    assert "/wechat/xinxian" in made.stdout
    assert "aes key" in made.stdout
    duties = tmp_path / "duties.json"
    duties.write_text('[{"clause": 1, "title": "供热", "keywords": ["供暖", "暖气"]}]', "utf-8")
    assert (
        run(
            database, tmp_path, "department", "add", "xinxian", "zhujian", "--name", "住建局", "--duties", str(duties)
        ).returncode
        == 0
    )
    hired = run(
        database, tmp_path, "staff", "add", "xinxian", "wang", "--role", "staff", "--department", "zhujian",
        "--mail", "wang@xinxian.example",
    )  # fmt: skip
    assert "password" in hired.stdout
    assert await conn.fetchval("SELECT tell_by FROM staff WHERE mail = 'wang@xinxian.example'") == ["mail"]
    assert (
        "password"
        not in run(database, tmp_path, "staff", "add", "xinxian", "li", "--role", "admin", "--password", "long enough").stdout
    )
    token = run(database, tmp_path, "token", "add", "xinxian", "report").stdout.strip()
    assert token.count(".") == 1
    found = run(database, tmp_path / "not made yet", "check")
    assert found.returncode == 0, found.stdout + found.stderr
    assert "account xinxian: secrets readable" in found.stdout
    assert "calendar known to 2026" in found.stdout
    assert "->" not in found.stdout.split("calendar")[0]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["token", "add", "nowhere", "x"], "there is no account 'nowhere'"),
        (["staff", "add", "nowhere", "x", "--role", "admin"], "there is no account 'nowhere'"),
        (["account", "add", "Bad!", *ACCOUNT[3:]], "code is malformed"),
        (["calendar", "nowhere", "2026"], "there is no account 'nowhere'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(database: str, tmp_path: Path, args: list[str], says: str) -> None:
    done = run(database, tmp_path, *args)
    assert done.returncode == 1
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_a_staff_member_without_a_department_is_refused(database: str, tmp_path: Path) -> None:
    run(database, tmp_path, *ACCOUNT)
    done = run(database, tmp_path, "staff", "add", "xinxian", "wang", "--role", "staff", "--password", "long enough")
    assert (done.returncode, "department is missing" in done.stderr) == (1, True)
    told = run(database, tmp_path, "staff", "add", "xinxian", "li", "--role", "admin", "--mail", "no address")
    assert (told.returncode, "mail is malformed" in told.stderr) == (1, True)
    assert "taken" in run(database, tmp_path, *ACCOUNT).stderr


def test_the_doctor_names_what_is_wrong_and_the_remedy(database: str, server_url: str, tmp_path: Path) -> None:
    away = run("postgresql://nobody@127.0.0.1:9/none", tmp_path, "check")
    assert away.returncode == 1
    assert "FAIL  database: unreachable" in away.stdout
    assert "-> start it" in away.stdout
    run(database, tmp_path, *ACCOUNT)
    from cryptography.fernet import Fernet

    lost = run(database, tmp_path, "check", key=Fernet.generate_key().decode())
    assert lost.returncode == 1
    assert "its secrets cannot be read with this key" in lost.stdout
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "set-aside").write_bytes(b"sealed\n")
    (tmp_path / "journal" / "calls.journal").write_bytes(b"sealed\n")
    found = run(database, tmp_path, "check").stdout
    assert "no departments" in found
    assert "ok    media: 0 to fetch" in found
    assert "journal: 7 bytes of calls wait" in found
    assert "FAIL  journal: 1 calls could not be taken in" in found


def test_a_database_that_was_not_migrated_is_told_so(server_url: str, tmp_path: Path) -> None:
    import asyncio

    name = f"test_{os.getpid()}_bare"

    async def make(statement: str) -> None:
        conn = await asyncpg.connect(server_url)
        await conn.execute(statement)
        await conn.close()

    from tests.conftest import _with_database

    asyncio.run(make(f'CREATE DATABASE "{name}"'))
    try:
        url = _with_database(server_url, name)
        assert "servicedesk migrate" in run(url, tmp_path, "token", "add", "x", "y").stderr
        assert re.search(r"FAIL  migrations: \d+ pending", run(url, tmp_path, "check").stdout)
        assert run(url, tmp_path, "migrate").stdout.startswith("applied 0001_desk\n")
    finally:
        asyncio.run(make(f'DROP DATABASE "{name}" WITH (FORCE)'))


def test_a_home_that_cannot_be_made_is_not_blamed_on_the_database(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = subprocess.run(
        [sys.executable, "-m", "servicedesk", "check"], capture_output=True, text=True, check=False,
        env={**os.environ, "SERVICEDESK_HOME": str(tmp_path / "file" / "home"), "SERVICEDESK_SECRET_KEY": ""},
    )  # fmt: skip
    assert done.stderr == f"servicedesk: {tmp_path}/file/home: Not a directory\n"


def test_a_wrong_setting_is_named(database: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "servicedesk", "check"], capture_output=True, text=True, check=False,
        env={**os.environ, "PORT": "eighty", "SERVICEDESK_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.stderr.strip() == "servicedesk: PORT must be a whole number, not 'eighty'"
