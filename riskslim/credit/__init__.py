"""What a credit desk asks of a score: scaled points, attributes, gains, drift and reasons.

None of it changes the score: points, proof and risks stay as they are.
"""

from __future__ import annotations

from riskslim.credit.drift import Drift, find_drift
from riskslim.credit.gains import Gains, find_gains
from riskslim.credit.reasons import Reasons, find_reasons
from riskslim.credit.rejects import fuzzy_augmentation
from riskslim.credit.scale import Scale, ScaledScore
from riskslim.credit.scorecard import Scorecard, make_scorecard
from riskslim.exporters.characteristics import Characteristic, characteristics

__all__ = [
    "Characteristic",
    "Drift",
    "Gains",
    "Reasons",
    "Scale",
    "ScaledScore",
    "Scorecard",
    "characteristics",
    "find_drift",
    "find_gains",
    "find_reasons",
    "fuzzy_augmentation",
    "make_scorecard",
]
