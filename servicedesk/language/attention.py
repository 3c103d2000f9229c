"""What a message says first says what it is about: how much each of its characters counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LONGEST = 2000  # characters read of a message; what comes after says no other matter
_FADES = 100  # characters, to a bit more than a third
_LEAST = 0.1

# By position, from 1 down to the least.
ATTENTION: NDArray[np.float32] = np.maximum(_LEAST, np.exp(-np.arange(LONGEST) / _FADES)).astype(np.float32)
_AS_LIST: list[float] = ATTENTION.tolist()  # where single ones are read, ten times as fast


def attention_at(position: int) -> float:
    """How much what begins there counts."""
    return _AS_LIST[position] if position < LONGEST else _LEAST
