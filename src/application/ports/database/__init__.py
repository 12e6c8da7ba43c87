"""Ports of the database."""
