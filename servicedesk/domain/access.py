"""Which pages each role has; what may be done with a ticket stands in desk.py."""

from __future__ import annotations

from enum import StrEnum

from servicedesk.domain.errors import NotPermitted
from servicedesk.domain.model import Actor, Role


class Page(StrEnum):
    """A place of the desk that not everybody enters."""

    QUEUE = "queue"
    TRIAGE = "triage"
    OWED = "owed"
    SEARCH = "search"
    BOARD = "board"
    FIGURES = "figures"
    EDITING = "editing"
    TOPICS = "topics"
    SETTINGS = "settings"


PAGES: dict[Page, frozenset[Role]] = {
    Page.QUEUE: frozenset({Role.STAFF, Role.DISPATCHER, Role.SUPERVISOR, Role.ADMIN}),
    Page.TRIAGE: frozenset({Role.DISPATCHER, Role.SUPERVISOR, Role.ADMIN}),
    Page.OWED: frozenset({Role.STAFF, Role.DISPATCHER, Role.SUPERVISOR, Role.ADMIN}),
    Page.SEARCH: frozenset({Role.STAFF, Role.DISPATCHER, Role.SUPERVISOR, Role.ADMIN}),
    Page.BOARD: frozenset({Role.SUPERVISOR, Role.ADMIN}),
    Page.TOPICS: frozenset({Role.DISPATCHER, Role.EDITOR, Role.SUPERVISOR, Role.ADMIN}),
    Page.FIGURES: frozenset({Role.SUPERVISOR, Role.ADMIN}),
    Page.EDITING: frozenset({Role.EDITOR}),
    Page.SETTINGS: frozenset({Role.ADMIN}),
}

HOME: dict[Role, Page] = {
    Role.STAFF: Page.QUEUE,
    Role.DISPATCHER: Page.TRIAGE,
    Role.EDITOR: Page.EDITING,
    Role.SUPERVISOR: Page.BOARD,
    Role.ADMIN: Page.BOARD,
}


def check_page(actor: Actor, page: Page) -> None:
    """Raise NotPermitted where the actor's role has no such page."""
    if actor.role not in PAGES[page]:
        raise NotPermitted


def pages_of(role: Role) -> tuple[Page, ...]:
    """A role's pages, in the order of the navigation."""
    return tuple(page for page in Page if role in PAGES[page])
