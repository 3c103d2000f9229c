"""`servicedesk demo`: made once, stopped by Ctrl-C with its Postgres, recovered after kill -9."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import psutil
import pytest

from servicedesk import embedded
from tests.conftest import VAR
from tests.demo import Demo

pytestmark = pytest.mark.slow


@pytest.fixture
def demo() -> Iterator[Demo]:
    made = Demo(VAR / f"demo-{os.getpid()}")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.signal(signal.SIGKILL)
    embedded.stop(made.home)
    shutil.rmtree(made.home, ignore_errors=True)
    made.log.unlink(missing_ok=True)


def postmaster(demo: Demo) -> psutil.Process:
    return psutil.Process(int((demo.home / "postgres/data/postmaster.pid").read_text().splitlines()[0]))


def page(demo: Demo, path: str) -> str:
    with urllib.request.urlopen(demo.base + path, timeout=10) as response:
        text: str = response.read().decode()
        return text


def command(demo: Demo, *args: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"SERVICEDESK_HOME": str(demo.home), "PORT": str(demo.port)}
    return subprocess.run(
        [sys.executable, "-m", "servicedesk", *args], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_a_demo_is_made_stopped_killed_and_recovers(demo: Demo) -> None:
    demo.start()
    table = demo.log.read_text("utf-8")
    for part in ("/sandbox/", "/portal/yunxi", "/login", "yunxi-2026", "zhujian", "/wechat/yunxi"):
        assert part in table
    assert "云溪发布" in page(demo, "/portal/yunxi")
    assert page(demo, "/portal/yunxi").count('class="qa"') == 20

    # A command beside the running demo uses its Postgres and leaves it running.
    token = command(demo, "token", "add", "yunxi", "beside")
    assert token.returncode == 0, token.stderr
    assert "ready" in page(demo, "/readyz")
    request = urllib.request.Request(f"{demo.base}/api/v1/balance", headers={"Authorization": f"Bearer {token.stdout.strip()}"})
    with urllib.request.urlopen(request, timeout=10) as response:
        assert b'"received"' in response.read()

    second = command(demo, "demo")
    assert second.returncode == 1
    assert second.stderr.strip() == f"servicedesk: port {demo.port} is taken: try PORT={demo.port + 1}"

    server = postmaster(demo)
    demo.signal(signal.SIGINT)
    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE

    demo.start()
    assert "making the demo county" not in demo.log.read_text("utf-8")
    server = postmaster(demo)
    demo.signal(signal.SIGKILL)
    assert server.is_running()
    server.kill()
    demo.start()
    assert "云溪发布" in page(demo, "/portal/yunxi")


def test_a_public_address_is_refused(demo: Demo) -> None:
    environment = {**os.environ, "SERVICEDESK_HOME": str(demo.home), "SERVICEDESK_HOST": "0.0.0.0"}
    done = subprocess.run(
        [sys.executable, "-m", "servicedesk", "demo"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_taken_port_is_a_one_line_error_that_names_the_remedy(demo: Demo) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", demo.port))
        taken.listen()
        done = command(demo, "demo")
    assert done.returncode == 1
    assert done.stderr.strip() == f"servicedesk: port {demo.port} is taken: try PORT={demo.port + 1}"
    assert not demo.home.joinpath("postgres").exists()
