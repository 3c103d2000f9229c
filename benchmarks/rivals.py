"""Peers measured beside the product: each in an environment of its own under var/, on the same Postgres."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks import load
from benchmarks.load import Measured
from benchmarks.stage import APPID, HOME, SECRETS, Stage, free_port, process

ROOT = Path(__file__).parent.parent
TEXTBOOK = ("flask", "wechatpy==1.8.18", "cryptography", "psycopg2-binary", "gunicorn")
HELPDESK = ("django-helpdesk==2.6.1", "psycopg2-binary", "gunicorn", "setuptools<81")
CONNECTIONS = 64


def environment(name: str, packages: Sequence[str]) -> Path:
    """The python of a peer's own environment, made if it is not there."""
    folder = HOME / "peers" / name
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True)
        (folder / "ready").touch()
    return python


def textbook(made: Stage, seconds: int) -> Measured:
    """The same messages, the same rows, by Flask, wechatpy and psycopg2."""
    python, host = environment("textbook", TEXTBOOK), parse_qs(urlsplit(made.url).query)["host"][0]
    user, database = urlsplit(made.url).username, urlsplit(made.url).path.strip("/")
    environ = {
        **os.environ, "PEER_TOKEN": SECRETS.token, "PEER_AES_KEY": SECRETS.aes_key, "PEER_APPID": APPID,
        "PEER_DSN": f"host={host} user={user} dbname={database}", "PEER_SQL": str(ROOT / "benchmarks/peers/textbook.sql"),
    }  # fmt: skip
    with _gunicorn(python, "benchmarks.peers.textbook:app", environ) as port:
        load.run(port, load.prepare(load.messages(500)), 8, 1)
        return load.run(port, load.prepare(load.messages(1500 * (seconds + 1))), CONNECTIONS, seconds)


def helpdesk(made: Stage, seconds: int) -> Measured:
    """django-helpdesk's public form: a ticket by an anonymous visitor."""
    python, host = environment("helpdesk", HELPDESK), parse_qs(urlsplit(made.url).query)["host"][0]
    environ = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "benchmarks.peers.helpdesk", "PEER_DATABASE": f"{made.name}_helpdesk",
        "PEER_HOST": host, "PEER_USER": urlsplit(made.url).username or "", "PEER_MEDIA": str(HOME / "helpdesk-media"),
    }  # fmt: skip
    made.recreate(f"{made.name}_helpdesk")
    printed = subprocess.run(
        [str(python), "-m", "benchmarks.peers.helpdesk_queue"],
        env=environ,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    with _gunicorn(python, "django.core.wsgi:get_wsgi_application()", environ) as port:
        requests = list(_forms(port, printed.split()[-1], 400 * (seconds + 1)))
        measured = load.run(port, load.prepare(iter(requests)), CONNECTIONS, seconds)
    made_tickets = made.count(f"{made.name}_helpdesk", "helpdesk_ticket")
    if made_tickets < measured.rate * seconds * 0.8:
        raise RuntimeError(f"django-helpdesk answered {measured.rate:.0f} a second and kept {made_tickets} tickets")
    return measured


def _forms(port: int, queue: str, count: int) -> Iterator[bytes]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/tickets/submit/") as response:
        page, cookie = response.read().decode(), response.headers["Set-Cookie"].split(";")[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    if token is None:
        raise LookupError("the form has no token")
    for n in range(count):
        body = urlencode({
            "csrfmiddlewaretoken": token[1], "queue": queue, "title": f"暖气不热 {n}", "body": load.QUESTIONS[n % 8],
            "priority": "3", "submitter_email": f"c{n}@example.org", "due_date": "",
        }).encode()  # fmt: skip
        head = (
            f"POST /tickets/submit/ HTTP/1.1\r\nHost: desk\r\nCookie: {cookie}\r\nContent-Length: {len(body)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        yield head.encode() + body


@contextmanager
def _gunicorn(python: Path, app: str, environ: dict[str, str]) -> Iterator[int]:
    port = free_port()
    command = [str(python), "-m", "gunicorn", app, "--workers", "2", "--bind", f"127.0.0.1:{port}", "--log-level", "error"]
    with process(command, environ, ROOT):
        until = time.monotonic() + 30
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                    break
            except urllib.error.HTTPError:
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
        yield port
