"""The seam between a problem and the searches that solve it: what an engine declares, and does.

An engine is added by one adapter with the members of `Engine`, handed to `register`. The flow
around it (`riskslim.search.solving`) does the rest: it explains what is infeasible, checks the
answer in integers (`riskslim.search.certify`) and keeps a start.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from riskslim.errors import OptionError
from riskslim.solvers._typing import FloatArray
from riskslim.solvers.result import Progress, SearchOptions, SearchResult, Status

if TYPE_CHECKING:
    from riskslim.problems.base import ScoreProblem
    from riskslim.problems.statement import Statement

__all__ = [
    "Check",
    "Engine",
    "Known",
    "bounding_only",
    "described",
    "engine_for",
    "engines_of",
    "number",
    "register",
    "sentence",
]

Check = Callable[[FloatArray], list[str]]
"""Gives the rules that finished points break."""

_Problem = TypeVar("_Problem", contravariant=True)

# "auto" comes first: it chooses among the others.
_BUILT_IN = {
    "RiskSLIM": ("portfolio:Portfolio", "supports:Supports", "cutting_planes:CuttingPlanes"),
    "SLIM": ("slim_portfolio:SLIMPortfolio", "slim_search:Boxes", "slim_mip:MixedInteger"),
}
_registered: list[Engine[Any]] = []


@dataclass(frozen=True, eq=False)
class Known:
    """What is known before a run.

    Attributes
    ----------
    check : callable
        Gives the rules that finished points break.
    start : ndarray or None
        The intercept, the features' points and perhaps further columns of a score that obeys every
        rule: a first incumbent.
    bound : float
        A lower bound that was proved elsewhere.
    """

    check: Check
    start: FloatArray | None = None
    bound: float = -math.inf


class Engine(Protocol[_Problem]):
    """A search, as a problem sees it.

    Attributes
    ----------
    name : str
        By which it is asked for.
    method : {"RiskSLIM", "SLIM"}
        The kind of problem that it takes.
    """

    @property
    def name(self) -> str:
        """By which it is asked for."""

    @property
    def method(self) -> str:
        """The kind of problem that it takes."""

    def handles(self, problem: _Problem, statement: Statement) -> str | None:
        """Say what of a statement the engine cannot honour, in words; None where it can all."""

    def run(
        self, problem: _Problem, statement: Statement, options: SearchOptions, known: Known
    ) -> SearchResult:
        """Search within the limits.

        Parameters
        ----------
        problem : ScoreProblem
            Gives data, loss and costs.
        statement : Statement
            Variables and rows: the problem's own, or those of a model that was extended.
        options : SearchOptions
            Limits, gaps, seed, threads, and whom to tell.
        known : Known
            A first incumbent, a bound, and the check of points.

        Returns
        -------
        SearchResult
            The objective is that of the problem, and so is the bound. Optimal means a gap within
            the options' where the search closes one, infeasible that no score obeys the rules.
        """


def register(engine: Engine[Any]) -> None:
    """Let problems of the engine's method find it by its name.

    Raises
    ------
    OptionError
        There is no such method, or it has an engine of that name.
    """
    if engine.method not in _BUILT_IN:
        raise OptionError(f"method={engine.method!r}: give one of {', '.join(_BUILT_IN)}")
    if engine.name in engines_of(engine.method):
        raise OptionError(f"{engine.method} has an engine {engine.name!r}; give another name")
    _registered.append(engine)


def engines_of(method: str) -> dict[str, Engine[Any]]:
    """Give the engines of a method by name, the one that chooses first."""
    engines = [_built_in(place) for place in _BUILT_IN[method]]
    engines += [engine for engine in _registered if engine.method == method]
    return {engine.name: engine for engine in engines}


def _built_in(place: str) -> Engine[Any]:
    module, name = place.split(":")
    adapter: Engine[Any] = getattr(importlib.import_module(f"riskslim.search.{module}"), name)()
    return adapter


def engine_for(problem: ScoreProblem, statement: Statement, name: str) -> Engine[Any]:
    """Give the engine of that name, which must honour all of a statement.

    Raises
    ------
    OptionError
        There is no such engine, or something stands in its way.
    """
    engines = engines_of(problem.title)
    if name not in engines:
        raise OptionError(f"engine={name!r}: give one of {', '.join(engines)}")
    obstacle = engines[name].handles(problem, statement)
    if obstacle is None:
        return engines[name]
    others = [
        repr(other)
        for other, engine in engines.items()
        if other != name and engine.handles(problem, statement) is None
    ]
    raise OptionError(f"engine={name!r} cannot honour this: {obstacle}; use {' or '.join(others)}")


def sentence(name: str, result: SearchResult, ended: str | None = None) -> str:
    """Say in one line what a run did."""
    end = f", {result.status}" if ended is None else ended
    return (
        f"{name}: {result.seconds['total']:.2f} s, objective {number(result.objective)}, "
        f"bound {number(result.lower_bound)}{end}"
    )


def number(value: float) -> str:
    """Give a bound or an objective as sentences have it."""
    return f"{value:.10g}" if math.isfinite(value) else "none"


def described(
    result: SearchResult, name: str, proof: str, before: tuple[str, ...] = ()
) -> SearchResult:
    """Say where the bound of a search comes from, and what it did.

    Parameters
    ----------
    result : SearchResult
        What it found and proved.
    name : str
        What it is called in a sentence.
    proof : str
        How it proves an optimum, where it runs to its end.
    before : tuple of str
        Sentences on what came before it.
    """
    ended = result.status in (Status.OPTIMAL, Status.INFEASIBLE)
    cut_short = f"least bound of the open nodes of the {name}, which was cut short"
    return replace(
        result, proof=proof if ended else cut_short, log=(*before, sentence(name, result))
    )


def bounding_only(options: SearchOptions, *, is_bound: bool = True) -> SearchOptions:
    """Let a run on another problem tell of no incumbent, nor of a bound unless it is one.

    Parameters
    ----------
    options : SearchOptions
        Of the run.
    is_bound : bool
        Whether a bound of the other problem, a relaxation, is one of the problem itself.
    """
    show = options.on_progress
    if show is None:
        return replace(options, on_incumbent=None)

    def shown(line: Progress) -> None:
        bound = line.lower_bound if is_bound else 0.0
        show(replace(line, objective=math.inf, lower_bound=bound))

    return replace(options, on_progress=shown, on_incumbent=None)
