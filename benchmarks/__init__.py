"""Measures the system beside what it is compared with, in one run: ``make bench`` and ``make bench-peers``."""
