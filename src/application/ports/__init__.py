"""Interfaces that the use cases need from outside, one file a port."""
