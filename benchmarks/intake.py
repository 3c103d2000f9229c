"""How fast messages become durable tickets, beside pgbench with the same rows: python -m benchmarks.intake [--json]."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field

from benchmarks import load, rivals
from benchmarks.load import Measured
from benchmarks.pgbench import PgBench
from benchmarks.stage import Stage, middle, rss_mb, stage, table, web

CONNECTIONS = (8, 64, 256)


@dataclass
class Figures:
    """Every round of every measurement."""

    pgbench: list[float] = field(default_factory=list)
    ours: dict[tuple[int, int], list[Measured]] = field(default_factory=dict)
    rss: list[float] = field(default_factory=list)
    textbook: list[Measured] = field(default_factory=list)
    helpdesk: list[Measured] = field(default_factory=list)

    def rate(self, processes: int, connections: int) -> float:
        """The middle rate."""
        return middle([each.rate for each in self.ours[processes, connections]])

    def best_ratio(self, processes: int) -> float:
        """The best middle rate over the numbers of connections, of pgbench's."""
        return round(max(self.rate(processes, each) for each in CONNECTIONS) / middle(self.pgbench), 3)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.intake", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--alone", action="store_true", help="without the textbook and django-helpdesk")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    args = parser.parse_args()
    figures = Figures()
    with stage() as made:
        limit = PgBench(made)
        limit.rate(2)
        for round_ in range(args.rounds):
            print(f"round {round_ + 1} of {args.rounds}", flush=True)
            figures.pgbench.append(limit.rate(args.seconds))
            for processes in (1, 2):
                _measure(made, figures, processes, args.seconds)
            if not args.alone:
                figures.textbook.append(rivals.textbook(made, args.seconds))
                figures.helpdesk.append(rivals.helpdesk(made, args.seconds))
    _show(figures, as_json=args.json)


def _measure(made: Stage, figures: Figures, processes: int, seconds: int) -> None:
    with web(made, processes) as (port, pids):
        load.run(port, load.prepare(load.messages(2000)), 8, 1)
        for connections in CONNECTIONS:
            path = load.prepare(load.messages(9000 * (seconds + 1)))
            measured = load.run(port, path, connections, seconds)
            if measured.refused or measured.broken:
                print(f"  {measured.refused} refused and {measured.broken} broken at {connections} connections", flush=True)
            figures.ours.setdefault((processes, connections), []).append(measured)
        figures.rss.append(max(rss_mb(pid) for pid in pids))


def _show(figures: Figures, *, as_json: bool) -> None:
    limit = middle(figures.pgbench)
    rows: list[list[object]] = [
        ["", "connections", "a second", "of pgbench", "p50 ms", "p99 ms"],
        ["pgbench", 8, limit, 1.0, "", ""],
    ]
    for (processes, connections), measured in figures.ours.items():
        rate = figures.rate(processes, connections)
        rows.append([
            f"{processes} web process{'es' if processes > 1 else ''}", connections, rate, f"{rate / limit:.2f}",
            middle([each.p50_ms for each in measured]), middle([each.p99_ms for each in measured]),
        ])  # fmt: skip
    rivals_ = (("textbook (Flask, 2 workers)", figures.textbook), ("django-helpdesk, public form", figures.helpdesk))
    for name, rival in rivals_:
        if rival:
            rate = middle([each.rate for each in rival])
            rows.append([name, 64, rate, f"{rate / limit:.2f}",
                         middle([each.p50_ms for each in rival]), middle([each.p99_ms for each in rival])])  # fmt: skip
    table(rows)
    said = {
        "ratio_1": figures.best_ratio(1), "ratio_2": figures.best_ratio(2),
        "p50_ms_8": middle([each.p50_ms for each in figures.ours[1, 8]]),
        "p99_ms_64": middle([each.p99_ms for each in figures.ours[1, 64]]),
        "rss_mb": round(max(figures.rss), 1),
    }  # fmt: skip
    best = max(figures.rate(processes, each) for processes in (1, 2) for each in CONNECTIONS)
    for name, rival in (("times_textbook", figures.textbook), ("times_helpdesk", figures.helpdesk)):
        if rival:
            said[name] = round(best / middle([each.rate for each in rival]), 1)
    print("; ".join(f"{name} {value}" for name, value in said.items()))
    if as_json:
        print(json.dumps(said))


if __name__ == "__main__":
    main()
