"""Webhooks over HTTP: signed, and never turned inward."""
