"""Fault injection under load: every fault that the system promises to survive, and the losses: ``make soak``."""
