"""`servicedesk demo` as a process, for tests that use what a newcomer uses."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from aiohttp.test_utils import unused_port


class Demo:
    """One demo with a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = unused_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.log = home.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait for the first page."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environment |= {"SERVICEDESK_HOME": str(self.home), "PORT": str(self.port)}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "servicedesk", "demo"], env=environment, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + 120
        while time.monotonic() < until and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.base}/login", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise AssertionError(self.log.read_text("utf-8")[-2000:])

    def signal(self, number: int) -> int:
        """Send a signal and wait for the end; the exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=30)
