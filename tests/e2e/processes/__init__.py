"""Processes that start, stop, crash and come back."""
