"""Business rules: predictions, pictures, labels and webhooks. Standard library only."""
