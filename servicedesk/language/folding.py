"""Traditional characters read as the simplified ones, one for one, so that positions stay."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any


def fold(text: str) -> str:
    """The text with every traditional character as its simplified one; as long as before."""
    return text if text.isascii() else "".join(map(_one, text))


@lru_cache(maxsize=30_000)
def _one(sign: str) -> str:
    if sign < "㐀":
        return sign
    simplified: str = _converter().convert(sign)
    return simplified if len(simplified) == 1 else sign


@cache
def _converter() -> Any:
    """Read on first use (some 10 ms)."""
    import opencc  # noqa: PLC0415

    return opencc.OpenCC("t2s")
