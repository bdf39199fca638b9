"""Keep calibrations, and which one an assessment used

Revision: 0004
Follows: 0003
Made on: 2026-11-22
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calibration",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False, comment="Over the document"),
        sa.Column(
            "import_ids",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=False,
            comment="Imports of the measurements and sites",
        ),
        sa.Column("illustrative", sa.Boolean(), nullable=False, comment="Any input was illustrative"),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$'", name=op.f("ck_calibration_name_form")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_calibration_version_counts")),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_calibration_sha256_form")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration")),
    )
    op.create_index("uq_calibration_name_version", "calibration", ["name", "version"], unique=True)
    op.add_column(
        "assessment",
        sa.Column(
            "calibration",
            postgresql.JSONB(astext_type=sa.Text(), none_as_null=True),
            nullable=True,
            comment="name, version, sha256 of the calibration in use; NULL: none",
        ),
    )


def downgrade() -> None:
    op.drop_column("assessment", "calibration")
    op.drop_table("calibration")
