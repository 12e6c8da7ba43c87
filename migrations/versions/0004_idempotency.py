"""The client's key for a submission."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _ascii(length: int) -> sa.String:
    return sa.String(length).with_variant(
        mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
    )


def upgrade() -> None:
    op.add_column("predictions", sa.Column("idempotency_key", _ascii(255)))
    op.add_column("predictions", sa.Column("fingerprint", _ascii(64)))
    op.create_index("ux_predictions_idempotency_key", "predictions", ["idempotency_key"], unique=True)


def downgrade() -> None:
    op.drop_index("ux_predictions_idempotency_key", "predictions")
    op.drop_column("predictions", "fingerprint")
    op.drop_column("predictions", "idempotency_key")
