"""Settings of one process, read once from the environment and frozen."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography.fernet import Fernet


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over, and by which sender. tls: implicit, starttls or never."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: str
    sender: str


@dataclass(frozen=True)
class Settings:
    """What a process must know before it can ask the database."""

    home: Path
    database_url: str | None
    secret_keys: tuple[str, ...]
    host: str = "127.0.0.1"
    port: int = 8080
    base_url: str = "http://127.0.0.1:8080"
    sandbox: bool = False
    secure_cookies: bool = False
    trusted_proxies: int = 0
    pool_size: int = 8
    media: str = ""
    mail: MailServer | None = None
    webhook_private: bool = False


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from environment variables; docs/operating.md lists them.

    Raises ValueError with the variable's name where one cannot be read.
    """
    env = os.environ if environ is None else environ
    home = Path(env.get("SERVICEDESK_HOME") or "var").resolve()
    port = _number(env, "PORT", 8080)
    host = env.get("SERVICEDESK_HOST", "127.0.0.1")
    base_url = env.get("SERVICEDESK_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/")
    return Settings(
        home=home,
        database_url=env.get("DATABASE_URL") or None,
        secret_keys=_secret_keys(env, home),
        host=host,
        port=port,
        base_url=base_url,
        sandbox=env.get("SERVICEDESK_SANDBOX", "") == "1",
        secure_cookies=base_url.startswith("https://"),
        trusted_proxies=_number(env, "SERVICEDESK_TRUSTED_PROXIES", 0),
        pool_size=_number(env, "SERVICEDESK_POOL_SIZE", 8),
        media=env.get("SERVICEDESK_MEDIA", ""),
        mail=_mail_server(env),
        webhook_private=env.get("SERVICEDESK_WEBHOOK_PRIVATE", "") == "1",
    )


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name)
    if not value:
        return default
    if not value.isdecimal():
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    return int(value)


_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_SENDER = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


def _mail_server(env: Mapping[str, str]) -> MailServer | None:
    """SERVICEDESK_SMTP_URL and SERVICEDESK_MAIL_FROM; plain SMTP only to this machine, or where it is said."""
    url = env.get("SERVICEDESK_SMTP_URL")
    if not url:
        return None
    sender = env.get("SERVICEDESK_MAIL_FROM", "")
    if not _SENDER.fullmatch(sender):
        raise ValueError("SERVICEDESK_MAIL_FROM must be a mail address when SERVICEDESK_SMTP_URL is set")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    tls = parse_qs(parts.query).get("tls", [""])[0]
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or tls not in ("", "never"):
        raise ValueError("SERVICEDESK_SMTP_URL must be smtp://user:password@host:587 or smtps://user:password@host")
    if parts.scheme == "smtps":
        tls, usual = "implicit", 465
    else:
        tls, usual = "never" if tls or parts.hostname in _LOOPBACK else "starttls", 587
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return MailServer(parts.hostname, port or usual, user, password, tls, sender)


def _secret_keys(env: Mapping[str, str], home: Path) -> tuple[str, ...]:
    """SERVICEDESK_SECRET_KEY, newest first, else a key kept beside the data of this home."""
    given = tuple(key.strip() for key in env.get("SERVICEDESK_SECRET_KEY", "").split(",") if key.strip())
    for key in given:
        try:
            Fernet(key)
        except ValueError:
            raise ValueError("SERVICEDESK_SECRET_KEY must be 32 url-safe base64-encoded bytes") from None
    return given or (_kept_key(home / "secret.key"),)


def _kept_key(path: Path) -> str:
    """The key of this home: made whole beside its place and linked there, so that of two first starts one key holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as stream:
            stream.write(Fernet.generate_key().decode())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(beside)
        beside.unlink()
    return path.read_text(encoding="ascii").strip()
