"""Ports of what the database keeps."""
