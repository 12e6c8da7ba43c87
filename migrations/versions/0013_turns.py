"""An index from which the jobs of owners are read in turn."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLE = "predictions"
# It keeps its name, which statements of the version before name as well: they read the same range of it, and sort.
_NAME = "ix_predictions_published"
_BEFORE = ["status", "published_at", "due_at"]
_NOW = ["status", "published_at", "priority", "owner", "due_at", "uuid"]


def upgrade() -> None:
    _replace_index(_NOW)


def downgrade() -> None:
    _replace_index(_BEFORE)


def _replace_index(columns: list[str]) -> None:
    """Give the index other columns, in MySQL without a moment in which there is none."""
    if op.get_bind().dialect.name in ("mysql", "mariadb"):
        op.execute(f"ALTER TABLE {_TABLE} DROP INDEX {_NAME}, ADD INDEX {_NAME} ({', '.join(columns)})")
    else:
        op.drop_index(_NAME, _TABLE)
        op.create_index(_NAME, _TABLE, columns)
