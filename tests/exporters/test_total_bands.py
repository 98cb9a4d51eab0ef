"""Totals are joined to bands of enough people, the best ones, and every format shows them."""

import csv
import io
import itertools
from dataclasses import replace

import numpy as np
import openpyxl
import pytest

from riskslim import RiskScore
from riskslim.cli import main
from riskslim.errors import OptionError
from riskslim.exporters.risk_rows import risk_rows
from riskslim.exporters.total_bands import bands_of_totals
from riskslim.scores.intervals import places_of, wilson
from riskslim.scores.totals import ScoreRow
from support.banded import Rows, data_of

pytestmark = pytest.mark.fast


def spread(rows, values):
    weight = np.array([row.weight + 1 for row in rows])
    mean = np.average(values, weights=weight)
    return float(weight @ (np.array(values) - mean) ** 2)


def test_bands_are_the_best_of_all_ways_to_join():
    random = np.random.default_rng(5)
    for _ in range(60):
        count = int(random.integers(2, 9))
        table = [ScoreRow(i, i, float(w), 0.0) for i, w in enumerate(random.integers(0, 9, count))]
        values = np.sort(random.random(count)).tolist()
        parts = np.sort(random.integers(0, 2, count)).tolist()
        least = int(random.integers(1, 9))
        found = bands_of_totals(table, values, parts, least)
        costs = []
        for cuts in itertools.product([False, True], repeat=count - 1):
            edges = [0, *(i + 1 for i, cut in enumerate(cuts) if cut), count]
            bands = list(itertools.pairwise(edges))
            whole = [(parts.index(p), count - parts[::-1].index(p)) for p in set(parts)]
            if all(
                len(set(parts[a:b])) == 1
                and (sum(row.weight for row in table[a:b]) >= least or (a, b) in whole)
                for a, b in bands
            ):
                costs.append(sum(spread(table[a:b], values[a:b]) for a, b in bands))
        if found is None:
            people = sum(row.weight for row in table)
            assert people < 2 * least or len(costs) == 1
            continue
        assert [row for band in found for row in band] == table
        places = np.cumsum([0, *map(len, found)])
        cost = sum(
            spread(band, values[a:b])
            for band, (a, b) in zip(found, itertools.pairwise(places), strict=True)
        )
        assert cost == pytest.approx(min(costs), abs=1e-9)


def test_a_long_table_has_at_most_twenty_bands():
    table = [ScoreRow(i, i, 50.0, 10.0) for i in range(300)]
    found = bands_of_totals(table, np.linspace(0, 1, 300).tolist(), [0] * 300, 20)
    assert len(found) == 20


@pytest.fixture(scope="module")
def score():
    random = np.random.default_rng(2)
    columns = {name: random.random(400) < 0.3 for name in "abcde"}
    named = dict(zip(columns, [1, 2, 3, 4, 5], strict=True))
    return RiskScore.from_points(named, intercept=-6, multiplier=2.5, data=data_of(columns))


def test_every_row_has_enough_people_and_digits_that_they_bear(score):
    rows = risk_rows(score)
    assert len(rows) < len(score.table) == len(risk_rows(score, min_people=0))
    assert [row for one in rows for row in one.members] == list(score.table)
    assert all(row.weight >= 20 and row.places == 0 for row in rows)
    assert risk_rows(score, min_people=60) != rows
    assert all(row.weight >= 60 for row in risk_rows(score, min_people=60))
    # An interval less than a point wide bears a decimal place.
    assert (places_of(50, 100), places_of(50, 50_000), places_of(0, 400)) == (0, 1, 1)


def test_tiers_are_never_joined(score):
    tiered = score.with_tiers([{"name": "low"}, {"name": "high", "total": 14}])
    rows = risk_rows(tiered)
    assert [row.low for row in rows if row.tier == "high"] == [14]
    assert rows[-1].weight < 20  # a tier of its own, whatever its people


def test_formats_show_the_bands_with_the_interval_of_what_was_observed(score):
    rows = risk_rows(score)
    share = rows[0].positive_weight / rows[0].weight
    low, high = wilson(share, rows[0].weight)
    seen = f"{share * 100:.0f}% ({low * 100:.0f}-{high * 100:.0f}%) of {rows[0].weight:.0f}"
    for form in ("text", "markdown", "html", "latex", "svg"):
        text = score.export(form)
        plain = text.replace("\\", "").replace("{-}", "-")
        assert seen in plain, form
        assert "Wilson" in text
    page = Rows(score.to_html()).rows
    assert [row[1] for row in page if row[0] == rows[-1].total] == [rows[-1].result]
    lines = list(csv.DictReader(io.StringIO(score.export("csv"))))
    totals = [line for line in lines if line["kind"] == "total"]
    assert [(line["total_low"], line["total_high"]) for line in totals] == [
        (str(row.low), str(row.high)) for row in rows
    ]
    assert sum(float(line["weight"]) for line in totals) == 400
    sheet = openpyxl.load_workbook(io.BytesIO(score.export("xlsx"))).active
    assert [cell.value for cell in sheet["H"] if cell.value][1] == seen


def test_without_enough_people_every_total_is_shown():
    published = RiskScore.from_points({"a": 1, "b": 2}, intercept=-2)
    assert [row.total for row in risk_rows(published)] == ["0", "1", "2", "3"]
    assert "Wilson" not in str(published)
    assert "11.9%" in str(published)
    with pytest.raises(OptionError, match="min_people=-1"):
        published.export("text", min_people=-1)


def test_the_command_shows_every_total(score, tmp_path, capsys):
    file = tmp_path / "score.json"
    score.save(file)
    for options in ([], ["--min-people", "0"]):
        main(["show", str(file), *options], standalone_mode=False)
        shown = capsys.readouterr().out
        rows = risk_rows(score, min_people=0 if options else 20)
        assert all(f" {row.total} " in shown for row in rows)


def test_weights_are_people_where_they_are_whole_numbers_else_parts_of_the_rows(score):
    def weighted(factor):
        rows = [
            replace(row, weight=row.weight * factor, positive_weight=row.positive_weight * factor)
            for row in score.table
        ]
        training = replace(score.training, weight=400 * factor, positive_weight=1.0)
        return replace(score, table=tuple(rows), training=training)

    halves = risk_rows(weighted(0.5001))
    assert [row.total for row in halves] == [row.total for row in risk_rows(score)]
    many = weighted(3.0)
    assert all(row.weight >= 20 for row in risk_rows(many))
    assert len(risk_rows(many)) > len(risk_rows(score))
    text = str(many)
    assert "by weight" in text
    assert "Wilson" not in text
