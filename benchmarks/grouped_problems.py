"""Random problems of grouped, nested cuts, hard and mixed labels, small enough for brute force.

Features are cuts of a few numbers, levels of a category and blanks, as raw tables give them; rules
limit how many variables have points, how many cuts each of them, and which way points go. What a
rule means is written a second time, as a predicate on points.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from random_problems import RANGES, Floats, Predicate, RandomProblem

from riskslim import CoefficientSet, Dataset, RiskSLIMProblem
from riskslim.constraints import CutLimit, GroupCount, VariableLimit
from riskslim.features.courses import TaughtCourses

__all__ = ["random_grouped"]

_MOST = {2: 3, 3: 3, 4: 2, 5: 2, 6: 1, 7: 1}  # points by number of features


def random_grouped(random: np.random.Generator, multiplier: str = "free") -> RandomProblem:
    """Draw a problem.

    Parameters
    ----------
    random : Generator
        Decides everything.
    multiplier : {"fixed", "free", "line"}
        As for `random_problems.random_problem`.
    """
    data, groups, kinds = _table(random)
    d = data.n_features
    most = _MOST[d]
    points = CoefficientSet(data.feature_names, -most, most)
    low, high = 0, 0
    if multiplier != "line":
        width = int(random.choice([1, 4, 8]))
        low, high = -width, width
        points = points.set_intercept(low, high)
    members = [np.array([data.feature_names.index(n) + 1 for n in names]) for names in groups]
    named = {f"v{number}": names for number, names in enumerate(groups)}
    rules: list[Any] = []
    allowed: list[Predicate] = []
    variables = int(random.integers(1, len(groups) + 1))
    if random.random() < 0.8:
        is_count = random.random() < 0.3
        rules.append(
            GroupCount(tuple(groups), at_most=variables)
            if is_count
            else VariableLimit(named, at_most=variables)
        )
        allowed.append(lambda x: sum((x[:, m] != 0).any(axis=1) for m in members) <= variables)
        kinds.append(type(rules[-1]).__name__)
    if random.random() < 0.4:
        each = int(random.integers(1, 3))
        rules.append(CutLimit(named, at_most=each))
        for m in members:
            allowed.append(lambda x, m=m: (x[:, m] != 0).sum(axis=1) <= each)  # type: ignore[misc]
        kinds.append("CutLimit")
    if random.random() < 0.5:
        one_way = random.choice([-1, 0, 1], size=d)
        rises = {data.feature_names[j]: bool(one_way[j] > 0) for j in np.flatnonzero(one_way)}
        rules.append(TaughtCourses(rises, len(rises)))
        allowed.append(lambda x: (x[:, 1:] * one_way >= 0).all(axis=1))
        kinds.append("TaughtCourses")
    size = None if random.random() < 0.2 else int(random.integers(1, d + 1))
    if size is not None:
        allowed.append(lambda x: (x[:, 1:] != 0).sum(axis=1) <= size)
    options: dict[str, Any] = {}
    if multiplier != "fixed":
        options = {
            "multiplier": "free",
            "multiplier_range": RANGES[int(random.integers(0, 4))],
            "intercept": "free" if multiplier == "line" else "integer",
        }
    problem = RiskSLIMProblem(
        data, points, size, C0=float(random.choice([0.0, 1e-6, 0.01])), constraints=rules, **options
    )
    return RandomProblem(problem, most, (low, high), tuple(allowed), tuple(kinds))


def _table(random: np.random.Generator) -> tuple[Dataset, list[tuple[str, ...]], list[str]]:
    """Draw cuts, levels and blanks of two to four variables, and labels."""
    n = int(random.integers(8, 60))
    columns: list[Floats] = []
    groups: list[tuple[str, ...]] = []
    left, kinds = 7, []
    for number in range(int(random.integers(2, 5))):
        width = int(random.integers(1, min(4, left + 1))) if left else 0
        if width == 0:
            break
        values = random.integers(0, 8, n).astype(float)
        if random.random() < 0.7:
            cuts = np.sort(random.choice(np.arange(1, 8), width, replace=False))
            made = [values >= cut for cut in cuts]
        else:
            made = [values == level for level in range(width)]
            kinds.append("levels")
        columns += [column.astype(float) for column in made]
        groups.append(tuple(f"v{number} {place}" for place in range(width)))
        left -= width
    X = np.column_stack(columns)
    if X.shape[1] < 2:
        X, groups = np.column_stack([X, 1 - X[:, 0]]), [*groups, ("other 0",)]
    names = [name for group in groups for name in group]
    margin = X @ random.normal(size=len(names)) * random.choice([0.5, 2.0])
    margin -= np.median(margin)
    y = (random.random(n) < 1 / (1 + np.exp(-margin))).astype(float)
    y[:2] = 0, 1
    kind = str(random.choice(["outcomes", "mixed", "teacher"]))
    share = {"outcomes": 0.0, "mixed": 0.5, "teacher": 1.0}[kind]
    risk = 1 / (1 + np.exp(-(margin + random.normal(size=n)) * 0.7))
    labels = (1 - share) * y + share * risk
    weight = random.integers(1, 4, n).astype(float) if random.random() < 0.3 else np.ones(n)
    data = Dataset.from_arrays(
        X, labels if share else y.astype(int), names, sample_weight=weight, soft_labels=share > 0
    )
    return data, groups, [*kinds, kind]
