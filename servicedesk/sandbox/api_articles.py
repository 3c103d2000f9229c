"""Drafts, and publishing them without sending them to anybody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from servicedesk.sandbox.articles import PUBLISHED, PUBLISHING, draft_articles
from servicedesk.sandbox.calls import OK, Call, Endpoint
from servicedesk.sandbox.codec import encode
from servicedesk.sandbox.errors import PlatformError
from servicedesk.sandbox.platform import OfficialAccount
from servicedesk.sandbox.state import Sandbox


async def add_draft(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """draft/add"""
    media_id = f"draft-{call.official.next_number()}"
    call.official.state.drafts[media_id] = draft_articles(call.body, call.official.covers())
    return {"media_id": media_id}


async def count_drafts(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """draft/count"""
    return {"total_count": len(call.official.state.drafts)}


async def get_draft(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """draft/get"""
    articles = call.official.state.drafts.get(call.text("media_id"))
    if articles is None:
        raise PlatformError(40007)
    return {"news_item": [encode(article) for article in articles]}


async def delete_draft(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """draft/delete"""
    if call.official.state.drafts.pop(call.text("media_id"), None) is None:
        raise PlatformError(40007)
    return OK


async def submit(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """freepublish/submit: the draft leaves the drafts, PUBLISHJOBFINISH follows"""
    articles = call.official.state.drafts.pop(call.text("media_id"), None)
    if articles is None:
        raise PlatformError(40007)
    publication = call.official.publish(articles, call.now, origin=call.origin, status=PUBLISHING)
    sandbox.finish_publication(call.official, publication.article_id)
    return {**OK, "publish_id": publication.publish_id, "msg_data_id": int(publication.publish_id)}


async def publication(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """freepublish/get"""
    publish_id = call.text("publish_id")
    found = next((one for one in call.official.state.publications.values() if one.publish_id == publish_id), None)
    if found is None:
        raise PlatformError(53602)
    if found.status != PUBLISHED:
        return {"publish_id": publish_id, "publish_status": found.status, "fail_idx": []}
    count = len(found.articles)
    items = [{"idx": number, "article_url": found.url(number)} for number in range(1, count + 1)]
    return {
        "publish_id": publish_id,
        "publish_status": found.status,
        "article_id": found.article_id,
        "article_detail": {"count": count, "item": items},
        "fail_idx": [],
    }


async def delete_publication(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """freepublish/delete: one article by its number from 1, all of them without one"""
    found = call.official.publication_of(call.text("article_id"))
    number = call.body.get("index") or 0
    if not isinstance(number, int) or not 0 <= number <= len(found.articles):
        raise PlatformError(40097)
    _keep_deleted(call.official, found.article_id, number)
    return OK


def _keep_deleted(official: OfficialAccount, article_id: str, number: int) -> None:
    found = official.state.publications[article_id]
    official.state.publications[article_id] = replace(found, deleted=(*found.deleted, number))


ENDPOINTS = {
    "draft/count": Endpoint(count_drafts, methods=("GET",)),
    "draft/add": Endpoint(add_draft),
    "draft/get": Endpoint(get_draft),
    "draft/delete": Endpoint(delete_draft),
    "freepublish/submit": Endpoint(submit),
    "freepublish/get": Endpoint(publication),
    "freepublish/delete": Endpoint(delete_publication),
}
