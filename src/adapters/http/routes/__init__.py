"""The paths: a file for each group of them, which reads the request, asks its use case, and writes the answer."""
