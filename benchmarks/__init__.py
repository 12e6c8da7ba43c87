"""Measurements of the system and of its alternatives in one run: ``make bench`` and ``make bench-peers``."""
