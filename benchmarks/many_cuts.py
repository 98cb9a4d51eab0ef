"""Choosing cuts within the search: 30 measurements of 20 candidate cuts, screened to fewer.

Usage: python benchmarks/many_cuts.py [--rows 2000] [--size 5] [--limit 60] [--keep 30,45,60,100]

A generated table (fixed seed): normal measurements that are correlated a little, six of which
matter, each by one threshold. Cuts lie at quantiles; at most one, or two, of a measurement have
points. Seconds are the process's CPU time, of screening and of the search for the score.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np
import pandas as pd

from riskslim import RiskSLIMClassifier, ScoreBinarizer

VARIABLES, CUTS = 30, 20
STEPS = ((1.2, 0.3), (-1.0, -0.2), (0.9, 0.5), (0.8, 0.0), (-0.7, 0.8), (0.5, -0.5))


def table(rows: int) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(1)
    values = random.normal(size=(rows, VARIABLES))
    values[:, 1:] += 0.4 * values[:, :1]
    logit = sum(height * (values[:, j] > at) for j, (height, at) in enumerate(STEPS)) - 0.8
    outcome = random.random(rows) < 1 / (1 + np.exp(-1.3 * logit))
    names = [f"V{j}" for j in range(VARIABLES)]
    return pd.DataFrame(values, columns=names), outcome.astype(int)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--size", type=int, default=5)
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--keep", default="30,45,60,100")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    frame, outcome = table(arguments.rows)
    print("| cuts used | kept of 600 | screening, s | search, s | status | objective | gap |")
    print("|---|---|---|---|---|---|---|")
    for at_most in (1, 2):
        for keep in map(int, arguments.keep.split(",")):
            binarizer = ScoreBinarizer(cuts="quantile", max_cuts=CUTS, min_share=0.01, screen=keep)
            begin = time.process_time()
            binarizer.fit(frame, outcome)
            screening = time.process_time() - begin
            classifier = RiskSLIMClassifier(
                max_size=arguments.size,
                binarizer=binarizer,
                at_most=at_most,
                time_limit=arguments.limit,
                engine="supports",
            )
            begin = time.process_time()
            found = classifier.fit(frame, outcome).solution_
            seconds = time.process_time() - begin - screening
            print(
                f"| at most {at_most} | {keep} | {screening:.1f} | {seconds:.1f} | "
                f"{found.status} | {found.objective:.6f} | {found.absolute_gap:.1g} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
