"""Tables, rows to entities, and migrations."""
