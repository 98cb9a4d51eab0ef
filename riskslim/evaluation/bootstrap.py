"""Optimism of measures on the training data, by the bootstrap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from riskslim.evaluation.held_out import Predictions
from riskslim.evaluation.performance import MEASURES, Performance, measure_risks
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["Optimism", "Resampled", "draw", "measure_resample", "optimism_of"]

Resampled = tuple[Performance, Performance]
"""Measures of one fit on its own resample, and on the original rows."""


@dataclass(frozen=True)
class Optimism:
    """How much better measures look on the rows that were fitted [1]_.

    Attributes
    ----------
    resamples : int
        How many fits.
    apparent : dict of str to float
        Measures of the final fit on its own rows.
    optimism : dict of str to float
        Mean, over fits to resamples, of the measure on the resample minus that on the
        original rows.
    standard_error : dict of str to float
        Of that mean.
    corrected : dict of str to float
        Apparent minus optimism.

    References
    ----------
    .. [1] F. E. Harrell, K. L. Lee, D. B. Mark, "Multivariable prognostic models", Statistics in
       Medicine 15 (1996), 361-387.
    """

    resamples: int
    apparent: dict[str, float]
    optimism: dict[str, float]
    standard_error: dict[str, float]
    corrected: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Give all of it as an object for JSON."""
        return asdict(self)


def draw(positive: BoolArray, groups: IntArray | None, resamples: int, seed: int) -> list[IntArray]:
    """Draw people with replacement, those with and without a positive row apart.

    Parameters
    ----------
    positive : ndarray of bool, shape (n,)
        Outcomes.
    groups : ndarray of int, shape (n,), or None
        Person of each row; a person comes with all rows.
    resamples : int
        How many.
    seed : int
        Each resample has a stream of its own.

    Returns
    -------
    list of ndarray of int
        Rows of each resample.
    """
    people = np.arange(len(positive)) if groups is None else groups
    order = np.argsort(people, kind="stable")
    starts = np.searchsorted(people[order], np.arange(int(people.max()) + 2))
    has_positive = np.bincount(people, weights=positive) > 0
    strata = [np.flatnonzero(has_positive), np.flatnonzero(~has_positive)]
    found = []
    for stream in np.random.SeedSequence(seed).spawn(resamples):
        random = np.random.default_rng(stream)
        drawn = np.concatenate([random.choice(part, part.size) for part in strata if part.size])
        found.append(np.concatenate([order[starts[one] : starts[one + 1]] for one in drawn]))
    return found


def measure_resample(
    positive: BoolArray, weight: FloatArray | None, found: Predictions, sample: IntArray
) -> Resampled:
    """Measure a fit on its resample and on the original rows.

    Parameters
    ----------
    positive, weight : ndarray of shape (n,)
        Of the original rows.
    found : Predictions
        Of the original rows.
    sample : ndarray of int
        Rows of the resample.
    """
    rows = np.arange(len(positive))
    own, original = (
        measure_risks(
            positive[part],
            found.risk[part],
            None if weight is None else weight[part],
            margin=found.margin[part],
            order=found.order[part],
            group=None if found.group is None else found.group[part],
        )
        for part in (sample, rows)
    )
    return own, original


def optimism_of(apparent: Performance, found: Sequence[Resampled]) -> Optimism | None:
    """Average the optimism of resamples; None without any.

    A measure that does not exist on some resample (a slope of separated classes) is left out.
    """
    if not found:
        return None
    plain, optimism, error = {}, {}, {}
    for name in MEASURES:
        own = getattr(apparent, name)
        pairs = [(getattr(a, name), getattr(b, name)) for a, b in found]
        if own is None or any(a is None or b is None for a, b in pairs):
            continue
        gains = [a.value - b.value for a, b in pairs]
        plain[name], optimism[name] = own.value, math.fsum(gains) / len(gains)
        error[name] = (
            float(np.std(gains, ddof=1)) / math.sqrt(len(gains)) if len(gains) > 1 else math.nan
        )
    return Optimism(
        resamples=len(found),
        apparent=plain,
        optimism=optimism,
        standard_error=error,
        corrected={name: plain[name] - optimism[name] for name in plain},
    )
