"""Classify the pictures of queued jobs."""
