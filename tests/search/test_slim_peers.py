"""The published SLIM code's proved objectives on public data, reached and proved again.

`../shared/data` and `../shared/benchmarks` are not part of the project; without them the tests
are skipped.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskslim.solvers.result import SearchOptions, Status
from riskslim.solvers.threshold import ThresholdProblem, search

SHARED = Path(__file__).resolve().parents[3] / "shared"
PEERS = SHARED / "benchmarks" / "peers.csv"

pytestmark = pytest.mark.skipif(not PEERS.exists(), reason=f"{PEERS} is not there")


def load(name: str, cost: float) -> tuple[list[str], ThresholdProblem]:
    table = pd.read_csv(SHARED / "data" / f"{name}.csv")
    y = table.iloc[:, 0].to_numpy() == 1
    x, positions = np.unique(table.iloc[:, 1:].to_numpy(float), axis=0, return_inverse=True)
    d = x.shape[1]
    intercept = 150.0 if name == "haberman" else 100.0
    return list(table.columns[1:]), ThresholdProblem(
        x,
        np.bincount(positions.ravel(), weights=y, minlength=len(x)),
        np.bincount(positions.ravel(), weights=~y, minlength=len(x)),
        np.r_[-intercept, np.full(d, -5.0)],
        np.r_[intercept, np.full(d, 5.0)],
        np.r_[0.0, np.full(d, cost)],
        epsilon=0.9 * min(1.0 / len(y), cost) / (5.0 * d),
    )


def peer_rows() -> list[dict[str, str]]:
    if not PEERS.exists():
        return []
    with PEERS.open() as file:
        return [row for row in csv.DictReader(file) if row["peer"].startswith("slim-python")]


@pytest.mark.parametrize("row", peer_rows(), ids=lambda row: f"{row['data']}-{row['C0']}")
def test_reaches_and_proves_what_the_peer_found(row):
    cost = float(row["C0"])
    names, problem = load(row["data"], cost)
    result = search(problem, SearchOptions(threads=2))
    points = json.loads(row["points"])
    size = sum(name != "(Intercept)" for name in points)
    theirs = float(row["errors"]) + problem.total_weight * cost * size
    ours = result.errors + problem.total_weight * cost * np.count_nonzero(result.points[1:])
    assert result.status == Status.OPTIMAL
    assert ours == pytest.approx(theirs, abs=1e-9)
    assert abs(result.points[1:]).sum() <= sum(abs(points.get(name, 0)) for name in names)


@pytest.mark.parametrize(
    ("name", "cost", "errors", "size"),
    [
        ("mammo", 0.01, 200, 2),
        ("mammo", 0.001, 180, 8),
        ("compas", 0.01, 2491, 2),
        ("compas", 0.001, 2333, 9),
    ],
)
def test_proves_sets_that_the_peer_does_not(name, cost, errors, size):
    _, problem = load(name, cost)
    result = search(problem, SearchOptions(threads=2))
    assert result.status == Status.OPTIMAL
    assert result.errors == errors
    assert np.count_nonzero(result.points[1:]) == size
    assert np.gcd.reduce(result.points) == 1


@pytest.mark.filterwarnings("ignore::riskslim.errors.DataWarning")
@pytest.mark.parametrize("row", peer_rows(), ids=lambda row: f"{row['data']}-{row['C0']}")
def test_the_problem_on_the_table_reaches_it_too(row):
    from riskslim import CoefficientSet, Dataset, SLIMProblem

    data = Dataset.from_file(SHARED / "data" / f"{row['data']}.csv")
    reach = 150 if row["data"] == "haberman" else 100
    points = CoefficientSet(data.feature_names, -5, 5).set_intercept(-reach, reach)
    cost = float(row["C0"])
    problem = SLIMProblem(data, points, C0=cost)
    solution = problem.solve(SearchOptions(threads=2))
    size = sum(name != "(Intercept)" for name in json.loads(row["points"]))
    theirs = float(row["errors"]) / data.n_rows + cost * size
    assert solution.status == "optimal"
    assert solution.loss + cost * solution.size == pytest.approx(theirs, abs=1e-12)
    assert solution.n_errors <= float(row["errors"]) or solution.size < size
    if row["status"] == "integer optimal solution":
        assert solution.seconds <= float(row["seconds"]) + 0.5
