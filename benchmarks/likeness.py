"""Questions that are alike: python -m benchmarks.likeness PAIRS.csv [--published N] [--json]. Columns question1,question2,same.

Every distinct question2 becomes a published question; every question1 that has a partner of the same meaning is asked, on the
product's own path (index, candidates, comparison, in Postgres), without a threshold. recall_1 and recall_3: a partner labelled
so is first, or among the first three. The closed figures count as partners also those who are the same by way of others, and
the very text itself. precision: of all labelled pairs that reach the shipped threshold, so many are labelled the same. The peer
in the same run is the textbook's: characters, TF-IDF, cosine. --published fills up with mixed halves to so many questions and
measures how long the looking takes. Nothing is learned from the rows but how rare a character is among what is published.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer

from benchmarks.stage import CODE, Stage, stage, table
from servicedesk.domain.model import AccountId
from servicedesk.language.likeness import THRESHOLD, Rarity, likeness, tokens_of
from servicedesk.language.questions import read_question
from servicedesk.store import accounts
from servicedesk.store import likeness as rows_of
from servicedesk.store.db import Conn
from servicedesk.usecases import answering_alike

_TIMED = 1000
_PUBLISH = """
INSERT INTO publication (account_id, ticket_id, department_id, title, question, answer, masked_also, kept, for_digest,
    confirmed_by, published_at, words)
SELECT $1, number, 1, text, text, '', '{}', '{}', false, 1, now(), ''::tsvector
FROM unnest($2::text[]) WITH ORDINALITY AS given (text, number)
"""


@dataclass(frozen=True)
class Pairs:
    """The labelled pairs; those asked with their partners; and all that is published."""

    labelled: Sequence[tuple[str, str, bool]]
    partners: Mapping[str, frozenset[str]]
    closed: Mapping[str, frozenset[str]]
    published: Sequence[str]


@dataclass(frozen=True)
class Reached:
    """Shares from 0 to 1, and milliseconds of one look."""

    recall_1: float
    recall_3: float
    precision: float
    recall_1_closed: float
    recall_3_closed: float
    peer_recall_1: float
    peer_recall_3: float
    published: int
    p50_ms: float
    p99_ms: float


def read_pairs(path: Path) -> Pairs:
    """The file, and what follows from it: same is the same in both directions and by way of others."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        labelled = [(row["question1"], row["question2"], row["same"] == "1") for row in csv.DictReader(lines)]
    published = sorted({other for _, other, _ in labelled})
    partners: dict[str, set[str]] = defaultdict(set)
    group: dict[str, str] = {}
    for one, other, same in labelled:
        if same:
            partners[one].add(other)
            group[_group(group, _bare(one))] = _group(group, _bare(other))
    members: dict[str, set[str]] = defaultdict(set)
    for text in published:
        members[_group(group, _bare(text))].add(text)
    closed = {one: frozenset(members[_group(group, _bare(one))] | others) for one, others in partners.items()}
    return Pairs(labelled, {one: frozenset(others) for one, others in partners.items()}, closed, published)


async def measure(conn: Conn, pairs: Pairs, fill: int) -> Reached:
    """Publish, look, compare."""
    account_id = (await accounts.by_code(conn, CODE)).id  # type: ignore[union-attr]
    await _publish(conn, account_id, pairs.published)
    asked = sorted(pairs.partners)
    found = {one: [each["title"] for each in await answering_alike.alike(conn, account_id, one, least=0.0)] for one in asked}
    precision = await _precision(conn, account_id, pairs)
    peer = _textbook(asked, pairs.published)
    if fill > len(pairs.published):
        await _publish(conn, account_id, _mixed_halves(pairs.published, fill - len(pairs.published)))
    times = sorted([await _look(conn, account_id, one) for one in random.Random(3).choices(asked, k=_TIMED)])
    return Reached(
        _recall(found, pairs.partners, 1), _recall(found, pairs.partners, 3), precision,
        _recall(found, pairs.closed, 1), _recall(found, pairs.closed, 3),
        _recall(peer, pairs.partners, 1), _recall(peer, pairs.partners, 3),
        max(fill, len(pairs.published)), statistics.median(times), times[int(len(times) * 0.99)],
    )  # fmt: skip


async def _publish(conn: Conn, account_id: AccountId, texts: Sequence[str]) -> None:
    """Publications without the tickets behind them, then the worker's rounds."""
    await conn.execute("SET session_replication_role = replica")
    before = await conn.fetchval("SELECT coalesce(max(ticket_id), 0) FROM publication WHERE account_id = $1", account_id)
    await conn.execute(_PUBLISH.replace("number, 1", "number + $3, 1"), account_id, list(texts), before)
    await conn.execute("SET session_replication_role = origin")
    while True:
        async with conn.transaction():
            if not await answering_alike.index_owed(conn, [account_id], size=500):
                break
    await conn.execute("ANALYZE")


async def _look(conn: Conn, account_id: AccountId, text: str) -> float:
    began = time.perf_counter()
    await answering_alike.alike(conn, account_id, text)
    return (time.perf_counter() - began) * 1000


async def _precision(conn: Conn, account_id: AccountId, pairs: Pairs) -> float:
    read = {text: read_question(text) for one, other, _ in pairs.labelled for text in (one, other)}
    counts = await rows_of.counts(conn, account_id, set().union(*(tokens_of(each) for each in read.values())))
    rarity = Rarity(counts.get("", 0), counts)
    shown = [same for one, other, same in pairs.labelled if likeness(read[one], read[other], rarity) >= THRESHOLD]
    return sum(shown) / len(shown) if shown else 0.0


def _textbook(asked: Sequence[str], published: Sequence[str]) -> dict[str, list[str]]:
    vectors = TfidfVectorizer(analyzer="char").fit(published)
    scores = (vectors.transform(asked) @ vectors.transform(published).T).toarray()
    best = (-scores).argsort(axis=1, kind="stable")[:, :3]
    return {one: [published[place] for place in places] for one, places in zip(asked, best, strict=True)}


def _recall(found: Mapping[str, Sequence[str]], partners: Mapping[str, frozenset[str]], most: int) -> float:
    return statistics.fmean(not partners[one].isdisjoint(found[one][:most]) for one in partners)


def _mixed_halves(texts: Sequence[str], count: int) -> list[str]:
    chance = random.Random(4)
    halves = [(text[: len(text) // 2], text[len(text) // 2 :]) for text in texts]
    return [chance.choice(halves)[0] + chance.choice(halves)[1] for _ in range(count)]


def _bare(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum())


def _group(group: dict[str, str], text: str) -> str:
    while group.setdefault(text, text) != text:
        text = group[text]
    return text


def _print(reached: Reached) -> None:
    table([
        ["", "first", "among three"],
        ["labelled partners", f"{reached.recall_1:.3f}", f"{reached.recall_3:.3f}"],
        ["the same by way of others, too", f"{reached.recall_1_closed:.3f}", f"{reached.recall_3_closed:.3f}"],
        ["the textbook, labelled partners", f"{reached.peer_recall_1:.3f}", f"{reached.peer_recall_3:.3f}"],
    ])  # fmt: skip
    print(f"precision of labelled pairs from {THRESHOLD} on: {reached.precision:.3f}")
    print(f"a look among {reached.published} published: p50 {reached.p50_ms:.1f} ms, p99 {reached.p99_ms:.1f} ms")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--published", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    pairs = read_pairs(given.pairs)

    def work(made: Stage) -> Reached:
        return made.on_database(lambda conn: measure(conn, pairs, given.published))

    with stage("likeness") as made:
        reached = work(made)
    _print(reached)
    if given.json:
        print(json.dumps(vars(reached)))


if __name__ == "__main__":
    main()
