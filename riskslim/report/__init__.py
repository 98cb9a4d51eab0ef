"""A report on a score and how it does on data, as one page."""

from riskslim.report.credit import CreditDesk
from riskslim.report.page import make_report
from riskslim.report.people import ReportPeople

__all__ = ["CreditDesk", "ReportPeople", "make_report"]
