"""A report on a score and how it does on data, as one page."""

from riskslim.report.credit import CreditDesk
from riskslim.report.page import make_report

__all__ = ["CreditDesk", "make_report"]
