"""Where a Chromium is, if there is one."""

from __future__ import annotations

import os
import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--disable-quic",
]  # fmt: skip
HOW = "apt-get install chromium fonts-noto-cjk (or set CHROMIUM=/path/to/chromium)"


def find() -> str | None:
    """CHROMIUM's path, else the first known name on the PATH."""
    given = os.environ.get("CHROMIUM")
    if given:
        return given
    return next((path for name in NAMES if (path := shutil.which(name))), None)
