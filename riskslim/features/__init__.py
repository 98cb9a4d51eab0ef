"""From raw clinical tables to named features of 0 and 1.

The transformer is `riskslim.ScoreBinarizer`; a score carries its `Binning` alone, which needs
no scikit-learn.
"""

from riskslim.features.binning import Binning

__all__ = ["Binning"]
