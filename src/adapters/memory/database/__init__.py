"""The ports of the database, over dictionaries."""
