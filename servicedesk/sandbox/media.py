"""What kinds of files the platform takes, how large, and how it knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from servicedesk.sandbox.errors import PlatformError

MEGABYTE = 1024 * 1024
TEMPORARY_LIFETIME = timedelta(days=3)

# kind: (largest size in bytes, the content types that it may hold)
_UPLOADS = {
    "image": (10 * MEGABYTE, {"image/jpeg", "image/png", "image/gif", "image/bmp"}),
    "voice": (2 * MEGABYTE, {"audio/amr", "audio/mpeg"}),
    "video": (10 * MEGABYTE, {"video/mp4"}),
    "thumb": (64 * 1024, {"image/jpeg"}),
}
_ARTICLE_IMAGE = (MEGABYTE, {"image/jpeg", "image/png"})
# A phone hands over more kinds than the API takes; a browser can record and play these.
_FROM_CITIZENS = {
    "image": (10 * MEGABYTE, {"image/jpeg", "image/png", "image/gif", "image/webp"}),
    "voice": (2 * MEGABYTE, {"audio/amr", "audio/mpeg", "audio/wav", "audio/ogg", "audio/mp4"}),
    "video": (25 * MEGABYTE, {"video/mp4"}),
}
_BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
)
SUFFIXES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/bmp": "bmp",
    "image/webp": "webp",
    "audio/amr": "amr",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "video/mp4": "mp4",
}
_AMR_FRAME_SIZES = (13, 14, 16, 18, 20, 21, 27, 32, 6)


@dataclass(frozen=True)
class Media:
    """A file at the platform: temporary ones are gone after 3 days, permanent material stays."""

    id: str
    kind: str  # image | voice | video | thumb
    content_type: str
    size: int
    at: datetime
    permanent: bool = False
    seconds: int = 0

    @property
    def file_name(self) -> str:
        """The file's name in the sandbox's folder."""
        return f"{self.id}.{SUFFIXES[self.content_type]}"

    def is_gone(self, now: datetime) -> bool:
        """Whether the platform no longer has it."""
        return not self.permanent and now >= self.at + TEMPORARY_LIFETIME


def content_type_of(content: bytes) -> str:
    """The type a file's first bytes tell, or an empty string."""
    if content[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(content[8:12], "")
    if content[4:8] == b"ftyp":
        return "audio/mp4" if content[8:11] == b"M4A" else "video/mp4"
    return next((kind for beginning, kind in _BEGINNINGS if content.startswith(beginning)), "")


def checked_upload(kind: str, content: bytes) -> str:
    """The content type of an upload; 40004 unknown kind, 40006 empty, 45001 too large, 40005 not of the kind."""
    if kind not in _UPLOADS:
        raise PlatformError(40004)
    return _checked(_UPLOADS[kind], content)


def checked_article_image(content: bytes) -> str:
    """The content type of a picture for an article's text: jpg or png under 1 MB."""
    return _checked(_ARTICLE_IMAGE, content)


def checked_from_citizen(kind: str, content: bytes) -> str:
    """The content type of a file sent from the chat page; errors as in `checked_upload`."""
    return _checked(_FROM_CITIZENS[kind], content)


def largest_upload() -> int:
    """Bytes that any upload may have at most."""
    return max(size for size, _ in (*_UPLOADS.values(), *_FROM_CITIZENS.values()))


def amr_seconds(content: bytes) -> int:
    """The length of an AMR recording: each frame is 20 ms; 0 for anything else."""
    if not content.startswith(b"#!AMR\n"):
        return 0
    frames, at = 0, 6
    while at < len(content):
        mode = content[at] >> 3 & 0x0F
        at += _AMR_FRAME_SIZES[mode] if mode < len(_AMR_FRAME_SIZES) else 1
        frames += 1
    return max(1, round(frames / 50))


def _checked(rule: tuple[int, set[str]], content: bytes) -> str:
    largest, kinds = rule
    if not content:
        raise PlatformError(40006)
    if len(content) > largest:
        raise PlatformError(45001)
    content_type = content_type_of(content)
    if content_type not in kinds:
        raise PlatformError(40005)
    return content_type
