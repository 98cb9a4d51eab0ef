"""Peers of the league, in their own environment: a fold on standard input, risks on its output.

Run by `league.py`, with the names of peers to leave out; needs fasterrisk, optbinning and
interpret-core, each of which may be missing.
"""

from __future__ import annotations

import json
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")

_SECONDS = 240  # of one peer on one fold, after which it counts as failed


def fasterrisk(fold: dict[str, Any], size: int, groups: int | None) -> tuple[Any, int]:
    from fasterrisk.fasterrisk import RiskScoreOptimizer

    y = np.where(fold["y"], 1.0, -1.0)
    limits = (
        {}
        if groups is None
        else {"group_sparsity": groups, "featureIndex_to_groupIndex": fold["group"]}
    )
    model = RiskScoreOptimizer(fold["cells"].astype(float), y, size, lb=-5, ub=5, **limits)
    model.optimize()
    multipliers, intercepts, points = model.get_models()
    points = np.asarray(points[0], dtype=float)
    margin = (float(intercepts[0]) + fold["other"] @ points) / float(multipliers[0])
    used = np.flatnonzero(points)
    return 1 / (1 + np.exp(-margin)), len({int(fold["group"][j]) for j in used})


def optbinning(fold: dict[str, Any], most: int = 8) -> tuple[Any, int]:
    from optbinning import BinningProcess, Scorecard
    from sklearn.linear_model import LogisticRegression

    X, other = fold["raw"], fold["raw_other"]
    names = list(X.columns)
    texts = [name for name in names if X[name].dtype == object]
    y = fold["y"].astype(int)
    first = BinningProcess(names, categorical_variables=texts).fit(X, y)
    ranked = first.summary().sort_values("iv", ascending=False)["name"].tolist()[:most]
    process = BinningProcess(ranked, categorical_variables=[n for n in ranked if n in texts])
    card = Scorecard(process, LogisticRegression(max_iter=2000), scaling_method=None)
    card.fit(X[ranked], y)
    return card.predict_proba(other[ranked])[:, 1], len(ranked)


def ebm(fold: dict[str, Any]) -> tuple[Any, int]:
    from interpret.glassbox import ExplainableBoostingClassifier

    model = ExplainableBoostingClassifier(n_jobs=1, random_state=0).fit(
        fold["raw"], fold["y"].astype(int)
    )
    return model.predict_proba(fold["raw_other"])[:, 1], fold["raw"].shape[1]


def _late(*_: Any) -> None:
    raise TimeoutError(f"not done after {_SECONDS} s")


def main() -> None:
    signal.signal(signal.SIGALRM, _late)
    fold: dict[str, Any] = json.load(sys.stdin)
    for name, value in fold.items():
        is_table = isinstance(value, dict)
        fold[name] = pd.DataFrame(value["columns"]) if is_table else np.array(value)
    peers: dict[str, Callable[[], tuple[Any, int]]] = {
        "FasterRisk 5": lambda: fasterrisk(fold, 5, None),
        "FasterRisk 10": lambda: fasterrisk(fold, 10, None),
        "FasterRisk 15": lambda: fasterrisk(fold, 15, None),
        "FasterRisk 10, 5 groups": lambda: fasterrisk(fold, 10, 5),
        "FasterRisk 15, 5 groups": lambda: fasterrisk(fold, 15, 5),
        "optbinning 8": lambda: optbinning(fold),
        "EBM": lambda: ebm(fold),
    }
    found = {}
    for name, run in peers.items():
        if name in sys.argv[1:]:
            continue
        begin = time.process_time()
        signal.alarm(_SECONDS)
        try:
            risk, items = run()
            found[name] = {
                "risk": np.asarray(risk).tolist(),
                "items": items,
                "seconds": time.process_time() - begin,
            }
        except Exception:
            found[name] = {"error": traceback.format_exc().splitlines()[-1][:200]}
        finally:
            signal.alarm(0)
    # What peers print comes before it.
    print("\n" + json.dumps(found))


if __name__ == "__main__":
    main()
