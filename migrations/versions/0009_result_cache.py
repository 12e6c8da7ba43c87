"""What pictures were classified as before, and by which version of a model."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MYSQL = ("mysql", "mariadb")


def _ascii(length: int) -> sa.String:
    return sa.String(length).with_variant(mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), *_MYSQL)


def upgrade() -> None:
    op.add_column("predictions", sa.Column("image_hash", _ascii(64)))
    op.add_column("predictions", sa.Column("model_version", _ascii(64)))
    op.create_index("ix_predictions_image_hash", "predictions", ["image_hash"])
    op.create_table(
        "served_models",
        sa.Column(
            "model",
            sa.String(255).with_variant(mysql.VARCHAR(255, charset="utf8mb4", collation="utf8mb4_bin"), *_MYSQL),
            primary_key=True,
        ),
        sa.Column("version", _ascii(64), nullable=False),
        sa.Column("since", sa.DateTime().with_variant(mysql.DATETIME(fsp=6), *_MYSQL), nullable=False),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mariadb_engine="InnoDB",
        mariadb_charset="utf8mb4",
    )


def downgrade() -> None:
    op.drop_table("served_models")
    op.drop_index("ix_predictions_image_hash", "predictions")
    op.drop_column("predictions", "model_version")
    op.drop_column("predictions", "image_hash")
