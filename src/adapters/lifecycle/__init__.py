"""Shared by adapters: the life of parts that run, and exponential back-off."""
