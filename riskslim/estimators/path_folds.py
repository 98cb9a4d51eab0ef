"""Cross-validation of a path over sizes: one path for each fold that is held out."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import Parallel, delayed

from riskslim.errors import DataError, InfeasibleError, OptionError
from riskslim.evaluation.workers import in_shares
from riskslim.limits.deadline import Deadline, deadline_in_force
from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.result import SearchOptions

if TYPE_CHECKING:
    from riskslim.data import Dataset
    from riskslim.problems.problem import RiskSLIMProblem
    from riskslim.search.engines import Engine

__all__ = ["check_folds", "held_out_losses", "split"]


def check_folds(cv: Any, data: Dataset) -> int:
    """Give the number of folds, 0 for none.

    Raises
    ------
    OptionError
        It is no whole number from 2, or more than the rows of a class.
    DataError
        There are not two rows of each class.
    """
    if cv is None:
        return 0
    if isinstance(cv, bool) or not isinstance(cv, int | np.integer) or cv < 2:
        raise OptionError(f"cv={cv!r}: give a number of folds, 2 or more, or None for none")
    if data.is_soft:
        raise OptionError(
            f"cv={cv}: rows whose labels are probabilities belong to no class, by which these "
            "folds are made; see riskslim.distill"
        )
    fewest = min(data.n_positive, data.n_rows - data.n_positive)
    if fewest < 2:
        raise DataError(
            f"cv={cv}: cross-validation needs two rows of each class at least, one to fit and one "
            f"to judge; the data have {fewest} of one class"
        )
    if cv > fewest:
        raise OptionError(
            f"cv={cv}: one of the classes has only {fewest} rows, and each fold needs one of each; "
            f"give at most {fewest}"
        )
    return int(cv)


def split(data: Dataset, folds: int, seed: int) -> list[tuple[Dataset, Dataset]]:
    """Split the rows into folds that have (nearly) the same share of positives.

    Equal rows are interchangeable and share the weight of their class evenly, so the folds
    follow from what the rows say and the seed, not from the order of the table.

    Parameters
    ----------
    data : Dataset
        The rows.
    folds : int
        How many.
    seed : int
        Of the shuffle.

    Returns
    -------
    list of (Dataset, Dataset)
        The rows to fit and the rows that are held out, fold by fold.
    """
    random = np.random.default_rng(seed)
    held: list[IntArray] = []
    first = 0
    for counts in (data.positive_counts, data.negative_counts):
        rows = random.permutation(np.repeat(np.arange(len(counts)), counts))
        # The second class goes on where the first one stopped: folds differ by one row at most.
        fold = (first + np.arange(len(rows))) % folds
        first = (first + len(rows)) % folds
        table = np.zeros((folds, len(counts)), dtype=np.int64)
        np.add.at(table, (fold, rows), 1)
        held.append(table)
    return [
        (
            _part(data, data.positive_counts - positive, data.negative_counts - negative),
            _part(data, positive, negative),
        )
        for positive, negative in zip(*held, strict=True)
    ]


def _part(data: Dataset, positive: IntArray, negative: IntArray) -> Dataset:
    """Give as many rows of each kind, with their share of the weight."""
    kept = (positive > 0) | (negative > 0)

    def share(weights: FloatArray, counts: IntArray, part: IntArray) -> FloatArray:
        # Weight times part is exact where weights are counts, and so is the quotient.
        weight: FloatArray = (weights * part / np.maximum(counts, 1))[kept]
        return weight

    return data._replace(
        features=data.features[kept],
        positive=share(data.positive, data.positive_counts, positive),
        negative=share(data.negative, data.negative_counts, negative),
        positive_counts=positive[kept],
        negative_counts=negative[kept],
    )


def held_out_losses(
    problem: RiskSLIMProblem,
    options: SearchOptions,
    engine: Engine,
    folds: int,
    n_jobs: int | None = None,
) -> dict[int, tuple[float, ...]]:
    """Loss of every size on each fold, of the best score of that size on the other folds.

    Parameters
    ----------
    problem : RiskSLIMProblem
        On all rows.
    options : SearchOptions
        Limits: the time is that of all folds, the nodes are those of each path; the seed
        shuffles the rows too.
    engine : {"auto", "supports", "lcpa"}
        As for `RiskSLIMProblem.solve`.
    folds : int
        How many.
    n_jobs : int, optional
        Folds at a time; each takes one thread.

    Returns
    -------
    dict of int to tuple of float
        Only sizes that have a score on every fold, of those that were finished in time; nothing
        after an interrupt.
    """
    own = replace(options, threads=1, on_progress=None)
    with Deadline.after(options.time_limit).held():
        work = [
            delayed(_one_fold)(problem, own, engine, fitted, held)
            for fitted, held in split(problem.data, folds, options.seed)
        ]
        done = Parallel(n_jobs=n_jobs, prefer="threads")(in_shares(work, n_jobs))
    found = [losses for losses in done if losses is not None]
    if not found or options.interrupted():
        return {}
    sizes = set.intersection(*(set(losses) for losses in found))
    return {size: tuple(losses[size] for losses in found) for size in sorted(sizes)}


def _one_fold(
    problem: RiskSLIMProblem, options: SearchOptions, engine: Engine, fitted: Dataset, held: Dataset
) -> dict[int, float]:
    from riskslim.search.sizes import solve_sizes

    try:
        limits = deadline_in_force().limits(options)
        solutions = solve_sizes(problem.changed(data=fitted), limits, engine)
    except InfeasibleError:
        return {}
    losses = {}
    for size, solution in solutions.items():
        if solution.points is not None:
            margin = held.features @ solution.points[1:].astype(np.float64) + solution.points[0]
            losses[size] = mean_loss(margin / solution.multiplier, held)
    return losses


def mean_loss(margin: FloatArray, data: Dataset) -> float:
    """Weighted mean of the logistic loss at given logarithms of the odds."""
    terms = data.positive * np.logaddexp(0.0, -margin) + data.negative * np.logaddexp(0.0, margin)
    weight = math.fsum([*data.positive.tolist(), *data.negative.tolist()])
    return math.fsum(terms.tolist()) / weight
