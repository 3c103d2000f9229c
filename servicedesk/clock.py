"""The one place that reads the time; a demo may move the desk's time ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path


class Clock:
    """Desk time and wall time.

    Desk time is what tickets, deadlines and pushes live by. Wall time is for what must not move with a demo: sessions,
    leases, signatures. They are the same unless a demo's file holds an offset in seconds.
    """

    def __init__(self, offset_file: Path | None = None) -> None:
        self._offset_file = offset_file

    def now(self) -> datetime:
        """The desk's time, UTC."""
        return self.wall() + self.offset()

    def wall(self) -> datetime:
        """The true time, UTC."""
        return datetime.now(UTC)

    def offset(self) -> timedelta:
        """How far a demo has moved the desk's time; other processes of the demo read the same file."""
        if self._offset_file is None or not self._offset_file.exists():
            return timedelta()
        return timedelta(seconds=float(self._offset_file.read_text(encoding="ascii") or 0))

    def advance(self, by: timedelta) -> None:
        """Move the desk's time ahead; only a demo's clock can."""
        if self._offset_file is None:
            raise ValueError("this clock cannot be moved")
        total = self.offset() + by
        beside = self._offset_file.with_suffix(".new")
        beside.write_text(str(total.total_seconds()), encoding="ascii")
        beside.replace(self._offset_file)
