"""What the desk refuses, as facts; the words for people live in templates/words.html."""

from __future__ import annotations


class DeskError(Exception):
    """The state of things does not allow it (409). `fact` names what is in the way."""

    fact = "conflict"


class TicketClosed(DeskError):
    """The ticket has ended and takes nothing more."""

    fact = "ticket_closed"


class WrongState(DeskError):
    """The ticket is in a state that has no such step."""

    fact = "wrong_state"


class SomebodyWasFirst(DeskError):
    """Another person changed the same thing a moment ago."""

    fact = "somebody_was_first"


class Designated(DeskError):
    """It was returned twice and then designated: it stays."""

    fact = "designated"


class AnswerUnderWay(DeskError):
    """An answer is already on its way to the citizen."""

    fact = "answer_under_way"


class AlreadyPublished(DeskError):
    """The ticket's answer is already public."""

    fact = "already_published"


class Unreadable(DeskError):
    """A picture cannot be read, or is too large to be: no copy can be made of it."""

    fact = "unreadable_picture"


class NoMasking(DeskError):
    """What finds names cannot be loaded here: nothing is published as masked."""

    fact = "no_masking"


class PausedAlready(DeskError):
    """The clock stands still already."""

    fact = "paused_already"


class PausedTooOften(DeskError):
    """The ticket has waited for its citizen as often as it may."""

    fact = "paused_too_often"


class AskedAlready(DeskError):
    """A request for more time waits for a supervisor."""

    fact = "asked_already"


class NothingAsked(DeskError):
    """Nobody asks for more time any longer."""

    fact = "nothing_asked"


class NoPdf(DeskError):
    """The libraries that draw a PDF are not installed here, or the page could not be drawn."""

    fact = "no_pdf"


class CalendarChanged(DeskError):
    """The account's settings were changed since the proposal was looked at."""

    fact = "calendar_changed"


class NotPermitted(Exception):
    """The person may not do this (403)."""


class NotFound(Exception):
    """There is no such thing in this account (404)."""


class InvalidForm(Exception):
    """A form's field cannot be taken (422): the field, and the fact that is wrong with it."""

    def __init__(self, field: str, fact: str, **details: str) -> None:
        super().__init__(f"{field}: {fact}")
        self.field = field
        self.fact = fact
        self.details = details


class LoginRefused(Exception):
    """Name or password are wrong, or too many tries: the same words for all, so that names cannot be guessed."""

    def __init__(self, retry_after_s: int = 0) -> None:
        super().__init__("login refused")
        self.retry_after_s = retry_after_s
