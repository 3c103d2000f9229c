"""Topics: python -m benchmarks.topics [TEXTS.csv] [--a-day 30 300 10000] [--days N] [--json].

Fills five weeks of a desk with inquiries drawn at random, fewer on Saturdays and Sundays and each day's number uneven by a
fifth, so that nothing is a topic but by chance; then looks as the worker does at the end of each of the last days: what is told
of there is a false alarm. Into each of these days it puts a burst, one thing in the different words of so many citizens, and
says on what share of the days it was found, and how long a look takes. Texts are those of the demo's county, or a file's
(columns text,label or title,body,label).
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path

from benchmarks.routing import read_rows
from benchmarks.stage import CODE, stage, table
from servicedesk.domain.model import Account
from servicedesk.language.topics import place_in, topic_words
from servicedesk.sandbox.fake_rows import talk
from servicedesk.store import accounts, topics
from servicedesk.store.db import Conn
from servicedesk.usecases import spotting

FILLED = timedelta(days=35)
BURSTS = (5, 6, 8, 10, 12)  # citizens
_THING = "停水"
_WEEKEND = 0.4  # of a working day's inquiries
_UNEVEN = 25  # the shape of a gamma distribution whose deviation is a fifth of its mean
_FRIDAY = 5
_COLUMNS = ("account_id", "day", "word", "ticket_id", "citizen_id", "place")
Row = tuple[int, date, str, int, int, str | None]


@dataclass(frozen=True)
class Spoken:
    """What a text is counted by."""

    words: Sequence[str]
    place: str | None


@dataclass(frozen=True)
class Reached:
    """Of one size of a desk: topics told of on a quiet day, shares of bursts found by their citizens, milliseconds."""

    a_day: int
    false_alarms_a_day: float
    found: dict[int, float]
    look_ms: float
    longest_ms: float


def spoken(texts: Sequence[str]) -> list[Spoken]:
    """The words and the place of each text."""
    return [Spoken(topic_words(text), place_in(text)) for text in texts]


async def measure(conn: Conn, quiet: Sequence[Spoken], burst: Sequence[Spoken], a_day: int, days: int) -> Reached:
    """Fill, then look at each of the last days, as it was and with bursts; every look is undone."""
    account = await accounts.by_code(conn, CODE)
    assert account is not None
    chance, today = random.Random(a_day), datetime.now(UTC).date()
    await conn.execute("SET session_replication_role = replica")
    await conn.execute("TRUNCATE inquiry_word")
    await conn.copy_records_to_table("inquiry_word", columns=_COLUMNS, records=_weeks(account, quiet, a_day, today, chance))
    await conn.execute("ANALYZE inquiry_word")
    alarms, found, spent = 0, dict.fromkeys(BURSTS, 0), []
    for day in [today - timedelta(days=back) for back in reversed(range(days))]:
        await topics.count_days(conn, account.id, until=day)  # as the first look of the day does
        told, ms = await _look(conn, account, day, [])
        alarms += len(told)
        spent.append(ms)
        for size in BURSTS:
            told, _ = await _look(conn, account, day, _rows(account, day, chance.sample(burst, size), -size))
            found[size] += any(_THING in words for words in told)
    await conn.execute("SET session_replication_role = origin")
    return Reached(
        a_day, alarms / days, {size: count / days for size, count in found.items()}, statistics.median(spent), max(spent)
    )


def _weeks(account: Account, quiet: Sequence[Spoken], a_day: int, today: date, chance: random.Random) -> list[Row]:
    rows: list[Row] = []
    first = 1
    for back in range(FILLED.days):
        day = today - timedelta(days=back)
        mean = a_day * (_WEEKEND if day.isoweekday() > _FRIDAY else 1.0)
        said = chance.choices(quiet, k=round(chance.gammavariate(_UNEVEN, mean / _UNEVEN)))
        rows += _rows(account, day, said, first)
        first += len(said)
    return rows


def _rows(account: Account, day: date, said: Sequence[Spoken], first: int) -> list[Row]:
    """Each by a citizen of its own."""
    return [
        (account.id, day, word, number, number, each.place)
        for number, each in enumerate(said, first)
        for word in dict.fromkeys(each.words)
    ]


async def _look(conn: Conn, account: Account, day: date, added: Sequence[Row]) -> tuple[list[list[str]], float]:
    """The words of the topics that are told of at the end of a day, and the milliseconds of the look."""
    night = datetime(day.year, day.month, day.day, 22, tzinfo=account.zone)
    turn = conn.transaction()
    await turn.start()
    await conn.copy_records_to_table("inquiry_word", columns=_COLUMNS, records=added)
    began = time.perf_counter()
    await spotting.look(conn, account, now=night, wall=night)
    ms = (time.perf_counter() - began) * 1000
    told = [row["words"] for row in await conn.fetch("SELECT words FROM topic")]
    await turn.rollback()
    return told, ms


def _burst() -> list[Spoken]:
    """A water main breaks: the demo's own story."""
    story = resources.files("servicedesk.sandbox").joinpath("county/burst.json").read_text("utf-8")
    return [each for each in spoken([inquiry["text"] for inquiry in json.loads(story)]) if _THING in each.words]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.topics", description=__doc__)
    parser.add_argument("texts", type=Path, nargs="?")
    parser.add_argument("--a-day", type=int, nargs="+", default=[30, 300, 10_000])
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    quiet = spoken(read_rows(args.texts).texts if args.texts else [question for question, _ in talk()])
    burst, reached = _burst(), []
    for a_day in args.a_day:
        with stage("topics") as made:
            reached.append(made.on_database(lambda conn, a_day=a_day: measure(conn, quiet, burst, a_day, args.days)))  # type: ignore[misc]
    table([
        ("inquiries a day", "false alarms a day", *(f"found of {size}" for size in BURSTS), "look ms", "longest"),
        *((str(each.a_day), f"{each.false_alarms_a_day:.2f}", *(f"{share:.2f}" for share in each.found.values()),
           each.look_ms, each.longest_ms) for each in reached),
    ])  # fmt: skip
    if args.json:
        print(json.dumps({"sizes": [asdict(each) for each in reached]}))


if __name__ == "__main__":
    main()
