"""HTTP interface of the service: a FastAPI application over the use cases."""
