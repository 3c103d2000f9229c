"""One lesson in routing in a process of its own: tickets on stdin, a classifier on stdout, and nothing kept.

In: a line of JSON (duties, how many older and recent tickets, how many of these are unseen, the former version's share and
heat), a line for each ticket [text, key, weight, listed], then the former's bytes. Out: a line of JSON, then the bytes.
Nothing where there is too little.
"""

from __future__ import annotations

import json
import os
import resource
import sys

NICENESS = 10  # citizens and staff first
_MEMORY_BYTES = 3 * 1024**3
_CPU_S = 3600


def main() -> None:
    """Learn once."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    from servicedesk.language.classifier import Classifier  # noqa: PLC0415  # under the limits above
    from servicedesk.language.learning import Decided, learn  # noqa: PLC0415
    from servicedesk.language.mixing import Mix  # noqa: PLC0415
    from servicedesk.language.training import TooFew  # noqa: PLC0415

    head = json.loads(sys.stdin.buffer.readline())
    tickets = [Decided(*json.loads(sys.stdin.buffer.readline())) for _ in range(head["older"] + head["recent"])]
    kept = sys.stdin.buffer.read()
    former = Mix(Classifier.from_bytes(kept), head["share"], head["heat"]) if kept else None
    try:
        lesson = learn(head["duties"], tickets[: head["older"]], tickets[head["older"] :], former, head["unseen"])
    except TooFew:
        return
    said = {
        "share": lesson.mix.share, "heat": lesson.mix.heat, "held_out": lesson.held_out, "accuracy": lesson.accuracy,
        "accuracy_before": lesson.accuracy_before,
    }  # fmt: skip
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + lesson.mix.classifier.to_bytes())


if __name__ == "__main__":
    main()
