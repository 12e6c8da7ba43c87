"""The service over HTTP, in each of its shapes."""
