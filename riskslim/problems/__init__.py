"""Problems: data, points and rules put together, ready to be solved, printed or written."""
