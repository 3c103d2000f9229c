"""A mail server that keeps what it is given, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from servicedesk.settings import MailServer

PASSWORD = "letmein"


@dataclass
class Postbox:
    """Who wrote what to whom; `answers` are what a recipient is answered instead of 250."""

    port: int = 0
    letters: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        parsed = message_from_bytes(cast("bytes", envelope.content), policy=policy.default)
        self.letters.append((envelope.rcpt_tos, parsed))
        return "250 OK"

    def server(self, *, user: str = "", password: str = "", tls: str = "never") -> MailServer:
        """How the desk finds it."""
        return MailServer("127.0.0.1", self.port, user, password, tls, "desk@yunxi.example")

    def words_to(self, address: str) -> list[tuple[str, str]]:
        """Subject and text of each letter to an address."""
        return [(str(letter["Subject"]), letter.get_content()) for to, letter in self.letters if to == [address]]


@asynccontextmanager
async def postbox() -> AsyncIterator[Postbox]:
    """A server on this machine, while the block runs."""
    box = Postbox()

    def checked(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=cast("LoginPassword", given).password == PASSWORD.encode(), handled=False)

    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, authenticator=checked, auth_require_tls=False, hostname="localhost"), "127.0.0.1", 0
    )
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()
