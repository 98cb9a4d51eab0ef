"""Try to break the certificate: random awkward problems against brute force.

Run by hand: ``python benchmarks/stress.py [--seconds 80] [--seed 0] [--engine supports]``.
Prints each wrong optimum, bound above the truth, false infeasibility or error with its seed.
"""

from __future__ import annotations

import argparse
import itertools
import time
import warnings

import numpy as np

from riskslim import (
    AllOrNone,
    CoefficientSet,
    Dataset,
    GroupLimit,
    Linear,
    RiskSLIMProblem,
    SearchOptions,
)
from riskslim.errors import DataWarning, InfeasibleError, RiskSlimError


def random_data(random: np.random.Generator) -> Dataset:
    n, d = int(random.integers(4, 60)), int(random.integers(1, 5))
    kind = random.choice(["binary", "integer", "real", "scaled"])
    if kind == "binary":
        X = random.integers(0, 2, (n, d)).astype(float)
    elif kind == "integer":
        X = random.integers(-3, 6, (n, d)).astype(float)
    else:
        X = random.normal(size=(n, d))
    if kind == "scaled":
        X *= 10.0 ** random.integers(-5, 4, d)
    if d > 1 and random.random() < 0.2:
        X[:, 1] = X[:, 0]
    if random.random() < 0.1:
        X[:, 0] = 1.0
    score = X @ random.normal(size=d) * random.choice([0.3, 1.0, 5.0])
    noise = random.normal(size=n) * random.choice([0.0, 0.5, 2.0])
    y = (score + noise > np.median(score)).astype(int)
    y[:2] = 0, 1
    weight = random.integers(1, 4, n).astype(float)
    if random.random() < 0.3:
        weight = 10.0 ** random.uniform(-6, 6, n)
    return Dataset.from_arrays(X, y, sample_weight=weight)


def random_problem(random: np.random.Generator) -> RiskSLIMProblem:
    data = random_data(random)
    names, d = data.feature_names, data.n_features
    most = 3 if d <= 3 else 2
    intercept = int(random.choice([0, 1, 6, 20]))
    points = CoefficientSet(names, -most, most).set_intercept(-intercept, intercept)
    if random.random() < 0.3:
        points = points.set(names[0], lower=1, upper=most)
    elif random.random() < 0.2:
        points = points.set(names[0], fixed=int(random.integers(-most, most + 1)))
    if random.random() < 0.2:
        points = points.set(names[-1], C0=0.05)
    rules: list[GroupLimit | AllOrNone | Linear] = []
    if d > 1 and random.random() < 0.3:
        rules.append(GroupLimit(names[:2], at_most=1))
    if d > 1 and random.random() < 0.2:
        rules.append(AllOrNone(names[:2]))
    if random.random() < 0.3:
        terms = dict(zip(names, random.integers(-2, 3, d).tolist(), strict=True))
        terms[names[0]] = terms[names[0]] or 1
        low, high = float(random.integers(-3, 1)), float(random.integers(1, 4))
        rules.append(Linear({k: v for k, v in terms.items() if v}, lower=low, upper=high))
    if random.random() < 0.1:
        rules.append(Linear({"(Intercept)": 1.0, names[0]: 1.0}, lower=0.0, upper=0.0, name="tied"))
    max_size = int(random.integers(0, d + 1))
    min_size = int(random.integers(0, max_size + 1)) if random.random() < 0.3 else 0
    C0 = float(random.choice([0.0, 1e-6, 0.01, 0.5]))
    free = {}
    if random.random() < 0.5:
        low = float(10.0 ** random.uniform(-1.5, 1.0))
        free = {"multiplier": "free", "multiplier_range": (low, low * 10 ** random.uniform(0.1, 3))}
    return RiskSLIMProblem(data, points, max_size, min_size, C0, constraints=rules, **free)


def losses_at(problem: RiskSLIMProblem, scores: np.ndarray) -> np.ndarray:
    data = problem.data
    total = np.logaddexp(0, -scores) @ data.positive + np.logaddexp(0, scores) @ data.negative
    return total / data.total_weight


def best_losses(problem: RiskSLIMProblem, scores: np.ndarray) -> np.ndarray:
    """Least loss over the multiplier for each row of scores, by bisection on the slope."""
    data = problem.data
    low = np.full(len(scores), 1.0 / problem.scale_range[1])
    high = np.full(len(scores), 1.0 / problem.scale_range[0])
    for _ in range(50):
        middle = np.sqrt(low * high)
        risk = 0.5 * (1.0 + np.tanh(0.5 * middle[:, None] * scores))
        slope = (scores * (risk * (data.positive + data.negative) - data.positive)).sum(axis=1)
        low, high = np.where(slope < 0, middle, low), np.where(slope < 0, high, middle)
    return np.minimum(
        losses_at(problem, low[:, None] * scores), losses_at(problem, high[:, None] * scores)
    )


def truth(problem: RiskSLIMProblem) -> float:
    data, d = problem.data, problem.data.n_features
    box = zip(problem.statement.lower[: d + 1], problem.statement.upper[: d + 1], strict=True)
    lattice = np.array(
        list(itertools.product(*[range(int(low), int(high) + 1) for low, high in box])), dtype=float
    )
    scores = lattice[:, :1] + lattice[:, 1:] @ data.features.T
    if problem.multiplier == "free":
        # Brute force in blocks: each row of scores has its own best multiplier.
        losses = np.concatenate(
            [best_losses(problem, part) for part in np.array_split(scores, len(scores) // 5000 + 1)]
        )
    else:
        losses = losses_at(problem, scores)
    objectives = losses + (lattice[:, 1:] != 0) @ problem.switch_cost
    for index in np.argsort(objectives, kind="stable"):
        if not problem.violations(lattice[index]):
            return float(objectives[index])
    return np.inf


def complaint(problem: RiskSLIMProblem, engine: str) -> str:
    """Say what is wrong with the engine's answer, or nothing."""
    best = truth(problem)
    try:
        solution = problem.solve(engine=engine)  # type: ignore[arg-type]
        limited = problem.solve(SearchOptions(node_limit=1), engine=engine)  # type: ignore[arg-type]
    except InfeasibleError:
        return "" if best == np.inf else f"infeasible, but {best} is reachable"
    except RiskSlimError as error:
        return f"{type(error).__name__}: {error}"
    if solution.status != "optimal" or abs(solution.objective - best) > 1e-9:
        return f"{solution.status} at {solution.objective}, the truth is {best}"
    if max(solution.lower_bound, limited.lower_bound) > best + 1e-11:
        return f"bounds {solution.lower_bound}, {limited.lower_bound} above the truth {best}"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=80.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--engine", default="supports", choices=["supports", "lcpa", "auto"])
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", DataWarning)
    end = time.monotonic() + arguments.seconds
    problems = wrong = 0
    while time.monotonic() < end:
        problems += 1
        seed = arguments.seed + problems
        found = complaint(random_problem(np.random.default_rng(seed)), arguments.engine)
        if found:
            wrong += 1
            print(f"seed {seed}: {found}", flush=True)
    print(f"{arguments.engine}: {problems:,} problems, {wrong} wrong")


if __name__ == "__main__":
    main()
