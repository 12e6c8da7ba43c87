"""Connections to SQLite and MySQL: pools, errors, clock and health."""
