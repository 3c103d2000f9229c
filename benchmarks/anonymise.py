"""Masking on text that people marked: python -m benchmarks.anonymise FILE.jsonl [--strength plain|strict] [--json].

Each line is a JSON object: text, entities [start, end, kind, text]; .gz allowed. A name or an address part below the street
counts when every letter and digit of it is masked (some labels take in the brackets or quotation marks around a name, which
identify nobody; the share with these too is printed beside it); every other character that is masked is masked in vain. Each
line is masked by itself, in one thread.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from servicedesk.language.anonymise import Span, find_spans
from servicedesk.language.guessed_names import Strength

NAMES = frozenset({"name", "PER", "PER.NAM", "NAME", "person_name"})
BELOW_THE_STREET = frozenset({"roadno", "subroadno", "houseno", "cellno", "floorno", "roomno"})


@dataclass(frozen=True)
class Reached:
    """What the benchmark prints: shares from 0 to 1, None where the file marks nothing of the kind, and milliseconds."""

    names_masked: float | None
    addresses_masked: float | None
    masked_in_vain: float
    ms_per_100: float


class Count:
    """Sums over the lines of a file."""

    def __init__(self) -> None:
        self.marked: dict[str, int] = {}
        self.masked: dict[str, int] = {}
        self.masked_with_marks: dict[str, int] = {}
        self.others = self.in_vain = self.characters = 0
        self.seconds = 0.0

    def add(self, text: str, entities: list[list[Any]], spans: list[Span]) -> None:
        """Count one line."""
        hidden = {at for span in spans for at in range(span.start, span.end)}
        meant: set[int] = set()
        for start, end, kind, *_ in entities:
            if kind in NAMES or kind.lower() in BELOW_THE_STREET:
                meant.update(range(start, end))
                self.marked[kind] = self.marked.get(kind, 0) + 1
                telling = [at for at in range(start, end) if text[at].isalnum()]
                self.masked[kind] = self.masked.get(kind, 0) + hidden.issuperset(telling)
                self.masked_with_marks[kind] = self.masked_with_marks.get(kind, 0) + hidden.issuperset(range(start, end))
        self.characters += len(text)
        self.others += len(text) - len(meant)
        self.in_vain += len(hidden - meant)

    def share(self, kinds: frozenset[str]) -> float | None:
        """The share of entities of these kinds that are masked whole."""
        marked = sum(count for kind, count in self.marked.items() if kind in kinds or kind.lower() in kinds)
        masked = sum(count for kind, count in self.masked.items() if kind in kinds or kind.lower() in kinds)
        return round(masked / marked, 4) if marked else None

    def reached(self) -> Reached:
        """The figures of the whole file."""
        return Reached(
            self.share(NAMES),
            self.share(BELOW_THE_STREET),
            round(self.in_vain / max(self.others, 1), 4),
            round(self.seconds * 1000 * 100 / max(self.characters, 1), 3),
        )


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The marked texts of a file, .gz or plain."""
    with gzip.open(path, "rt", encoding="utf-8-sig") if path.suffix == ".gz" else path.open(encoding="utf-8-sig") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def measure(path: Path, strength: Strength) -> Count:
    """Mask every text of a file."""
    find_spans("预热张三", strength=strength)
    count = Count()
    for line in read_lines(path):
        started = time.perf_counter()
        spans = find_spans(line["text"], strength=strength)
        count.seconds += time.perf_counter() - started
        count.add(line["text"], line.get("entities", []), spans)
    return count


def main() -> None:
    """Print what was reached on the file, each kind by itself, and with --json one object on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--strength", choices=[each.value for each in Strength], default=Strength.STRICT.value)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    count = measure(asked.file, Strength(asked.strength))
    reached = count.reached()
    print(f"strength {asked.strength}, {count.characters} characters")
    for kind, marked in sorted(count.marked.items()):
        print(
            f"  {kind}: {count.masked[kind]} of {marked} masked whole, {count.masked[kind] / marked:.3f}"
            f" ({count.masked_with_marks[kind] / marked:.3f} with the marks around them)"
        )
    for name, figure in asdict(reached).items():
        print(f"{name}: {figure}")
    if asked.json:
        print(json.dumps(asdict(reached)))


if __name__ == "__main__":
    main()
