"""JSON logs with a request id and no personal data: only the fields of the allow-list leave the process."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# Personal data must not reach a log (个人信息保护法 51), so a field is logged only if it is listed here.
ALLOWED = frozenset({
    "account", "address", "attempt", "command", "count", "delay", "delivery", "digest", "errcode", "error", "event",
    "exception", "job", "kind", "level", "logger", "media", "method", "mode", "number", "outcome", "path", "pid", "port",
    "reason", "request_id", "route", "seconds", "size", "status", "step", "telling", "timestamp", "version",
})  # fmt: skip


def configure(*, level: str | int = logging.INFO) -> None:
    """Send this process's logs to stderr, a JSON object a line. Raises ValueError for a level that is none."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        _exception_place,
        keep_allowed,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # aiohttp's access lines hold addresses and full query strings; the middleware writes one of its own.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)


def keep_allowed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not in the allow-list."""
    return {key: value for key, value in event.items() if key in ALLOWED or key.startswith("_")}


def _exception_place(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as its type and place; its words may quote what a citizen wrote."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info if isinstance(info, BaseException) else None
    if error is not None:
        event["error"] = type(error).__name__
        event["exception"] = _places(error)
    return event


def _places(error: BaseException) -> list[str]:
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-12:]
