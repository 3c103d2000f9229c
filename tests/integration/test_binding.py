"""A person at the desk binds their own WeChat by a code: once, for ten minutes, and nobody by guessing."""

from __future__ import annotations

from datetime import timedelta

from servicedesk.domain.meaning import Meaning, meaning_of
from servicedesk.store import citizens, keeping, people, tellings
from servicedesk.usecases import binding
from tests.desk import NOW, Desk, make_desk, message


async def test_a_code_binds_once_for_ten_minutes_and_never_opens_a_ticket(desk: Desk) -> None:
    who = desk.staff["zhujian"]
    old = await binding.new_code(desk.conn, who, wall=NOW)
    while (code := await binding.new_code(desk.conn, who, wall=NOW)) == old:
        pass  # one in a million
    assert len(code) == 6
    said = [
        await desk.says(f"绑定 {text}", openid=openid, now=at)
        for text, openid, at in (
            (old, "one", NOW), (code, "two", NOW + timedelta(minutes=11)), (code, "three", NOW), (code, "four", NOW),
        )
    ]  # fmt: skip
    assert [reply and reply.facts["outcome"] for reply in said] == ["wrong", "wrong", "bound", "wrong"]
    own = await people.own(desk.conn, who)
    assert own["tell_by"] == ["wechat"]
    assert (await citizens.by_id(desk.conn, desk.account.id, own["citizen_id"])).openid == "three"
    assert await desk.conn.fetchval("SELECT count(*) FROM ticket") == 0
    await binding.unbind(desk.conn, who)
    assert (await people.own(desk.conn, who))["citizen_id"] is None


async def test_a_wechat_is_one_persons_and_the_newest_binding_holds(desk: Desk) -> None:
    for login in ("zhujian", "paidan"):
        code = await binding.new_code(desk.conn, desk.staff[login], wall=NOW)
        await desk.says(f"绑定 {code}", openid="shared")
    assert (await people.own(desk.conn, desk.staff["zhujian"]))["citizen_id"] is None
    assert (await people.own(desk.conn, desk.staff["paidan"]))["citizen_id"] is not None


async def test_guessing_codes_is_braked(desk: Desk) -> None:
    code = await binding.new_code(desk.conn, desk.staff["zhujian"], wall=NOW)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(5):
        reply = await desk.says(f"绑定 {wrong}", openid="guesser")
        assert reply is not None
        assert reply.facts["outcome"] == "wrong"
    reply = await desk.says(f"绑定 {code}", openid="guesser")
    assert reply is not None
    assert reply.facts["outcome"] == "too_many"
    assert meaning_of(message("绑定社保卡要带什么")) is Meaning.INQUIRY
    assert meaning_of(message("绑定")) is Meaning.INQUIRY


async def test_a_neighbours_code_binds_nobody_here(desk: Desk) -> None:
    neighbour = await make_desk(desk.conn, "lindeng")
    code = await binding.new_code(neighbour.conn, neighbour.staff["zhujian"], wall=NOW)
    reply = await desk.says(f"绑定 {code}")
    assert reply is not None
    assert reply.facts["outcome"] == "wrong"


async def test_forgetting_a_citizen_unbinds_them(desk: Desk) -> None:
    code = await binding.new_code(desk.conn, desk.staff["zhujian"], wall=NOW)
    await desk.says(f"绑定 {code}", openid="gone")
    citizen_id = (await people.own(desk.conn, desk.staff["zhujian"]))["citizen_id"]
    await keeping.forget(desk.conn, desk.account.id, citizen_id, openid="forgotten-1", now=NOW)
    own = await people.own(desk.conn, desk.staff["zhujian"])
    assert (own["citizen_id"], own["tell_by"]) == (None, [])
    assert await tellings.of_person(desk.conn, desk.staff["zhujian"], size=5) == []
