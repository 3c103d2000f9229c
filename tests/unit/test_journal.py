"""The journal: on the disk before it is acknowledged, in order, through crashes, sealed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from servicedesk.domain.model import InboundMessage
from servicedesk.store.journal import SET_ASIDE, Entry, Journal, JournalFull
from servicedesk.store.vault import Vault
from tests.desk import KEY, NOW

VAULT = Vault([KEY])


def entry(n: int, text: str = "暖气不热") -> Entry:
    return Entry("testxian", NOW, InboundMessage(f"m:{n}", "citizen", "text", text, sent_at=NOW - timedelta(seconds=3)))


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Journal]]:
    """Makes journals of one folder and closes them."""
    made: list[Journal] = []

    def open_one(**given: int) -> Journal:
        made.append(Journal(tmp_path, VAULT, **given))
        return made[-1]

    yield open_one
    for each in made:
        each.close()


def all_of(journal: Journal) -> list[Entry]:
    found: list[Entry] = []
    offset = 0
    while True:
        entries, after = journal.read(offset)
        if after == offset:
            return found
        found, offset = found + entries, after


async def test_what_was_appended_is_read_again_in_order(opened: Callable[..., Journal], tmp_path: Path) -> None:
    journal = opened()
    await asyncio.gather(*(journal.append(entry(n)) for n in range(200)))
    assert all_of(journal) == [entry(n) for n in range(200)]
    assert journal.oldest_at() == NOW


async def test_a_long_journal_is_read_chunk_by_chunk(opened: Callable[..., Journal], tmp_path: Path) -> None:
    journal = opened()
    await asyncio.gather(*(journal.append(entry(n, "长" * 5000)) for n in range(120)))
    first, after = journal.read(0)
    assert 0 < len(first) < 120
    assert after < journal.size
    assert all_of(journal) == [entry(n, "长" * 5000) for n in range(120)]


async def test_it_is_forgotten_only_where_the_reader_has_come_to_its_end(
    opened: Callable[..., Journal], tmp_path: Path
) -> None:
    journal = opened()
    await journal.append(entry(1))
    _, after = journal.read(0)
    pending = journal.append(entry(2))
    assert not journal.forget(after)
    await pending
    await asyncio.sleep(0)
    assert not journal.forget(after)
    _, after = journal.read(after)
    assert journal.forget(after)
    assert journal.empty
    await journal.append(entry(3))
    assert all_of(journal) == [entry(3)]


async def test_nobody_reads_a_citizens_words_on_the_disk(opened: Callable[..., Journal], tmp_path: Path) -> None:
    journal = opened()
    await journal.append(entry(1, "电话13800138000"))
    file = tmp_path / "calls.journal"
    assert b"13800138000" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0


async def test_processes_share_one_order_and_one_of_them_replays(opened: Callable[..., Journal]) -> None:
    one, two = opened(), opened()
    for n in range(6):
        await (one, two)[n % 2].append(entry(n))
    assert all_of(two) == [entry(n) for n in range(6)]
    assert not two.empty
    assert one.take_turn()
    assert one.take_turn()
    assert not two.take_turn()
    one.give_turn()
    assert two.take_turn()
    assert two.forget(two.size)
    assert one.empty


async def test_what_another_process_appends_meanwhile_is_not_forgotten(opened: Callable[..., Journal]) -> None:
    one, two = opened(), opened()
    await one.append(entry(1))
    _, after = one.read(0)
    await two.append(entry(2))
    assert not one.forget(after)
    assert [each.inbound.dedupe_key for each in one.read(after)[0]] == ["m:2"]


async def test_a_line_torn_by_a_crash_is_left_out_and_the_others_are_not(
    opened: Callable[..., Journal], tmp_path: Path
) -> None:
    journal = opened()
    await journal.append(entry(1))
    await journal.append(entry(2))
    file = tmp_path / "calls.journal"
    file.write_bytes(file.read_bytes()[:-40])
    await opened().append(entry(3))
    assert [each.inbound.dedupe_key for each in all_of(opened())] == ["m:1", "m:3"]


async def test_a_full_journal_refuses(opened: Callable[..., Journal], tmp_path: Path) -> None:
    journal = opened(limit_bytes=2000)
    kept = 0
    while journal.size < 1500:
        await journal.append(entry(kept))
        kept += 1
    with pytest.raises(JournalFull):
        journal.append(entry(kept, "长" * 500))
    assert len(all_of(journal)) == kept


async def test_a_journal_that_cannot_be_written_refuses(opened: Callable[..., Journal], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    journal = Journal(tmp_path / "file", VAULT)
    with pytest.raises(JournalFull):
        await journal.append(entry(1))
    assert journal.empty


async def test_what_cannot_be_taken_in_is_set_aside_for_a_person(opened: Callable[..., Journal], tmp_path: Path) -> None:
    journal = opened()
    await journal.append(entry(1))
    journal.set_aside(entry(1))
    assert VAULT.unseal((tmp_path / SET_ASIDE).read_bytes().strip()).count("m:1") == 1
