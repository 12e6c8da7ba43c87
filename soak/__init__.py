"""Hurts the running system in every way it promises to survive, and counts what that cost: ``make soak``."""
