"""Owners of predictions, API keys that stand for them, and the rates of owners."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MYSQL = ("mysql", "mariadb")
_INNODB: dict[str, Any] = {
    f"{dialect}_{option}": value
    for dialect in _MYSQL
    for option, value in (("engine", "InnoDB"), ("charset", "utf8mb4"))
}
_UNIQUE = "ux_predictions_idempotency_key"
# The columns of each index that becomes one of every owner. They keep their names, which the statements of processes of
# the version before name as well: during an upgrade these go on, a little slower.
_INDEXES = {
    _UNIQUE: ["idempotency_key"],
    "ix_predictions_image_hash": ["image_hash"],
    "ix_predictions_status": ["status", "uuid"],
    "ix_predictions_model": ["model", "uuid"],
    "ix_predictions_status_model": ["status", "model", "uuid"],
}


def _ascii(length: int) -> sa.String:
    return sa.String(length).with_variant(mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), *_MYSQL)


def _time() -> sa.DateTime:
    return sa.DateTime().with_variant(mysql.DATETIME(fsp=6), *_MYSQL)


def upgrade() -> None:
    # A default for rows from before, and for processes of an older version during an upgrade.
    op.add_column("predictions", sa.Column("owner", _ascii(64), nullable=False, server_default="default"))
    for name, columns in _INDEXES.items():
        _replace_index(name, ["owner", *columns])
    op.create_index("ix_predictions_owner", "predictions", ["owner", "uuid"])
    op.create_table(
        "api_keys",
        sa.Column("id", _ascii(10), primary_key=True),
        sa.Column("owner", _ascii(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("digest", _ascii(64), nullable=False),
        sa.Column("scopes", _ascii(50), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sa.Column("expires_at", _time()),
        sa.Column("revoked_at", _time()),
        sa.Column("last_used_at", _time()),
        sa.Column("rate_per_minute", sa.Integer),
        sa.Column("burst", sa.Integer),
        sa.Column("max_queued", sa.Integer),
        sa.Column("max_priority", sa.Integer),
        **_INNODB,
    )
    op.create_table(
        "rate_buckets",
        sa.Column("owner", _ascii(64), primary_key=True),
        sa.Column("spent_until", _time(), nullable=False),
        **_INNODB,
    )


def downgrade() -> None:
    op.drop_table("rate_buckets")
    op.drop_table("api_keys")
    op.drop_index("ix_predictions_owner", "predictions")
    for name, columns in _INDEXES.items():
        _replace_index(name, columns)
    op.drop_column("predictions", "owner")


def _replace_index(name: str, columns: list[str]) -> None:
    """Give an index other columns, in MySQL without a moment in which there is none."""
    if op.get_bind().dialect.name in _MYSQL:
        kind = "UNIQUE INDEX" if name == _UNIQUE else "INDEX"
        op.execute(f"ALTER TABLE predictions DROP INDEX {name}, ADD {kind} {name} ({', '.join(columns)})")
    else:
        op.drop_index(name, "predictions")
        op.create_index(name, "predictions", columns, unique=name == _UNIQUE)
