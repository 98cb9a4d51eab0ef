"""What this package asks of HiGHS: explicit options, checked statuses, conflicts."""

from __future__ import annotations

import highspy
from highspy import _core

__all__ = ["quiet_highs"]

_TOLERANCE = 1e-10  # the tightest that HiGHS takes


def quiet_highs(seed: int = 0) -> _core._Highs:
    """Give a silent HiGHS that solves small LPs by the dual simplex method on one thread.

    The class under `highspy.Highs` is taken: the wrapper prints a banner on
    stdout before an option can silence it, and costs time in every call.
    """
    highs = _core._Highs()
    options: dict[str, object] = {
        "output_flag": False,
        "presolve": "off",
        "solver": "simplex",
        "simplex_strategy": 1,
        "parallel": "off",
        "threads": 1,
        "random_seed": seed & 0x7FFFFFFF,
        "primal_feasibility_tolerance": _TOLERANCE,
        "dual_feasibility_tolerance": _TOLERANCE,
        "mip_feasibility_tolerance": _TOLERANCE,
        "mip_abs_gap": 0.0,
        "mip_rel_gap": 0.0,
        # small coefficients are part of the problem: HiGHS must not drop them
        "small_matrix_value": 1e-12,
    }
    for name, value in options.items():
        if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            msg = f"HiGHS refuses the option {name}={value!r}"
            raise RuntimeError(msg)
    return highs
