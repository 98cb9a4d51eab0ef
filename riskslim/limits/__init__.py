"""Limits that hold for a whole command: the moment when it has to end, and memory."""
