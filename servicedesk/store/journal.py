"""A file for the minutes without a database: calls appended with fsync, replayed in order, then forgotten.

Every process writes a file of its own and holds a lock on it; a file that nobody holds was left by one that died, and is
taken over by the next that looks. A line is one sealed call: personal data never lies readable on the disk, and a line
that a crash tore does not open, which is right, because it was never acknowledged.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import os
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from servicedesk.domain.model import InboundMessage
from servicedesk.store.vault import Vault, WrongKey

LIMIT_BYTES = 256 * 1024 * 1024
SET_ASIDE = "set-aside"
_CHUNK_BYTES = 1024 * 1024


class JournalFull(Exception):
    """The journal is full or cannot be written: nothing was kept."""


@dataclass(frozen=True)
class Entry:
    """A call as it came: of which account (its code), and when (desk time)."""

    account: str
    received_at: datetime
    inbound: InboundMessage


class Journal:
    """One process's journal, and those it takes over."""

    def __init__(self, folder: Path, vault: Vault, limit_bytes: int = LIMIT_BYTES) -> None:
        self._path = folder / f"{os.getpid()}-{secrets.token_hex(4)}.journal"
        self._vault = vault
        self._limit = limit_bytes
        self._file: FileIO | None = None
        self._queue: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._lock = threading.Lock()
        self.size = 0
        self.oldest_at: datetime | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing waits in this process's own file or on its way into it."""
        return self.size == 0 and not self._queue and self._writer is None

    def append(self, entry: Entry) -> asyncio.Future[None]:
        """Put a call behind those that came before; the future is done once it is on the disk.

        Calls that come together share one fsync. Raises JournalFull, or the future does.
        """
        line = _sealed(entry, self._vault)
        if self.size + sum(len(each) for each, _ in self._queue) + len(line) > self._limit:
            raise JournalFull
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((line, done))
        self.oldest_at = self.oldest_at or entry.received_at
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_queue())
        return done

    def read(self, offset: int) -> tuple[list[Entry], int]:
        """What lies behind a byte of this process's own file, a chunk at a time, and where the next chunk begins."""
        return _read(self._path, offset, self.size, self._vault) if self.size > offset else ([], offset)

    def forget(self, offset: int) -> bool:
        """Empty the file, if it ends where the reader stands and nothing is on its way into it."""
        if self._queue or self._writer is not None or self._file is None or self.size != offset:
            return False
        self._file.truncate(0)
        self.size, self.oldest_at = 0, None
        return True

    def set_aside(self, entry: Entry) -> None:
        """Keep a call that could not be taken in, for a person: it was acknowledged and must not be lost."""
        path = self._path.with_name(SET_ASIDE)
        with FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
            file.write(_sealed(entry, self._vault))
            os.fsync(file.fileno())

    def left_by_others(self) -> list[LeftJournal]:
        """Files whose process is gone, now locked by this one."""
        found = []
        for path in sorted(self._path.parent.glob("*.journal")):
            left = None if path == self._path else LeftJournal.take(path, self._vault)
            if left is not None:
                found.append(left)
        return found

    def close(self) -> None:
        """Let go of the file; an empty one is removed."""
        if self._file is None:
            return
        if self.size == 0:
            self._path.unlink(missing_ok=True)
        self._file.close()
        self._file = None

    async def _write_queue(self) -> None:
        while self._queue:
            batch, self._queue = self._queue, []
            try:
                await asyncio.to_thread(self._write, b"".join(line for line, _ in batch))
            except OSError:
                for _, done in batch:
                    if not done.done():
                        done.set_exception(JournalFull())
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)
        self._writer = None

    def _write(self, lines: bytes) -> None:
        with self._lock:
            if self._file is None:
                self._file = _new_file(self._path)
            at = self._file.seek(0, os.SEEK_END)
            try:
                written = self._file.write(lines)
                os.fsync(self._file.fileno())
            except OSError:
                # What was half written must not be read as a call, nor stand before the next one.
                self._file.truncate(at)
                raise
            if written != len(lines):
                self._file.truncate(at)
                raise OSError(errno.ENOSPC, "written in part")
            self.size = at + len(lines)


class LeftJournal:
    """The file of a process that died."""

    def __init__(self, path: Path, file: BinaryIO, vault: Vault) -> None:
        self._path, self._file, self._vault = path, file, vault

    @classmethod
    def take(cls, path: Path, vault: Vault) -> LeftJournal | None:
        """Lock the file; None where its process lives."""
        try:
            file = path.open("rb+")
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return None
        if not path.exists():  # another took it over and removed it, between the opening and the lock
            file.close()
            return None
        return cls(path, file, vault)

    def read(self, offset: int) -> tuple[list[Entry], int]:
        """As Journal.read."""
        size = self._path.stat().st_size
        return _read(self._path, offset, size, self._vault) if size > offset else ([], offset)

    def forget(self) -> None:
        """It has been replayed."""
        self._path.unlink(missing_ok=True)
        self._file.close()

    def leave(self) -> None:
        """Not yet: let it go for another try."""
        self._file.close()


def _new_file(path: Path) -> FileIO:
    """Locked, and unbuffered, so that a failed write leaves nothing behind to be written later."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600), "rb+")
    fcntl.flock(file, fcntl.LOCK_EX)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return file


def _sealed(entry: Entry, vault: Vault) -> bytes:
    sent_at = entry.inbound.sent_at
    inbound = {
        **vars(entry.inbound), "sent_at": sent_at and sent_at.isoformat(), "payload": dict(entry.inbound.payload),
    }  # fmt: skip
    said = {"account": entry.account, "received_at": entry.received_at.isoformat(), "inbound": inbound}
    return vault.seal(json.dumps(said, ensure_ascii=False)) + b"\n"


def _read(path: Path, offset: int, size: int, vault: Vault) -> tuple[list[Entry], int]:
    with path.open("rb") as file:
        file.seek(offset)
        chunk = file.read(min(_CHUNK_BYTES, size - offset))
        if offset + len(chunk) < size:
            chunk += file.readline()
    opened = (_opened(line, vault) for line in chunk.split(b"\n") if line)
    return [entry for entry in opened if entry is not None], offset + len(chunk)


def _opened(line: bytes, vault: Vault) -> Entry | None:
    try:
        said = json.loads(vault.unseal(line))
    except (WrongKey, ValueError):
        return None  # torn by a crash in the middle of writing it
    inbound = said["inbound"]
    sent_at = inbound.pop("sent_at")
    return Entry(
        said["account"],
        datetime.fromisoformat(said["received_at"]),
        InboundMessage(**inbound, sent_at=sent_at and datetime.fromisoformat(sent_at)),
    )
