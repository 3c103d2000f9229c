"""Files in an S3-compatible store, against a server of a few lines that speaks as much of its protocol as is used."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from servicedesk.store.files import FileMissing, Files, FilesAway, open_files

MISSING = '<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>'


class Store:
    """PUT and GET of objects; a request that is not signed with the right key is refused."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.broken = False

    async def answer(self, request: web.Request) -> web.Response:
        """One request."""
        if not request.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 Credential=the-key/"):
            return web.Response(status=403)
        if self.broken:
            return web.Response(status=400)
        if request.method == "PUT":
            self.objects[request.path] = await request.read()
            return web.Response(headers={"ETag": '"1"'})
        if request.path not in self.objects:
            return web.Response(status=404, text=MISSING, content_type="application/xml")
        headers = {"ETag": '"1"', "Last-Modified": "Wed, 25 Nov 2026 02:00:00 GMT"}
        return web.Response(body=self.objects[request.path], headers=headers)


@pytest.fixture
async def store(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    made, app = Store(), web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    async with TestServer(app) as server:
        for name, value in (
            ("AWS_ACCESS_KEY_ID", "the-key"), ("AWS_SECRET_ACCESS_KEY", "the-secret"), ("AWS_REGION", "us-east-1"),
            ("AWS_ENDPOINT", f"http://127.0.0.1:{server.port}"),
        ):  # fmt: skip
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def files(store: Store, tmp_path: Path) -> Files:
    return open_files("s3://desk/media", tmp_path)


async def test_a_file_is_kept_under_the_prefix_by_what_is_in_it(files: Files, store: Store) -> None:
    name = await files.put(b"a picture")
    assert await files.put(b"a picture") == name
    assert await files.get(name) == b"a picture"
    assert files.path(name) is None
    assert store.objects == {f"/desk/media/{name[:2]}/{name}": b"a picture"}


async def test_a_store_that_is_away_is_not_a_file_that_is_missing(files: Files, store: Store) -> None:
    name = await files.put(b"a picture")
    store.broken = True
    with pytest.raises(FilesAway):
        await files.get(name)


async def test_a_file_that_is_not_there_is_said_to_be_missing(files: Files) -> None:
    with pytest.raises(FileMissing):
        await files.get("0" * 64)
