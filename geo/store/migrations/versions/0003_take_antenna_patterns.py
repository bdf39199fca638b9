"""Take antenna patterns

Revision: 0003
Follows: 0002
Made on: 2026-11-22
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KINDS = (
    "boundaries",
    "villages",
    "sites",
    "terrain",
    "landcover",
    "population",
    "fibre",
    "places",
    "roads",
    "measurements",
)


def _allow_kinds(kinds: tuple[str, ...]) -> None:
    allowed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_import_record_kind_known"), "import_record", type_="check")
    op.create_check_constraint(op.f("ck_import_record_kind_known"), "import_record", f"kind IN ({allowed})")


def _numbers(name: str, comment: str | None = None) -> sa.Column[list[float]]:
    return sa.Column(name, postgresql.ARRAY(sa.DOUBLE_PRECISION()), nullable=False, comment=comment)


def upgrade() -> None:
    _allow_kinds((*_KINDS, "antennas"))
    op.create_table(
        "antenna_pattern",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "model_key",
            sa.Text(),
            nullable=False,
            comment="Name in plain letters and digits, on which cells find it",
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=True),
        sa.Column("frequency_mhz", sa.DOUBLE_PRECISION(), nullable=True, comment="NULL: for every frequency"),
        sa.Column("gain_dbi", sa.DOUBLE_PRECISION(), nullable=False),
        sa.Column("electrical_tilt_deg", sa.DOUBLE_PRECISION(), nullable=False, comment="With which it was measured"),
        _numbers("horizontal_deg"),
        _numbers("horizontal_db", "Attenuation"),
        _numbers("vertical_deg"),
        _numbers("vertical_db", "Attenuation"),
        sa.CheckConstraint("name <> ''", name=op.f("ck_antenna_pattern_name_not_empty")),
        sa.CheckConstraint(
            "frequency_mhz IS NULL OR frequency_mhz > 0", name=op.f("ck_antenna_pattern_frequency_positive")
        ),
        sa.CheckConstraint(
            "cardinality(horizontal_deg) = cardinality(horizontal_db)",
            name=op.f("ck_antenna_pattern_horizontal_complete"),
        ),
        sa.CheckConstraint(
            "cardinality(vertical_deg) = cardinality(vertical_db)", name=op.f("ck_antenna_pattern_vertical_complete")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_record.id"], name=op.f("fk_antenna_pattern_import_id_import_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_antenna_pattern")),
    )
    op.create_index(op.f("ix_antenna_pattern_import_id"), "antenna_pattern", ["import_id"], unique=False)
    op.create_index(
        "uq_antenna_pattern_model",
        "antenna_pattern",
        ["model_key", sa.text("coalesce(frequency_mhz, 0)"), "electrical_tilt_deg"],
        unique=True,
    )


def downgrade() -> None:
    op.drop_table("antenna_pattern")
    op.execute("DELETE FROM import_record WHERE kind = 'antennas'")
    _allow_kinds(_KINDS)
