"""What a process counts, for Prometheus. With several web processes set PROMETHEUS_MULTIPROC_DIR and one scrape sums them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

REGISTRY = CollectorRegistry()
# Made here, because each counter below opens its file in it, and a folder under /run is gone after a restart.
if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True)

CALLBACKS = Counter("servicedesk_callbacks", "Calls of the platform taken in", ["kind"], registry=REGISTRY)
REFUSED = Counter("servicedesk_callbacks_refused", "Calls refused, by reason", ["reason"], registry=REGISTRY)
REQUESTS = Histogram(
    "servicedesk_request_seconds", "Time to answer a request", ["route", "method", "status"], registry=REGISTRY
)
DELIVERIES = Counter("servicedesk_deliveries", "Tries to deliver, by outcome", ["outcome"], registry=REGISTRY)
TELLINGS = Counter(
    "servicedesk_tellings", "Tries to tell people and webhooks, by means and outcome", ["means", "outcome"], registry=REGISTRY
)
STEPS = Counter("servicedesk_escalation_steps", "Steps of the ladder taken", registry=REGISTRY)
JOB_ERRORS = Counter("servicedesk_job_errors", "Rounds of a job that failed", ["job"], registry=REGISTRY)

_OWED = Gauge("servicedesk_deliveries_open", "Deliveries owed, held or failed", ["state"], multiprocess_mode="mostrecent")
_OLDEST = Gauge(
    "servicedesk_deliveries_oldest_seconds",
    "Age of the oldest such delivery",
    ["state"],
    multiprocess_mode="mostrecent",
)
JOURNALED = Counter("servicedesk_journaled", "Calls kept in the journal", registry=REGISTRY)
REPLAY_ERRORS = Counter("servicedesk_replay_errors", "Calls of the journal that could not be taken in", registry=REGISTRY)
_JOURNAL_BYTES = Gauge("servicedesk_journal_bytes", "Size of the journal", multiprocess_mode="livemax")
_JOURNAL_AGE = Gauge("servicedesk_journal_oldest_seconds", "Age of its oldest call", multiprocess_mode="livemax")
_MEDIA_OWED = Gauge("servicedesk_media_owed", "Files of citizens still to be fetched", multiprocess_mode="mostrecent")
_MEDIA_LIFE = Gauge(
    "servicedesk_media_first_dies_seconds", "Time until the platform forgets the first of them", multiprocess_mode="mostrecent"
)
_MEDIA_LOST = Gauge("servicedesk_media_lost", "Files that the platform had forgotten", multiprocess_mode="mostrecent")
for _gauge in (_MEDIA_OWED, _MEDIA_LIFE, _MEDIA_LOST):
    REGISTRY.register(_gauge)
REGISTRY.register(_JOURNAL_BYTES)
REGISTRY.register(_JOURNAL_AGE)
REGISTRY.register(_OWED)
REGISTRY.register(_OLDEST)


_ALARMS = Gauge("servicedesk_alarms", "Alarms that are not over, by name", ["name"], multiprocess_mode="mostrecent")
REGISTRY.register(_ALARMS)
ALARM_NAMES = ("intake_silent", "delivery_late", "media_dying")


def set_alarms(counts: Mapping[str, int]) -> None:
    """How many accounts each alarm stands for."""
    for name in ALARM_NAMES:
        _ALARMS.labels(name).set(counts.get(name, 0))


def set_owed(state: str, count: int, oldest_s: float) -> None:
    """What the database owes, asked at the time of the scrape."""
    _OWED.labels(state).set(count)
    _OLDEST.labels(state).set(oldest_s)


def set_media(owed: int, life_s: float, lost: int) -> None:
    """What is still with the platform only; alarm when the life falls under a day (it is three when a file arrives)."""
    _MEDIA_OWED.set(owed)
    _MEDIA_LIFE.set(life_s)
    _MEDIA_LOST.set(lost)


def set_journal(size: int, oldest_at: datetime | None, now: datetime) -> None:
    """How much waits in the journal of this home for the database, and for how long."""
    _JOURNAL_BYTES.set(size)
    _JOURNAL_AGE.set(0 if oldest_at is None else (now - oldest_at).total_seconds())


def exposition() -> bytes:
    """The text that Prometheus reads."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    summed = CollectorRegistry()
    multiprocess.MultiProcessCollector(summed)  # type: ignore[no-untyped-call]
    return generate_latest(summed)
