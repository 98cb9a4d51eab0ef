"""Parts of the searches that can be left out, to measure what each is worth."""

from __future__ import annotations

import enum

__all__ = ["ALL_PARTS", "Part"]


class Part(enum.StrEnum):
    """A part of a search for risk scores that makes it faster, and never another search.

    The lattice cutting planes have the first five, which are the improvements of Ustun and
    Rudin, "Learning optimized risk scores", JMLR 20 (2019), section 4. The search over supports
    has `START_UP` and the last three.

    Attributes
    ----------
    START_UP
        The relaxation to convergence and the box of its level set before the tree; the opening
        heuristics.
    ROUNDING
        Real points are rounded one after the other; without it each to its nearest integer.
    POLISHING
        Integer points are improved by discrete coordinate descent.
    CHAINED_BOUNDS
        Bounds of objective, loss and size tighten one another.
    LOOK_UP
        The losses of integer scores come from a table; without it each is computed.
    GAINS
        The tangent at the fit on the chosen features takes out features, and ends nodes.
    HULL
        Fits whose limit on the number of features is relaxed to its convex hull; without them
        the box alone bounds a node.
    PAIRS
        All pairs of features that may join a support are looked at together.
    FAMILIES
        Of many nested cuts, the search chooses first which families of them a support uses.
    """

    START_UP = "start-up"
    ROUNDING = "rounding"
    POLISHING = "polishing"
    CHAINED_BOUNDS = "chained bounds"
    LOOK_UP = "look-up"
    GAINS = "gains"
    HULL = "hull"
    PAIRS = "pairs"
    FAMILIES = "families"


ALL_PARTS = frozenset(Part)
