"""From a table to a score in one step: the whole way, whichever door a user came in by."""
