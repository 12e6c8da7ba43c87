"""Pictures that are deleted before the rows of their predictions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MYSQL = ("mysql", "mariadb")


def upgrade() -> None:
    state = sa.String(20).with_variant(mysql.VARCHAR(20, charset="ascii", collation="ascii_bin"), *_MYSQL)
    op.add_column("predictions", sa.Column("image_state", state))


def downgrade() -> None:
    op.drop_column("predictions", "image_state")
