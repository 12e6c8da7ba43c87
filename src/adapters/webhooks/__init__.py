"""Webhooks over HTTP: signed, and only to allowed addresses."""
