"""When the broker confirmed a prediction's job."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    op.add_column("predictions", sa.Column("published_at", _TIME))
    op.create_index("ix_predictions_published", "predictions", ["status", "published_at", "due_at"])


def downgrade() -> None:
    op.drop_index("ix_predictions_published", "predictions")
    op.drop_column("predictions", "published_at")
