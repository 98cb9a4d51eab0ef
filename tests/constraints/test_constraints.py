"""Rules state themselves as rows and in words, and refuse what makes no sense."""

import math

import numpy as np
import pytest

from riskslim.constraints import (
    AllOrNone,
    Classed,
    Constraint,
    CutLimit,
    GroupCount,
    GroupLimit,
    Linear,
    NotBoth,
    RateParity,
    Setting,
    SizeLimit,
    check_constraints,
)
from riskslim.errors import ConstraintError
from riskslim.problems.rows import Reach, rows_of

pytestmark = pytest.mark.fast

NAMES = ("Age_lt_30", "Age_ge_60", "Sex", "Weight")
SETTING = Setting.of_names(NAMES)


def as_rows(rule, setting):
    d = len(setting.feature_names)
    reach = Reach(setting.feature_names, np.full(d + 1, -5.0), np.full(d + 1, 5.0), d)
    return [row for part in rule.rows(setting) for row in rows_of(part, reach)]


def test_size():
    (row,) = as_rows(SizeLimit(at_least=1, at_most=3), SETTING)
    assert row.indicators == dict.fromkeys(NAMES, 1.0)
    assert (row.lower, row.upper) == (1, 3)
    assert SizeLimit(at_least=1, at_most=3).describe() == "1 to 3 features"
    assert SizeLimit(at_least=2, at_most=2).describe() == "exactly 2 features"


def test_group():
    rule = GroupLimit("Age*", at_most=1)
    (row,) = rule.rows(SETTING)
    assert row.indicators == {"Age_lt_30": 1.0, "Age_ge_60": 1.0}
    assert (row.lower, row.upper) == (-math.inf, 1)
    assert rule.describe() == "at most 1 of Age*"
    assert row.name == rule.name == "group(Age*)"


def test_a_group_may_come_from_an_iterator():
    rule = GroupLimit((name for name in NAMES[:2]), at_least=1)
    assert rule.rows(SETTING) == rule.rows(SETTING)
    assert len(rule.rows(SETTING)[0].indicators) == 2


def test_all_or_none():
    rule = AllOrNone(["Sex", "Weight", "Age_lt_30"])
    rows = rule.rows(SETTING)
    assert [row.indicators for row in rows] == [
        {"Age_lt_30": 1.0, "Sex": -1.0},
        {"Sex": 1.0, "Weight": -1.0},
    ]
    assert all(row.lower == row.upper == 0 for row in rows)
    assert len({row.name for row in rows}) == 2
    assert rule.describe() == "all or none of Sex, Weight, Age_lt_30"


def test_linear():
    rule = Linear({"Sex": 2, "(Intercept)": -1}, {"Weight": 1}, upper=3, name="mine")
    (row,) = rule.rows(SETTING)
    assert row.points == {"Sex": 2.0, "(Intercept)": -1.0}
    assert row.indicators == {"Weight": 1.0}
    assert rule.describe() == "2 x points of Sex - points of (Intercept) + [Weight used] <= 3"
    assert Linear({"Sex": 1}, lower=1, upper=1).describe() == "points of Sex = 1"
    assert Linear({"Sex": 1}, lower=1).describe() == "points of Sex >= 1"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SizeLimit(), "says nothing"),
        (lambda: SizeLimit(at_least=3, at_most=2), "at_least=3 is more than at_most=2"),
        (lambda: SizeLimit(at_most=-1), "no count"),
        (lambda: SizeLimit(at_most=1.5), "no count"),
        (lambda: GroupLimit("Age*"), "Age*: says nothing"),
        (lambda: GroupLimit("Bge*", at_most=1).rows(SETTING), "no feature matches: 'Bge*'"),
        (lambda: AllOrNone("Sex").rows(SETTING), "at least two"),
        (lambda: Linear({"Sex": 1}), "give lower or upper"),
        (lambda: Linear({"Sex": 0}, upper=1), "no coefficient"),
        (lambda: Linear({"Sex": math.nan}, upper=1), "coefficient of 'Sex' is nan"),
        (lambda: Linear({"Sex": 1}, lower=2, upper=1), "leave nothing between"),
        (lambda: Linear({"Sex": 1}, lower=math.inf), "wrong way round"),
        (lambda: Linear({"sex": 1}, lower=1).rows(SETTING), "did you mean 'Sex'"),
        (lambda: Linear({}, {"(Intercept)": 1}, lower=1).rows(SETTING), "no indicator"),
        (lambda: check_constraints([3]), "is no constraint"),
        (
            lambda: check_constraints([GroupLimit("A", at_most=1), GroupLimit("A", at_most=2)]),
            "another name=",
        ),
    ],
)
def test_refused(make, words):
    with pytest.raises(ConstraintError) as caught:
        make()
    assert words in str(caught.value)


def test_protocol():
    for rule in (
        SizeLimit(at_most=1),
        GroupLimit("A", at_most=1),
        AllOrNone("A"),
        Linear({"A": 1}, {}, lower=0),
    ):
        assert isinstance(rule, Constraint)


def test_a_limit_on_groups_counts_those_that_have_a_member_in_use():
    import itertools

    names = ["a", "b", "c", "d", "e", "f"]
    setting = Setting.of_names(names)
    for groups in ((["a", "b"], ["c"], ["d", "e", "f"]), (["a", "b"], ["b", "c"], ["c"])):
        for at_most in (0, 1, 2, 3):
            rows = as_rows(GroupCount(groups, at_most=at_most), setting)
            assert len({row.name for row in rows}) == len(rows)
            switches = sorted({name for row in rows for name in row.binaries})
            for used in itertools.product((0, 1), repeat=len(names)):
                on = {name for name, value in zip(names, used, strict=True) if value}
                count = sum(bool(on & set(group)) for group in groups)
                holds = any(
                    all(
                        sum(row.indicators[name] for name in row.indicators if name in on)
                        + sum(row.binaries[name] for name in row.binaries if name in up)
                        <= row.upper
                        for row in rows
                    )
                    for up in map(
                        set,
                        itertools.chain.from_iterable(
                            itertools.combinations(switches, k) for k in range(len(switches) + 1)
                        ),
                    )
                )
                assert holds == (count <= at_most)


def test_groups_of_one_feature_each_are_counted_without_variables():
    rows = as_rows(GroupCount(["a", "c", "d"], at_most=2), Setting.of_names(["a", "b", "c", "d"]))
    assert [dict(row.indicators) for row in rows] == [{"a": 1.0, "c": 1.0, "d": 1.0}]
    assert not rows[0].binaries
    assert rows[0].upper == 2


def test_features_that_are_no_list_are_not_taken_for_other_arguments() -> None:
    with pytest.raises(ConstraintError, match=r"several features are one list, as in NotBoth\("):
        NotBoth("A", "B")
    with pytest.raises(ConstraintError, match="GroupLimit takes group and then names"):
        GroupLimit("A", 1)
    assert NotBoth(["A", "B"], name="mine") == NotBoth(("A", "B"), name="mine")


def test_a_limit_may_follow_without_its_name_where_no_feature_can_be_meant() -> None:
    assert GroupCount([["A", "B"], ["C"]], 1) == GroupCount([["A", "B"], ["C"]], at_most=1)
    assert CutLimit({"A": ["A1", "A2"]}, 2) == CutLimit({"A": ["A1", "A2"]}, at_most=2)
    assert Classed({"A": 1}, positive=True) == Classed({"A": 1}, True)
    assert RateParity("fpr", ["A = 1", "A = 0"], 0.1).difference == 0.1
    with pytest.raises(ConstraintError, match="at_most='B' is no count"):
        GroupCount(["A"], "B")  # type: ignore[arg-type]
