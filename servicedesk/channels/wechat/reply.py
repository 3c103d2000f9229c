"""The passive reply: WeChat's XML of a text."""

from __future__ import annotations

from wechatpy.replies import TextReply

from servicedesk.channels.wechat.envelope import Envelope

ACKNOWLEDGED = "success"  # nothing to say; any other empty answer is retried or shown to the citizen as a failure


def text_reply(envelope: Envelope, text: str, now_s: float) -> str:
    """The XML of a text reply. `]]>` would end wechatpy's CDATA early, so it is split."""
    safe = text.replace("]]>", "]]]]><![CDATA[>")
    reply: str = TextReply(source=envelope.to, target=envelope.sender, content=safe, time=int(now_s)).render()
    return reply
