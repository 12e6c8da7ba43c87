"""The lanes in which webhooks wait, so that a receiver that does not answer holds up no other."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_MYSQL = ("mysql", "mariadb")


def _ascii(length: int) -> sa.String:
    return sa.String(length).with_variant(mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), *_MYSQL)


def upgrade() -> None:
    # Deliveries that are pending have no lane yet; the service gives them theirs.
    op.add_column("webhook_deliveries", sa.Column("lane", _ascii(190), nullable=False, server_default=""))
    op.create_index("ix_webhook_deliveries_lane", "webhook_deliveries", ["lane", "due_at"])


def downgrade() -> None:
    op.drop_index("ix_webhook_deliveries_lane", "webhook_deliveries")
    op.drop_column("webhook_deliveries", "lane")
