"""Mail and webhooks against real servers: what arrives, and what each refusal means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from servicedesk import doctor
from servicedesk.channels import mail, webhook
from servicedesk.channels.means import MeansError
from servicedesk.domain.telling import Reason
from servicedesk.settings import MailServer, Settings
from tests.desk import KEY
from tests.postbox import PASSWORD, Postbox, postbox

AT = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
SNIPPET = Path(__file__).parent.parent.parent / "docs" / "webhooks.md"


def letter(to: str = "wang@yunxi.example") -> mail.Letter:
    return mail.Letter("云溪发布", to, "【催办】20261125-0001", "请登录查看并办理。\n", "yunxi-1", AT)


@pytest.fixture
async def box() -> AsyncIterator[Postbox]:
    async with postbox() as opened:
        yield opened


async def test_a_letter_arrives_with_a_name_that_every_try_has(box: Postbox) -> None:
    for _ in range(2):
        await mail.send(box.server(), letter())
    one, other = (found for _, found in box.letters)
    assert isinstance(one, EmailMessage)
    assert one["Message-ID"] == other["Message-ID"] == "<yunxi-1@yunxi.example>"
    assert one["Auto-Submitted"] == "auto-generated"
    assert one["Subject"] == "【催办】20261125-0001"
    assert one["From"].addresses[0].display_name == "云溪发布"
    assert one["To"] == "wang@yunxi.example"
    assert one["Date"].datetime == AT
    assert one.get_content().splitlines() == ["请登录查看并办理。"]


async def test_a_refusal_for_good_and_one_for_now_are_told_apart(box: Postbox) -> None:
    box.answers = {"gone@yunxi.example": "550 5.1.1 no such person", "full@yunxi.example": "452 4.2.2 mailbox full"}
    for to, reason, code in (("gone@yunxi.example", Reason.REJECTED, 550), ("full@yunxi.example", Reason.BUSY, 452)):
        with pytest.raises(MeansError) as refused:
            await mail.send(box.server(), letter(to))
        assert (refused.value.reason, refused.value.code) == (reason, code)
    assert box.letters == []


async def test_a_wrong_password_may_be_mended_and_is_tried_again(box: Postbox) -> None:
    await mail.check(box.server(user="desk", password=PASSWORD))
    with pytest.raises(MeansError) as refused:
        await mail.check(box.server(user="desk", password="wrong"))
    assert (refused.value.reason, refused.value.code) == (Reason.BUSY, 535)


async def test_without_tls_nothing_is_sent_where_tls_is_due(box: Postbox) -> None:
    with pytest.raises(MeansError) as refused:
        await mail.send(box.server(tls="starttls"), letter())
    assert refused.value.reason is Reason.UNREACHABLE
    assert box.letters == []


async def test_a_server_that_is_away_is_unreachable() -> None:
    with pytest.raises(MeansError) as refused:
        await mail.send(MailServer("127.0.0.1", unused_port(), "", "", "never", "a@b.cn"), letter())
    assert refused.value.reason is Reason.UNREACHABLE


async def test_the_check_says_whether_mail_can_be_sent(box: Postbox, database: str, tmp_path: Path) -> None:
    async def said(server: MailServer | None) -> tuple[str, str]:
        settings = Settings(home=tmp_path, database_url=database, secret_keys=(KEY,), mail=server)
        (found,) = [each for each in await doctor.examine(settings) if each.says.startswith("mail")]
        return found.grade, found.says

    assert (await said(None))[0] == "ok"
    assert await said(box.server()) == ("ok", f"mail: 127.0.0.1:{box.port} answers")
    grade, words = await said(box.server(user="desk", password="wrong"))
    assert grade == "FAIL"
    assert words.endswith("busy 535")
    assert "wrong" not in words


@pytest.fixture
async def program() -> AsyncIterator[TestServer]:
    """A program that answers as its path says, and keeps what it was sent."""
    app = web.Application()
    app["seen"] = []

    async def answer(request: web.Request) -> web.Response:
        app["seen"].append((dict(request.headers), await request.read()))
        return web.Response(status=int(request.match_info["status"]), headers={"Location": "/200"})

    app.router.add_post("/{status}", answer)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    yield server
    await server.close()


@pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning")
async def test_a_call_is_signed_so_that_the_documents_own_words_verify_it(program: TestServer) -> None:
    hook = webhook.Hook(str(program.make_url("/200")), "s3cret", private=True)
    await webhook.call(hook, "yunxi-1", 1_795_600_000, '{"a": "好"}'.encode())
    ((headers, body),) = program.app["seen"]
    code = SNIPPET.read_text("utf-8").split("```python\n")[1].split("```")[0]
    names: dict[str, object] = {}
    exec(code, names)  # what the document tells others to run
    verified = names["verified"]
    assert callable(verified)
    assert verified("s3cret", headers, body, now=1_795_600_100)
    assert not verified("another", headers, body, now=1_795_600_100)
    assert not verified("s3cret", headers, body + b" ", now=1_795_600_100)
    assert not verified("s3cret", headers, body, now=1_795_600_500)
    assert not verified("s3cret", {**headers, "X-Servicedesk-Id": "yunxi-2"}, body, now=1_795_600_100)


@pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning")
@pytest.mark.parametrize(
    ("status", "reason"),
    [(302, Reason.BUSY), (400, Reason.BUSY), (404, Reason.BUSY), (500, Reason.BUSY), (410, Reason.GONE)],
)
async def test_what_a_program_answers_means(program: TestServer, status: int, reason: Reason) -> None:
    with pytest.raises(MeansError) as refused:
        await webhook.call(webhook.Hook(str(program.make_url(f"/{status}")), "s", private=True), "k", 1, b"{}")
    assert (refused.value.reason, refused.value.code) == (reason, status)
    assert len(program.app["seen"]) == 1  # no redirect is followed


@pytest.mark.filterwarnings("ignore::aiohttp.web_exceptions.NotAppKeyWarning")
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254", "127.1", "2130706433", "0x7f.1"]
)
async def test_a_webhook_does_not_lead_inside(program: TestServer, host: str) -> None:
    with pytest.raises(MeansError) as refused:
        await webhook.call(webhook.Hook(f"http://{host}:{program.port}/200", "s"), "k", 1, b"{}")
    assert refused.value.reason is Reason.PRIVATE_ADDRESS
    assert program.app["seen"] == []


async def test_a_program_that_is_away_is_unreachable() -> None:
    with pytest.raises(MeansError) as refused:
        await webhook.call(webhook.Hook(f"http://127.0.0.1:{unused_port()}/", "s", private=True), "k", 1, b"{}")
    assert refused.value.reason is Reason.UNREACHABLE
