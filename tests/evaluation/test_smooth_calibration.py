"""The smooth calibration curve finds the truth, and its band holds it as often as it says."""

import numpy as np
from scipy.special import expit, logit

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


def test_weights_count_like_copies_and_persons_widen_the_band():
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


def test_no_curve_of_few_risks_or_one_class():
    risk = np.repeat([0.1, 0.2, 0.4], 50)
    positive = np.arange(150) % 3 == 0
    assert smooth_calibration(JudgedPeople(positive, risk, np.ones(150))) is None
    spread = np.linspace(0.1, 0.9, 150)
    assert smooth_calibration(JudgedPeople(positive < 0, spread, np.ones(150))) is None
