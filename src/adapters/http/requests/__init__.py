"""Read requests: bodies, parameters, limits and their errors."""
