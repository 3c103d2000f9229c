"""`python -m tests.run`: every test with coverage; says loudly when browser tests could not run."""

from __future__ import annotations

import os
import subprocess
import sys

from tests import chromium

COVERAGE = ["--cov", "--cov-branch", "--cov-report=term:skip-covered"]


def main() -> int:
    """Run everything; more arguments go to pytest. REQUIRE_BROWSER=1 makes a missing Chromium a failure."""
    found = chromium.find()
    if found is None and os.environ.get("REQUIRE_BROWSER") == "1":
        print("!! NO CHROMIUM, and REQUIRE_BROWSER=1:", chromium.HOW)  # noqa: T201
        return 1
    # Apart: Playwright keeps an event loop running in its process, and asyncio's tests want loops of their own.
    result = _pytest("tests", "--ignore=tests/browser") or _pytest("tests/browser", "--cov-append")
    if found is None:
        print(f"!! THE BROWSER TESTS WERE SKIPPED: no Chromium. To run them: {chromium.HOW}")  # noqa: T201
    return result


def _pytest(*args: str) -> int:
    # The floor of setup.cfg is that of every test, not of some that were chosen.
    floor = ["--cov-fail-under=0"] if sys.argv[1:] else []
    command = [sys.executable, "-m", "pytest", *COVERAGE, *floor, *args, *sys.argv[1:]]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
