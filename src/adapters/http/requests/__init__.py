"""Reading requests: bodies, parameters, limits and their errors."""
