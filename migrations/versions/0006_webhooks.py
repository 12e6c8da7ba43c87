"""The webhooks of predictions, what they have to be told, and each time they were."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MYSQL = ("mysql", "mariadb")


def _ascii(length: int) -> sa.String:
    return sa.String(length).with_variant(mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), *_MYSQL)


def _time() -> sa.DateTime:
    return sa.DateTime().with_variant(mysql.DATETIME(fsp=6), *_MYSQL)


def upgrade() -> None:
    op.add_column("predictions", sa.Column("webhook_url", _ascii(2048)))
    op.add_column("predictions", sa.Column("webhook_events", _ascii(50)))
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", _ascii(50), primary_key=True),
        sa.Column(
            "uuid",
            _ascii(50),
            sa.ForeignKey("predictions.uuid", name="fk_webhook_deliveries_uuid", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("event", _ascii(20), nullable=False),
        sa.Column("state", _ascii(20), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("due_at", _time()),
        # Made with the table: MySQL would otherwise make an index of its own for the foreign key.
        sa.Index("ix_webhook_deliveries_uuid", "uuid"),
        sa.Index("ix_webhook_deliveries_due", "due_at"),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mariadb_engine="InnoDB",
        mariadb_charset="utf8mb4",
    )
    op.create_table(
        "webhook_attempts",
        sa.Column(
            "delivery",
            _ascii(50),
            sa.ForeignKey("webhook_deliveries.id", name="fk_webhook_attempts_delivery", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("started_at", _time(), nullable=False),
        sa.Column("finished_at", _time()),
        sa.Column("status", sa.Integer),
        sa.Column("error", _ascii(50)),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mariadb_engine="InnoDB",
        mariadb_charset="utf8mb4",
    )


def downgrade() -> None:
    op.drop_table("webhook_attempts")
    op.drop_table("webhook_deliveries")
    op.drop_column("predictions", "webhook_events")
    op.drop_column("predictions", "webhook_url")
