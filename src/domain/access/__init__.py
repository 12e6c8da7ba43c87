"""Access to the service: owners, API keys and what a caller may do."""
