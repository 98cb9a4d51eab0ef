"""Bounds, signs and penalties of the points."""

import numpy as np
import pytest

from riskslim.errors import CoefficientError
from riskslim.problems.coefficients import CoefficientSet

pytestmark = pytest.mark.fast

NAMES = ("Age_lt_30", "Age_ge_60", "Sex", "odd[1]", "odd1")


@pytest.fixture
def points():
    return CoefficientSet(NAMES)


def ranges(points):
    return list(zip(points.lower.tolist(), points.upper.tolist(), strict=True))


def test_defaults(points):
    assert ranges(points) == [(-5, 5)] * 5
    assert np.isnan(points.C0).all()
    assert points.intercept_lower is None


def test_set_by_name_pattern_and_list(points):
    assert ranges(points.set("Sex", upper=3))[2] == (-5, 3)
    assert ranges(points.set("Age*", lower=0)) == [(0, 5)] * 2 + [(-5, 5)] * 3
    assert ranges(points.set(["Sex", "Age_g*"], fixed=2))[1:3] == [(2, 2), (2, 2)]


def test_a_name_is_a_name_even_if_it_looks_like_a_pattern(points):
    assert ranges(points.set("odd[1]", fixed=1))[3:] == [(1, 1), (-5, 5)]


def test_set_returns_a_copy(points):
    points.set("Sex", fixed=1)
    assert points == CoefficientSet(NAMES)
    with pytest.raises(ValueError, match="read-only"):
        points.lower[0] = 1


@pytest.mark.parametrize(
    ("sign", "wanted"), [("+", (0, 5)), (1, (0, 5)), ("-", (-5, 0)), (-1, (-5, 0))]
)
def test_sign(points, sign, wanted):
    assert ranges(points.set("Sex", sign=sign))[2] == wanted


def test_sign_keeps_a_tighter_range(points):
    assert ranges(points.set("Sex", lower=2, upper=4).set("Sex", sign="+"))[2] == (2, 4)


def test_penalty(points):
    assert points.set("Sex", C0=0.1).C0[2] == 0.1
    assert CoefficientSet(NAMES, C0=0.5).C0.tolist() == [0.5] * 5


def test_intercept(points):
    changed = points.set_intercept(lower=-3)
    assert (changed.intercept_lower, changed.intercept_upper) == (-3, None)
    with pytest.raises(CoefficientError, match="lower=3 is above upper=2"):
        points.set_intercept(3, 2)


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (("sex",), {"fixed": 1}, "did you mean 'Sex'"),
        (("Agf*",), {"fixed": 1}, "pattern that no feature matches: 'Agf*'"),
        (([],), {"fixed": 1}, "no feature is named"),
        ((3,), {"fixed": 1}, "not by 3"),
        (([3],), {"fixed": 1}, "a string, not by 3"),
        (("Sex",), {}, "nothing to set"),
        (("Sex",), {"lower": 1.5}, "lower=1.5 is no whole number"),
        (("Sex",), {"upper": float("nan")}, "no whole number"),
        (("Sex",), {"upper": 10**9}, "lies outside"),
        (("Sex",), {"lower": 6}, "no points are left for 'Sex': at least 6 and at most 5"),
        (("Sex",), {"sign": "positive"}, "none of '+', '-'"),
        (("Sex",), {"lower": 2, "sign": "-"}, "no points are left"),
        (("Sex",), {"fixed": 2, "sign": "+"}, "leave out"),
        (("Sex",), {"C0": -1}, "C0=-1"),
    ],
)
def test_refused(points, arguments, options, words):
    with pytest.raises(CoefficientError) as caught:
        points.set(*arguments, **options)
    assert words in str(caught.value)


def test_refused_at_once():
    with pytest.raises(CoefficientError, match="given twice: 'a'"):
        CoefficientSet(["a", "a"])
    with pytest.raises(CoefficientError, match="lower=2 is above upper=1"):
        CoefficientSet(["a"], lower=2, upper=1)


def test_order_of_the_data(points):
    changed = points.set("Sex", fixed=3).for_features(NAMES[::-1])
    assert ranges(changed)[2] == (3, 3)
    assert changed.feature_names == NAMES[::-1]
    with pytest.raises(CoefficientError, match="lacks 'Weight' and has beyond the data's 'odd1'"):
        points.for_features([*NAMES[:4], "Weight"])


def test_repr_is_a_table(points):
    text = repr(points.set("Sex", lower=1, C0=0.25))
    assert text.splitlines()[0].split() == ["feature", "lower", "upper", "C0"]
    assert next(line for line in text.splitlines() if "Sex" in line).split()[1:] == [
        "1",
        "5",
        "0.25",
    ]


def test_values_instead_of_bounds():
    points = CoefficientSet(NAMES, values=[5, -10, 0, 5, 1])
    assert points.values == ((-10, 0, 1, 5),) * 5
    assert ranges(points) == [(-10, 5)] * 5
    assert [rule.describe() for rule in points.rules] == ["points are among -10, 0, 1 and 5"]
    signed = points.set("Sex", sign="+").set("Age*", values=[-1, 1])
    assert signed.values == ((-1, 1), (-1, 1), (0, 1, 5), (-10, 0, 1, 5), (-10, 0, 1, 5))
    assert ranges(signed)[1:3] == [(-1, 1), (0, 5)]
    assert len(signed.rules) == 3
    assert points.set("Sex", fixed=3).values[2] is None
    assert points.set("Sex", lower=-20).values == points.values
    assert points.set("Sex", upper=0) != points
    assert "among -10, 0, 1, 5" in repr(points)


def test_a_set_for_any_features():
    any_features = CoefficientSet(values=[-2, 0, 1]).set_intercept(lower=-9)
    assert any_features.for_features(NAMES) == CoefficientSet(
        NAMES, values=[-2, 0, 1]
    ).set_intercept(lower=-9)
    assert CoefficientSet(lower=0).for_features(NAMES) == CoefficientSet(NAMES, 0)
    with pytest.raises(CoefficientError, match="'Sex'"):
        any_features.set("Sex", fixed=1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"values": []}, "leaves no points"),
        ({"values": [1.5]}, "no whole number"),
        ({"values": "1, 2"}, "no whole number"),
        ({"values": [1], "lower": 0}, "leave out lower and upper"),
    ],
)
def test_values_that_are_none(options, words):
    with pytest.raises(CoefficientError, match=words):
        CoefficientSet(NAMES, **options)


def test_values_that_leave_nothing(points):
    with pytest.raises(CoefficientError, match=r"no points are left for 'Sex'.*among -2, 3"):
        points.set("Sex", values=[-2, 3]).set("Sex", lower=-1, upper=2)
    for other in ({"fixed": 1}, {"lower": 1}, {"sign": "+"}):
        with pytest.raises(CoefficientError, match="already sets the points; leave out"):
            points.set("Sex", values=[1, 2], **other)
