"""A call of the platform with all that answering it needs, and the reply to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from servicedesk.domain import meaning
from servicedesk.domain.model import Account, DeliveryId, DepartmentId, InboundMessage
from servicedesk.usecases.books import Book


@dataclass(frozen=True)
class Reply:
    """What to say at once: a template of deliveries/ and its facts, and the held answer that goes with it."""

    template: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    held: DeliveryId | None = None
    held_chars: int = 0  # how much of the held text has gone once this reply is handed over

    def as_facts(self) -> dict[str, Any]:
        """The reply as it is kept, for the platform's repeated calls."""
        return {"template": self.template, "facts": dict(self.facts), "held": self.held, "held_chars": self.held_chars}

    @classmethod
    def from_facts(cls, kept: Mapping[str, Any]) -> Reply:
        """The reply that was kept."""
        return cls(kept["template"], kept["facts"], kept["held"], kept["held_chars"])


@dataclass(frozen=True)
class Call:
    """One call: whose, what, and when it came (desk time and true time).

    shed: so many calls wait that its reply goes without published answers that are alike; they follow.
    """

    book: Book
    inbound: InboundMessage
    now: datetime
    wall: datetime
    shed: bool = False

    @property
    def account(self) -> Account:
        """The account that was called."""
        return self.book.account

    def department_name(self, department_id: DepartmentId | None) -> str | None:
        """The full name of a department."""
        found = self.book.department(department_id)
        return None if found is None else found.name

    def day_of(self, at: datetime) -> str:
        """The account's own day of an instant, ISO."""
        return at.astimezone(self.account.zone).date().isoformat()

    @property
    def message_kind(self) -> str:
        """The kind of the message in the conversation; a tap that counts as words is text."""
        return "text" if self.inbound.kind == "event" else self.inbound.kind

    @property
    def media_kind(self) -> str | None:
        """What is to be fetched, if anything."""
        if self.inbound.media_id is None:
            return None
        return self.inbound.kind if self.inbound.kind in ("image", "voice") else "video"

    @property
    def media_dies_at(self) -> datetime:
        """When the platform forgets what was sent with the message."""
        return self.now + timedelta(seconds=meaning.MEDIA_LIFE_S)
