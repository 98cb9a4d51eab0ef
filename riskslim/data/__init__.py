"""From a table to the distinct, weighted rows that everything else works on."""

from riskslim.data.counts import Counts
from riskslim.data.dataset import Dataset
from riskslim.data.sources import DatabaseTable

__all__ = ["Counts", "DatabaseTable", "Dataset"]
