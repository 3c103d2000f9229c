"""Training a router on decided tickets: three linear learners on the same features, mixed into one matrix.

Needs scikit-learn, some seconds to minutes of CPU and some 100 MB: run it in a process of its own.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, diags
from scipy.special import logsumexp
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from servicedesk.language.classifier import Classifier, Vocabulary, probabilities
from servicedesk.language.features import Features, features_of
from servicedesk.language.themes import chapter_count, themes

FOLDS = 4
_SEED = 20130901
# At most so many words, and as many runs, and fewer where there are many classes: a version of 40 classes has some 10 MB.
_MOST = 40_000
_MOST_WEIGHTS = 4_000_000
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
    read = [features_of(text) for text in texts]
    sure = np.array([1.0] * len(texts) if weights is None else weights, np.float64)
    given = np.array(labels)
    classes = tuple(sorted(counts))
    held_out = np.zeros((len(LEARNERS), len(texts), len(classes)))
    for taught, asked in _folds(given):
        vocabulary = _vocabulary([read[at] for at in taught], len(classes))
        table = _table(vocabulary, [read[at] for at in asked])
        taught_table = _table(vocabulary, [read[at] for at in taught])
        learned = _learn(taught_table, vocabulary, classes, given[taught], sure[taught])
        for place, each in enumerate(learned):
            held_out[place][asked] = table @ each.weights + each.bias
    mix, heat = _best_mix(held_out, np.searchsorted(np.array(classes), given))
    vocabulary = _vocabulary(read, len(classes))
    learned = _learn(_table(vocabulary, read), vocabulary, classes, given, sure)
    whole = Classifier(
        classes,
        vocabulary,
        weights=sum_of(mix, [each.weights for each in learned]).astype(np.float32),
        bias=sum_of(mix, [each.bias for each in learned]).astype(np.float32),
        heat=heat,
    )
    return Trained(whole, probabilities(sum_of(mix, list(held_out)), heat))


def _folds(given: NDArray[np.str_]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """The texts taught and those held out, each class spread evenly; a rare class may be missing among the taught."""
    order = np.random.default_rng(_SEED).permutation(len(given))
    of_text = np.zeros(len(given), np.int64)
    for name in np.unique(given):
        members = order[given[order] == name]
        of_text[members] = np.arange(len(members)) % FOLDS
    for fold in range(FOLDS):
        yield np.flatnonzero(of_text != fold), np.flatnonzero(of_text == fold)


def _learn(
    table: csr_matrix, vocabulary: Vocabulary, classes: tuple[str, ...], given: NDArray[np.str_], sure: NDArray[np.float64]
) -> list[_Learned]:
    """What each learner learns, its scores brought to a common spread."""
    few = table.shape[0] < _FEW
    learned = []
    for learner in LEARNERS:
        columns = np.repeat(learner.scales, vocabulary.blocks)
        scaled = table @ diags(columns)
        if learner.bayes:
            bayes = ComplementNB(alpha=0.05).fit(scaled, given, sure)
            found = _for_each(bayes.feature_log_prob_, np.zeros(len(bayes.classes_)), bayes.classes_, classes)
        else:
            vectors = LinearSVC(C=1.0 if few else learner.cost, random_state=_SEED).fit(scaled, given, sure)
            found = _for_each(vectors.coef_, vectors.intercept_, vectors.classes_, classes)
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
        heat, surprise = fitted_heat(sum_of(mix, list(held_out)), right)
        tried.append((surprise, mix, heat))
    _, mix, heat = min(tried)
    return mix, heat


def sum_of(mix: Sequence[float], parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The parts added up, each by its share of the mix."""
    return np.asarray(sum(share * part for share, part in zip(mix, parts, strict=True)))


def _vocabulary(read: Sequence[Features], classes: int) -> Vocabulary:
    least = 1 if len(read) < _FEW else 2
    most = min(_MOST, _MOST_WEIGHTS // classes)
    texts_with = Counter(word for features in read for word in features.words)
    frequent = heapq.nlargest(most, texts_with.items(), key=lambda each: (each[1], each[0]))
    words = sorted(word for word, count in frequent if count >= least)
    runs, counts = np.unique(np.concatenate([features.runs for features in read]), return_counts=True)
    common = np.sort(np.lexsort((runs, -counts))[:most])
    common = common[counts[common] >= least]
    seen = np.concatenate([[texts_with[word] for word in words], counts[common]])
    idf = np.concatenate([np.log((1 + len(read)) / (1 + seen)) + 1, np.ones(len(themes()) + chapter_count())])
    return Vocabulary({word: at for at, word in enumerate(words)}, runs[common], idf.astype(np.float32))


def _table(vocabulary: Vocabulary, read: Sequence[Features]) -> csr_matrix:
    vectors = [vocabulary.vector(each) for each in read]
    ends = np.cumsum([0, *(len(rows) for rows, _ in vectors)])
    return csr_matrix(
        (np.concatenate([values for _, values in vectors]), np.concatenate([rows for rows, _ in vectors]), ends),
        shape=(len(read), len(vocabulary.idf)),
    )


def fitted_heat(scores: NDArray[np.float64], right: NDArray[np.int64]) -> tuple[float, float]:
    """The factor that makes the probabilities of held-out texts come true (temperature scaling), and the surprise left.

    One more text that may be any class is reckoned with (as Platt did, 1999): so many right answers prove no certainty.
    """
    any_class = 1 / (len(right) + 1)

    def surprise(log_heat: float) -> float:
        hot = scores * math.exp(log_heat)
        logs = hot - logsumexp(hot, axis=1, keepdims=True)
        return float(-(1 - any_class) * logs[np.arange(len(right)), right].mean() - any_class * logs.mean())

    found = minimize_scalar(surprise, bounds=(-4.0, 4.0), method="bounded")
    return math.exp(found.x), float(found.fun)
