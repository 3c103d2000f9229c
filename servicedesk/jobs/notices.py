"""What a notice says: the account's template filled with a few facts, and a link to the citizen's own page."""

from __future__ import annotations

from servicedesk.channels.base import Notice
from servicedesk.domain.model import Account, Delivery
from servicedesk.domain.sending import NEED_GRANT, Rung
from servicedesk.jobs.place import Place
from servicedesk.store import rungs

TITLE_LIMIT = 15  # of a one-time message (WeChat)
CONTENT_LIMIT = 200
FIELD_LIMIT = 20  # of a thing in a template (WeChat)


async def notice_for(place: Place, account: Account, owed: Delivery, rung: Rung) -> Notice | None:
    """The notice of a delivery; None where the account has no template any more, or the citizen's leave is used up."""
    async with place.pool.acquire() as conn:
        template = await rungs.template(conn, account.id, rung)
        leave = await rungs.oldest_grant(conn, account.id, owed.citizen_id, rung) if rung in NEED_GRANT else None
    if template is None or (rung in NEED_GRANT and leave is None):
        return None
    url = place.links.case(account.code, owed.number)
    if rung is Rung.ONE_TIME_SUBSCRIPTION:
        facts = {"account": account, "number": owed.number, "department": owed.department, "body": owed.body}
        text = place.pages.text("deliveries/one_time.txt", facts)
        title = place.pages.text("deliveries/one_time_title.txt", {"account": account})[:TITLE_LIMIT]
        fields = {"content": _cut(text, CONTENT_LIMIT)}
        return Notice(template["template_id"], fields, url, scene=leave["scene"] if leave else "", title=title)
    values = {
        "number": owed.number,
        "department": owed.department or account.name,
        "excerpt": owed.body,
        "day": f"{place.clock.now().astimezone(account.zone):%Y-%m-%d %H:%M}",
        "account": account.name,
    }
    fields = {name: _cut(values[fact], FIELD_LIMIT) for name, fact in template["fields"].items() if fact in values}
    return Notice(template["template_id"], fields, url)


def _cut(text: str, limit: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
