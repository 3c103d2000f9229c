"""Memory and start: python -m benchmarks.models [--rounds N] [--json].

start_s: a web process from its first line to a ready application (create_app against an empty, migrated database), without any
model; median of several processes. loaded_mb: the resident memory of a process that has all of them: the segmenter's
dictionary, the folding of characters, themes and duty lists, a version of routing as large as they become (40,000 words,
60,000 runs, 40 departments), and the tagger of names.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.stage import Stage, stage, table

GOALS = {"start_s": 2.0, "loaded_mb": 400.0}
_START = """
import asyncio, sys, time
began = time.perf_counter()
from pathlib import Path
from servicedesk.app import create_app
from servicedesk.settings import Settings
async def start():
    home, url, key = sys.argv[1:]
    app = await create_app(Settings(home=Path(home), database_url=url, secret_keys=(key,), port=1, base_url="http://127.0.0.1:1"))
    app.freeze()
    await app.startup()
    print(time.perf_counter() - began, flush=True)
    await app.cleanup()
asyncio.run(start())
"""
_LOADED = """
import psutil, random
import numpy as np
from servicedesk.language import anonymise, segmenting
from servicedesk.language.classifier import Classifier, Vocabulary
from servicedesk.language.duty_guide import DutyGuide
from servicedesk.language.mixing import Mix, mixed
from servicedesk.language.questions import read_question
from servicedesk.language.themes import chapter_count, themes
chance, numbers = random.Random(1), np.random.default_rng(1)
signs = [chr(0x4E00 + number) for number in range(3000)]
words = {word: at for at, word in enumerate({"".join(chance.choices(signs, k=3)) for _ in range(40_000)})}
runs = np.unique(numbers.integers(0, 1 << 62, 60_000))
rows = len(words) + len(runs) + len(themes()) + chapter_count()
classes = tuple(str(number) for number in range(40))
kept = Classifier(classes, Vocabulary(words, runs, np.ones(rows, np.float32)),
    numbers.normal(size=(rows, 40)).astype(np.float32), np.zeros(40, np.float32), 1.0).to_bytes()
del words, runs
version = Classifier.from_bytes(kept)
guide = DutyGuide({name: "住建局 供热管理 物业服务" for name in classes})
text = "王建国家裡暖氣不熱，電話13800001234，住3號樓2單元501。" * 20
mixed(guide, Mix(version, 0.5, 1.0), text)
read_question(text)
anonymise.find_spans(text)
print(psutil.Process().memory_info().rss / 1048576)
"""


def _said(code: str, *arguments: str) -> float:
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def measure(made: Stage, home: Path, rounds: int) -> dict[str, float]:
    """Seconds and megabytes."""
    starts = [_said(_START, str(home), made.url, made.key) for _ in range(rounds)]
    return {"start_s": round(statistics.median(starts), 2), "loaded_mb": round(_said(_LOADED), 1)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.models", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with stage("models") as made:
        found = measure(made, Path("var/benchmarks/home").resolve(), args.rounds)
    table([("", "measured", "goal, at most"), *((name, value, GOALS[name]) for name, value in found.items())])
    if args.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
