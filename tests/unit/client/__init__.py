"""The HTTP interface on the in-memory adapters."""
