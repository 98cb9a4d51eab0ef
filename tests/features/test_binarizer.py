"""Raw columns become readable features of 0 and 1, and the record of it reads raw tables."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from riskslim import ScoreBinarizer
from riskslim.errors import ConstraintError, DataError, DataWarning, OptionError, ScoreError
from riskslim.features import Binning
from riskslim.features.cuts import choose_cuts, number_text, rounded_cut

pytestmark = pytest.mark.fast

AGES = [35, 50, 62, 71, 80, 44, 58, 67, 29, 75]
DIED = [0, 0, 1, 1, 1, 0, 0, 1, 0, 1]


def table(**columns):
    return pd.DataFrame(columns)


def names(binarizer, frame, y=DIED):
    return binarizer.fit(frame, y).get_feature_names_out().tolist()


def features(binarizer, frame, y=DIED):
    return clone(binarizer).set_output(transform="pandas").fit_transform(frame, y)


@pytest.mark.parametrize("options", [{}, {"cuts": "quantile"}, {"intervals": True}])
def test_scikit_learn_conventions(options):
    check_estimator(ScoreBinarizer(**options), on_skip=None)


def test_a_tree_cuts_where_the_outcome_changes():
    made = features(ScoreBinarizer(max_cuts=1), table(Age=AGES))
    assert made.columns.tolist() == ["Age >= 60"]
    assert made["Age >= 60"].tolist() == DIED


def test_tree_cuts_are_the_best_split_by_brute_force():
    rng = np.random.default_rng(3)
    for _ in range(20):
        values = rng.integers(0, 12, 60).astype(float)
        codes = (rng.random(60) < 0.2 + 0.05 * values).astype(int)

        def entropy(part):
            share = part.mean()
            return -len(part) * sum(p * np.log(p) for p in (share, 1 - share) if p > 0)

        def cost(cut, values=values, codes=codes, entropy=entropy):
            return entropy(codes[values >= cut]) + entropy(codes[values < cut])

        (cut,) = choose_cuts(values, np.eye(2)[codes].T, "tree", 1, 0.0, 0.0)
        assert cost(cut) == pytest.approx(min(cost(c) for c in np.unique(values)[1:]), abs=1e-9)


def test_quantile_cuts_part_the_rows_evenly():
    values = np.random.default_rng(0).permutation(1000) / 4
    binarizer = ScoreBinarizer(cuts="quantile", max_cuts=3, rounding=0.0)
    made = features(binarizer, table(x=values), [0, 1] * 500)
    assert made.mean().tolist() == [0.75, 0.5, 0.25]


def test_cuts_leave_enough_rows_on_either_side():
    rng = np.random.default_rng(0)
    values = rng.exponential(size=1000)
    codes = (values > np.quantile(values, 0.995)).astype(int)
    for method in ("tree", "quantile"):
        for cut in choose_cuts(values, np.eye(2)[codes].T, method, 4, 0.1, 0.0):
            assert 0.1 <= (values >= cut).mean() <= 0.9


@pytest.mark.parametrize(
    ("values", "cut", "slack", "rounded"),
    [
        ([60, 62, 64.4, 65.0, 70], 65.0, 0, 65),
        ([60, 64, 64.7, 66, 70], 64.7, 0, 64.5),
        ([9, 10.6, 10.7, 11], 10.7, 0, 10.7),
        ([60, 64, 64.7, 66, 70], 64.7, 1, 65),
        ([0.11, 0.1234, 0.1301, 0.2], 0.1301, 0, 0.13),
        ([900, 1480, 1523, 2100], 1523, 0, 1500),
        ([-7.3, -2.2, -1.9, 4.0], -1.9, 0, -2),
        ([-1, 1], 1, 0, 0),
        ([1e9, 1e9 + 1, 1e9 + 2], 1e9 + 1, 0, 1e9 + 1),
    ],
)
def test_cuts_are_rounded(values, cut, slack, rounded):
    found = rounded_cut(np.array(values, dtype=float), cut, slack)
    assert found == rounded
    assert float(number_text(found)) == found


def test_rounding_moves_no_more_rows_than_allowed():
    rng = np.random.default_rng(1)
    for _ in range(200):
        values = np.sort(rng.normal(rng.uniform(-100, 100), rng.uniform(0.01, 50), 80))
        place, slack = int(rng.integers(1, 80)), int(rng.integers(0, 4))
        cut = rounded_cut(values, values[place], slack)
        assert abs(int((values >= cut).sum()) - (80 - place)) <= slack
        assert values[0] < cut <= values[-1]


def test_given_cuts_and_units():
    given = {"Lactate": {"cuts": [2, 4], "unit": "mmol/L"}, "Age": [65], "CRP": {"unit": "mg/L"}}
    frame = table(
        Age=AGES, Lactate=np.linspace(0.5, 6, 10), CRP=[5, 9, 80, 90, 95, 4, 6, 99, 3, 88]
    )
    found = names(ScoreBinarizer(cut_points=given, max_cuts=1), frame)
    assert found == [
        "Age >= 65",
        "Lactate >= 2 mmol/L",
        "Lactate >= 4 mmol/L",
        "CRP >= 50 mg/L",
    ]


def test_cuts_from_a_file(tmp_path):
    file = tmp_path / "cuts.toml"
    file.write_text('[Age]\ncuts = [50, 65]\nunit = "years"\n')
    binarizer = clone(ScoreBinarizer(cut_points=file))
    assert names(binarizer, table(Age=AGES)) == ["Age >= 50 years", "Age >= 65 years"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[Agee]\ncuts = [50]", "no column 'Agee'; did you mean 'Age'?"),
        ("[Age]\ncuts = [65, 50]", "must ascend"),
        ("[Age]\ncuts = []", "give a list of numbers"),
        ("[Age]\ncuts = [50, true]", "the cut True is no finite number"),
        ("[Age]\ncut = [50]", "unknown key 'cut'"),
        ("[Age]\nunit = 3", "the unit is 3"),
        ("[Age\ncuts = [50]", "no TOML"),
        ('[Age]\ncodes = { 0.5 = "half" }', "code '0' is a table; a name or code with a dot"),
        ('[Age]\ncodes = { 0 = "no", 0.5 = "half" }', "a name or code with a dot stands in quotes"),
    ],
)
def test_bad_files_of_cuts_are_named(tmp_path, text, words):
    file = tmp_path / "cuts.toml"
    file.write_text(text)
    with pytest.raises(OptionError, match=r"cuts\.toml") as caught:
        ScoreBinarizer(cut_points=file).fit(table(Age=AGES), DIED)
    assert words in str(caught.value)


def test_given_cuts_that_part_no_rows_are_told():
    with pytest.warns(DataWarning, match=r"given cuts 120 part no rows"):
        ScoreBinarizer(cut_points={"Age": [50, 120]}).fit(table(Age=AGES), DIED)


def test_intervals_exclude_one_another():
    binarizer = ScoreBinarizer(cut_points={"Age": [50, 65, 75]}, intervals=True)
    made = features(
        binarizer, table(Age=[*AGES, 49, 50, 64, 65, 74, 75]), [*DIED, 0, 0, 1, 1, 1, 1]
    )
    assert made.columns.tolist() == ["Age 50 to 64", "Age 65 to 74", "Age >= 75"]
    assert made.tail(6).to_numpy().tolist() == [
        [0, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1],
    ]  # fmt: skip
    real = ScoreBinarizer(cut_points={"x": [0.5, 1]}, intervals=True)
    assert names(real, table(x=np.linspace(0, 2, 10))) == ["x 0.5 to <1", "x >= 1"]


def test_of_two_categories_the_riskier_is_shown():
    sex = ["m", "m", "f", "f", "f", "m", "m", "f", "m", "f"]
    assert names(ScoreBinarizer(), table(Sex=sex)) == ["Sex: f"]
    assert names(ScoreBinarizer(), table(Sex=sex), [1 - y for y in DIED]) == ["Sex: m"]


def test_rare_categories_are_joined():
    wards = ["A"] * 40 + ["B"] * 35 + ["C"] * 15 + ["D"] * 4 + ["E"] * 3 + ["F"] * 3
    made = features(ScoreBinarizer(), table(Ward=wards), [0, 1] * 50)
    assert made.columns.tolist() == ["Ward: A", "Ward: B", "Ward: C", "Ward: other"]
    assert made.sum().tolist() == [40, 35, 15, 10]
    few = features(ScoreBinarizer(), table(Ward=wards[:94]), [0, 1] * 47)
    assert few.columns.tolist() == ["Ward: A", "Ward: B", "Ward: C"]


def test_new_categories_count_as_other_and_are_told():
    wards = ["A"] * 50 + ["B"] * 40 + ["C"] * 4 + ["D"] * 4 + ["E"] * 2
    binarizer = ScoreBinarizer().fit(table(Ward=wards), [0, 1] * 50)
    with pytest.warns(DataWarning, match=r"'Ward' has categories .* \('X' in row 2\)"):
        made = binarizer.transform(table(Ward=["A", "X"]))
    assert made.tolist() == [[1, 0, 0], [0, 0, 1]]


def test_yes_and_no():
    frame = table(Smoker=[True, False] * 5, Diabetes=[0, 1, 1, 0, 0] * 2, Sepsis=["yes", "no"] * 5)
    assert names(ScoreBinarizer(), frame) == ["Smoker", "Diabetes", "Sepsis: no"]


def test_numbers_as_text_and_codes_as_categories():
    frame = table(Age=[str(age) for age in AGES], Stage=[1, 2, 3, 1, 2, 3, 1, 2, 3, 1])
    found = names(ScoreBinarizer(max_cuts=1, kinds={"Stage": "category"}), frame)
    assert found == ["Age >= 60", "Stage: 1", "Stage: 2", "Stage: 3"]


def test_codes_keep_their_names_beside_blanks():
    frame = table(Stage=[1, 2, np.nan, 1, 2, 1, 1, 2, 2, 1])
    found = names(ScoreBinarizer(kinds={"Stage": "category"}, blanks="impute"), frame)
    assert found == ["Stage: 2"]


@pytest.mark.parametrize("as_text", [False, True])
def test_dates_of_birth_become_ages(as_text):
    born = pd.to_datetime(["1950-06-30", "1950-07-01", "1960-02-29", "2000-01-01"] * 3)
    frame = table(Born=born.strftime("%Y-%m-%d") if as_text else born)
    binarizer = ScoreBinarizer(reference_date="2024-06-30", cut_points={"Born": [64, 74]})
    made = features(binarizer, frame, [1, 1, 0, 0] * 3)
    assert made.columns.tolist() == ["Age >= 64", "Age >= 74"]
    assert made.head(4).to_numpy().tolist() == [[1, 1], [1, 0], [1, 0], [0, 0]]


def test_years_up_to_another_column():
    frame = table(
        Born=pd.to_datetime(["1950-01-01"] * 5 + ["1980-01-01"] * 5),
        Admitted=pd.to_datetime(["2020-01-01"] * 10),
    )
    binarizer = ScoreBinarizer(reference_date="Admitted", max_cuts=1).fit(frame, [1] * 5 + [0] * 5)
    assert binarizer.get_feature_names_out().tolist() == ["Age >= 50"]
    later = frame.assign(Admitted=pd.to_datetime("2040-01-01"))
    assert binarizer.transform(later).ravel().tolist() == [1] * 10


def test_dates_need_a_reference():
    frame = table(Born=pd.to_datetime(["1950-01-01", "1980-01-01"] * 5))
    with pytest.raises(DataError, match="'Born' holds dates; give a reference date"):
        ScoreBinarizer().fit(frame, DIED)
    with pytest.raises(OptionError, match="neither a date such as 2024-03-31 nor a column"):
        ScoreBinarizer(reference_date="June").fit(frame, DIED)
    with pytest.raises(DataError, match=r"lies after the reference date in rows 2, 4, 6"):
        ScoreBinarizer(reference_date="1960-01-01").fit(frame, DIED)


BLANK = [1.0, np.nan, 3.0, 4.0, np.nan, 1.5, 2.0, 4.5, 1.0, 5.0]


def test_blanks_are_a_feature():
    frame = table(Lactate=BLANK, Ward=["A", None, "B", "A", "B", "A", "B", "A", None, "B"])
    made = features(ScoreBinarizer(max_cuts=1), frame)
    assert sorted(made.columns) == ["Lactate >= 3", "Lactate missing", "Ward missing", "Ward: B"]
    assert made["Lactate missing"].tolist() == np.isnan(BLANK).astype(int).tolist()
    assert not made.loc[np.isnan(BLANK), "Lactate >= 3"].any()
    assert made["Ward missing"].sum() == 2


def test_blanks_are_imputed():
    made = features(ScoreBinarizer(max_cuts=1, blanks="impute"), table(Lactate=BLANK))
    # The median of the known values is 2.5.
    assert made["Lactate >= 3"].tolist() == [0, 0, 1, 1, 0, 0, 0, 1, 0, 1]
    low = ScoreBinarizer(cut_points={"Lactate": [2.2]}, blanks="impute")
    assert features(low, table(Lactate=BLANK)).sum().item() == 6


def test_blanks_are_refused():
    with pytest.raises(DataError, match=r"'Lactate' is blank in rows 2 and 5"):
        features(ScoreBinarizer(blanks="refuse"), table(Lactate=BLANK))


def test_blanks_that_training_had_not_are_told():
    binarizer = ScoreBinarizer(cut_points={"Age": [60]}).fit(table(Age=AGES), DIED)
    with pytest.warns(DataWarning, match=r"'Age' is blank in row 2, .* counts as 60"):
        assert binarizer.transform(table(Age=[30, np.nan])).tolist() == [[0], [1]]


def test_columns_that_say_nothing_are_left_out():
    frame = table(
        Age=AGES * 3, Row=range(30), Diagnosis=[f"P{i}" for i in range(30)], Site=["X"] * 30,
        Notes=[None] * 30, patient_id=[i // 2 for i in range(30)],
    )  # fmt: skip
    with pytest.warns(DataWarning) as caught:
        found = names(ScoreBinarizer(max_cuts=1), frame, DIED * 3)
    assert found == ["Age >= 60"]
    told = " | ".join(str(entry.message) for entry in caught)
    for words in (
        "'Row' numbers the rows",
        "'Diagnosis' has 30 categories, nearly all of them rare",
        "'Site' is 'X' in every row",
        "'Notes' is blank in every row",
        "'patient_id' looks like an identifier that repeats (rows 1, 2, 3",
    ):
        assert words in told
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        with pytest.raises(DataError, match="no column gives a feature"):
            ScoreBinarizer().fit(frame[["Row", "Site"]], DIED * 3)
    kept = ScoreBinarizer(max_cuts=1, kinds={"Row": "number"}).fit(frame[["Row"]], DIED * 3)
    assert len(kept.groups_["Row"]) == 1


def test_groups_and_their_rules():
    frame = table(Age=AGES, Lactate=BLANK)
    binarizer = ScoreBinarizer(cut_points={"Age": [50, 65], "Lactate": [2, 4]}).fit(frame, DIED)
    assert binarizer.groups_ == {
        "Age": ("Age >= 50", "Age >= 65"),
        "Lactate": ("Lactate >= 2", "Lactate >= 4", "Lactate missing"),
    }
    limit, rise, fall = binarizer.constraints(at_most=1, rising=["Age"], falling=["Lactate"])
    assert limit.describe() == "at most 1 cut point of Age or Lactate"
    assert rise.describe() == "points rise along Age >= 50, Age >= 65"
    assert fall.describe() == "points fall along Lactate >= 2, Lactate >= 4"
    (only,) = binarizer.constraints(at_most={"Age": 1})
    assert only.describe() == "at most 1 cut point of Age"
    for options, words in (
        ({"at_most": {"Agee": 1}}, "no variable 'Agee'; did you mean 'Age'?"),
        ({"at_most": 0}, "give 1 or more"),
        ({"rising": ["Age"], "falling": ["Age"]}, "to rise and to fall"),
    ):
        with pytest.raises(ConstraintError, match=words):
            binarizer.constraints(**options)


def mixed(n=200, seed=0):
    rng = np.random.default_rng(seed)
    lactate = rng.gamma(2, 1.1, n)
    lactate[rng.random(n) < 0.2] = np.nan
    frame = table(
        Age=rng.normal(62, 14, n).round(1),
        Lactate=lactate,
        Sex=rng.choice(["f", "m"], n),
        Ward=rng.choice(list("ABCDEFG"), n, p=[0.3, 0.3, 0.2, 0.1, 0.04, 0.03, 0.03]),
        Smoker=rng.choice([True, False], n),
        Born=pd.to_datetime("1950-01-01") + pd.to_timedelta(rng.integers(0, 20000, n), unit="D"),
    )
    died = rng.random(n) < 1 / (1 + np.exp(-(frame["Age"] - 62) / 10))
    return frame, died.astype(int).to_numpy()


@pytest.mark.parametrize("options", [{}, {"intervals": True, "cuts": "quantile"}])
def test_the_record_is_data_and_does_the_same(options):
    frame, died = mixed()
    binarizer = ScoreBinarizer(reference_date="2024-06-30", **options).fit(frame, died)
    record = json.loads(json.dumps(binarizer.binning_.to_record()))
    again = Binning.from_record(record)
    assert again == binarizer.binning_
    # By name, in any order and among others.
    shuffled = frame[frame.columns[::-1]].assign(More=1)
    np.testing.assert_array_equal(again.encode(shuffled), binarizer.transform(frame))
    fitted = ScoreBinarizer.from_record(record)
    assert fitted.groups_ == binarizer.groups_
    np.testing.assert_array_equal(fitted.transform(frame), binarizer.transform(frame))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "code"}, "whose 'kind' is one of"),
        ({"column": ""}, "'column' in entry 1"),
        ({"cuts": [2, 1]}, "'cuts' in entry 1"),
        ({"cuts": ["__import__('os')"]}, "'cuts' in entry 1"),
        ({"more": 1}, "unknown keys 'more'"),
        ({"blanks": "guess"}, "'blanks' in entry 1"),
        ({"fill": "x"}, "lacks a number 'fill'"),
    ],
)
def test_bad_records_are_refused(change, words):
    good = {"kind": "thresholds", "column": "Age", "label": "Age", "cuts": [60.0], "fill": 60.0}
    Binning.from_record({"variables": [good]})
    with pytest.raises(ScoreError) as caught:
        Binning.from_record({"variables": [{**good, **change}]})
    assert words in str(caught.value)


def test_a_missing_column_is_named():
    binarizer = ScoreBinarizer().fit(table(Age=AGES), DIED)
    with pytest.raises(DataError, match=r"no column 'Age'.*did you mean 'age'"):
        binarizer.binning_.encode(table(age=AGES))


def test_in_a_pipeline_with_any_classifier():
    frame, died = mixed()
    pipeline = make_pipeline(ScoreBinarizer(drop=["Born"]), LogisticRegression())
    assert pipeline.fit(frame, died).score(frame, died) > 0.6


def test_the_order_of_rows_does_not_matter():
    frame, died = mixed()
    order = np.random.default_rng(5).permutation(len(frame))
    one = ScoreBinarizer(drop=["Born"]).fit(frame, died).binning_
    assert one == ScoreBinarizer(drop=["Born"]).fit(frame.iloc[order], died[order]).binning_


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cuts": "best"}, "cuts='best'"),
        ({"max_cuts": 0}, "max_cuts=0"),
        ({"min_share": 0.7}, "min_share=0.7"),
        ({"blanks": "zero"}, "blanks='zero'"),
        ({"kinds": {"Age": "text"}}, "'Age' is 'text'"),
        ({"drop": ["Agee"]}, "no column 'Agee'; did you mean 'Age'?"),
        ({"drop": "Age"}, "give a list of columns"),
    ],
)
def test_bad_options(options, words):
    with pytest.raises(OptionError) as caught:
        ScoreBinarizer(**options).fit(table(Age=AGES), DIED)
    assert words in str(caught.value)


def test_cuts_given_for_categories_are_refused():
    with pytest.raises(OptionError, match="cut points are given for 'Sex', which holds categories"):
        ScoreBinarizer(cut_points={"Sex": [1]}).fit(table(Sex=list("mf") * 5), DIED)
