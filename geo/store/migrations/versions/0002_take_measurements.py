"""Take measurements

Revision: 0002
Follows: 0001
Made on: 2026-11-22
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KINDS = ("boundaries", "villages", "sites", "terrain", "landcover", "population", "fibre", "places", "roads")


def _allow_kinds(kinds: tuple[str, ...]) -> None:
    allowed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_import_record_kind_known"), "import_record", type_="check")
    op.create_check_constraint(op.f("ck_import_record_kind_known"), "import_record", f"kind IN ({allowed})")


def upgrade() -> None:
    _allow_kinds((*_KINDS, "measurements"))
    op.create_table(
        "measurement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "digest",
            postgresql.UUID(as_uuid=True),
            nullable=False,
            comment="Over every value of the row: the same measurement in two files is one",
        ),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("geom", Geometry(geometry_type="POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column("technology", sa.Text(), nullable=False),
        sa.Column(
            "operator_code",
            sa.Text(),
            nullable=True,
            comment="No reference to operator: a measurement must not make an operator active",
        ),
        sa.Column("cell_code", sa.Text(), nullable=True, comment="As in the site list, or ECGI or NCGI"),
        sa.Column("band", sa.Text(), nullable=True),
        sa.Column("level_dbm", sa.REAL(), nullable=True, comment="RSRP, SS-RSRP, RSCP or RxLev"),
        sa.Column("path_loss_db", sa.REAL(), nullable=True),
        sa.Column("accuracy_m", sa.REAL(), nullable=True, comment="Of the position, as the instrument states it"),
        sa.Column("speed_kmh", sa.REAL(), nullable=True),
        sa.CheckConstraint("technology IN ('2G', '3G', '4G', '5G')", name=op.f("ck_measurement_technology_known")),
        sa.CheckConstraint(
            "level_dbm IS NOT NULL OR path_loss_db IS NOT NULL", name=op.f("ck_measurement_has_a_value")
        ),
        sa.CheckConstraint(
            "operator_code IS NOT NULL OR cell_code IS NOT NULL", name=op.f("ck_measurement_has_a_network")
        ),
        sa.CheckConstraint(
            "operator_code IS NULL OR operator_code ~ '^[a-z0-9_-]{1,40}$'",
            name=op.f("ck_measurement_operator_code_form"),
        ),
        sa.CheckConstraint("accuracy_m IS NULL OR accuracy_m >= 0", name=op.f("ck_measurement_accuracy_not_negative")),
        sa.CheckConstraint("speed_kmh IS NULL OR speed_kmh >= 0", name=op.f("ck_measurement_speed_not_negative")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_record.id"], name=op.f("fk_measurement_import_id_import_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurement")),
    )
    op.create_index(op.f("ix_measurement_import_id"), "measurement", ["import_id"], unique=False)
    op.create_index("ix_measurement_geom", "measurement", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("uq_measurement_digest", "measurement", ["digest"], unique=True)
    op.create_index(
        "ix_measurement_technology_operator_code", "measurement", ["technology", "operator_code"], unique=False
    )


def downgrade() -> None:
    op.drop_table("measurement")
    op.execute("DELETE FROM import_record WHERE kind = 'measurements'")
    _allow_kinds(_KINDS)
