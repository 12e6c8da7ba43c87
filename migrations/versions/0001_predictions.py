"""The predictions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MYSQL = ("mysql", "mariadb")


def _ascii(length: int) -> sa.String:
    return sa.String(length).with_variant(mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), *_MYSQL)


def _time() -> sa.DateTime:
    return sa.DateTime().with_variant(mysql.DATETIME(fsp=6), *_MYSQL)


def upgrade() -> None:
    op.create_table(
        "predictions",
        sa.Column("uuid", _ascii(50), primary_key=True),
        sa.Column("img", _ascii(255), nullable=False),
        sa.Column("prediction", sa.String(50)),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("model", sa.String(255), nullable=False),
        sa.Column("top_k", sa.Integer, nullable=False),
        sa.Column("status", _ascii(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("top", sa.Text),
        sa.Column("error_code", _ascii(50)),
        sa.Column("error_message", sa.String(255)),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("started_at", _time()),
        sa.Column("finished_at", _time()),
        sa.Column("due_at", _time()),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mariadb_engine="InnoDB",
        mariadb_charset="utf8mb4",
    )
    op.create_index("ix_predictions_due", "predictions", ["status", "due_at", "uuid"])


def downgrade() -> None:
    op.drop_table("predictions")
