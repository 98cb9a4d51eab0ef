"""From a table to the distinct, weighted rows that everything else works on."""

from riskslim.data.counts import Counts
from riskslim.data.dataset import Dataset

__all__ = ["Counts", "Dataset"]
