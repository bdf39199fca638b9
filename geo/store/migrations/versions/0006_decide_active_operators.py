"""Decide which operators are active by their networks, not by their rows

Revision: 0006
Follows: 0005
Made on: 2026-11-22
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("operator", "active")
    op.add_column(
        "operator",
        sa.Column(
            "runs_mobile",
            sa.Boolean(),
            nullable=True,
            comment="Decided by the department: runs base stations of its own; NULL: as files and parameters say",
        ),
    )
    op.add_column("operator", sa.Column("runs_mobile_on", sa.Date(), nullable=True, comment="Date of the decision"))
    op.add_column(
        "operator",
        sa.Column("runs_mobile_source", sa.Text(), nullable=True, comment="Document or person it comes from"),
    )
    op.create_check_constraint(
        op.f("ck_operator_decision_has_source"),
        "operator",
        "(runs_mobile IS NULL) = (runs_mobile_on IS NULL)"
        " AND (runs_mobile IS NULL) = (runs_mobile_source IS NULL) AND runs_mobile_source <> ''",
    )
    op.add_column(
        "assessment",
        sa.Column(
            "operator_lists",
            postgresql.JSONB(),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="By active operator: name, communes, communes_without_list",
        ),
    )


def downgrade() -> None:
    op.drop_column("assessment", "operator_lists")
    op.drop_constraint(op.f("ck_operator_decision_has_source"), "operator", type_="check")
    for name in ("runs_mobile_source", "runs_mobile_on", "runs_mobile"):
        op.drop_column("operator", name)
    op.add_column("operator", sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False))
