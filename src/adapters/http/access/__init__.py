"""Admit callers: keys in headers, their check, and the layer in front of every endpoint."""
