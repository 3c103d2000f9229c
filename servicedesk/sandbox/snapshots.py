"""The platform's state on disk, so that a restart, or a kill -9, finds it again."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from servicedesk.sandbox.codec import decode, encode
from servicedesk.sandbox.platform import AccountState

logger = logging.getLogger(__name__)

PAUSE_S = 1.0
_PAUSE_TO_WORK = 10  # a large state is saved less often, so that saving takes a tenth of the time at most


def held_still(state: AccountState) -> AccountState:
    """A copy that a thread may read while the platform goes on: containers are new, what they hold is frozen."""
    copies = {one.name: _container_copy(getattr(state, one.name)) for one in fields(state)}
    return replace(state, **copies)


def _container_copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: list(held) if isinstance(held, list) else held for key, held in value.items()}
    if isinstance(value, list):
        return list(value)
    return deepcopy(value)


def write_states(path: Path, states: Mapping[str, AccountState]) -> None:
    """Write every account's state; the file is the old one or the new one, never half of one."""
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(encode(states), ensure_ascii=False), encoding="utf-8")
    beside.replace(path)


def read_states(path: Path) -> dict[str, AccountState]:
    """The last states written; nothing if there is no file, or if it cannot be read, when it is moved aside."""
    try:
        decoded: dict[str, AccountState] = decode(dict[str, AccountState], json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError, AttributeError):
        aside = path.with_suffix(".corrupt")
        path.replace(aside)
        logger.warning("sandbox state cannot be read, moved to %s", aside)
        return {}
    return decoded


class Saver:
    """Writes the states a moment after they changed, and once more at the end."""

    def __init__(self, path: Path, states: Mapping[str, AccountState], pause: float = PAUSE_S) -> None:
        self._path = path
        self._states = states
        self._pause = pause
        self._changed = asyncio.Event()
        self._ending = asyncio.Event()

    def touch(self) -> None:
        """Something changed."""
        self._changed.set()

    async def run(self) -> None:
        """Save until `end` was called."""
        pause = self._pause
        while not self._ending.is_set():
            await self._changed.wait()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), pause)
            self._changed.clear()
            begun = time.monotonic()
            await self._save()
            pause = max(self._pause, _PAUSE_TO_WORK * (time.monotonic() - begun))

    def end(self) -> None:
        """Let `run` save once more and return."""
        self._ending.set()
        self._changed.set()

    async def _save(self) -> None:
        still = {code: held_still(state) for code, state in self._states.items()}
        try:
            await asyncio.to_thread(write_states, self._path, still)
        except OSError:
            logger.exception("sandbox state was not saved")
