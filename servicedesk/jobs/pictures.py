"""Pictures that go with an answer: uploaded once, sent as messages of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from servicedesk.channels.base import ChannelError
from servicedesk.domain.files import PICTURES
from servicedesk.domain.model import Account, Delivery
from servicedesk.domain.sending import Refusal
from servicedesk.jobs.place import Place
from servicedesk.jobs.tokens import with_token
from servicedesk.store import answers
from servicedesk.store.db import View, transaction
from servicedesk.store.files import FileMissing, FilesAway
from servicedesk.usecases import delivery


class ClaimLost(Exception):
    """Another worker has the delivery since; nothing more of it may be sent from here."""


KEPT = timedelta(days=2)  # the platform forgets an uploaded picture after three


async def files_of(place: Place, owed: Delivery) -> Sequence[View]:
    """What goes with a delivery."""
    if not owed.has_files:
        return ()
    async with place.pool.acquire() as conn:
        return await answers.attachments_of_delivery(conn, owed.account_id, owed.id)


def goes_alone(file: View) -> bool:
    """Whether the platform can show it in the chat; all else is given as a link."""
    return file["content_type"] in PICTURES


async def send(place: Place, account: Account, owed: Delivery, file: View) -> None:
    """Send one picture. Raises ChannelError; one that the platform forgot is uploaded anew at the next try."""
    channel = place.channel(account)
    media_id = await _uploaded(place, account, file)
    async with transaction(place.pool) as conn:  # an upload may take long
        held = await delivery.hold_claim(conn, owed, wall=place.clock.wall())
    if not held:
        raise ClaimLost
    try:
        await with_token(place, account, lambda token: channel.send_picture(token, owed.openid, media_id))
    except ChannelError as error:
        if error.refusal is Refusal.MEDIA_GONE:
            async with transaction(place.pool) as conn:
                await answers.attachment_uploaded(conn, account.id, file["attachment_id"], None, None)
        raise


async def _content(place: Place, file: View) -> bytes:
    """What is to be sent. A file that is gone is a matter for a person, a store that is away one for later."""
    try:
        return await place.files.get(file["sha256"])
    except FileMissing:
        raise ChannelError(Refusal.REJECTED) from None
    except FilesAway:
        raise ChannelError(Refusal.MEDIA_GONE) from None


async def _uploaded(place: Place, account: Account, file: View) -> str:
    if file["channel_media_id"] is not None and file["channel_media_until"] > place.clock.wall():
        return str(file["channel_media_id"])
    channel, content = place.channel(account), await _content(place, file)
    media_id = await with_token(place, account, lambda token: channel.upload_picture(token, content, file["content_type"]))
    async with transaction(place.pool) as conn:
        until = place.clock.wall() + KEPT
        await answers.attachment_uploaded(conn, account.id, file["attachment_id"], media_id, until)
    return media_id
