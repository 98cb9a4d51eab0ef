"""Rules of the groups of features: how many cuts of a variable, and which way points go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from riskslim.errors import ConstraintError
from riskslim.features.binning import Binning
from riskslim.features.screening import Screened
from riskslim.features.variables import Thresholds
from riskslim.names import nearest

if TYPE_CHECKING:
    from riskslim.constraints import Constraint

__all__ = ["group_constraints"]


def group_constraints(
    binning: Binning,
    at_most: int | Mapping[str, int] | None = None,
    rising: Sequence[str] = (),
    falling: Sequence[str] = (),
    max_variables: int | None = None,
) -> tuple[Constraint, ...]:
    """Make rules of what belongs together.

    Parameters
    ----------
    binning : Binning
        Knows which features come from one variable.
    at_most : int or mapping of str to int, optional
        At most so many cuts of every variable have points, or of those named.
    rising, falling : sequence of str
        Variables with which the points rise or fall, by their label or their column. One that
        gives no feature, as a constant does, has no points and follows any rule.
    max_variables : int, optional
        At most so many variables have points, with any number of features each.

    Returns
    -------
    tuple of Constraint

    Raises
    ------
    ConstraintError
        There is no such variable, or it has no order, or points are to rise and to fall.
    """
    from riskslim.constraints import CutLimit, Nested, VariableLimit

    ordered = binning.ordered
    rules: list[Constraint] = []
    by_limit: dict[int, dict[str, tuple[str, ...]]] = {}
    limits = at_most if isinstance(at_most, Mapping) else dict.fromkeys(ordered, at_most)
    for name, most in limits.items():
        label = _label(binning, name)
        if most is not None:
            if isinstance(most, bool) or not isinstance(most, int) or most < 1:
                raise ConstraintError(f"at most {most!r} cuts of {name!r}: give 1 or more")
            if label is None:
                continue
            by_limit.setdefault(most, {})[label] = ordered.get(label) or binning.groups[label]
    if binning.candidates:
        what = "features" if binning.by_path else "cut points"
        kept = len(binning.features) if binning.by_path else sum(map(len, ordered.values()))
        rules.append(Screened(kept, binning.candidates, what))
    if max_variables is not None:
        rules.append(VariableLimit(binning.groups, at_most=max_variables))
    rules += [CutLimit(cuts, at_most=most) for most, cuts in sorted(by_limit.items())]
    for names, upwards in ((rising, True), (falling, False)):
        for name in names:
            label = _label(binning, name)
            if label is None:
                continue
            if label not in ordered:
                raise ConstraintError(
                    f"points cannot rise or fall with {name!r}, which is no measurement"
                )
            if upwards and label in map(partial(_label, binning), falling):
                raise ConstraintError(f"points are to rise and to fall with {name!r}")
            course = "rising" if upwards else "falling"
            rules.append(
                Nested(
                    ordered[label],
                    rising=upwards,
                    bins=_has_intervals(binning, label),
                    name=f"{course} with {label}",
                )
            )
    return tuple(rules)


def _label(binning: Binning, name: str) -> str | None:
    """Give the label of a variable that is named; None for a column that gives no feature."""
    if name in binning.groups:
        return name
    by_column = {variable.column: variable.label for variable in binning.variables}
    if name in by_column or name in binning.left_out:
        return by_column.get(name)
    raise ConstraintError(
        f"no variable {name!r}; {nearest(name, list(binning.groups), 'variables')}"
    )


def _has_intervals(binning: Binning, label: str) -> bool:
    return any(
        isinstance(v, Thresholds) and v.label == label and v.intervals for v in binning.variables
    )
