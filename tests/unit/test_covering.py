"""Covering: rectangles to pixels, nothing left of what is covered, nothing of the camera in the copy."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, PngImagePlugin

from servicedesk.domain.covering import WHOLE, Rectangle, decided, is_bare, rectangles_of, sides_of
from servicedesk.domain.errors import InvalidForm
from servicedesk.jobs import cover_child

anywhere = st.builds(
    Rectangle,
    st.integers(-WHOLE, 2 * WHOLE),
    st.integers(-WHOLE, 2 * WHOLE),
    st.integers(0, 2 * WHOLE),
    st.integers(0, 2 * WHOLE),
)
sides = st.integers(1, 90)


@given(anywhere, sides, sides)
def test_a_rectangle_covers_every_pixel_it_touches_and_none_outside_the_picture(
    rectangle: Rectangle, width: int, height: int
) -> None:
    inside = rectangle.clipped()
    if inside is None:
        return
    left, top, right, bottom = inside.pixels(width, height)
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    for x in range(width):
        touched = (x + 1) * WHOLE > max(rectangle.left, 0) * width and x * WHOLE < (rectangle.left + rectangle.width) * width
        assert (left <= x < right) == touched


def noise(seed: bytes, size: tuple[int, int]) -> Image.Image:
    needed = size[0] * size[1] * 3
    return Image.frombytes("RGB", size, (seed * (needed // len(seed) + 1))[:needed])


def as_png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=7, max_size=41), st.lists(anywhere, min_size=1, max_size=4), sides, sides)
def test_no_original_pixel_is_left_in_a_painted_part(seed: bytes, rectangles: list[Rectangle], width: int, height: int) -> None:
    """Two pictures that differ only where it is painted cannot be told apart by their copies."""
    one = noise(seed, (width, height))
    other = one.copy()
    for each in rectangles:
        if (inside := each.clipped()) is not None:
            box = inside.pixels(width, height)
            other.paste(ImageChops.invert(one.crop(box)), box)
    assert cover_child.covered(as_png(one), rectangles) == cover_child.covered(as_png(other), rectangles)


def test_nothing_beside_a_painted_part_holds_a_trace_of_it_when_the_picture_is_made_smaller() -> None:
    rectangle, size = Rectangle(2501, 2503, 3333, 4444), (4001, 3001)
    one = Image.new("RGB", size, "white")
    other = one.copy()
    other.paste("red", rectangle.pixels(*size))
    assert cover_child.covered(as_png(one), [rectangle]) == cover_child.covered(as_png(other), [rectangle])


def test_the_copy_is_opaque_where_it_is_painted_and_as_it_was_elsewhere() -> None:
    made = cover_child.covered(as_png(Image.new("RGB", (400, 200), "white")), [Rectangle(0, 0, 5000, WHOLE)])
    with Image.open(io.BytesIO(made)) as image:
        assert all(max(image.getpixel((x, y))) < 110 for x in range(0, 190, 7) for y in range(0, 200, 7))  # type: ignore[arg-type]
        assert all(min(image.getpixel((x, y))) > 240 for x in range(210, 400, 7) for y in range(0, 200, 7))  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(3000, 2000), (1000, 4000), (90, 60)])
def test_a_copy_is_bounded_bare_and_its_sides_are_known(size: tuple[int, int]) -> None:
    made = cover_child.covered(as_png(Image.effect_noise(size, 120).convert("RGB")), [])
    with Image.open(io.BytesIO(made)) as image:
        assert image.size == sides_of(made)
        assert max(image.size) <= cover_child.LONGEST_SIDE
    assert is_bare(made)
    assert len(made) <= cover_child.LARGEST_BYTES


def jpeg(**more: object) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((64, 48), 90).save(out, "JPEG", **more)
    return out.getvalue()


def test_bare_means_bare() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    assert is_bare(jpeg())
    assert is_bare(jpeg(progressive=True))
    assert is_bare(jpeg(restart_marker_blocks=1))
    assert not is_bare(jpeg(exif=exif))
    assert not is_bare(jpeg(comment=b"mine"))
    assert not is_bare(jpeg(icc_profile=b"x" * 200))
    assert not is_bare(jpeg() + b"more")
    assert not is_bare(jpeg()[:-2])
    assert not is_bare(b"")
    assert not is_bare(as_png(Image.new("RGB", (3, 3))))
    with pytest.raises(ValueError, match="bare"):
        sides_of(jpeg(comment=b"mine"))


@given(st.binary(max_size=300))
def test_whatever_comes_is_bare_or_not_and_nothing_breaks(content: bytes) -> None:
    assert is_bare(b"\xff\xd8" + content) in {True, False}
    assert is_bare(jpeg()[:-2] + content) == (content == b"\xff\xd9")


def test_words_of_a_png_and_the_colours_behind_its_transparency_do_not_reach_the_copy() -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "Zhang Guihua")
    image = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    out = io.BytesIO()
    image.save(out, "PNG", pnginfo=words)
    made = cover_child.covered(out.getvalue(), [])
    assert b"Zhang" not in made
    with Image.open(io.BytesIO(made)) as copy:
        assert copy.getpixel((20, 20)) == (255, 255, 255)


def test_percentages_are_rounded_outwards() -> None:
    assert rectangles_of([("10.005", "0", "20", "33.333")]) == [Rectangle(1000, 0, 2001, 3334)]
    assert rectangles_of([("", "", "", ""), ("7.29", "58.07", "0.01", "30%")]) == [Rectangle(729, 5807, 1, 3000)]


@given(st.tuples(*[st.integers(0, WHOLE)] * 2, *[st.integers(1, WHOLE)] * 2))
def test_what_the_page_writes_is_read_as_it_was(sides: tuple[int, ...]) -> None:
    assert rectangles_of([tuple(f"{side / 100:g}" for side in sides)]) == [Rectangle(*sides)]


@pytest.mark.parametrize(
    "row", [("1", "2", "3", ""), ("a", "2", "3", "4"), ("1", "2", "0", "4"), ("1e9", "2", "3", "4"), ("nan",) * 4]
)
def test_what_is_no_rectangle_is_refused(row: tuple[str, ...]) -> None:
    with pytest.raises(InvalidForm):
        rectangles_of([row])


def test_an_editor_must_decide() -> None:
    inside, outside = Rectangle(1, 1, 5, 5), Rectangle(WHOLE, 0, 10, 10)
    assert decided([inside, outside, inside], nothing=False).rectangles == (inside,)
    assert decided([], nothing=True).nothing_to_cover
    for rectangles, nothing in (
        ([], False),
        ([outside], False),
        ([inside], True),
        ([Rectangle(n, 0, 1, 1) for n in range(61)], False),
    ):
        with pytest.raises(InvalidForm):
            decided(rectangles, nothing=nothing)
