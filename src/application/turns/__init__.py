"""Fairness between owners: they take turns."""
