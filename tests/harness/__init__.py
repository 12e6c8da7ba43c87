"""Shared by tests, soak and benchmarks: real servers, the running system, builders of test data."""
