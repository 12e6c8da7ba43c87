"""What the running system tells of itself."""
