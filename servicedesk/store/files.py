"""Files by what is in them: a folder, or an S3-compatible store where SERVICEDESK_MEDIA names one."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from obstore.store import S3Store

TIMEOUT_S = 30


class FileMissing(Exception):
    """A row names a file that the store does not have: a disk was lost, or a folder was not moved along."""


class FilesAway(Exception):
    """The store could not be asked; another try may find it."""


class Files(Protocol):
    """Content-addressed: the name of a file is the SHA-256 of what is in it, in hexadecimal."""

    async def put(self, content: bytes) -> str:
        """Keep a file, whole or not at all; returns its name."""

    async def get(self, name: str) -> bytes:
        """A file. Raises FileMissing, FilesAway."""

    def path(self, name: str) -> Path | None:
        """Where the file lies on this machine, if it does: the server can then send it without reading it."""


def open_files(address: str, home: Path) -> Files:
    """The store of an address: empty for home/media, a path, or s3://bucket/prefix.

    Keys and endpoint of S3 come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT).
    Raises ValueError for what is no such address, or where the extra is not installed.
    """
    if not address:
        return Folder(home / "media")
    parts = urlsplit(address)
    if parts.scheme == "s3" and parts.netloc:
        return _bucket(parts.netloc, parts.path.strip("/"))
    if not parts.scheme and address.startswith("/"):
        return Folder(Path(address))
    raise ValueError("SERVICEDESK_MEDIA must be a path or s3://bucket/prefix")


class Folder:
    """Files in a folder, in sub-folders by the first two digits of their names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, content: bytes) -> str:
        """As Files.put."""
        return await asyncio.to_thread(self._put, content)

    async def get(self, name: str) -> bytes:
        """As Files.get."""
        try:
            return await asyncio.to_thread(self.path(name).read_bytes)
        except FileNotFoundError:
            raise FileMissing(name) from None

    def path(self, name: str) -> Path:
        """As Files.path."""
        return self._folder / name[:2] / name

    def _put(self, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        target = self.path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as stream:
                stream.write(content)
            Path(stream.name).replace(target)
        return name


class Bucket:
    """Files in an S3-compatible store."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    async def put(self, content: bytes) -> str:
        """As Files.put."""
        import obstore  # noqa: PLC0415  # an extra

        name = await asyncio.to_thread(lambda: hashlib.sha256(content).hexdigest())
        async with asyncio.timeout(TIMEOUT_S):
            await obstore.put_async(self._store, self._key(name), content)
        return name

    async def get(self, name: str) -> bytes:
        """As Files.get."""
        import obstore  # noqa: PLC0415  # an extra

        try:
            async with asyncio.timeout(TIMEOUT_S):
                found = await obstore.get_async(self._store, self._key(name))
                return bytes(await found.bytes_async())
        except (FileNotFoundError, obstore.exceptions.NotFoundError):
            raise FileMissing(name) from None
        except (TimeoutError, OSError, obstore.exceptions.BaseError):
            raise FilesAway from None

    def path(self, _name: str) -> None:
        """As Files.path: none of them lies here."""
        return

    def _key(self, name: str) -> str:
        return f"{name[:2]}/{name}"


def _bucket(bucket: str, prefix: str) -> Bucket:
    try:
        from obstore.store import S3Store  # noqa: PLC0415  # an extra
    except ModuleNotFoundError:
        raise ValueError("SERVICEDESK_MEDIA names an S3 store: pip install 'servicedesk[s3]'") from None
    # An endpoint in the same building may well be plain http.
    return Bucket(S3Store(bucket, prefix=prefix or None, client_options={"allow_http": True}))
