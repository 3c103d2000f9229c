"""Ticket numbers: short and speakable, 20261124-0007."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_NUMBER = re.compile(r"(?<!\d)(20\d{6})[-－— ]?(\d{4,6})(?!\d)")


def ticket_number(day: date, count: int) -> str:
    """The number of the count-th ticket of a day (the account's own day); grows past four digits when it must."""
    return f"{day:%Y%m%d}-{count:04d}"


def find_number(text: str) -> str | None:
    """The first ticket number in what somebody typed, in any of the ways people type it."""
    found = _NUMBER.search(unicodedata.normalize("NFKC", text))
    return f"{found[1]}-{found[2]}" if found else None
