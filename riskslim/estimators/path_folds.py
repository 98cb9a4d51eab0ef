"""Cross-validation of a path over sizes: one path for each fold that is held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import Parallel, delayed

from riskslim.errors import InfeasibleError, OptionError
from riskslim.evaluation.folds import check_count, split_rows
from riskslim.evaluation.workers import in_shares
from riskslim.limits.deadline import Deadline, deadline_in_force
from riskslim.scores.log_odds import mean_loss
from riskslim.solvers._typing import FloatArray, IntArray
from riskslim.solvers.result import SearchOptions

if TYPE_CHECKING:
    from riskslim.data import Dataset
    from riskslim.problems.problem import RiskSLIMProblem
    from riskslim.search.solution import Solution

__all__ = ["held_out_losses", "losses_by_size", "split"]


def split(data: Dataset, cv: Any, seed: int) -> list[tuple[Dataset, Dataset]]:
    """Split the rows into folds that have (nearly) the same share of positives.

    Equal rows are interchangeable and share the weight of their class evenly, so the folds
    follow from what the rows say and the seed, not from the order of the table.

    Parameters
    ----------
    data : Dataset
        The rows.
    cv : int
        How many.
    seed : int
        Of the shuffle.

    Returns
    -------
    list of (Dataset, Dataset)
        The rows to fit and the rows that are held out, fold by fold.

    Raises
    ------
    OptionError
        It is no whole number from 2, or more than the rows of a class.
    DataError
        There are not two rows of each class.
    """
    check_count(cv, "cv", 2)
    if data.is_soft:
        raise OptionError(
            f"cv={cv}: rows whose labels are probabilities belong to no class, by which these "
            "folds are made; see riskslim.distill"
        )
    counts = np.concatenate([data.positive_counts, data.negative_counts])
    kinds = np.repeat(np.arange(len(counts)), counts)
    folds = split_rows(kinds < data.n_distinct, None, cv, seed)
    held = [np.bincount(kinds[rows], minlength=len(counts)) for _, rows in folds]
    return [
        (_part(data, *np.split(counts - part, 2)), _part(data, *np.split(part, 2))) for part in held
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
    engine: str,
    folds: Sequence[tuple[Dataset, Dataset]],
    n_jobs: int | None = None,
) -> dict[int, tuple[float, ...]]:
    """Loss of every size on each fold, of the best score of that size on the other folds.

    Parameters
    ----------
    problem : RiskSLIMProblem
        On all rows.
    options : SearchOptions
        Limits: the time is that of all folds, the nodes are those of each path.
    engine : {"auto", "supports", "lcpa"}
        As for `RiskSLIMProblem.solve`.
    folds : sequence of (Dataset, Dataset)
        By `split`.
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
        work = [delayed(_one_fold)(problem, own, engine, fitted, held) for fitted, held in folds]
        done = Parallel(n_jobs=n_jobs, prefer="threads")(in_shares(work, n_jobs))
    found = [losses for losses in done if losses is not None]
    if not found or options.interrupted():
        return {}
    sizes = set.intersection(*(set(losses) for losses in found))
    return {size: tuple(losses[size] for losses in found) for size in sorted(sizes)}


def _one_fold(
    problem: RiskSLIMProblem, options: SearchOptions, engine: str, fitted: Dataset, held: Dataset
) -> dict[int, float]:
    from riskslim.search.sizes import solve_sizes

    try:
        limits = deadline_in_force().limits(options)
        solutions = solve_sizes(problem.changed(data=fitted), limits, engine)
    except InfeasibleError:
        return {}
    return losses_by_size(solutions, held.features, held.positive, held.negative)


def losses_by_size(
    solutions: Mapping[int, Solution],
    features: FloatArray,
    positive: FloatArray,
    negative: FloatArray,
) -> dict[int, float]:
    """Loss of the best score of every size on people who are held out.

    Parameters
    ----------
    solutions : mapping of int to Solution
        By size; one without points is left out.
    features : ndarray of shape (n, d)
        Of the people.
    positive, negative : ndarray of shape (n,)
        Weight of the positive and of the negative ones in each row.
    """
    losses = {}
    for size, solution in solutions.items():
        if solution.points is not None:
            margin = features @ solution.points[1:].astype(np.float64) + solution.points[0]
            losses[size] = mean_loss(margin / solution.multiplier, positive, negative)
    return losses
