"""Cut-offs of a total that are chosen on people, by what saying yes from there on reaches."""

from __future__ import annotations

import numpy as np

from riskslim.errors import OptionError
from riskslim.scores.intervals import people_behind, wilson
from riskslim.solvers._typing import BoolArray, FloatArray, IntArray

__all__ = ["CUTOFF_WAYS", "choose_cutoff"]

CUTOFF_WAYS = ("sensitivity", "specificity", "ppv", "npv", "share", "net_benefit", "cost")
"""What a cut-off is chosen by."""


def choose_cutoff(
    people: tuple[FloatArray, BoolArray, FloatArray],
    way: str,
    wanted: float,
    where: str,
    cluster: IntArray | None = None,
) -> tuple[float, tuple[float, float, float] | None]:
    """Find the cut-off on people, and what it has there with Wilson's 95 % interval.

    Parameters
    ----------
    people : tuple of three ndarrays of shape (n,)
        Total, outcome and weight of each.
    way : str
        One of `CUTOFF_WAYS`. The largest total with at least so much sensitivity, or with at least
        such a share of negatives below it (``"npv"``); the smallest one with at least so much
        specificity or positive predictive value, or with at most so large a share of people from
        there on; the one with the largest net benefit at that threshold of the risk; or with the
        least cost, where a missed positive costs so many times a false alarm.
    wanted : float
        Between 0 and 1; a positive number for the cost.
    where : str
        What messages begin with.
    cluster : ndarray of int, shape (n,), optional
        Person of each row, where some have several: the interval counts people.

    Returns
    -------
    cutoff : float
        Totals from it on are called yes.
    reached : tuple of three floats, or None
        What was asked for, as it is there, and its interval; None for net benefit and cost.

    Raises
    ------
    OptionError
        One of the classes is missing, or no total reaches it.
    """
    total, positive, weight = people
    if positive.all() or not positive.any():
        raise OptionError(f"{where}: {way} needs people with and without the outcome")
    cuts, group = np.unique(total, return_inverse=True)
    # Of each cut-off, who is called yes: sums from the highest total down.
    hits, alarms = (
        np.cumsum(np.bincount(group, weight * part, len(cuts))[::-1])[::-1]
        for part in (positive, ~positive)
    )
    ill, well = float(hits[0]), float(alarms[0])
    if way in ("net_benefit", "cost"):
        harm = wanted / (1 - wanted) if way == "net_benefit" else 1.0 / wanted
        return float(cuts[int(np.argmax(hits - alarms * harm))]), None
    below = (ill - hits) + (well - alarms)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = {
            "sensitivity": hits / ill,
            "specificity": 1 - alarms / well,
            "ppv": hits / (hits + alarms),
            # Below the first total is nobody.
            "npv": np.where(np.arange(len(cuts)) == 0, 0.0, (well - alarms) / below),
            "share": (hits + alarms) / (ill + well),
        }[way]
    good = np.flatnonzero(shares <= wanted if way == "share" else shares >= wanted)
    if not good.size:
        raise OptionError(f"{where}: no total reaches a {way} of {wanted:g} on these people")
    place = int(good[-1] if way in ("sensitivity", "npv") else good[0])
    share = min(float(shares[place]), 1.0)
    counted = {
        "sensitivity": positive,
        "specificity": ~positive,
        "ppv": group >= place,
        "npv": group < place,
        "share": np.ones(len(total), dtype=np.bool_),
    }[way]
    behind = weight[counted]
    if cluster is not None:
        behind = np.bincount(cluster[counted], behind)
    return float(cuts[place]), (share, *wilson(share, people_behind(behind)))
