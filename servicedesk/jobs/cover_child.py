"""Make the public copy of one picture: read from stdin, written to stdout, in a process with limits of memory and time.

The rectangles come as JSON in the first argument. With none, it is the picture as it would be public: upright, bare, bounded.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageOps

from servicedesk.domain.covering import Rectangle
from servicedesk.jobs.preview_child import LARGEST_PIXELS, confine

LONGEST_SIDE = 1600
LARGEST_BYTES = 1_000_000  # what the platform takes of a picture in an article
_QUALITIES = (86, 74, 60)
_INK, _STRIPE, _STRIPE_EVERY = (38, 44, 52), (58, 66, 76), 14


def covered(content: bytes, rectangles: Sequence[Rectangle]) -> bytes:
    """A JPEG whose rectangles are opaque and which carries nothing but its pixels; of an animation, the first picture.

    What is covered is gone before the picture is made smaller, so that no pixel beside it holds a trace of it.
    """
    image = upright(content)
    paint(image, rectangles)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    stripe(image, rectangles)
    return _bounded(image)


def upright(content: bytes) -> Image.Image:
    """The picture in RGB as people see it, on white where it is transparent, without anything else that came with it."""
    Image.MAX_IMAGE_PIXELS = LARGEST_PIXELS
    with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "GIF", "WEBP")) as opened:
        if opened.width * opened.height > LARGEST_PIXELS:
            raise ValueError("too large")
        image = ImageOps.exif_transpose(opened)
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        flat = Image.new("RGB", image.size, "white")
        flat.paste(image, mask=image.getchannel("A"))
        return flat
    flat = Image.new("RGB", image.size)
    flat.paste(image.convert("RGB"))
    return flat


def paint(image: Image.Image, rectangles: Sequence[Rectangle]) -> None:
    """Every pixel that a rectangle touches gets one colour."""
    for each in rectangles:
        if (inside := each.clipped()) is not None:
            image.paste(_INK, inside.pixels(*image.size))


def stripe(image: Image.Image, rectangles: Sequence[Rectangle]) -> None:
    """Paint them again with stripes, so that everybody sees that a person covered this."""
    pattern = _stripes(image.size)
    for each in rectangles:
        if (inside := each.clipped()) is not None:
            box = inside.pixels(*image.size)
            image.paste(pattern.crop(box), box)


def _stripes(size: tuple[int, int]) -> Image.Image:
    made = Image.new("RGB", size, _INK)
    draw = ImageDraw.Draw(made)
    for start in range(-size[1], size[0], _STRIPE_EVERY):
        draw.line((start, size[1], start + size[1], 0), fill=_STRIPE, width=2)
    return made


def _bounded(image: Image.Image) -> bytes:
    while True:
        for quality in _QUALITIES:
            out = io.BytesIO()
            # A new picture has no info; what save() could add of EXIF, ICC or comments comes from there.
            image.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= LARGEST_BYTES:
                return out.getvalue()
        image = image.resize((image.width * 3 // 4, image.height * 3 // 4), Image.Resampling.LANCZOS)


def main() -> None:
    """See the module."""
    confine()
    rectangles = [Rectangle(*row) for row in json.loads(sys.argv[1])]
    sys.stdout.buffer.write(covered(sys.stdin.buffer.read(), rectangles))


if __name__ == "__main__":
    main()
