"""What gunicorn's own process does for the web processes; the Procfile names this module as its configuration."""

from __future__ import annotations

import os
from typing import Any

from prometheus_client import multiprocess


def child_exit(_arbiter: object, worker: Any) -> None:
    """A web process ended, in any way: what it alone held (its journal's size) no longer counts."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
