"""What a file is, by its first bytes: nobody's word for it is taken."""

from __future__ import annotations

from pathlib import PurePosixPath

OTHER = "application/octet-stream"
_SIGNS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"RIFF", "audio/wav"),
    (0, b"OggS", "audio/ogg"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"%PDF-", "application/pdf"),
)
_PACKED = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0"
# Office files are one container or another: the name says which, the first bytes that it is such a container at all.
_OFFICE = {
    ".docx": (_PACKED, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ".xlsx": (_PACKED, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ".pptx": (_PACKED, "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ".ofd": (_PACKED, "application/ofd"),
    ".wps": (_COMPOUND, "application/vnd.ms-works"),
    ".doc": (_COMPOUND, "application/msword"),
    ".xls": (_COMPOUND, "application/vnd.ms-excel"),
    ".ppt": (_COMPOUND, "application/vnd.ms-powerpoint"),
}
PICTURES = frozenset({"image/jpeg", "image/png", "image/gif"})
ATTACHABLE = PICTURES | {"application/pdf"} | {kind for _, kind in _OFFICE.values()}
ATTACHMENT_LIMIT_BYTES = 10 * 1024 * 1024  # what the platform takes of a picture
ATTACHMENTS_AT_ONCE = 9
_NAME_LIMIT = 80


def sniffed(content: bytes) -> str:
    """The type by the first bytes; OTHER where they say nothing."""
    for offset, sign, content_type in _SIGNS:
        if content[offset : offset + len(sign)] == sign:
            return content_type
    return OTHER


def attachment_type(name: str, content: bytes) -> str | None:
    """The type of a file that staff want to send, or None where it is not one that they may."""
    container, office = _OFFICE.get(PurePosixPath(name.lower()).suffix, (b"", ""))
    if office:
        return office if content.startswith(container) else None
    found = sniffed(content)
    return found if found in ATTACHABLE else None


def safe_name(name: str) -> str:
    """A file's name as it may stand in a header and on a page: no folders, no control characters, not too long."""
    bare = "".join(char for char in name.replace("\\", "/").rsplit("/", 1)[-1] if char.isprintable() and char not in '"\u202e')
    path = PurePosixPath(bare.strip(". ") or "file")
    return f"{path.stem[: _NAME_LIMIT - len(path.suffix)]}{path.suffix[:12]}"
