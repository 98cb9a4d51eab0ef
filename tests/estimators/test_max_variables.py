"""Size in variables: what a card asks as one item counts once, whatever its bands."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from riskslim import RiskSLIMClassifier, RiskSLIMPath, ScoreBinarizer, SLIMClassifier
from riskslim.cli.app import main
from riskslim.errors import ConstraintError

CUTS = ["Age >= 40", "Age >= 60", "Lab >= 1", "Lab >= 2", "Smoker"]


@pytest.fixture(scope="module")
def nested():
    rng = np.random.default_rng(5)
    age, lab = rng.integers(20, 90, 90), rng.normal(1.2, 1.0, 90)
    smoker = rng.random(90) < 0.4
    columns = np.column_stack([age >= 40, age >= 60, lab >= 1, lab >= 2, smoker]).astype(float)
    risk = 1 / (1 + np.exp(2.5 - columns @ [0.8, 1.0, 0.6, 0.9, 0.7]))
    return pd.DataFrame(columns, columns=CUTS), (rng.random(90) < risk).astype(int)


def best_with(X, y, supports):
    """The best objective of the given supports, each searched alone."""
    fits = [
        RiskSLIMClassifier(max_size=None, max_coef=2, C0=1e-6).fit(X[list(names)], y)
        for names in supports
    ]
    return min(fit.solution_.objective for fit in fits)


@pytest.mark.parametrize("variables", [1, 2])
def test_the_best_score_of_so_many_variables_is_the_best_over_their_pairs(nested, variables):
    X, y = nested
    of = [CUTS[:2], CUTS[2:4], CUTS[4:]]
    chosen = [list(itertools.chain(*part)) for part in itertools.combinations(of, variables)]
    found = RiskSLIMClassifier(max_variables=variables, max_coef=2, C0=1e-6).fit(X, y)
    assert found.solution_.status == "optimal"
    assert found.solution_.objective == pytest.approx(best_with(X, y, chosen), abs=1e-9)
    used = {name.split(" >=")[0] for name in found.score_.points}
    assert len(used) <= variables
    assert f"at most {variables} variable{'s' * (variables > 1)}" in found.score_.rules


def test_the_size_follows_the_variables_unless_it_is_given(nested):
    recipe = RiskSLIMClassifier(max_variables=4)._recipe()
    assert recipe.size == 12
    assert RiskSLIMClassifier()._recipe().size == 5
    assert RiskSLIMClassifier(max_variables=4, max_size=5)._recipe().size == 5
    assert RiskSLIMClassifier(max_variables=4, at_most=2)._recipe().size == 8


def test_a_limit_that_the_size_implies_costs_nothing(nested):
    X, y = nested
    free = RiskSLIMClassifier(max_size=2).fit(X, y).solution_
    ruled = RiskSLIMClassifier(max_size=2, max_variables=2).fit(X, y).solution_
    assert (ruled.nodes, ruled.objective) == (free.nodes, free.objective)


def test_levels_and_blanks_of_a_raw_table_are_one_variable():
    rng = np.random.default_rng(1)
    ward = rng.choice(["A", "B", "C", None], 200)
    age = rng.normal(60, 12, 200)
    shift = np.select([ward == "A", ward == "B"], [1.5, -1.0], 0.0) + (age - 60) / 15
    y = (rng.random(200) < 1 / (1 + np.exp(-shift))).astype(int)
    table = pd.DataFrame({"Ward": ward, "Age": age})
    one = RiskSLIMClassifier(binarizer=ScoreBinarizer(), max_variables=1).fit(table, y)
    assert len({name.split(":")[0].split(" ")[0] for name in one.score_.points}) == 1
    two = RiskSLIMClassifier(binarizer=ScoreBinarizer(), max_variables=2).fit(table, y)
    assert two.solution_.objective < one.solution_.objective


def test_paths_and_decision_scores_take_it(nested):
    X, y = nested
    path = RiskSLIMPath(max_size=3, max_variables=1, cv=None).fit(X, y)
    assert path.sizes_ == (1, 2)
    assert SLIMClassifier(max_variables=1).fit(X, y).score_.size <= 2


def test_a_number_below_zero_is_refused(nested):
    with pytest.raises(ConstraintError, match="limit on variables"):
        RiskSLIMClassifier(max_variables=-1).fit(*nested)


def test_the_command_line_has_it(nested, tmp_path):
    X, y = nested
    X.assign(y=y).to_csv(tmp_path / "t.csv", index=False)
    arguments = ["fit", str(tmp_path / "t.csv"), "--target", "y", "--variables", "1", "--json"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert 0 < found["size"] <= 3
    assert len({name.split(" >=")[0] for name in found["points"]}) == 1
