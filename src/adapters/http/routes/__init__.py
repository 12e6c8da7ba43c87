"""Endpoints, one file for each group: read the request, call the use case, write the response."""
