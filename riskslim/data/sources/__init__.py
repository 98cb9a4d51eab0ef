"""Where tables come from: files and folders, databases, and tables that other libraries hold."""

from riskslim.data.sources.base import Source
from riskslim.data.sources.database import DatabaseTable
from riskslim.data.sources.opening import TableInput, name_of, table_source

__all__ = ["DatabaseTable", "Source", "TableInput", "name_of", "table_source"]
