"""The key of a home: one, whole, whoever starts first."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

from servicedesk.settings import read_settings


def _key(home: str) -> str:
    return read_settings({"SERVICEDESK_HOME": home}).secret_keys[0]


def test_of_many_first_starts_at_once_one_key_holds(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(8) as pool:
        keys = pool.map(_key, [str(tmp_path / "home")] * 40, chunksize=1)
    assert len(set(keys)) == 1
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["secret.key"]
    assert (tmp_path / "home" / "secret.key").stat().st_mode & 0o077 == 0
