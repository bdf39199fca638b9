"""Count the villages without a number of people or households

Revision: 0010
Follows: 0009
Made on: 2026-11-22
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TABLES = ("coverage_statistic", "coverage_gap")
_COLUMNS = {
    "villages_without_population": "Villages without a number of people, left out of sum and share; "
    "NULL: people come from a raster",
    "villages_without_households": "Villages without a number of households, left out of sum and share",
}


def upgrade() -> None:
    for table in _TABLES:
        for name, comment in _COLUMNS.items():
            op.add_column(table, sa.Column(name, sa.Integer(), nullable=True, comment=comment))


def downgrade() -> None:
    for table in _TABLES:
        for name in _COLUMNS:
            op.drop_column(table, name)
