"""Predictions and the embedded job queue in SQL: SQLite and MySQL through SQLAlchemy Core."""
