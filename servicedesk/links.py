"""Signed links that expire: what a citizen may open from the chat without a login."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import timedelta

from itsdangerous import BadData, URLSafeTimedSerializer

CASE_LIFE = timedelta(days=30)
NOTICE_LIFE = timedelta(hours=2)


class Links:
    """Makes and reads links; newest key first, as in the settings. What is signed names its account and its purpose."""

    def __init__(self, keys: Sequence[str], base_url: str) -> None:
        # itsdangerous signs with the last key and reads with all of them.
        self._keys = list(reversed(keys))
        self.base_url = base_url

    def case(self, account: str, number: str) -> str:
        """The page of one case, for its citizen."""
        return f"{self.base_url}/c/{account}/{self._signer('case', account).dumps(number)}"

    def case_of(self, account: str, token: str) -> str | None:
        """The number that a link to a case names, or None where it is not ours, of another account, or too old."""
        found = self._read("case", account, token, CASE_LIFE)
        return found if isinstance(found, str) else None

    def notice(self, account: str, citizen_id: int) -> str:
        """The page on which a citizen allows one message. It holds the desk's own id, which means nothing once they left."""
        return f"{self.base_url}/c/{account}/notice/{self.notice_token(account, citizen_id)}"

    def notice_token(self, account: str, citizen_id: int) -> str:
        """What the platform brings back with its answer: the openid beside it is nobody's word but the caller's.

        Letters and digits only, at most 128: more the platform's `reserved` does not take.
        """
        signed = self._signer("notice", account).dumps(citizen_id)
        return base64.b32encode(signed.encode()).decode().rstrip("=")

    def notice_of(self, account: str, token: str) -> int | None:
        """The citizen of a token, or None."""
        try:
            signed = base64.b32decode(token + "=" * (-len(token) % 8))
        except (binascii.Error, ValueError):
            return None
        found = self._read("notice", account, signed, NOTICE_LIFE)
        return found if isinstance(found, int) else None

    def _signer(self, purpose: str, account: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._keys, salt=f"{purpose}:{account}")

    def _read(self, purpose: str, account: str, token: str | bytes, life: timedelta) -> object:
        try:
            return self._signer(purpose, account).loads(token, max_age=int(life.total_seconds()))
        except BadData:
            return None
