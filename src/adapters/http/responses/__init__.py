"""Writing responses: predictions as JSON, problems, file names."""
