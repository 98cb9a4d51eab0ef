"""What a report may show beside a score and how it does on data."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import ArrayLike

from riskslim.errors import ScoreError
from riskslim.evaluation.performance import MEASURES
from riskslim.evaluation.result import CrossValidation
from riskslim.languages import Texts, language
from riskslim.recourse import Recourse
from riskslim.report.credit import CreditDesk
from riskslim.report.curve import Curve
from riskslim.report.drawing import Plot
from riskslim.report.equals import NearEquals, compare_equals
from riskslim.report.held_out import HeldOut
from riskslim.report.people import ReportPeople
from riskslim.report.recourse import RecourseShares
from riskslim.report.sizes import SizeRow
from riskslim.report.unseen import Unseen
from riskslim.report.wording import estimate_in_words
from riskslim.scores.path import ScorePath
from riskslim.scores.point_score import PointScore
from riskslim.scores.pool import ScorePool

__all__ = ["Parts"]


@dataclass(frozen=True, eq=False)
class Parts:
    """Parts of a report; attributes as the parameters of `riskslim.report.make_report`."""

    subgroups: Mapping[str, ArrayLike] = field(default_factory=dict)
    pool: ScorePool[Any] | None = None
    path: ScorePath | Sequence[SizeRow] | None = None
    validation: CrossValidation | HeldOut | None = None
    credit: CreditDesk | None = None
    recourse: Recourse | None = None
    trained_here: bool = False
    data_name: str = ""
    notes: tuple[str, ...] = ()
    language_code: str = "en"
    curve: Curve | None = None

    def people(
        self, score: PointScore, X: Any, y: ArrayLike | None, sample_weight: ArrayLike | None
    ) -> ReportPeople:
        """Count the people of the report, unless they are."""
        if isinstance(X, ReportPeople):
            return X
        if y is None:
            raise ScoreError("a report needs the outcomes: give y, one for each row")
        return ReportPeople.of(score, X, y, sample_weight, self.subgroups, self.pool)

    def equals(self, score: PointScore, people: ReportPeople) -> NearEquals | None:
        """Compare the scores of the pool on these people; None without any."""
        if self.pool is None or people.equals is None:
            return None
        return compare_equals(score, self.pool, *people.equals)

    @property
    def unseen(self) -> Unseen | None:
        """The people held out, where the score was learned from those of the report."""
        return Unseen.of(self.validation) if self.trained_here else None

    def unseen_in_words(self, texts: Texts) -> str:
        """Give the measures on them in a sentence; empty without them."""
        unseen = self.unseen
        if unseen is None:
            return ""
        said = []
        for name in MEASURES:
            if name == "calibration_error":
                continue
            value, ends = estimate_in_words(texts, name, getattr(unseen.performance, name))
            said.append(f"{texts(f'measure.{name}')} {value} ({ends})")
        said.append(f"{texts('report.calibration_tenths')} {texts.percent(unseen.error)}")
        return texts("report.held_out_measures", measures="; ".join(said))

    @functools.cached_property
    def shares(self) -> RecourseShares | None:
        """Fixed predictions by subgroup; None without recourse."""
        if self.recourse is None:
            return None
        return RecourseShares.of(self.recourse, self.subgroups, language(self.language_code))

    def plots(self, texts: Texts) -> dict[str, Plot]:
        """Draw what these parts show of any kind of score."""
        plots = {} if self.credit is None else self.credit.plots(texts)
        fixed = None if self.shares is None else self.shares.plot(texts)
        return plots if fixed is None else plots | {fixed.name: fixed}
