"""Use cases. Each of them raises the `Unavailable` error of a dependency that cannot be reached."""
