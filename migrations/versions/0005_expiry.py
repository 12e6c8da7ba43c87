"""When a prediction that still waits is not wanted any more."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    op.add_column("predictions", sa.Column("expires_at", _TIME))
    op.create_index("ix_predictions_expires", "predictions", ["expires_at"])


def downgrade() -> None:
    op.drop_index("ix_predictions_expires", "predictions")
    op.drop_column("predictions", "expires_at")
