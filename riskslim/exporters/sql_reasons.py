"""What costs a person the most points, in SQL.

Each characteristic has what it costs, and how many come before it: those that cost more, and those
that cost the same and stand before it on the card.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from riskslim.exporters.reason_terms import reason_terms
from riskslim.exporters.sql_points import Names, points_of
from riskslim.exporters.terms import free_name
from riskslim.scores.point_score import PointScore

__all__ = ["SqlReasons"]


@dataclass(frozen=True)
class SqlReasons:
    """Columns of reasons.

    Attributes
    ----------
    names : Names
        Of the query.
    lost : dict of str to str
        What each characteristic costs, by the name of its column.
    ranked : dict of str to str
        That again, and how many come before it; computed of `lost`.
    columns : dict of str to str
        The outputs, by their quoted names; computed of `ranked`.
    """

    names: Names
    lost: dict[str, str]
    ranked: dict[str, str]
    columns: dict[str, str]

    @classmethod
    def of(cls, score: PointScore, names: Names, top: int) -> SqlReasons:
        """Write the first reasons of a score, so many of them; at most all."""
        found = reason_terms(score) if top else ()
        spoken = names.spoken
        lost = {
            f"lost_{place}": f"{' + '.join(points_of(term, names) for term in one.terms)} "
            f"- CAST({one.least} AS {spoken.double_type})"
            for place, one in enumerate(found)
        }
        here = [f"{names.lost}.{spoken.identifier(key)}" for key in lost]
        before = {
            f"before_{place}": " + ".join(
                f"CASE WHEN {other} {'>=' if at < place else '>'} {own} THEN 1 ELSE 0 END"
                for at, other in enumerate(here)
                if at != place
            )
            or "0"
            for place, own in enumerate(here)
        }
        ranked = dict(zip(lost, here, strict=True)) | before
        costs = [f"{names.rank}.{spoken.identifier(key)}" for key in lost]
        places = [f"{names.rank}.{spoken.identifier(key)}" for key in before]
        # Nothing is a reason of a person who has no total.
        known = " + ".join(costs)
        columns = {}
        for number in range(min(top, len(found))):
            whens = [
                f"WHEN {place} = {number} AND {cost} > 0 AND {known} IS NOT NULL THEN"
                for place, cost in zip(places, costs, strict=True)
            ]
            words = [spoken.quoted(one.name) for one in found]
            for ending, values in (("", words), ("_points", costs)):
                output = spoken.identifier(free_name(f"reason_{number + 1}{ending}", score))
                cases = (f"{when} {value}" for when, value in zip(whens, values, strict=True))
                joined = "\n        ".join(cases)
                columns[output] = f"CASE {joined} END"
        return cls(names, lost, ranked, columns)

    def rows(self) -> list[str]:
        """Write the rows that are joined to what is computed of a row of the table."""
        if not self.columns:
            return []
        spoken = self.names.spoken
        return [spoken.row(self.names.lost, self.lost), spoken.row(self.names.rank, self.ranked)]

    def queries(self, computed: Sequence[str]) -> dict[str, str]:
        """Write a query of one row for each output, where a row cannot name its neighbours."""
        lost = self._row(self.lost, ", ".join(computed), self.names.lost)
        source = self._row(self.ranked, lost, self.names.rank)
        return {
            name: f"    SELECT {text}\n    FROM {source}" for name, text in self.columns.items()
        }

    def _row(self, columns: dict[str, str], source: str, alias: str) -> str:
        listed = ",\n".join(
            f"      {text} AS {self.names.spoken.identifier(name)}"
            for name, text in columns.items()
        )
        return f"(SELECT\n{listed}\n    FROM {source}) AS {alias}"
