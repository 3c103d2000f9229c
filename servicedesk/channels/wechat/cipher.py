"""WeChat's cipher: AES-256-CBC, the first half of the key as IV, PKCS7 to 32 bytes, the receiver's appid at the end.

wechatpy has it too, at three times the cost: every message is opened and its reply closed with it.
"""

from __future__ import annotations

import base64
import secrets
import struct
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32
_HEAD = 20  # 16 random bytes and a length of four, big-endian


class Undecipherable(ValueError):
    """Not made with this key, or damaged."""


def encrypt(aes_key: str, text: str, appid: str) -> str:
    """A text for a receiver, as base64."""
    raw = text.encode()
    plain = secrets.token_bytes(16) + struct.pack(">I", len(raw)) + raw + appid.encode()
    padding = _BLOCK - len(plain) % _BLOCK
    encryptor = _cipher(aes_key).encryptor()
    sealed = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
    return base64.b64encode(sealed).decode("ascii")


def decrypt(aes_key: str, sealed: str) -> tuple[str, str]:
    """The text and the appid it was made for. Raises Undecipherable."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        decryptor = _cipher(aes_key).decryptor()
        plain = decryptor.update(raw) + decryptor.finalize()
        (length,) = struct.unpack(">I", plain[16:_HEAD])
        padding = plain[-1]
        text, receiver = plain[_HEAD : _HEAD + length].decode(), plain[_HEAD + length : -padding].decode()
    except (ValueError, IndexError, struct.error) as error:
        raise Undecipherable from error
    if not 1 <= padding <= _BLOCK or _HEAD + length > len(plain) - padding:
        raise Undecipherable
    return text, receiver


@lru_cache(maxsize=4096)
def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    key = base64.b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
