"""Settings of one process, read once from the environment and frozen."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet


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
    )


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name)
    if not value:
        return default
    if not value.isdecimal():
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    return int(value)


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
