"""A file for the minutes without a database: calls appended with fsync, replayed in order, then forgotten.

All processes of a home share it, each append under the file's lock, and one of them at a time replays. What a process that was
killed had appended is simply there. A line is one sealed call: personal data never lies readable on the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import json
import os
from dataclasses import dataclass
from datetime import datetime
from io import FileIO
from pathlib import Path

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
    """The journal of a home: one file for all of its processes, so that their calls keep one order."""

    def __init__(self, folder: Path, vault: Vault, limit_bytes: int = LIMIT_BYTES) -> None:
        self._path = folder / "calls.journal"
        self._vault = vault
        self._limit = limit_bytes
        self._file: FileIO | None = None
        self._turn: FileIO | None = None
        self._queue: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def size(self) -> int:
        """Bytes that wait, of all processes."""
        try:
            return self._path.stat().st_size if self._file is None else os.fstat(self._file.fileno()).st_size
        except OSError:
            return 0

    @property
    def empty(self) -> bool:
        """Whether nothing waits, nor is on its way into the file from this process."""
        return self._writer is None and not self._queue and self.size == 0

    def oldest_at(self) -> datetime | None:
        """When the oldest call that waits came."""
        with contextlib.suppress(FileNotFoundError), self._path.open("rb") as file:
            first = _opened(file.readline().strip(), self._vault)
            return None if first is None else first.received_at
        return None

    def append(self, entry: Entry) -> asyncio.Future[None]:
        """Put a call behind those that came before; the future is done once it is on the disk.

        Calls that come together share one fsync. Raises JournalFull, or the future does.
        """
        line = _sealed(entry, self._vault)
        if self.size + sum(len(each) for each, _ in self._queue) + len(line) > self._limit:
            raise JournalFull
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((line, done))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_queue())
        return done

    def take_turn(self) -> bool:
        """Whether this process is the one that replays; it stays so until give_turn or its death."""
        if self._turn is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        turn = FileIO(os.open(self._path.with_name("replaying"), os.O_RDWR | os.O_CREAT, 0o600), "rb+")
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            turn.close()
            return False
        self._turn = turn
        return True

    def give_turn(self) -> None:
        """Let another process replay."""
        if self._turn is not None:
            self._turn.close()
            self._turn = None

    def read(self, offset: int) -> tuple[list[Entry], int]:
        """What lies behind a byte of the file, a chunk at a time, and where the next chunk begins.

        A line that is still being written, or that a crash tore, is not acknowledged: the first is read the next time, the
        second left out.
        """
        try:
            with self._path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH)
                file.seek(offset)
                chunk = file.read(_CHUNK_BYTES)
                chunk += file.readline() if len(chunk) == _CHUNK_BYTES else b""
        except FileNotFoundError:
            return [], offset
        opened = (_opened(line, self._vault) for line in chunk.split(b"\n") if line)
        return [entry for entry in opened if entry is not None], offset + len(chunk)

    def forget(self, offset: int) -> bool:
        """Empty the file, if it still ends where the reader stands."""
        if self._queue or self._writer is not None:
            return False
        try:
            with self._path.open("rb+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if os.fstat(file.fileno()).st_size != offset:
                    return False
                file.truncate(0)
        except FileNotFoundError:
            return offset == 0
        return True

    def set_aside(self, entry: Entry) -> None:
        """Keep a call that could not be taken in, for a person: it was acknowledged and must not be lost."""
        path = self._path.with_name(SET_ASIDE)
        with FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
            file.write(_sealed(entry, self._vault))
            os.fsync(file.fileno())

    def close(self) -> None:
        """Let go of the files; what is being written at this moment is written, and closes its file itself."""
        self.give_turn()
        self._closed = True
        if self._writer is None:
            self._let_go()

    def _let_go(self) -> None:
        if self._file is not None:
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
        if self._closed:
            self._let_go()

    def _write(self, lines: bytes) -> None:
        if self._file is None:
            self._file = _opened_file(self._path)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            at = os.fstat(self._file.fileno()).st_size
            if at and not self._ends_a_line(at):
                lines = b"\n" + lines  # a crash tore the last line; what follows must not hang on to it
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
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _ends_a_line(self, size: int) -> bool:
        return self._file is not None and os.pread(self._file.fileno(), 1, size - 1) == b"\n"


def _opened_file(path: Path) -> FileIO:
    """Unbuffered, so that a failed write leaves nothing behind to be written later."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "rb+")
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
