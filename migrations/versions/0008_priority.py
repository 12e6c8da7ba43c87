"""Which predictions go first."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("predictions", sa.Column("priority", sa.Integer, nullable=False, server_default="5"))
    op.create_index("ix_predictions_urgent", "predictions", ["status", sa.text("priority DESC"), "due_at", "uuid"])


def downgrade() -> None:
    op.drop_index("ix_predictions_urgent", "predictions")
    op.drop_column("predictions", "priority")
