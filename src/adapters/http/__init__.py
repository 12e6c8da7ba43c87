"""The HTTP face of the service: a FastAPI application over the use cases."""
