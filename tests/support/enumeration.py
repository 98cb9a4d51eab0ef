"""A tiny engine behind the protocol: it tries all points. One adapter is all that it takes."""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from riskslim.problems.statement import Statement
from riskslim.search.engine import Known
from riskslim.solvers.result import Progress, Reporter, SearchOptions, SearchResult, Status

MOST = 50_000


@dataclass(frozen=True)
class Enumeration:
    """Tries every choice of points of a small problem; nodes are choices."""

    method: str

    name = "enumeration"

    def handles(self, problem: Any, statement: Statement) -> str | None:
        """Take whatever is small, as every rule can be checked."""
        count = math.prod(map(len, _ranges(statement)))
        return None if count <= MOST else f"{count:,} choices of points"

    def run(
        self, problem: Any, statement: Statement, options: SearchOptions, known: Known
    ) -> SearchResult:
        """Try them in order."""
        begin, reporter = time.monotonic(), Reporter(options)
        best, nodes, status = SearchResult(Status.INFEASIBLE), 0, Status.OPTIMAL
        starts = () if known.start is None else (known.start[: problem.data.n_features + 1],)
        for choice in itertools.chain(starts, itertools.product(*_ranges(statement))):
            if options.interrupted():
                status = Status.INTERRUPTED
            elif time.monotonic() - begin > options.time_limit:
                status = Status.TIME_LIMIT
            elif options.node_limit is not None and nodes >= options.node_limit:
                status = Status.NODE_LIMIT
            if status is not Status.OPTIMAL:
                break
            nodes += 1
            point = np.array(choice, dtype=np.float64)
            objective = problem.objective(point)
            if objective < best.objective and not known.check(point):
                scale = 1.0 / problem.best_multiplier(point)
                best = replace(best, point=point, objective=objective, scale=scale)
                line = Progress(0.0, 0, nodes, 0, known.bound, objective)
                reporter.look(objective, lambda seconds, line=line: replace(line, seconds=seconds))
        if status is Status.OPTIMAL and best.point is None:
            status = Status.INFEASIBLE
        seconds = time.monotonic() - begin
        return replace(
            best,
            status=status,
            # All were tried, or no loss is below 0.
            lower_bound=known.bound if status.name.endswith(("LIMIT", "TED")) else best.objective,
            nodes=nodes,
            seconds={"total": seconds},
            proof="enumeration",
            log=(f"enumeration: {nodes} choices",),
        )


def _ranges(statement: Statement) -> list[range]:
    columns = len(statement.feature_names) + 1
    ends = zip(statement.lower[:columns], statement.upper[:columns], strict=True)
    return [range(math.ceil(low), math.floor(high) + 1) for low, high in ends]
