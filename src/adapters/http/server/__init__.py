"""Connections: what a client may do before there is a request, and while it reads the answer."""
