"""Pictures of a publication: covered in a process of their own, confirmed as seen, checked once more, taken off again."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from servicedesk.domain.covering import Covering, Rectangle, Source, is_bare
from servicedesk.domain.errors import AlreadyPublished, InvalidForm, NotFound, NotPermitted, Unreadable
from servicedesk.domain.model import InboundMessage
from servicedesk.jobs.covering import ChildCoverer
from servicedesk.store import keeping
from servicedesk.store.files import Folder
from servicedesk.usecases import answering, attaching, picturing, publishing
from tests.desk import NOW, Desk

HALF = Covering((Rectangle(0, 0, 10_000, 5_000),))
NOTHING = Covering(())


def photo(kind: str = "JPEG", size: tuple[int, int] = (600, 300)) -> bytes:
    """Blue above red, held upright as a phone writes it, with the place where it was taken."""
    image, out = Image.new("RGB", size, "red"), io.BytesIO()
    image.paste("blue", (0, 0, size[0], size[1] // 2))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "taken at home"
    exif.get_ifd(0x8825)[2] = (43.0, 56.0, 1.0)
    image.save(out, kind, exif=exif)
    return out.getvalue()


def moving(kind: str) -> bytes:
    frames, out = [Image.new("RGB", (80, 60), colour) for colour in ("green", "red", "blue")], io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


async def a_case(desk: Desk, files: Folder, content: bytes) -> tuple[str, Source, Source]:
    """An answered ticket with a picture of the citizen's and one of the answer's."""
    number = await desk.accepted()
    await desk.sends(InboundMessage("m:pic", "citizen-1", "image", media_id="pic"))
    name = await files.put(content)
    media = await desk.conn.fetchval(
        "UPDATE media SET state = 'stored', sha256 = $1, content_type = 'image/jpeg', next_try_at = NULL RETURNING media_id",
        name,
    )
    new = attaching.NewFile("修好了.png", "image/png", await files.put(photo("PNG")), 10)
    await attaching.attach(desk.conn, desk.staff["zhujian"], number, [new], now=NOW)
    await answering.answer(desk.conn, desk.staff["zhujian"], number, "已经修好了。", now=NOW)
    await desk.deliver()
    attachment = await desk.conn.fetchval("SELECT attachment_id FROM attachment")
    return number, Source("media", media), Source("attachment", attachment)


async def cover(desk: Desk, files: Folder, number: str, source: Source, covering: Covering = HALF) -> str:
    editor = desk.staff["bianji"]
    _, picture = await picturing.one(desk.conn, editor, number, source)
    copy = await picturing.covered(files, ChildCoverer(), picture, covering)
    async with desk.conn.transaction():
        await picturing.choose(desk.conn, editor, number, source, covering=covering, copy=copy, now=NOW)
    return copy.sha256


async def publish(desk: Desk, files: Folder, number: str, seal: str | None = None) -> int:
    editor = desk.staff["bianji"]
    proposal = await publishing.propose(desk.conn, editor, number)
    gallery = await picturing.of_ticket(desk.conn, editor, number)
    checked = await picturing.checked(files, gallery)
    async with desk.conn.transaction():
        return await publishing.publish(
            desk.conn, editor, number, title="暖气", seal=proposal.seal, for_digest=False, now=NOW,
            pictures_seal=seal or gallery.seal, pictures_checked=checked,
        )  # fmt: skip


async def test_a_copy_is_upright_covered_and_silent_about_where_it_was_taken(desk: Desk, tmp_path: Path) -> None:
    files = Folder(tmp_path)
    number, sent, answered = await a_case(desk, files, photo())
    for source in (sent, answered):
        content = await files.get(await cover(desk, files, number, source))
        assert is_bare(content)
        with Image.open(io.BytesIO(content)) as image:
            assert image.size == (300, 600)
            assert not image.getexif()
            assert not image.info.keys() & {"exif", "icc_profile", "comment"}
            assert max(image.getpixel((250, 100))) < 110  # type: ignore[arg-type]  # covered
            assert image.getpixel((50, 500))[0] > 200  # type: ignore[index]  # the red side, now on the left


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
async def test_of_an_animation_only_the_first_picture_can_be_public(kind: str) -> None:
    made = await ChildCoverer().copy(moving(kind), NOTHING)
    assert made is not None
    with Image.open(io.BytesIO(made)) as image:
        assert (image.format, getattr(image, "n_frames", 1)) == ("JPEG", 1)
        red, green, blue = image.getpixel((40, 30))  # type: ignore[misc]
        assert green > 100 > max(red, blue)


def _huge() -> bytes:
    out = io.BytesIO()
    Image.new("1", (16_000, 16_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("content", [_huge, lambda: b"\xff\xd8\xff" + b"0" * 400, lambda: b"", lambda: b"%PDF-1.7"])
async def test_a_picture_that_is_huge_or_none_has_no_copy(content: Callable[[], bytes]) -> None:
    assert await ChildCoverer().copy(content(), NOTHING) is None


async def test_a_picture_that_cannot_be_read_is_refused_and_nothing_is_chosen(desk: Desk, tmp_path: Path) -> None:
    files = Folder(tmp_path)
    number, sent, _ = await a_case(desk, files, b"\xff\xd8\xffbroken")
    with pytest.raises(Unreadable):
        await cover(desk, files, number, sent)
    assert (await picturing.of_ticket(desk.conn, desk.staff["bianji"], number)).chosen == ()


async def test_no_picture_is_public_unless_an_editor_covered_it(desk: Desk, tmp_path: Path) -> None:
    files = Folder(tmp_path)
    number, sent, _ = await a_case(desk, files, photo())
    await cover(desk, files, number, sent)
    chosen = (await picturing.of_ticket(desk.conn, desk.staff["bianji"], number)).chosen
    assert [each.source for each in chosen] == [sent]
    picture_id = chosen[0].picture_id
    assert picture_id is not None
    with pytest.raises(NotFound):
        await picturing.public_one(desk.conn, desk.account, picture_id)
    publication = await publish(desk, files, number)
    shown = await picturing.public_of(desk.conn, desk.account, [{"publication_id": publication}])
    assert [each["picture_id"] for each in shown[publication]] == [picture_id]
    assert (await picturing.public_one(desk.conn, desk.account, picture_id))["sha256"] == chosen[0].sha256


async def test_who_covered_what_and_when_is_kept_also_of_what_was_replaced(desk: Desk, tmp_path: Path) -> None:
    files = Folder(tmp_path)
    number, sent, _ = await a_case(desk, files, photo())
    first = await cover(desk, files, number, sent)
    second = await cover(desk, files, number, sent, NOTHING)
    assert first != second
    rows = await desk.conn.fetch("SELECT * FROM covered_picture ORDER BY picture_id")
    assert [(row["rectangles"], row["nothing_to_cover"], row["removed_at"]) for row in rows] == [
        ([[0, 0, 10_000, 5_000]], False, NOW),
        ([], True, None),
    ]
    assert {row["covered_by"] for row in rows} == {desk.staff["bianji"].staff_id}
    assert {row["covered_at"] for row in rows} == {NOW}


async def test_nothing_is_published_with_pictures_that_the_editor_did_not_see(desk: Desk, tmp_path: Path) -> None:
    files = Folder(tmp_path)
    number, sent, answered = await a_case(desk, files, photo())
    seen = (await picturing.of_ticket(desk.conn, desk.staff["bianji"], number)).seal
    await cover(desk, files, number, sent)
    with pytest.raises(InvalidForm, match="changed"):
        await publish(desk, files, number, seen)
    seen = (await picturing.of_ticket(desk.conn, desk.staff["bianji"], number)).seal
    await cover(desk, files, number, sent, NOTHING)
    with pytest.raises(InvalidForm, match="changed"):
        await publish(desk, files, number, seen)
    await cover(desk, files, number, answered)
    with pytest.raises(InvalidForm, match="changed"):
        await publish(desk, files, number, seen)
    assert await desk.conn.fetchval("SELECT count(*) FROM publication") == 0


async def test_a_copy_with_anything_of_the_cameras_is_never_published(desk: Desk, tmp_path: Path) -> None:
    files = Folder(tmp_path)
    number, sent, _ = await a_case(desk, files, photo())
    await cover(desk, files, number, sent)
    await desk.conn.execute("UPDATE covered_picture SET sha256 = original_sha256")
    with pytest.raises(InvalidForm, match="leak"):
        await publish(desk, files, number)
    await desk.conn.execute("UPDATE covered_picture SET sha256 = $1", "0" * 64)
    with pytest.raises(InvalidForm, match="missing"):
        await publish(desk, files, number)


async def test_another_file_under_the_name_of_the_copy_is_never_published(desk: Desk, tmp_path: Path) -> None:
    files = Folder(tmp_path)
    number, sent, answered = await a_case(desk, files, photo())
    name = await cover(desk, files, number, sent)
    other = await cover(desk, files, number, answered, NOTHING)
    files.path(name).write_bytes(files.path(other).read_bytes())
    with pytest.raises(InvalidForm, match="leak"):
        await publish(desk, files, number)


async def test_what_is_public_does_not_change_and_can_be_taken_off(desk: Desk, tmp_path: Path) -> None:
    files, editor = Folder(tmp_path), desk.staff["bianji"]
    number, sent, answered = await a_case(desk, files, photo())
    await cover(desk, files, number, sent)
    publication = await publish(desk, files, number)
    for source in (sent, answered):
        with pytest.raises(AlreadyPublished):
            await cover(desk, files, number, source, NOTHING)
    await picturing.take_off(desk.conn, editor, number, sent, now=NOW)
    assert await picturing.public_of(desk.conn, desk.account, [{"publication_id": publication}]) == {}
    with pytest.raises(NotFound):
        await picturing.take_off(desk.conn, editor, number, sent, now=NOW)


async def test_only_an_editor_and_only_of_an_answered_ticket(desk: Desk, tmp_path: Path) -> None:
    files = Folder(tmp_path)
    number, sent, _ = await a_case(desk, files, photo())
    for login in ("zhujian", "jiaoyu", "paidan", "duban", "admin"):
        with pytest.raises(NotPermitted):
            await picturing.one(desk.conn, desk.staff[login], number, sent)
    open_number = await desk.asked("路灯不亮", openid="citizen-2")
    with pytest.raises(NotPermitted):
        await picturing.of_ticket(desk.conn, desk.staff["bianji"], open_number)
    with pytest.raises(NotFound):
        await picturing.one(desk.conn, desk.staff["bianji"], number, Source("media", 999))


async def test_forgetting_a_citizen_takes_the_copies_that_were_never_public(desk: Desk, tmp_path: Path) -> None:
    files = Folder(tmp_path)
    number, sent, answered = await a_case(desk, files, photo())
    await cover(desk, files, number, answered)
    await cover(desk, files, number, sent, NOTHING)
    await cover(desk, files, number, sent)
    publication = await publish(desk, files, number)
    citizen = (await desk.ticket(number)).citizen_id
    await keeping.forget(desk.conn, desk.account.id, citizen, openid="left-x", now=NOW)
    rows = await desk.conn.fetch("SELECT publication_id, removed_at FROM covered_picture")
    assert {(row["publication_id"], row["removed_at"]) for row in rows} == {(publication, None)}
    assert len(rows) == 2
