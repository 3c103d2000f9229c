"""Routing learns from what people decided: its plan, its lesson in a child process, versions, and what they choose."""

from __future__ import annotations

from datetime import timedelta

import pytest

from servicedesk.domain.model import Priority, State, TicketId
from servicedesk.domain.routing import Outcome, RoutingRule, UrgentWord
from servicedesk.jobs.learning import lesson
from servicedesk.language import classifier
from servicedesk.language.classifier import reading
from servicedesk.store import accounts
from servicedesk.store import routing as rows
from servicedesk.store.routing import Asked
from servicedesk.store.vault import Vault
from servicedesk.usecases import assigning, books, ending, intake, learning, rerouting, routing
from servicedesk.usecases.calls import Call
from servicedesk.usecases.learning import Learned, Plan
from servicedesk.usecases.routing import Router
from tests.desk import KEY, NOW, Desk, message
from tests.made_up import HEATING, OTHER_PLACES, SCHOOL, inquiries

KINDS = {"zhujian": HEATING, "jiaoyu": SCHOOL, "": OTHER_PLACES}


async def decide(desk: Desk, size: int, *, seed: int = 7, first: int = 0) -> None:
    """Dispatchers and departments decide made-up inquiries, as they would on their pages."""
    for number, (text, place) in enumerate(inquiries(KINDS, size, seed), first):
        asked = await desk.asked(text, openid=f"c{number}")
        if not place:
            await ending.decline(
                desk.conn, desk.staff["paidan"], asked, "elsewhere", "这件事请找当地。", greeting="您好！", now=NOW
            )
            continue
        if (await desk.ticket(asked)).state is State.TRIAGE:
            await assigning.assign(desk.conn, desk.staff["paidan"], asked, place, "", now=NOW)
        ticket = await desk.ticket(asked)
        if ticket.department_id == desk.staff[place].department_id:
            await assigning.accept(desk.conn, desk.staff[place], asked, now=NOW)


async def plan(desk: Desk) -> Plan:
    made = await learning.plan_of(desk.conn, desk.account.id)
    assert made is not None
    return made


async def router(desk: Desk) -> Router:
    departments = await accounts.departments(desk.conn, desk.account.id)
    ways = await routing.ways_of(desk.conn, desk.account.id, departments)
    return await routing.router_of(desk.conn, ways)


@pytest.fixture
async def taught(desk: Desk) -> Desk:
    """A desk whose worker has learned of 150 decided inquiries."""
    await decide(desk, 150)
    first = await plan(desk)
    learned = await lesson(first)
    assert learned is not None
    assert await learning.keep(desk.conn, first, learned, now=NOW)
    return desk


async def test_with_fewer_than_a_hundred_decided_tickets_there_is_no_lesson_and_the_duty_lists_go_on(desk: Desk) -> None:
    await decide(desk, 60)
    assert await learning.plan_of(desk.conn, desk.account.id) is None
    choice = (await router(desk)).choose("家里暖气不热")
    assert (choice.department_id, choice.by, choice.version) == (desk.staff["zhujian"].department_id, "duty_list", None)
    assert choice.words


async def test_before_anything_is_learned_a_guess_of_the_lists_is_taken_from_the_accounts_precision_on(desk: Desk) -> None:
    text = "今年小学报名，学区怎么划片"  # none of these is a word of any list
    for precision, chosen in ((80, desk.staff["jiaoyu"].department_id), (99, None)):
        await rows.set_aims(desk.conn, desk.account.id, precision=precision, automatic=True)
        choice = (await router(desk)).choose(text)
        assert choice.department_id == chosen
        assert 0.8 <= choice.candidates[0].probability < 0.99


async def test_what_a_person_corrected_weighs_most_and_what_a_person_decided_more_than_routine(desk: Desk) -> None:
    routine = await desk.accepted("家里暖气不热", openid="a")
    by_person = await desk.asked("那个东西怎么还没有来", openid="b")
    await assigning.assign(desk.conn, desk.staff["paidan"], by_person, "jiaoyu", "", now=NOW)
    returned = await desk.asked("物业不管孩子上下楼", openid="c")
    await assigning.give_back(desk.conn, desk.staff["zhujian"], returned, "2", "不属本单位", now=NOW)
    await assigning.assign(desk.conn, desk.staff["paidan"], returned, "jiaoyu", "", now=NOW)
    await assigning.accept(desk.conn, desk.staff["jiaoyu"], returned, now=NOW)
    refused = await desk.asked("祝大家新年好呀", openid="d")
    await ending.decline(desk.conn, desk.staff["paidan"], refused, "greeting", "", greeting="您好！", now=NOW)
    untouched = await desk.asked("暖气又不热", openid="e")
    found = {each["body"]: (each["department_id"], each["weight"]) for each in await rows.decided(
        desk.conn, desk.account.id, after=0, size=99)}  # fmt: skip
    here, there = desk.staff["zhujian"].department_id, desk.staff["jiaoyu"].department_id
    assert found == {
        "家里暖气不热": (here, 1), "那个东西怎么还没有来": (there, 2), "物业不管孩子上下楼": (there, 3), "祝大家新年好呀": (None, 2),
    }  # fmt: skip
    assert (await desk.ticket(untouched)).state is State.ASSIGNED
    assert (await desk.ticket(routine)).state is State.ACCEPTED


async def test_a_lesson_in_a_child_process_beats_the_lists_and_its_version_says_which_words_decided(taught: Desk) -> None:
    (version,) = await rows.versions(taught.conn, taught.account.id, size=5)
    assert version["in_use"]
    assert version["accuracy"] > version["accuracy_before"]
    choice = (await router(taught)).choose("在外补课的老师太多，学校也不管")
    assert (choice.department_id, choice.by, choice.version) == (
        taught.staff["jiaoyu"].department_id, "learned", version["version_id"],
    )  # fmt: skip
    assert choice.probability is not None
    assert 0.5 < choice.probability <= 1
    assert len(choice.candidates) == 3
    assert choice.words
    assert all(word in "在外补课的老师太多，学校也不管" for word in choice.words)


async def test_what_belongs_to_no_department_here_is_said_to_be_none_of_these_and_a_person_sees_it(taught: Desk) -> None:
    number = await taught.asked("外省的网店不退货，谁来管", openid="new")
    ticket = await taught.ticket(number)
    assert ticket.state is State.TRIAGE
    assert ticket.routing["doubt"] in ("none", "unsure")
    assert ticket.routing["candidates"][0]["department_id"] is None


async def test_below_the_accounts_precision_a_person_is_asked(taught: Desk) -> None:
    departments = await accounts.departments(taught.conn, taught.account.id)
    ways = await routing.ways_of(taught.conn, taught.account.id, departments)
    choice = (await routing.router_of(taught.conn, ways)).choose("ᠮᠣᠩᠭᠣᠯ hello 😀")
    assert choice.department_id is None
    assert choice.doubt == "unsure"
    assert choice.probability is not None
    assert choice.probability < ways.threshold


async def test_where_the_lists_own_words_clearly_name_the_same_department_they_are_believed_until_enough_prove_otherwise(
    taught: Desk,
) -> None:
    departments = await accounts.departments(taught.conn, taught.account.id)
    text, here = "物业", taught.staff["zhujian"].department_id
    for right, department_id in ((None, here), (True, here), (False, None)):
        unsure = (Asked(0.999, False, False),) * 50 + (() if right is None else (Asked(0.2, right, True),) * 50)
        await taught.conn.execute("UPDATE routing_version SET held_out = $1", [list(each) for each in unsure])
        ways = await routing.ways_of(taught.conn, taught.account.id, departments)
        choice = (await routing.router_of(taught.conn, ways)).choose(text)
        assert (choice.department_id, choice.by) == (department_id, "learned"), right


async def test_rules_come_before_what_was_learned_and_urgent_words_are_added_to_either(taught: Desk) -> None:
    admin, there = taught.staff["admin"], taught.staff["jiaoyu"].department_id
    rule = RoutingRule("托管", ("暖气",), (), (), Outcome.DEPARTMENT, there, urgent=False)
    made = await rows.add_rule(taught.conn, taught.account.id, rule, by=admin.staff_id, now=NOW)
    assert (await router(taught)).choose("暖气不热").by == "learned"
    await rows.switch_rule(taught.conn, taught.account.id, made, active=True)
    await rows.set_urgent_words(taught.conn, taught.account.id, [UrgentWord("漏气")])
    choice = (await router(taught)).choose("暖气旁边漏气了")
    assert (choice.department_id, choice.by, choice.rule, choice.urgent) == (there, "rule", "托管", ("漏气",))
    number = await taught.asked("暖气旁边漏气了", openid="u")
    assert (await taught.ticket(number)).priority is Priority.URGENT


async def test_a_version_that_does_worse_on_tickets_that_neither_saw_is_kept_but_not_used(taught: Desk) -> None:
    await decide(taught, 40, seed=9, first=1000)
    again = await plan(taught)
    assert again.former is not None
    assert 30 <= again.unseen <= len(again.recent)
    worse = Learned(b"x", "d", 1.0, 1.0, (Asked(0.9, True, False),), accuracy=0.5, accuracy_before=0.9)
    assert not await learning.keep(taught.conn, again, worse, now=NOW)
    newest, former = await rows.versions(taught.conn, taught.account.id, size=5)
    assert (newest["in_use"], former["in_use"]) == (False, True)
    assert await learning.plan_of(taught.conn, taught.account.id) is None  # nothing new since that try


async def test_a_better_version_waits_for_a_person_where_the_account_wants_it_so(taught: Desk) -> None:
    await decide(taught, 40, seed=9, first=1000)
    await rows.set_aims(taught.conn, taught.account.id, precision=95, automatic=False)
    better = Learned(b"x", "d", 1.0, 1.0, (Asked(0.9, True, False),), accuracy=1.0, accuracy_before=0.9)
    assert not await learning.keep(taught.conn, await plan(taught), better, now=NOW)


async def test_only_the_newest_versions_are_kept_and_always_the_one_in_use(taught: Desk) -> None:
    first = await rows.version_in_use(taught.conn, taught.account.id, reading=reading())
    assert first is not None
    made = await plan_for_nothing(taught)
    for _ in range(learning.VERSIONS_KEPT + 2):
        await learning.keep(taught.conn, made, Learned(b"x", "d", 1.0, 1.0, (), 0.1, 0.9), now=NOW)
    kept = await rows.versions(taught.conn, taught.account.id, size=99)
    assert len(kept) == learning.VERSIONS_KEPT + 1
    assert [each["version_id"] for each in kept if each["in_use"]] == [first.id]


async def plan_for_nothing(desk: Desk) -> Plan:
    return Plan(desk.account.id, {}, (), (), 0, None, None, TicketId(0))


async def test_a_kept_version_that_cannot_be_read_leaves_the_duty_lists_at_work(desk: Desk) -> None:
    made = await plan_for_nothing(desk)
    assert await learning.keep(desk.conn, made, Learned(b"no zip", "broken", 1.0, 1.0, (), 1.0, 0.0), now=NOW)
    choice = (await router(desk)).choose("家里暖气不热")
    assert (choice.department_id, choice.by) == (desk.staff["zhujian"].department_id, "duty_list")


async def test_after_texts_are_read_otherwise_the_lists_go_on_alone_and_all_is_learned_again_at_the_next_turn(
    taught: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id, text = taught.account.id, "家里暖气不热"
    (old,) = await rows.versions(taught.conn, account_id, size=5)
    assert (await router(taught)).choose(text).version == old["version_id"]
    assert await learning.plan_of(taught.conn, account_id) is None  # nothing new
    monkeypatch.setattr(classifier, "_READING", -1)
    assert (await router(taught)).choose(text).version is None
    assert not await rows.use_version(taught.conn, account_id, old["version_id"], reading=reading(), by=None, now=NOW)
    again = await plan(taught)
    assert (again.former, again.former_kept, again.unseen) == (None, None, len(again.recent))
    better = Learned(b"x", "d", 1.0, 1.0, (Asked(0.9, True, False),), accuracy=1.0, accuracy_before=0.9)
    assert await learning.keep(taught.conn, again, better, now=NOW)
    assert await learning.plan_of(taught.conn, account_id) is None


async def test_a_child_that_learns_nothing_gives_no_version(desk: Desk) -> None:
    alone = (("暖气不热", "1", 1, None),) * 60
    assert await lesson(Plan(desk.account.id, {"1": "暖气"}, alone, alone, 60, None, None, TicketId(1))) is None


async def test_accounts_take_turns_and_none_is_asked_again_before_its_time(desk: Desk) -> None:
    ids = [desk.account.id]
    assert await learning.take_plan(desk.conn, ids, now=NOW) == (desk.account.id, None)
    assert await learning.take_plan(desk.conn, ids, now=NOW + timedelta(hours=1)) == (None, None)
    assert (await learning.take_plan(desk.conn, ids, now=NOW + learning.EVERY + timedelta(seconds=1)))[0] == desk.account.id


async def hurried(desk: Desk, text: str) -> str:
    """A citizen asks while too many wait; the ticket's number."""
    async with desk.conn.transaction():
        call = Call(await books.read(desk.conn, desk.account), message(text, openid="hurried"), NOW, NOW, shed=True)
        (reply,) = await intake.receive_many(desk.conn, [call])
    assert reply is not None
    return str(reply.facts["number"])


async def look_again(desk: Desk) -> int:
    async with desk.conn.transaction():
        remembered = books.Books(Vault([KEY]))
        return await rerouting.route_owed(desk.conn, remembered, [desk.account.id], now=NOW, size=20)


async def test_what_was_routed_in_a_hurry_is_looked_at_again_by_the_worker_with_all_that_was_learned(taught: Desk) -> None:
    number = await hurried(taught, "在外补课的老师太多，没人管，有人气得要跳楼")
    assert (await taught.ticket(number)).state is State.TRIAGE  # the duty lists' own words say nothing of it
    assert (await look_again(taught), await look_again(taught)) == (1, 0)
    ticket = await taught.ticket(number)
    assert (ticket.state, ticket.department_id) == (State.ASSIGNED, taught.staff["jiaoyu"].department_id)
    assert (ticket.routing["by"], ticket.priority) == ("learned", Priority.URGENT)


async def test_what_a_person_has_decided_meanwhile_stays_where_it_is(taught: Desk) -> None:
    number = await hurried(taught, "在外补课的老师太多，没人管")
    await assigning.assign(taught.conn, taught.staff["paidan"], number, "zhujian", "", now=NOW)
    assert await look_again(taught) == 1
    assert (await taught.ticket(number)).department_id == taught.staff["zhujian"].department_id


async def test_a_later_urgent_word_of_the_citizen_makes_the_open_ticket_urgent_and_its_dates_earlier(desk: Desk) -> None:
    number = await desk.asked("家里暖气不热")
    due = (await desk.ticket(number)).due_at
    await desk.says("现在暖气炸了，老人被困在家里")
    ticket = await desk.ticket(number)
    assert ticket.priority is Priority.URGENT
    assert ticket.due_at is not None
    assert due is not None
    assert ticket.due_at < due
    await desk.says("快救命啊")
    raised = await desk.conn.fetch("SELECT facts FROM ticket_event WHERE kind = 'raised'")
    assert [each["facts"]["words"] for each in raised] == [["被困"]]
    await desk.balance()


async def test_where_a_person_sent_a_ticket_it_stays_whatever_its_citizen_adds(desk: Desk) -> None:
    number = await desk.asked("那个东西怎么还没有来")
    await assigning.assign(desk.conn, desk.staff["paidan"], number, "jiaoyu", "", now=NOW)
    await desk.says("就是暖气不热，供暖的事")
    assert (await desk.ticket(number)).department_id == desk.staff["jiaoyu"].department_id
