"""Faults of the platform that can be switched on: a slow, silent, busy or absent API, and lost replies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from servicedesk.sandbox.errors import ERRCODES

KINDS = ("slow", "down", "reply_lost", "busy", "errcode", "token_killed")
CALLBACK = "callback"
LONGEST_SLOWNESS_S = 120.0


@dataclass
class Fault:
    """One fault; `code` is what "errcode" answers.

    `path` limits it to API paths that begin so, or to `callback`; `times` to that many calls.
    """

    fault: str
    seconds: float = 0.0
    path: str = ""
    times: int | None = None
    code: int = 0


class Faults:
    """The faults that are on."""

    def __init__(self) -> None:
        self.on: list[Fault] = []

    def switch_on(self, body: Mapping[str, Any]) -> Fault:
        """Switch a fault on, in place of one of the same kind and path. Raises ValueError for what is no fault."""
        kind, path, times = body.get("fault"), body.get("path", ""), body.get("times")
        seconds = body.get("seconds", 8.0 if kind == "slow" else 0.0)
        if kind not in KINDS or not isinstance(path, str):
            raise ValueError("fault")
        if not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST_SLOWNESS_S:
            raise ValueError("seconds")
        code = body.get("code", 0)
        if (code not in ERRCODES) if kind == "errcode" else code != 0:
            raise ValueError("code")
        if times is not None and (not isinstance(times, int) or times < 1):
            raise ValueError("times")
        fault = Fault(str(kind), float(seconds), path, times, code)
        self.on = [one for one in self.on if (one.fault, one.path) != (fault.fault, fault.path)]
        if kind != "token_killed":  # done at once, and over
            self.on.append(fault)
        return fault

    def clear(self) -> None:
        """Switch everything off."""
        self.on = []

    def meets(self, kind: str, path: str) -> Fault | None:
        """The fault of a kind that a call of this path meets now; it counts as one time."""
        fault = next((one for one in self.on if one.fault == kind and path.startswith(one.path)), None)
        if fault and fault.times is not None:
            fault.times -= 1
            if not fault.times:
                self.on.remove(fault)
        return fault
