"""``riskslim fit --max-fixed``: the best score that leaves few people without a way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from riskslim.cli.action_options import action_options
from riskslim.cli.exit_codes import ExitCode
from riskslim.cli.output import print_card, print_json, refuse_alone
from riskslim.cli.paths import deliver
from riskslim.cli.raw_options import RawChoices
from riskslim.cli.terminal import say

__all__ = ["RecourseRule", "recourse_rule_options"]

_Command = TypeVar("_Command", bound=Callable[..., Any])
_LOOKED_AT = 1000


@dataclass(frozen=True)
class RecourseRule:
    """What is asked of recourse."""

    max_fixed: float
    actions: Path
    target_risk: float
    wanted: Any

    @classmethod
    def of(
        cls,
        max_fixed: float | None,
        actions: Path | None,
        target_risk: float | None,
        wanted: Any,
        others: dict[str, object],
    ) -> RecourseRule | None:
        """Read the options; None where nothing is asked.

        Raises
        ------
        UsageError
            Some are missing, or others do not go with them.
        """
        if max_fixed is None:
            given = {"--actions": actions, "--target-risk": target_risk, "--wanted": wanted}
            refuse_alone("--max-fixed", False, given)
            return None
        if actions is None or target_risk is None:
            raise click.UsageError("--max-fixed needs --actions and --target-risk; give both")
        for option, value in others.items():
            if value:
                raise click.UsageError(f"{option} does not go with --max-fixed; drop either")
        return cls(max_fixed, actions, target_risk, wanted or "low")

    def fit(
        self,
        problem: Any,
        raw: RawChoices,
        data: Path,
        text: tuple[str, ...],
        tolerance: float,
        options: Any,
        output: Path | None,
        cards: tuple[str, int],
        as_json: bool,
    ) -> ExitCode:
        """Find the score, write and print it; give the exit code."""
        from riskslim.cli.columns import read_columns
        from riskslim.recourse import best_with_recourse

        people, _ = read_columns(data, {}, text)
        found = best_with_recourse(
            problem,
            people,
            self.actions,
            self.target_risk,
            self.max_fixed,
            wanted=self.wanted,
            tolerance=tolerance,
            limit=_LOOKED_AT,
            options=options,
        )
        score = raw.describe(found.score.turned())
        if output is not None:
            deliver(score.save, output)
        if as_json:
            print_json(
                {
                    "points": score.points,
                    "fixed": found.fixed,
                    "fixed_without_rule": found.unruled,
                    "looked_at": found.looked_at,
                    "proved": found.is_proved,
                    "objective": score.certificate and score.certificate.objective,
                    "lower_bound": score.certificate and score.certificate.lower_bound,
                }
            )
        else:
            print_card(score, *cards)
        bound = None if score.certificate is None else score.certificate.lower_bound
        proved = "no better one keeps the rule"
        if not found.is_proved:
            proved = f"none with an objective below {bound or 0.0:.6g} keeps the rule"
        say(
            f"Fixed predictions: {found.fixed:.1%} of the people, {found.unruled:.1%} by the best "
            f"score without the rule; {found.looked_at:,} scores were looked at, and "
            f"{proved}." + ("" if output is None else f" Score written to {output}.")
        )
        if found.is_proved:
            return ExitCode.OK
        return ExitCode.INTERRUPTED if options.interrupted() else ExitCode.LIMIT


def recourse_rule_options(command: _Command) -> _Command:
    """Add the options; the command receives them by their names."""
    actions = "For --max-fixed: what people can change, as for riskslim recourse."
    share = click.option(
        "--max-fixed",
        type=click.FloatRange(0, 1),
        metavar="SHARE",
        help="At most this share of the people in DATA may have a prediction that no change "
        "moves to the target: the best such score within --pool-tolerance of the optimum.",
    )
    return share(action_options(actions, "--max-fixed")(command))
