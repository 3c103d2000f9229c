"""Sets of targets to begin with, each with its source: an account takes one by name and changes what it wants."""

from __future__ import annotations

from servicedesk.domain.model import Kind, Priority
from servicedesk.domain.sla import Policy, Target, Unit

_SAME_DAY = Target(0, Unit.WORKING_DAYS)
_HOURS_2 = Target(2, Unit.WORKING_HOURS)
_WEEKLY = Target(5, Unit.WORKING_DAYS)


def _days(amount: int) -> Target:
    return Target(amount, Unit.WORKING_DAYS)


def _set(source: str, resolutions: dict[Kind, Target], urgent: Target) -> tuple[Policy, ...]:
    """Dispatch and acceptance the same day, a human word within two working hours; complex matters are heard of every week."""
    normal = tuple(
        Policy(kind, _SAME_DAY, _HOURS_2, _WEEKLY if kind is Kind.COMPLEX else None, resolution, source)
        for kind, resolution in resolutions.items()
    )
    hurried = tuple(
        Policy(kind, Target(1, Unit.WORKING_HOURS), Target(1, Unit.WORKING_HOURS), None, urgent, source, Priority.URGENT)
        for kind in resolutions
    )
    return (*normal, *hurried, *STATUTORY)


# The law's own clocks, whatever an account chooses for the rest.
STATUTORY: tuple[Policy, ...] = (
    # 信访工作条例 22 and 34: 15 days to accept and inform, 60 to decide.
    Policy(
        Kind.PETITION, _SAME_DAY, Target(15, Unit.CALENDAR_DAYS), None, Target(60, Unit.CALENDAR_DAYS), "petition-regulations"
    ),
    # 政府信息公开条例 33: 20 working days from receipt.
    Policy(Kind.DISCLOSURE, _SAME_DAY, _HOURS_2, None, _days(20), "disclosure-regulations"),
)

PRESETS: dict[str, tuple[Policy, ...]] = {
    # What 12345 lines usually promise.
    "preset-12345": _set(
        "preset-12345",
        {Kind.QUESTION: _days(1), Kind.HELP: _days(3), Kind.COMPLAINT: _days(5), Kind.COMPLEX: _days(15)},
        _SAME_DAY,
    ),
    # 北京市 12345 standard, draft of 2021: emergencies 2 h, utilities 24 h, others 7 days, complex matters 15 days.
    "beijing-2021-draft": _set(
        "beijing-2021-draft",
        {
            Kind.QUESTION: Target(7, Unit.CALENDAR_DAYS),
            Kind.HELP: Target(24, Unit.CALENDAR_HOURS),
            Kind.COMPLAINT: Target(7, Unit.CALENDAR_DAYS),
            Kind.COMPLEX: Target(15, Unit.CALENDAR_DAYS),
        },
        Target(2, Unit.CALENDAR_HOURS),
    ),
    # 济南市、潍坊市 12345 条例: five working days unless a law says otherwise.
    "jinan-weifang": _set(
        "jinan-weifang", dict.fromkeys((Kind.QUESTION, Kind.HELP, Kind.COMPLAINT, Kind.COMPLEX), _days(5)), _SAME_DAY
    ),
    # A city bureau's own 12345 procedure: urgent the same day, question or help 3 working days, complaint 13.
    "bureau-procedure": _set(
        "bureau-procedure",
        {Kind.QUESTION: _days(3), Kind.HELP: _days(3), Kind.COMPLAINT: _days(13), Kind.COMPLEX: _days(15)},
        _SAME_DAY,
    ),
}
DEFAULT = "preset-12345"
