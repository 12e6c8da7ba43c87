"""Adapters of the ports, one folder a technology; they do not import each other."""
