"""Real servers for tests: private ones that a test may kill, stop, pause and start again, or given ones."""
