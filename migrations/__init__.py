"""Alembic migrations, installed with the package: `predictor migrate` runs them."""
