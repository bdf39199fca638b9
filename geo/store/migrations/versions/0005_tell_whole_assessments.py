"""Tell which assessments hold every technology of the rule

Revision: 0005
Follows: 0004
Made on: 2026-11-22
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "assessment",
        sa.Column(
            "all_technologies",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Holds every technology that the rule counts as mobile broadband",
        ),
    )


def downgrade() -> None:
    op.drop_column("assessment", "all_technologies")
