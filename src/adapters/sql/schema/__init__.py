"""Tables, mapping of rows to entities, and migration of the schema."""
