"""Targets on a page: presets by name, a department's own, versions, and that what was promised stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from servicedesk.domain.errors import InvalidForm, NotPermitted
from servicedesk.domain.model import Kind, Priority
from servicedesk.store import deadlines, policies
from servicedesk.usecases import clock_views, policy_settings
from tests.desk import NOW, Desk

FORM = {
    "kind": "help", "priority": "normal", "department": "", "acceptance_amount": "0", "acceptance_unit": "working_days",
    "first_reply_amount": "1", "first_reply_unit": "working_hours", "update_amount": "", "update_unit": "working_days",
    "resolution_amount": "2", "resolution_unit": "working_days",
}  # fmt: skip


async def answer_due(desk: Desk, number: str) -> datetime:
    rows = await deadlines.of_ticket(desk.conn, await desk.ticket(number))
    found: datetime = next(row["due_at"] for row in rows if row["kind"] == "resolution")
    return found


async def test_a_change_is_a_new_version_for_what_comes_and_old_promises_stay(desk: Desk) -> None:
    before = await desk.asked(openid="a")
    await policy_settings.change(desk.conn, desk.staff["admin"], FORM, now=NOW)
    after = await desk.asked(openid="b")
    assert await answer_due(desk, before) == datetime.fromisoformat("2026-11-30T17:30+08:00")
    assert await answer_due(desk, after) == datetime.fromisoformat("2026-11-27T17:30+08:00")
    versions = []
    for number in (before, after):
        explained = await clock_views.explained(desk.conn, desk.account, await desk.ticket(number))
        versions.append({each.row["policy_version"] for each in explained})
    assert versions == [{1}, {2}]


async def test_a_departments_own_targets_go_before_those_for_all_until_they_are_dropped(desk: Desk) -> None:
    form = {**FORM, "department": "zhujian", "resolution_amount": "1"}
    await policy_settings.change(desk.conn, desk.staff["admin"], form, now=NOW)
    own = await desk.asked(openid="a")
    assert await answer_due(desk, own) == datetime.fromisoformat("2026-11-26T17:30+08:00")
    await policy_settings.withdraw(desk.conn, desk.staff["admin"], form, now=NOW)
    assert await answer_due(desk, await desk.asked(openid="b")) == datetime.fromisoformat("2026-11-30T17:30+08:00")
    with pytest.raises(InvalidForm):
        await policy_settings.withdraw(desk.conn, desk.staff["admin"], form, now=NOW)
    with pytest.raises(InvalidForm):  # those for all cannot be dropped
        await policy_settings.withdraw(desk.conn, desk.staff["admin"], FORM, now=NOW)


async def test_a_preset_is_taken_by_name_and_makes_versions_only_of_what_differs(desk: Desk) -> None:
    admin = desk.staff["admin"]
    assert await policy_settings.take_preset(desk.conn, admin, "preset-12345", now=NOW) == 0
    assert await policy_settings.take_preset(desk.conn, admin, "bureau-procedure", now=NOW) == 8
    in_force = {(each.kind, each.priority): each for each in await policies.in_force(desk.conn, desk.account.id)}
    assert in_force[Kind.COMPLAINT, Priority.NORMAL].resolution.amount == 13
    assert in_force[Kind.PETITION, Priority.NORMAL].version == 1
    assert len(await policies.versions(desk.conn, desk.account.id)) == 18


@pytest.mark.parametrize(("field", "value", "named"), [
    ("kind", "petition", "kind"), ("kind", "x", "kind"), ("priority", "x", "priority"), ("department", "x", "department"),
    ("resolution_amount", "", "resolution"), ("resolution_amount", "-1", "resolution"), ("resolution_amount", "999", "resolution"),
    ("first_reply_amount", "0", "first_reply"), ("resolution_unit", "weeks", "resolution"), ("update_amount", "0", "update"),
])  # fmt: skip
async def test_a_form_that_makes_no_sense_is_refused_with_its_field(desk: Desk, field: str, value: str, named: str) -> None:
    with pytest.raises(InvalidForm) as refused:
        await policy_settings.change(desk.conn, desk.staff["admin"], {**FORM, field: value}, now=NOW)
    assert refused.value.field == named


async def test_only_administrators_set_targets(desk: Desk) -> None:
    for login in ("zhujian", "paidan", "bianji", "duban"):
        with pytest.raises(NotPermitted):
            await policy_settings.change(desk.conn, desk.staff[login], FORM, now=NOW)
        with pytest.raises(NotPermitted):
            await policy_settings.take_preset(desk.conn, desk.staff[login], "jinan-weifang", now=NOW + timedelta(days=1))
