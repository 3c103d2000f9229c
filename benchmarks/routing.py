"""Routing by what was learned: python -m benchmarks.routing TRAIN.csv TEST.csv [--learning-curve] [--json].

Or by the duty lists alone: python -m benchmarks.routing --cold TAXONOMY.csv TEST.csv. Columns are text,label or
title,body,label; a taxonomy's first column is the class and the others its duties. Thresholds and probabilities come from
the training part alone. The peer beside it in the same run is the textbook's: runs of 1-3 characters, TF-IDF, linear
support vectors.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from servicedesk.language import segmenting
from servicedesk.language.classifier import threshold_for
from servicedesk.language.duty_guide import DutyGuide
from servicedesk.language.themes import theme_words
from servicedesk.language.training import train

CURVE = (100, 200, 500, 1000, 2000, 5000)
_BINS = 10
_ROUNDS = 3


@dataclass(frozen=True)
class Rows:
    """Texts and the classes that people gave them."""

    texts: list[str]
    labels: list[str]


@dataclass(frozen=True)
class Reached:
    """What the benchmark prints; shares from 0 to 1, and the time of one message in milliseconds.

    coverage: the share above the threshold for that precision; precision: of these, how many were right.
    """

    macro_f1: float
    accuracy: float
    top2: float
    coverage_95: float
    precision_95: float
    coverage_98: float
    precision_98: float
    ece: float
    ms_per_message: float


def read_rows(path: Path) -> Rows:
    """The rows of a file, .gz or plain."""
    csv.field_size_limit(1 << 30)
    with gzip.open(path, "rt", encoding="utf-8-sig") if path.suffix == ".gz" else path.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    texts = [row["text"] if "text" in row else f"{row['title']}\n{row['body']}" for row in rows]
    return Rows(texts, [row["label"] for row in rows])


def read_duties(path: Path) -> dict[str, str]:
    """Each class of a taxonomy with all its words."""
    duties: dict[str, dict[str, None]] = {}
    with path.open(encoding="utf-8-sig") as file:
        for name, *others in list(csv.reader(file))[1:]:
            duties.setdefault(name, {name: None}).update(dict.fromkeys(others))
    return {name: " ".join(words) for name, words in duties.items()}


def learned(taught: Rows, asked: Rows) -> tuple[Reached, float]:
    """What a router trained on some rows reaches on others, and the seconds that its training took."""
    started = time.perf_counter()
    trained = train(taught.texts, taught.labels)
    seconds = time.perf_counter() - started
    router = trained.classifier
    right = np.array(router.classes)[trained.held_out.argmax(axis=1)] == np.array(taught.labels)
    chances, ms = [], []
    for text in asked.texts:
        began = time.perf_counter()
        likely = {each.key: each.probability for each in router.likely(text)}
        ms.append((time.perf_counter() - began) * 1000)
        chances.append([likely[key] for key in router.classes])
    thresholds = [threshold_for(trained.held_out.max(axis=1), right, precision) for precision in (0.95, 0.98)]
    return _reached(np.array(chances), router.classes, asked.labels, thresholds, float(np.mean(ms))), seconds


def cold(duties: dict[str, str], asked: Rows) -> Reached:
    """What the duty lists alone reach, among all classes of the taxonomy; without rows to choose a threshold on, what they
    say of themselves is it."""
    guide = DutyGuide(duties)
    chances, ms = [], []
    for text in asked.texts:
        began = time.perf_counter()
        likely = {each.key: each.probability for each in guide.guess("".join(text.split()))}
        ms.append((time.perf_counter() - began) * 1000)
        chances.append([likely[key] for key in duties])
    return _reached(np.array(chances), tuple(duties), asked.labels, [0.95, 0.98], float(np.mean(ms)))


def _reached(
    chances: NDArray[np.float64], classes: Sequence[str], labels: list[str], thresholds: list[float], ms: float
) -> Reached:
    names, given = np.array(classes), np.array(labels)
    said, best = names[chances.argmax(axis=1)], chances.max(axis=1)
    right = said == given
    two = names[np.argsort(-chances, axis=1)[:, :2]]
    covered = [best >= each for each in thresholds]
    precise = [float(right[each].mean()) if each.any() else 1.0 for each in covered]
    return Reached(
        macro_f1=float(f1_score(given, said, labels=sorted(set(labels)), average="macro")),
        accuracy=float(right.mean()),
        top2=float((two == given[:, None]).any(axis=1).mean()),
        coverage_95=float(covered[0].mean()), precision_95=precise[0], coverage_98=float(covered[1].mean()),
        precision_98=precise[1], ece=_calibration_error(best, right), ms_per_message=ms,
    )  # fmt: skip


def _calibration_error(best: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Expected calibration error: how far probabilities are from what came true, by ten equal steps."""
    steps = np.minimum((best * _BINS).astype(int), _BINS - 1)
    return float(sum(abs(best[steps == step].sum() - right[steps == step].sum()) for step in range(_BINS)) / len(best))


def _peer(taught: Rows, asked: Rows) -> float:
    textbook = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True), LinearSVC(C=0.5)
    )
    return float(f1_score(asked.labels, textbook.fit(taught.texts, taught.labels).predict(asked.texts), average="macro"))


def _curve(taught: Rows, asked: Rows) -> dict[int, float]:
    """The macro-F1 with so many training rows, the median of some rounds."""
    reached = {}
    for count in (each for each in CURVE if each < len(taught.texts)):
        rounds = []
        for seed in range(_ROUNDS):
            drawn = random.Random(seed).sample(range(len(taught.texts)), count)
            rows = Rows([taught.texts[at] for at in drawn], [taught.labels[at] for at in drawn])
            rounds.append(learned(rows, asked)[0].macro_f1)
        reached[count] = float(np.median(rounds))
        print(
            f"  {count:5} rows: macro-F1 {reached[count]:.3f} (rounds {', '.join(f'{each:.3f}' for each in rounds)})",
            flush=True,
        )
    return reached


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("first", type=Path, metavar="TRAIN.csv | TAXONOMY.csv")
    parser.add_argument("test", type=Path)
    parser.add_argument("--cold", action="store_true", help="no training rows: the first file is a taxonomy")
    parser.add_argument("--learning-curve", action="store_true")
    parser.add_argument("--json", action="store_true", help="one object on the last line")
    options = parser.parse_args()
    segmenting.warm()
    theme_words()
    asked = read_rows(options.test)
    more: dict[str, object] = {}
    if options.cold:
        reached = cold(read_duties(options.first), asked)
    else:
        taught = read_rows(options.first)
        if options.learning_curve:
            more["learning_curve"] = _curve(taught, asked)
        reached, seconds = learned(taught, asked)
        more |= {"train_s": seconds, "peer_macro_f1": _peer(taught, asked)}
        print(f"trained on {len(taught.texts)} rows in {seconds:.1f} s; the textbook's macro-F1 is {more['peer_macro_f1']:.3f}")
    for name, value in asdict(reached).items():
        print(f"{name:>15}: {value:.4f}")
    if options.json:
        print(json.dumps(asdict(reached) | more))


if __name__ == "__main__":
    main()
