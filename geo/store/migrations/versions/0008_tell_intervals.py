"""Tell intervals of shares and the probability of a centre

Revision: 0008
Follows: 0007
Made on: 2026-11-22
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NAMES = ("area", "population", "villages", "households")


def upgrade() -> None:
    for name in _NAMES:
        for end in ("low", "high"):
            comment = "Ends of the interval of the covered share" if (name, end) == ("area", "low") else None
            op.add_column(
                "coverage_statistic", sa.Column(f"{name}_{end}", sa.DOUBLE_PRECISION(), nullable=True, comment=comment)
            )
        op.create_check_constraint(
            op.f(f"ck_coverage_statistic_{name}_interval"),
            "coverage_statistic",
            f"({name}_low IS NULL) = ({name}_high IS NULL) AND ({name}_low IS NULL OR"
            f" (0 <= {name}_low AND {name}_low <= {name}_covered AND {name}_covered <= {name}_high))",
        )
    op.add_column(
        "village_status",
        sa.Column(
            "center_probability",
            sa.DOUBLE_PRECISION(),
            nullable=True,
            comment="That the centre is covered, given what the model may be wrong by",
        ),
    )
    op.create_check_constraint(
        op.f("ck_village_status_center_probability_range"),
        "village_status",
        "center_probability IS NULL OR center_probability BETWEEN 0 AND 1",
    )


def downgrade() -> None:
    op.drop_column("village_status", "center_probability")
    for name in _NAMES:
        op.drop_column("coverage_statistic", f"{name}_low")
        op.drop_column("coverage_statistic", f"{name}_high")
