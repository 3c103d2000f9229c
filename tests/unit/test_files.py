"""What a file is, what it may be called, and the folder it lies in."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicedesk.domain.files import OTHER, attachment_type, safe_name, sniffed
from servicedesk.store.files import FileMissing, Folder, open_files


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"#!AMR\n", "audio/amr"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (b"%PDF-1.7", "application/pdf"),
        (b"<html><script>", OTHER),
        (b"", OTHER),
    ],
)
def test_a_file_is_what_its_first_bytes_say(content: bytes, content_type: str) -> None:
    assert sniffed(content) == content_type


@pytest.mark.parametrize(
    ("name", "content", "is_sent"),
    [
        ("通知.docx", b"PK\x03\x04....", True),
        ("通知.docx", b"<html>", False),
        ("公文.ofd", b"PK\x03\x04....", True),
        ("表.xls", b"\xd0\xcf\x11\xe0\xa1", True),
        ("图.png", b"\x89PNG\r\n\x1a\n", True),
        ("图.pdf", b"\x89PNG\r\n\x1a\n", True),  # a picture by its bytes, whatever it is called
        ("页.html", b"<html>", False),
        ("程序.exe", b"MZ\x90", False),
        ("包.zip", b"PK\x03\x04....", False),
        ("语音.amr", b"#!AMR\n", False),
    ],
)
def test_only_pictures_and_office_files_are_sent(name: str, content: bytes, is_sent: bool) -> None:
    assert (attachment_type(name, content) is not None) is is_sent


@given(st.text(max_size=300))
def test_a_name_holds_no_folder_no_quote_and_no_control_character(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= 92
    assert safe.isprintable()
    assert not set(safe) & {"/", "\\", '"', "\u202e"}


def test_a_long_name_keeps_its_ending() -> None:
    assert safe_name(f"../../{'长' * 200}.pdf") == f"{'长' * 76}.pdf"


async def test_a_folder_keeps_a_file_once_under_what_is_in_it(tmp_path: Path) -> None:
    files = Folder(tmp_path)
    name = await files.put(b"one")
    assert await files.put(b"one") == name
    assert await files.get(name) == b"one"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [name]


async def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        await Folder(tmp_path).get("0" * 64)


@pytest.mark.parametrize("address", ["ftp://x/y", "s3://", "relative/path"])
def test_an_address_that_names_no_store_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SERVICEDESK_MEDIA"):
        open_files(address, tmp_path)
