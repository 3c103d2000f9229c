"""Training a router on decided tickets: three linear learners on the same features, mixed into one matrix.

Needs scikit-learn, some seconds to minutes of CPU and some 100 MB: run it in a process of its own.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, diags
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from servicedesk.language.classifier import BLOCKS, Classifier, blocks_of, probabilities

Features = tuple[Mapping[str, float], ...]

FOLDS = 4
_SEED = 20130901
_MOST = 40_000  # features of a block: looking one up among many more costs a message its millisecond
_FEW = 500  # texts; of fewer, a feature that only one of them has still counts


@dataclass(frozen=True)
class Learner:
    """A linear learner: how long it takes each block of features to be, and what an error costs it."""

    scales: tuple[float, ...]
    cost: float = 1.0
    bayes: bool = False


@dataclass(frozen=True)
class _Learned:
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]


# The words themselves, which know most once there are thousands of tickets; the themes beside them, which know most while
# there are few; and naive Bayes, which errs elsewhere than both.
LEARNERS = (
    Learner((0.7, 0.7, 0.0, 0.0), cost=2.0),
    Learner((0.7, 0.7, 1.0, 1.5)),
    Learner((0.7, 0.7, 0.2, 0.2), bayes=True),
)
MIXES = tuple((1.0, themes, bayes) for themes in (0.0, 0.25, 0.5, 1.0, 2.0, 4.0) for bayes in (0.0, 0.3, 0.6))


class TooFew(Exception):
    """There are not two classes with two texts each to learn from."""


@dataclass(frozen=True)
class Trained:
    """A classifier, and what it said of each text (texts x classes) when that text was held out."""

    classifier: Classifier
    held_out: NDArray[np.float64]


def train(texts: Sequence[str], labels: Sequence[str], weights: Sequence[float] | None = None) -> Trained:
    """Learn from texts and their classes; `weights` tells how much each counts (a person's correction more than a routine).

    Raises TooFew.
    """
    counts = Counter(labels)
    if sum(count > 1 for count in counts.values()) < 2:
        raise TooFew
    read = [blocks_of(text) for text in texts]
    sure = np.array([1.0] * len(texts) if weights is None else weights, np.float64)
    given = np.array(labels)
    classes = tuple(sorted(counts))
    held_out = np.zeros((len(LEARNERS), len(texts), len(classes)))
    for taught, asked in _folds(given):
        reader = _reader([read[at] for at in taught], classes)
        table = _table(reader, [read[at] for at in asked])
        learned = _learn(_table(reader, [read[at] for at in taught]), reader, given[taught], sure[taught])
        for place, each in enumerate(learned):
            held_out[place][asked] = table @ each.weights + each.bias
    mix, heat = _best_mix(held_out, np.searchsorted(np.array(classes), given))
    reader = _reader(read, classes)
    learned = _learn(_table(reader, read), reader, given, sure)
    whole = replace(
        reader,
        weights=sum_of(mix, [each.weights for each in learned]).astype(np.float32),
        bias=sum_of(mix, [each.bias for each in learned]).astype(np.float32),
        heat=heat,
    )
    return Trained(whole, probabilities(sum_of(mix, list(held_out)), heat))


def threshold_for(held_out: NDArray[np.float64], right: NDArray[np.bool_], precision: float) -> float:
    """The lowest probability above which held-out texts were routed with this precision; above 1 where none was."""
    best = held_out.max(axis=1)
    order = np.argsort(-best, kind="stable")
    precise = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    # What is equally probable is routed together or not at all.
    ends = np.append(best[order][1:] < best[order][:-1], True)
    reached = np.flatnonzero((precise >= precision) & ends)
    return float(best[order[reached[-1]]]) if len(reached) else 2.0


def _folds(given: NDArray[np.str_]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """The texts taught and those held out, each class spread evenly; a rare class may be missing among the taught."""
    order = np.random.default_rng(_SEED).permutation(len(given))
    of_text = np.zeros(len(given), np.int64)
    for name in np.unique(given):
        members = order[given[order] == name]
        of_text[members] = np.arange(len(members)) % FOLDS
    for fold in range(FOLDS):
        yield np.flatnonzero(of_text != fold), np.flatnonzero(of_text == fold)


def _reader(read: Sequence[Features], classes: tuple[str, ...]) -> Classifier:
    """A classifier that can read, and knows nothing yet."""
    rows, idf = _vocabulary(read)
    return Classifier(
        classes, rows, idf, np.zeros((len(idf), len(classes)), np.float32), np.zeros(len(classes), np.float32), heat=1.0
    )


def _learn(table: csr_matrix, reader: Classifier, given: NDArray[np.str_], sure: NDArray[np.float64]) -> list[_Learned]:
    """What each learner learns, its scores brought to a common spread."""
    few = table.shape[0] < _FEW
    ends = np.cumsum([len(each) for each in reader.rows])
    learned = []
    for learner in LEARNERS:
        columns = np.repeat(learner.scales, np.diff([0, *ends]))
        scaled = table @ diags(columns)
        if learner.bayes:
            bayes = ComplementNB(alpha=0.05).fit(scaled, given, sure)
            found = _for_each(bayes.feature_log_prob_, np.zeros(len(bayes.classes_)), bayes.classes_, reader.classes)
        else:
            vectors = LinearSVC(C=1.0 if few else learner.cost, random_state=_SEED).fit(scaled, given, sure)
            found = _for_each(vectors.coef_, vectors.intercept_, vectors.classes_, reader.classes)
        weights = columns[:, None] * found.weights
        spread = float((table @ weights).std()) or 1.0
        learned.append(_Learned(weights / spread, found.bias / spread))
    return learned


def _for_each(found: NDArray[np.float64], bias: NDArray[np.float64], known: Sequence[str], classes: Sequence[str]) -> _Learned:
    """The weights by class in the order of `classes`; of two, the support vectors learn one, and of absent ones none."""
    if len(known) == 2 and len(found) == 1:
        found, bias = np.vstack([-found, found]), np.concatenate([-bias, bias])
    weights, biases = np.zeros((found.shape[1], len(classes))), np.full(len(classes), min(-1.0, float(bias.min())))
    for row, name in enumerate(known):
        place = classes.index(name)
        weights[:, place], biases[place] = found[row], bias[row]
    return _Learned(weights, biases)


def _best_mix(held_out: NDArray[np.float64], right: NDArray[np.int64]) -> tuple[tuple[float, ...], float]:
    """How much each learner counts, and the heat, that surprise least on held-out texts."""
    tried = []
    for mix in MIXES:
        heat, surprise = _heat(sum_of(mix, list(held_out)), right)
        tried.append((surprise, mix, heat))
    _, mix, heat = min(tried)
    return mix, heat


def sum_of(mix: Sequence[float], parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The parts added up, each by its share of the mix."""
    return np.asarray(sum(share * part for share, part in zip(mix, parts, strict=True)))


def _vocabulary(read: Sequence[Features]) -> tuple[tuple[dict[str, int], ...], NDArray[np.float32]]:
    least = 1 if len(read) < _FEW else 2
    rows: list[dict[str, int]] = []
    idf: list[float] = []
    for block in range(len(BLOCKS)):
        texts_with = Counter(token for features in read for token in features[block])
        frequent = heapq.nlargest(_MOST, texts_with.items(), key=lambda each: (each[1], each[0]))
        kept = sorted(token for token, count in frequent if count >= least)
        rows.append({token: len(idf) + at for at, token in enumerate(kept)})
        idf += [math.log((1 + len(read)) / (1 + texts_with[token])) + 1 for token in kept]
    return tuple(rows), np.array(idf, np.float32)


def _table(reader: Classifier, read: Sequence[Features]) -> csr_matrix:
    vectors = [reader.values_of(each) for each in read]
    ends = np.cumsum([0, *(len(rows) for rows, _ in vectors)])
    return csr_matrix(
        (np.concatenate([values for _, values in vectors]), np.concatenate([rows for rows, _ in vectors]), ends),
        shape=(len(read), len(reader.idf)),
    )


def _heat(scores: NDArray[np.float64], right: NDArray[np.int64]) -> tuple[float, float]:
    """The factor that makes the probabilities of held-out texts come true (temperature scaling), and the surprise left."""

    def surprise(log_heat: float) -> float:
        chances = probabilities(scores, math.exp(log_heat))[np.arange(len(right)), right]
        return float(-np.log(np.maximum(chances, 1e-12)).mean())

    found = minimize_scalar(surprise, bounds=(-4.0, 4.0), method="bounded")
    return math.exp(found.x), float(found.fun)
