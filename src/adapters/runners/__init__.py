"""Driving adapters: threads that run use cases."""
