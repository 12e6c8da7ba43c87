"""Ports of the job queue and its events."""
