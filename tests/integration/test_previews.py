"""Previews, made in a process of their own: pictures upright and without the camera's words, voices that browsers play."""

from __future__ import annotations

import io
import os

import av
import pytest
from PIL import Image

from servicedesk.jobs.previews import preview_of


def picture(size: tuple[int, int], kind: str, *, turned: bool = False) -> bytes:
    image, out = Image.new("RGB", size, "red"), io.BytesIO()
    image.paste("blue", (0, 0, size[0], size[1] // 2))
    exif = Image.Exif()
    if turned:
        exif[0x0112] = 6  # as a phone held upright writes it
        exif[0x010E] = "taken at home"
    image.save(out, kind, exif=exif)
    return out.getvalue()


def voice(seconds: int) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="amr") as target:
        stream = target.add_stream("libopencore_amrnb", rate=8000, layout="mono")
        for _ in range(seconds * 50):
            frame = av.AudioFrame(format="s16", layout="mono", samples=160)
            frame.planes[0].update(os.urandom(320))
            frame.sample_rate = 8000
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


async def test_a_picture_becomes_small_upright_and_silent_about_where_it_was_taken() -> None:
    made = await preview_of(picture((1600, 800), "JPEG", turned=True), "image/jpeg")
    assert made is not None
    with Image.open(io.BytesIO(made[0])) as image:
        assert (image.format, image.size) == ("JPEG", (240, 480))
        assert not dict(image.getexif())
    assert made[1] == "image/jpeg"


async def test_a_transparent_picture_is_shown_on_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, "PNG")
    made = await preview_of(out.getvalue(), "image/png")
    assert made is not None
    with Image.open(io.BytesIO(made[0])) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


async def test_a_voice_of_a_phone_becomes_one_that_browsers_play() -> None:
    made = await preview_of(voice(3), "audio/amr")
    assert made is not None
    assert made[1] == "audio/mpeg"
    with av.open(io.BytesIO(made[0]), "r") as source:
        assert source.streams.audio[0].codec_context.name in {"mp3", "mp3float"}
        samples = sum(frame.samples for frame in source.decode(audio=0) if isinstance(frame, av.AudioFrame))
    assert 2.5 < samples / 16_000 < 3.5


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"\xff\xd8\xff" + b"0" * 500, "image/jpeg"),
        (b"#!AMR\n", "audio/amr"),
        (b"#!AMR\n" + b"\xff" * 400, "audio/amr"),
        (b"GIF89a", "image/gif"),
    ],
)
async def test_what_cannot_be_read_has_no_preview(content: bytes, content_type: str) -> None:
    assert await preview_of(content, content_type) is None


async def test_a_picture_that_would_fill_the_memory_has_no_preview() -> None:
    out = io.BytesIO()
    Image.new("1", (16_000, 16_000)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000
    assert await preview_of(out.getvalue(), "image/png") is None


async def test_other_kinds_have_none() -> None:
    assert await preview_of(b"%PDF-1.7", "application/pdf") is None
