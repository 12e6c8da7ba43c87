"""Webhooks: registration, delivery and allowed addresses."""
