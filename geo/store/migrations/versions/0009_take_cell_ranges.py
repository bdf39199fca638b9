"""Take the range of a cell as its operator configured it

Revision: 0009
Follows: 0008
Made on: 2026-11-22
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "cell",
        sa.Column("reach_m", sa.DOUBLE_PRECISION(), nullable=True, comment="Range of the cell as configured"),
    )
    op.create_check_constraint(
        op.f("ck_cell_reach_range"), "cell", "reach_m IS NULL OR (reach_m > 0 AND reach_m <= 100000)"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_cell_reach_range"), "cell", type_="check")
    op.drop_column("cell", "reach_m")
