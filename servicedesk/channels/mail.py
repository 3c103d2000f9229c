"""Mail by SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage

import aiosmtplib

from servicedesk.channels.means import MeansError
from servicedesk.domain.telling import Reason
from servicedesk.settings import MailServer

_STEP_S = 15.0  # for one command of the dialogue
_WHOLE_S = 45.0  # for all of it: less than a claim's lease


@dataclass(frozen=True)
class Attached:
    """A file that goes with a mail."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """One mail. key: the same for every try to send it, so that a repeated one can be recognised."""

    sender_name: str
    to: str
    subject: str
    text: str
    key: str
    at: datetime
    attached: tuple[Attached, ...] = ()


async def send(server: MailServer, letter: Letter) -> None:
    """Hand the letter to the server. Raises MeansError."""
    async with _dialogue(server) as smtp:
        await smtp.send_message(_message(server, letter), sender=server.sender, recipients=[letter.to])


async def check(server: MailServer) -> None:
    """Greet the server and log in. Raises MeansError."""
    async with _dialogue(server):
        pass


@asynccontextmanager
async def _dialogue(server: MailServer) -> AsyncIterator[aiosmtplib.SMTP]:
    smtp = aiosmtplib.SMTP(
        hostname=server.host, port=server.port, username=server.user or None, password=server.password or None,
        use_tls=server.tls == "implicit", start_tls=server.tls == "starttls", timeout=_STEP_S,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_WHOLE_S), smtp:
            yield smtp
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise _refused(error.recipients[0].code) from None
    except aiosmtplib.SMTPAuthenticationError as error:
        raise MeansError(Reason.BUSY, error.code) from None  # a password can be mended
    except aiosmtplib.SMTPResponseException as error:
        raise _refused(error.code) from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        raise MeansError(Reason.UNREACHABLE) from None


def _refused(code: int) -> MeansError:
    return MeansError(Reason.REJECTED if code >= 500 else Reason.BUSY, code)


def _message(server: MailServer, letter: Letter) -> EmailMessage:
    message = EmailMessage()
    message["From"] = Address(display_name=letter.sender_name, addr_spec=server.sender)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = letter.subject
    message["Date"] = letter.at
    message["Message-ID"] = f"<{letter.key}@{server.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine answers it
    message.set_content(letter.text)
    for file in letter.attached:
        kind, _, subtype = file.content_type.partition("/")
        message.add_attachment(file.content, maintype=kind, subtype=subtype, filename=file.name)
    return message
