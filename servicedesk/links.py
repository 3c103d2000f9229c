"""Signed links that expire: what a citizen may open from the chat without a login."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from itsdangerous import BadData, URLSafeTimedSerializer

CASE_LIFE = timedelta(days=30)
NOTICE_LIFE = timedelta(hours=2)


class Links:
    """Makes and reads links; newest key first, as in the settings. What is signed names its account and its purpose."""

    def __init__(self, keys: Sequence[str], base_url: str) -> None:
        # itsdangerous signs with the last key and reads with all of them.
        self._signers = {purpose: URLSafeTimedSerializer(list(reversed(keys)), salt=purpose) for purpose in ("case", "notice")}
        self.base_url = base_url

    def case(self, account: str, number: str) -> str:
        """The page of one case, for its citizen."""
        return f"{self.base_url}/c/{account}/{self._signers['case'].dumps([account, number])}"

    def case_of(self, account: str, token: str) -> str | None:
        """The number that a link to a case names, or None where it is not ours, of another account, or too old."""
        return self._read("case", account, token, CASE_LIFE)

    def notice(self, account: str, citizen_id: int) -> str:
        """The page on which a citizen allows one message. It holds the desk's own id, which means nothing once they left."""
        return f"{self.base_url}/c/{account}/notice/{self.notice_token(account, citizen_id)}"

    def notice_token(self, account: str, citizen_id: int) -> str:
        """What the platform brings back with its answer: the openid beside it is nobody's word but the caller's."""
        return str(self._signers["notice"].dumps([account, citizen_id]))

    def notice_of(self, account: str, token: str) -> int | None:
        """The citizen of a token, or None."""
        found = self._read("notice", account, token, NOTICE_LIFE)
        return int(found) if found is not None and found.isdecimal() else None

    def _read(self, purpose: str, account: str, token: str, life: timedelta) -> str | None:
        try:
            found = self._signers[purpose].loads(token, max_age=int(life.total_seconds()))
        except BadData:
            return None
        if not isinstance(found, list) or len(found) != 2 or found[0] != account:
            return None
        return str(found[1])
