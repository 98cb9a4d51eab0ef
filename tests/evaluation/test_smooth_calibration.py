"""The smooth calibration curve finds the truth, and its band holds it as often as it says."""

import numpy as np
import pytest
from scipy.special import expit, logit

from riskslim.evaluation import smooth_calibration as module
from riskslim.evaluation.estimates import Merged, quantiles_of
from riskslim.evaluation.judged_people import JudgedPeople
from riskslim.evaluation.smooth_calibration import smooth_calibration


def people(bend, n=3000, seed=0):
    """People whose true risk is a bend of the predicted one."""
    random = np.random.default_rng(seed)
    risk = expit(random.normal(0, 1.3, n).round(1))
    return JudgedPeople(random.random(n) < bend(risk), risk, np.ones(n))


def test_the_curve_follows_the_truth():
    for bend in (lambda p: p, lambda p: expit(0.5 * logit(p) - 0.6), lambda p: 0.1 + 0.7 * p**2):
        found = smooth_calibration(people(bend))
        truth = bend(found.predicted)
        assert np.abs(found.observed - truth).max() < 0.09
        assert np.abs(found.observed - truth).mean() < 0.03
        inside = (found.low <= truth) & (truth <= found.high)
        assert inside.mean() > 0.8
        assert (found.low <= found.observed + 1e-9).all()
        assert (found.observed <= found.high + 1e-9).all()


def test_weights_count_like_copies_and_persons_widen_the_band(monkeypatch):
    monkeypatch.setattr(module, "_RESAMPLES", 30)
    one = people(lambda p: p, 400)
    double = JudgedPeople(one.positive, one.risk, 2 * one.weight)
    copies = JudgedPeople(np.tile(one.positive, 2), np.tile(one.risk, 2), np.ones(800))
    np.testing.assert_allclose(
        smooth_calibration(double).observed, smooth_calibration(copies).observed, atol=1e-4
    )
    cluster = np.tile(np.arange(400), 2)
    whole = JudgedPeople(copies.positive, copies.risk, copies.weight, cluster)
    widths = [np.mean(found.high - found.low) for found in map(smooth_calibration, (copies, whole))]
    assert widths[1] > 1.2 * widths[0]


def test_people_who_are_counted_have_the_curve_and_the_band_of_their_rows(monkeypatch):
    monkeypatch.setattr(module, "_RESAMPLES", 40)
    rows = people(lambda p: p, 1500)
    weight = np.random.default_rng(1).choice([0.5, 1.0, 4.0], 1500)
    for given in (np.ones(1500), weight):
        cells, place = np.unique(
            np.column_stack([rows.risk, rows.positive]), axis=0, return_inverse=True
        )
        counts, sums, squares = (np.bincount(place.ravel(), w) for w in (None, given, given**2))
        merged = Merged(counts, np.sqrt(squares) / sums)
        one = smooth_calibration(JudgedPeople(rows.positive, rows.risk, given))
        other = smooth_calibration(JudgedPeople(cells[:, 1] == 1, cells[:, 0], sums, merged=merged))
        np.testing.assert_allclose(other.observed, one.observed, atol=1e-9)
        widths = [np.mean(found.high - found.low) for found in (one, other)]
        assert widths[1] == pytest.approx(widths[0], rel=0.2)


def test_quantiles_are_those_of_every_person():
    random = np.random.default_rng(2)
    values, rows = random.normal(size=50), random.integers(1, 9, 50)
    shares = [0, 0.01, 0.25, 0.5, 0.75, 1]
    np.testing.assert_allclose(
        quantiles_of(values, rows, shares), np.quantile(np.repeat(values, rows), shares), rtol=1e-12
    )


def test_no_curve_of_few_risks_or_one_class():
    risk = np.repeat([0.1, 0.2, 0.4], 50)
    positive = np.arange(150) % 3 == 0
    assert smooth_calibration(JudgedPeople(positive, risk, np.ones(150))) is None
    spread = np.linspace(0.1, 0.9, 150)
    assert smooth_calibration(JudgedPeople(positive < 0, spread, np.ones(150))) is None
