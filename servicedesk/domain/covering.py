"""Covering parts of a picture: the rectangles, and what a public copy may carry besides its pixels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass

from servicedesk.domain.errors import InvalidForm

WHOLE = 10_000  # a side of the picture, in the units of a rectangle: a hundredth of a percent
RECTANGLES_AT_MOST = 60
COVERABLE = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
PICTURES_AT_MOST = 9  # of one publication
_PERCENT = re.compile(r"[+-]?\d{1,4}(\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True)
class Source:
    """Where a picture came from: "media" of the citizen's messages, or an "attachment" that went with an answer; and its id."""

    kind: str
    id: int


@dataclass(frozen=True, order=True)
class Rectangle:
    """A part of a picture that stands upright, in ten-thousandths of its width and height."""

    left: int
    top: int
    width: int
    height: int

    def clipped(self) -> Rectangle | None:
        """What of it lies within the picture; None where nothing does."""
        left, top = max(self.left, 0), max(self.top, 0)
        right, bottom = min(self.left + self.width, WHOLE), min(self.top + self.height, WHOLE)
        return Rectangle(left, top, right - left, bottom - top) if right > left and bottom > top else None

    def pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom (not included) in a picture of so many pixels; every pixel that it touches is in."""
        return (
            self.left * width // WHOLE,
            self.top * height // WHOLE,
            -(-(self.left + self.width) * width // WHOLE),
            -(-(self.top + self.height) * height // WHOLE),
        )


@dataclass(frozen=True)
class Covering:
    """An editor's decision about one picture. Made by decided; rectangles lie within the picture."""

    rectangles: tuple[Rectangle, ...]

    @property
    def nothing_to_cover(self) -> bool:
        """Whether the editor said that nothing in it needs covering."""
        return not self.rectangles

    def as_rows(self) -> list[list[int]]:
        """For the database and the child process."""
        return [list(astuple(each)) for each in self.rectangles]


def decided(rectangles: Sequence[Rectangle], *, nothing: bool) -> Covering:
    """The decision that a form holds. Raises InvalidForm where it says neither, or both, or too much."""
    inside = tuple(dict.fromkeys(clipped for each in rectangles if (clipped := each.clipped()) is not None))
    if len(inside) > RECTANGLES_AT_MOST:
        raise InvalidForm("rectangles", "too_many", limit=str(RECTANGLES_AT_MOST))
    if inside and nothing:
        raise InvalidForm("rectangles", "both")
    if not inside and not nothing:
        raise InvalidForm("rectangles", "undecided")
    return Covering(inside)


def rectangles_of(rows: Iterable[Sequence[str]]) -> list[Rectangle]:
    """Rectangles from four percentages each, rounded outwards; rows that are all empty are left out. Raises InvalidForm."""
    found = []
    for row in rows:
        given = [part.strip().removesuffix("%") for part in row]
        if any(given):
            if len(given) != 4 or not all(_PERCENT.fullmatch(part) for part in given):
                raise InvalidForm("rectangles", "no_numbers")
            left, top, width, height = (float(part) * 100 for part in given)
            found.append(_outwards(left, top, width, height))
    return found


def _outwards(left: float, top: float, width: float, height: float) -> Rectangle:
    if width <= 0 or height <= 0:
        raise InvalidForm("rectangles", "no_numbers")
    # A hair within the next unit is an error of arithmetic, not a wish.
    first, second = int((left + 1e-6) // 1), int((top + 1e-6) // 1)
    return Rectangle(first, second, -int((first - left - width + 1e-6) // 1), -int((second - top - height + 1e-6) // 1))


def sides_of(content: bytes) -> tuple[int, int]:
    """Width and height of a JPEG that is bare, in pixels, by its frame's header. Raises ValueError for anything else."""
    at = 2
    while is_bare(content) and at + 9 < len(content):
        if content[at + 1] in _FRAMES:
            return int.from_bytes(content[at + 7 : at + 9], "big"), int.from_bytes(content[at + 5 : at + 7], "big")
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    raise ValueError("not a bare JPEG")


_START, _END, _SCAN, _JFIF = b"\xff\xd8", 0xD9, 0xDA, 0xE0
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_TABLES = frozenset({0xDB, 0xC4, 0xDD})
_BARE_JFIF_BYTES = 16  # a longer one has a thumbnail


def is_bare(content: bytes) -> bool:
    """Whether a JPEG carries its picture and nothing else: no EXIF, XMP, ICC, comment, thumbnail, nor more behind its end."""
    if not content.startswith(_START):
        return False
    at = 2
    while at + 4 <= len(content):
        mark, kind = content[at], content[at + 1]
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        known = kind in _TABLES or kind in _FRAMES or kind == _SCAN or (kind == _JFIF and length <= _BARE_JFIF_BYTES)
        if mark != 0xFF or not known or length < 2:
            return False
        at += 2 + length
        if kind == _SCAN:
            at = _behind_scan(content, at)
        if content[at : at + 2] == bytes((0xFF, _END)):
            return at + 2 == len(content)
    return False


def _behind_scan(content: bytes, at: int) -> int:
    """Where the next marker begins: in a scan FF is followed by 00, or by a restart mark."""
    while (at := content.find(b"\xff", at)) >= 0:
        following = content[at + 1] if at + 1 < len(content) else _END
        if following != 0 and not 0xD0 <= following <= 0xD7:
            return at
        at += 2
    return len(content)
