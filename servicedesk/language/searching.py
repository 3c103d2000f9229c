"""Words for search: those of a text, and a question as alternatives that must all be there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from servicedesk.language.folding import fold
from servicedesk.language.questions import synonyms_of
from servicedesk.language.segmenting import words, words_within

TERMS_MOST = 8


class Dictionary:
    """An account's own words, each with others that mean the same; all of them count as words when a text is cut."""

    def __init__(self, synonyms: Mapping[str, Sequence[str]]) -> None:
        self._alike: dict[str, tuple[str, ...]] = {}
        for word, others in synonyms.items():
            group = tuple(dict.fromkeys(plain(each) for each in (word, *others)))
            for each in group:
                self._alike[each] = tuple(dict.fromkeys((*self._alike.get(each, ()), *group)))

    def within(self, text: str) -> list[str]:
        """The account's words that stand in a text (see plain), the longest first."""
        return sorted((word for word in self._alike if word in text), key=lambda word: (-len(word), word))

    def alike(self, word: str) -> tuple[str, ...]:
        """The word and what means the same."""
        return tuple(dict.fromkeys((word, *self._alike.get(word, ()), *synonyms_of(word))))


NO_WORDS = Dictionary({})


def plain(text: str) -> str:
    """A text as it is searched: small letters, simplified characters; positions stay."""
    lower = text.lower()
    return fold(lower if len(lower) == len(text) else text)


def index_words(texts: Iterable[str], dictionary: Dictionary = NO_WORDS) -> list[str]:
    """What texts are found by: every word, the words within long ones, and the account's own."""
    found: dict[str, None] = {}
    for text in texts:
        said = plain(text)
        found.update(dict.fromkeys((*words_within(said), *dictionary.within(said))))
    return sorted(found)


def terms_of(question: str, dictionary: Dictionary = NO_WORDS) -> list[tuple[str, ...]]:
    """What must be there, each as alternatives; the account's own words are not cut.

    A single character beside whole words is left out: in the text it may have been cut together with its neighbour.
    """
    rest, terms = plain(question), list[tuple[str, ...]]()
    for word in dictionary.within(rest):
        if word in rest:
            rest = rest.replace(word, " ")
            terms.append(dictionary.alike(word))
    said = words(rest)
    whole = [word for word in said if len(word) > 1 or word.isascii()]
    terms += [dictionary.alike(word) for word in (whole if whole or terms else said)]
    return list(dict.fromkeys(terms))[:TERMS_MOST]


def as_query(terms: Sequence[tuple[str, ...]], *, scope: str = "", marks: Sequence[str] = ()) -> str:
    """A tsquery: each term's alternatives or what they are made of, as words of the scope, and one of the marks.

    Nothing in it is an operator.
    """
    every = [_any(_or_parts(word, scope) for word in term) for term in terms]
    if marks:
        every.append(_any(map(_quoted, marks)))
    return " & ".join(every)


def excerpts(
    tickets: Sequence[Sequence[str]], terms: Sequence[tuple[str, ...]], length: int = 120
) -> list[list[tuple[str, bool]]]:
    """Of each ticket the stretch of its texts in which most terms stand, in pieces; True for those that were looked for."""
    alternatives = {alternative for term in terms for alternative in term}
    wanted = sorted(alternatives.union(*map(words, alternatives)), key=lambda word: (-len(word), word))
    return [_excerpt(texts, wanted, length) for texts in tickets]


def _excerpt(texts: Sequence[str], wanted: Sequence[str], length: int) -> list[tuple[str, bool]]:
    best, best_at, most = texts[0] if texts else "", 0, 0
    for text in texts:
        said = plain(text)
        places = sorted(at for word in wanted if (at := said.find(word)) >= 0)
        for at in places:
            count = sum(at <= other < at + length for other in places)
            if count > most:
                best, best_at, most = text, at, count
    start = max(0, best_at - length // 4)
    cut = best[start : start + length]
    return [("…", False)] * (start > 0) + _marked(cut, wanted) + [("…", False)] * (start + length < len(best))


def _marked(text: str, wanted: Sequence[str]) -> list[tuple[str, bool]]:
    said, shown = plain(text), bytearray(len(text))
    for word in wanted:
        at = said.find(word)
        while at >= 0:
            shown[at : at + len(word)] = b"\1" * len(word)
            at = said.find(word, at + len(word))
    pieces: list[tuple[str, bool]] = []
    at = 0
    for flag, run in groupby(shown):
        end = at + sum(1 for _ in run)
        pieces.append((text[at:end], bool(flag)))
        at = end
    return pieces


def _or_parts(word: str, scope: str) -> str:
    """The word itself, or all that it is made of: texts that were cut before the account knew it are found, too."""
    whole, parts = _quoted(scope + word), words(word)
    return whole if len(parts) < 2 else f"({whole} | ({' & '.join(_quoted(scope + part) for part in parts)}))"


def _any(alternatives: Iterable[str]) -> str:
    return f"({' | '.join(alternatives)})"


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"
