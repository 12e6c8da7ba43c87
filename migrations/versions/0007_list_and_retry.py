"""Listing predictions by status and model, and counting attempts from a retry."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MYSQL = ("mysql", "mariadb")
_INDEXES = {
    "ix_predictions_status": ["status", "uuid"],
    "ix_predictions_model": ["model", "uuid"],
    "ix_predictions_status_model": ["status", "model", "uuid"],
}


def upgrade() -> None:
    op.add_column("predictions", sa.Column("attempts_before_retry", sa.Integer, nullable=False, server_default="0"))
    _collate("utf8mb4_bin")
    for name, columns in _INDEXES.items():
        op.create_index(name, "predictions", columns)


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "predictions")
    _collate(None)
    op.drop_column("predictions", "attempts_before_retry")


def _collate(collation: str | None) -> None:
    """Compare the names of models by this collation, or by the table's own; SQLite compares exactly anyway."""
    if op.get_bind().dialect.name in _MYSQL:
        model = mysql.VARCHAR(255, charset="utf8mb4", collation=collation)
        op.alter_column("predictions", "model", type_=model, nullable=False)
