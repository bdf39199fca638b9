"""Make the tables

Revision: 0001
Follows: nothing
Made on: 2026-11-22
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Made already by the superuser of the private cluster; elsewhere the owner needs the right to make it.
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.create_table(
        "assessment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("territory_version", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.Column("radio_version", sa.Text(), nullable=False, comment="Model and radio parameter versions"),
        sa.Column("technologies", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "operator_codes",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Active operators that were evaluated",
        ),
        sa.Column("area_code", sa.Text(), nullable=True, comment="Unit it was limited to; NULL: the whole territory"),
        sa.Column("illustrative", sa.Boolean(), nullable=False, comment="Any input was illustrative"),
        sa.Column(
            "provenance",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="By kind: illustrative, import ids, newest as_of, number of rows",
        ),
        sa.Column("inputs_sha256", sa.Text(), nullable=False, comment="Over everything the result depends on"),
        sa.Column(
            "terrain",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="used, step_m, void_share; used=false: computed over flat ground",
        ),
        sa.Column("population_source", sa.Text(), nullable=False),
        sa.Column("cells_total", sa.Integer(), nullable=False),
        sa.Column(
            "cells_defaulted", sa.Integer(), nullable=False, comment="Cells with at least one defaulted radio field"
        ),
        sa.Column(
            "defaulted_fields",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Cells by defaulted field",
        ),
        sa.Column(
            "timings_s", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.CheckConstraint(
            "(status = 'done') = (finished_at IS NOT NULL)", name=op.f("ck_assessment_finished_when_done")
        ),
        sa.CheckConstraint("inputs_sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_assessment_inputs_sha256_form")),
        sa.CheckConstraint(
            "population_source IN ('points', 'raster', 'none')", name=op.f("ck_assessment_population_source_known")
        ),
        sa.CheckConstraint("status IN ('running', 'done', 'failed')", name=op.f("ck_assessment_status_known")),
        sa.CheckConstraint(
            "cells_defaulted BETWEEN 0 AND cells_total", name=op.f("ck_assessment_cells_defaulted_range")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
    )
    op.create_index("ix_assessment_status_created_at", "assessment", ["status", "created_at"], unique=False)
    op.create_table(
        "import_record",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False, comment="SHA-256 over the bytes of the files in their order"),
        sa.Column(
            "options_sha256", sa.Text(), nullable=False, comment="SHA-256 over the options that change the result"
        ),
        sa.Column("illustrative", sa.Boolean(), nullable=False, comment="True for data made up for a first run"),
        sa.Column("as_of", sa.Date(), nullable=False, comment="Date that the data describe"),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "retired_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When its rows were taken out by the first real import of the kind, or cleared",
        ),
        sa.Column("crs", sa.Text(), nullable=True),
        sa.Column("operator_code", sa.Text(), nullable=True),
        sa.Column(
            "options", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column(
            "provenance",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="Issuer, licence, retrieved_on as declared",
        ),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_stored", sa.Integer(), nullable=False),
        sa.Column("rows_unchanged", sa.Integer(), nullable=False),
        sa.Column("rows_skipped", sa.Integer(), nullable=False, comment="Rows left out because of an error"),
        sa.Column("rows_folded", sa.Integer(), nullable=False, comment="Exact duplicates folded into another row"),
        sa.CheckConstraint(
            "kind IN ('boundaries', 'villages', 'sites', 'terrain', 'landcover', 'population', 'fibre', 'places', 'roads')",
            name=op.f("ck_import_record_kind_known"),
        ),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_import_record_sha256_form")),
        sa.CheckConstraint(
            "rows_read = rows_stored + rows_unchanged + rows_skipped + rows_folded",
            name=op.f("ck_import_record_counts_add_up"),
        ),
        sa.CheckConstraint(
            "rows_read >= 0 AND rows_stored >= 0 AND rows_unchanged >= 0 AND rows_skipped >= 0 AND rows_folded >= 0",
            name=op.f("ck_import_record_counts_not_negative"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_record")),
    )
    op.create_index(
        "uq_import_record_kind_sha256_options",
        "import_record",
        ["kind", "sha256", "options_sha256"],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.create_table(
        "operator",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("code ~ '^[a-z0-9_-]{1,40}$' AND code <> 'any'", name=op.f("ck_operator_code_form")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_operator_name_not_empty")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_operator")),
    )
    op.create_table(
        "target_measurement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("reading", sa.Text(), nullable=True, comment="Reading of the target, where it has several"),
        sa.Column("value", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("text_value", sa.Text(), nullable=True, comment="For targets that are not a number"),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("source <> ''", name=op.f("ck_target_measurement_source_not_empty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_measurement")),
    )
    op.create_index("ix_target_measurement_target_id_as_of", "target_measurement", ["target_id", "as_of"], unique=False)
    op.create_table(
        "village_baseline",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("frozen_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("illustrative", sa.Boolean(), nullable=False),
        sa.Column("rule_version", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("label <> ''", name=op.f("ck_village_baseline_label_not_empty")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_baseline")),
    )
    op.create_index("uq_village_baseline_label", "village_baseline", ["label"], unique=True)
    op.create_table(
        "admin_unit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="Full name with its type, NFC"),
        sa.Column("name_normalised", sa.Text(), nullable=False, comment="For matching, see geo.domain.codes"),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column(
            "geom", Geometry(geometry_type="MULTIPOLYGON", srid=4326, dimension=2, spatial_index=False), nullable=False
        ),
        sa.Column("official_area_km2", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="First day on which it no longer holds"),
        sa.CheckConstraint(
            "CASE WHEN type IN ('tỉnh', 'thành phố') THEN code ~ '^[0-9]{2}$' ELSE code ~ '^[0-9]{5}$' END",
            name=op.f("ck_admin_unit_code_form"),
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_admin_unit_name_not_empty")),
        sa.CheckConstraint(
            "type IN ('xã', 'phường', 'đặc khu', 'tỉnh', 'thành phố')", name=op.f("ck_admin_unit_type_known")
        ),
        sa.CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name=op.f("ck_admin_unit_geom_valid")),
        sa.CheckConstraint("households IS NULL OR households >= 0", name=op.f("ck_admin_unit_households_not_negative")),
        sa.CheckConstraint(
            "official_area_km2 IS NULL OR official_area_km2 > 0", name=op.f("ck_admin_unit_official_area_positive")
        ),
        sa.CheckConstraint("population IS NULL OR population >= 0", name=op.f("ck_admin_unit_population_not_negative")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_admin_unit_validity_order")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_record.id"], name=op.f("fk_admin_unit_import_id_import_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_unit")),
    )
    op.create_index("ix_admin_unit_geom", "admin_unit", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_admin_unit_import_id"), "admin_unit", ["import_id"], unique=False)
    op.create_index(op.f("ix_admin_unit_name_normalised"), "admin_unit", ["name_normalised"], unique=False)
    op.create_index(
        "uq_admin_unit_code_current", "admin_unit", ["code"], unique=True, postgresql_where=sa.text("valid_to IS NULL")
    )
    op.create_index("uq_admin_unit_code_valid_from", "admin_unit", ["code", "valid_from"], unique=True)
    op.create_table(
        "baseline_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("baseline_id", sa.BigInteger(), nullable=False),
        sa.Column("technology", sa.Text(), nullable=False, comment="A technology, or mobile_broadband by the rule"),
        sa.Column("operator_code", sa.Text(), nullable=False, comment="An operator, or any"),
        sa.Column("village_code", sa.Text(), nullable=False),
        sa.Column("cluster_code", sa.Text(), nullable=True, comment="NULL: the village itself is the item"),
        sa.Column("commune_code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("grid_power", sa.Text(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "commune_code IS NULL OR commune_code ~ '^[0-9]{5}$'", name=op.f("ck_baseline_item_commune_code_form")
        ),
        sa.CheckConstraint("state IN ('partly_covered', 'not_covered')", name=op.f("ck_baseline_item_state_known")),
        sa.ForeignKeyConstraint(
            ["baseline_id"],
            ["village_baseline.id"],
            name=op.f("fk_baseline_item_baseline_id_village_baseline"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baseline_item")),
    )
    op.create_index(
        "uq_baseline_item_member",
        "baseline_item",
        ["baseline_id", "technology", "operator_code", "village_code", sa.literal_column("coalesce(cluster_code, '')")],
        unique=True,
    )
    op.create_table(
        "coverage_gap",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("assessment_id", sa.BigInteger(), nullable=False),
        sa.Column("technology", sa.Text(), nullable=False),
        sa.Column("operator_code", sa.Text(), nullable=False),
        sa.Column(
            "geom", Geometry(geometry_type="POLYGON", srid=4326, dimension=2, spatial_index=False), nullable=False
        ),
        sa.Column("area_km2", sa.DOUBLE_PRECISION(), nullable=False, comment="Geodesic"),
        sa.Column("population", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("households", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("villages", sa.Integer(), nullable=True),
        sa.Column("population_source", sa.Text(), nullable=False),
        sa.Column("commune_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint(
            "population_source IN ('points', 'raster', 'none')", name=op.f("ck_coverage_gap_population_source_known")
        ),
        sa.CheckConstraint("area_km2 > 0", name=op.f("ck_coverage_gap_area_positive")),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessment.id"],
            name=op.f("fk_coverage_gap_assessment_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_gap")),
    )
    op.create_index(
        "ix_coverage_gap_assessment_id", "coverage_gap", ["assessment_id", "technology", "operator_code"], unique=False
    )
    op.create_index("ix_coverage_gap_geom", "coverage_gap", ["geom"], unique=False, postgresql_using="gist")
    op.create_table(
        "coverage_statistic",
        sa.Column("assessment_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("unit_type", sa.Text(), nullable=False, comment="commune or province"),
        sa.Column("technology", sa.Text(), nullable=False),
        sa.Column("operator_code", sa.Text(), nullable=False, comment="An operator, or any"),
        sa.Column(
            "min_operators",
            sa.Integer(),
            nullable=False,
            comment="Covered by at least this many operators; 1 but for any",
        ),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("area_covered", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("area_not_covered", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("area_no_data", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("population_covered", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("population_not_covered", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("population_no_data", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("villages_covered", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("villages_not_covered", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("villages_no_data", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("households_covered", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("households_not_covered", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("households_no_data", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("area_km2", sa.DOUBLE_PRECISION(), nullable=True, comment="Totals behind the shares"),
        sa.Column("population", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("villages", sa.Integer(), nullable=True),
        sa.Column("households", sa.DOUBLE_PRECISION(), nullable=True),
        sa.CheckConstraint(
            "min_operators >= 1 AND (min_operators = 1 OR operator_code = 'any')",
            name=op.f("ck_coverage_statistic_min_operators"),
        ),
        sa.CheckConstraint(
            "(area_covered IS NULL) = (area_not_covered IS NULL) AND (area_covered IS NULL) = (area_no_data IS NULL) AND (area_covered IS NULL OR (area_covered >= 0 AND area_not_covered >= 0 AND area_no_data >= 0 AND abs(area_covered + area_not_covered + area_no_data - 1) < 1e-6))",
            name=op.f("ck_coverage_statistic_area_adds_up"),
        ),
        sa.CheckConstraint(
            "(households_covered IS NULL) = (households_not_covered IS NULL) AND (households_covered IS NULL) = (households_no_data IS NULL) AND (households_covered IS NULL OR (households_covered >= 0 AND households_not_covered >= 0 AND households_no_data >= 0 AND abs(households_covered + households_not_covered + households_no_data - 1) < 1e-6))",
            name=op.f("ck_coverage_statistic_households_adds_up"),
        ),
        sa.CheckConstraint(
            "(population_covered IS NULL) = (population_not_covered IS NULL) AND (population_covered IS NULL) = (population_no_data IS NULL) AND (population_covered IS NULL OR (population_covered >= 0 AND population_not_covered >= 0 AND population_no_data >= 0 AND abs(population_covered + population_not_covered + population_no_data - 1) < 1e-6))",
            name=op.f("ck_coverage_statistic_population_adds_up"),
        ),
        sa.CheckConstraint(
            "(villages_covered IS NULL) = (villages_not_covered IS NULL) AND (villages_covered IS NULL) = (villages_no_data IS NULL) AND (villages_covered IS NULL OR (villages_covered >= 0 AND villages_not_covered >= 0 AND villages_no_data >= 0 AND abs(villages_covered + villages_not_covered + villages_no_data - 1) < 1e-6))",
            name=op.f("ck_coverage_statistic_villages_adds_up"),
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessment.id"],
            name=op.f("fk_coverage_statistic_assessment_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "assessment_id",
            "unit_code",
            "technology",
            "operator_code",
            "min_operators",
            "tier",
            name=op.f("pk_coverage_statistic"),
        ),
    )
    op.create_table(
        "fibre_node",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("operator_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("geom", Geometry(geometry_type="POINT", srid=4326, dimension=2, spatial_index=False), nullable=False),
        sa.Column("ports_total", sa.Integer(), nullable=True),
        sa.Column("ports_free", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('olt', 'odf', 'cabinet', 'distribution_box', 'splitter', 'other')",
            name=op.f("ck_fibre_node_kind_known"),
        ),
        sa.CheckConstraint("ports_free IS NULL OR ports_free >= 0", name=op.f("ck_fibre_node_ports_free_not_negative")),
        sa.CheckConstraint(
            "ports_total IS NULL OR ports_free IS NULL OR ports_free <= ports_total",
            name=op.f("ck_fibre_node_ports_free_within_total"),
        ),
        sa.CheckConstraint(
            "ports_total IS NULL OR ports_total >= 0", name=op.f("ck_fibre_node_ports_total_not_negative")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_fibre_node_validity_order")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_record.id"], name=op.f("fk_fibre_node_import_id_import_record")
        ),
        sa.ForeignKeyConstraint(
            ["operator_code"], ["operator.code"], name=op.f("fk_fibre_node_operator_code_operator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fibre_node")),
    )
    op.create_index(
        "ix_fibre_node_geog",
        "fibre_node",
        [sa.literal_column("(geom::geography)")],
        unique=False,
        postgresql_using="gist",
    )
    op.create_index("ix_fibre_node_geom", "fibre_node", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_fibre_node_import_id"), "fibre_node", ["import_id"], unique=False)
    op.create_index(op.f("ix_fibre_node_operator_code"), "fibre_node", ["operator_code"], unique=False)
    op.create_index(
        "uq_fibre_node_operator_code_code_current",
        "fibre_node",
        ["operator_code", "code"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "import_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="File name as handed in, without its folder"),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True, comment="http(s) address it was fetched from"),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_import_file_size_not_negative")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_record.id"], name=op.f("fk_import_file_import_id_import_record"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_file")),
    )
    op.create_index(op.f("ix_import_file_import_id"), "import_file", ["import_id"], unique=False)
    op.create_table(
        "import_problem",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("row_number", sa.Integer(), nullable=True, comment="Row of the file as a person counts it, from 1"),
        sa.Column("column_name", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column(
            "context",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
            comment="Values that fill the message",
        ),
        sa.Column(
            "raw_row",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="The row as read, for skipped rows",
        ),
        sa.CheckConstraint("severity IN ('error', 'warning')", name=op.f("ck_import_problem_severity_known")),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["import_record.id"],
            name=op.f("fk_import_problem_import_id_import_record"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_problem")),
    )
    op.create_index(op.f("ix_import_problem_import_id"), "import_problem", ["import_id"], unique=False)
    op.create_table(
        "mast",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("geom", Geometry(geometry_type="POINT", srid=4326, dimension=2, spatial_index=False), nullable=False),
        sa.Column("height_m", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("commune_code", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "commune_code IS NULL OR commune_code ~ '^[0-9]{5}$'", name=op.f("ck_mast_commune_code_form")
        ),
        sa.CheckConstraint("height_m IS NULL OR (height_m > 0 AND height_m < 1000)", name=op.f("ck_mast_height_range")),
        sa.ForeignKeyConstraint(["import_id"], ["import_record.id"], name=op.f("fk_mast_import_id_import_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mast")),
    )
    op.create_index(op.f("ix_mast_commune_code"), "mast", ["commune_code"], unique=False)
    op.create_index(
        "ix_mast_geog", "mast", [sa.literal_column("(geom::geography)")], unique=False, postgresql_using="gist"
    )
    op.create_index("ix_mast_geom", "mast", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_mast_import_id"), "mast", ["import_id"], unique=False)
    op.create_index("uq_mast_code", "mast", ["code"], unique=True)
    op.create_table(
        "place",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column("commune_code", sa.Text(), nullable=True),
        sa.Column("geom", Geometry(geometry_type="POINT", srid=4326, dimension=2, spatial_index=False), nullable=False),
        sa.CheckConstraint("class <> ''", name=op.f("ck_place_class_not_empty")),
        sa.CheckConstraint(
            "commune_code IS NULL OR commune_code ~ '^[0-9]{5}$'", name=op.f("ck_place_commune_code_form")
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_place_name_not_empty")),
        sa.ForeignKeyConstraint(["import_id"], ["import_record.id"], name=op.f("fk_place_import_id_import_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
    )
    op.create_index(op.f("ix_place_class"), "place", ["class"], unique=False)
    op.create_index(op.f("ix_place_commune_code"), "place", ["commune_code"], unique=False)
    op.create_index("ix_place_geom", "place", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_place_import_id"), "place", ["import_id"], unique=False)
    op.create_index("uq_place_code", "place", ["code"], unique=True)
    op.create_table(
        "raster_layer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False, comment="Name of the stored file: rasters/<sha256>.tif"),
        sa.Column("crs", sa.Text(), nullable=False),
        sa.Column("west", sa.DOUBLE_PRECISION(), nullable=False, comment="Outer edges in EPSG:4326, degrees"),
        sa.Column("south", sa.DOUBLE_PRECISION(), nullable=False),
        sa.Column("east", sa.DOUBLE_PRECISION(), nullable=False),
        sa.Column("north", sa.DOUBLE_PRECISION(), nullable=False),
        sa.Column("step_x", sa.DOUBLE_PRECISION(), nullable=False, comment="Pixel size in units of its CRS"),
        sa.Column("step_y", sa.DOUBLE_PRECISION(), nullable=False),
        sa.Column("void_share", sa.DOUBLE_PRECISION(), nullable=False, comment="Share of pixels without a value"),
        sa.Column("classes", postgresql.ARRAY(sa.BigInteger()), nullable=True, comment="Land cover classes found"),
        sa.CheckConstraint("kind IN ('terrain', 'landcover', 'population')", name=op.f("ck_raster_layer_kind_known")),
        sa.CheckConstraint("step_x > 0 AND step_y > 0", name=op.f("ck_raster_layer_steps_positive")),
        sa.CheckConstraint("west < east AND south < north", name=op.f("ck_raster_layer_box_not_empty")),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["import_record.id"],
            name=op.f("fk_raster_layer_import_id_import_record"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raster_layer")),
    )
    op.create_index(op.f("ix_raster_layer_import_id"), "raster_layer", ["import_id"], unique=False)
    op.create_table(
        "road",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column(
            "geom",
            Geometry(geometry_type="MULTILINESTRING", srid=4326, dimension=2, spatial_index=False),
            nullable=False,
        ),
        sa.CheckConstraint("class <> ''", name=op.f("ck_road_class_not_empty")),
        sa.ForeignKeyConstraint(["import_id"], ["import_record.id"], name=op.f("fk_road_import_id_import_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_road")),
    )
    op.create_index(op.f("ix_road_class"), "road", ["class"], unique=False)
    op.create_index("ix_road_geom", "road", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_road_import_id"), "road", ["import_id"], unique=False)
    op.create_index("uq_road_code", "road", ["code"], unique=True)
    op.create_table(
        "road_coverage",
        sa.Column("assessment_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("road_class", sa.Text(), nullable=False),
        sa.Column("technology", sa.Text(), nullable=False),
        sa.Column("operator_code", sa.Text(), nullable=False),
        sa.Column("covered_km", sa.DOUBLE_PRECISION(), nullable=False),
        sa.Column("not_covered_km", sa.DOUBLE_PRECISION(), nullable=False),
        sa.Column("no_data_km", sa.DOUBLE_PRECISION(), nullable=False),
        sa.CheckConstraint(
            "covered_km >= 0 AND not_covered_km >= 0 AND no_data_km >= 0",
            name=op.f("ck_road_coverage_lengths_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessment.id"],
            name=op.f("fk_road_coverage_assessment_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "assessment_id", "unit_code", "road_class", "technology", "operator_code", name=op.f("pk_road_coverage")
        ),
    )
    op.create_table(
        "site_list_declaration",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("operator_code", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column(
            "commune_codes",
            postgresql.ARRAY(sa.Text()),
            nullable=True,
            comment="Communes the list answers for; NULL: the whole territory",
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_record.id"], name=op.f("fk_site_list_declaration_import_id_import_record")
        ),
        sa.ForeignKeyConstraint(
            ["operator_code"], ["operator.code"], name=op.f("fk_site_list_declaration_operator_code_operator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_list_declaration")),
    )
    op.create_index(
        "ix_site_list_declaration_operator_code_as_of",
        "site_list_declaration",
        ["operator_code", "as_of"],
        unique=False,
    )
    op.create_index(
        "uq_site_list_declaration_import_id_operator_code",
        "site_list_declaration",
        ["import_id", "operator_code"],
        unique=True,
    )
    op.create_table(
        "unit_crosswalk",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("old_code", sa.Text(), nullable=False),
        sa.Column("old_name", sa.Text(), nullable=False),
        sa.Column("old_name_normalised", sa.Text(), nullable=False),
        sa.Column("old_parent_name", sa.Text(), nullable=True),
        sa.Column("new_code", sa.Text(), nullable=False),
        sa.Column("share", sa.DOUBLE_PRECISION(), nullable=True, comment="Share of the old unit, where stated"),
        sa.Column("changed_on", sa.Date(), nullable=False),
        sa.CheckConstraint("new_code ~ '^[0-9]{5}$'", name=op.f("ck_unit_crosswalk_new_code_form")),
        sa.CheckConstraint("old_code ~ '^[0-9]{5}$'", name=op.f("ck_unit_crosswalk_old_code_form")),
        sa.CheckConstraint("share IS NULL OR (share > 0 AND share <= 1)", name=op.f("ck_unit_crosswalk_share_range")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_record.id"], name=op.f("fk_unit_crosswalk_import_id_import_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_crosswalk")),
    )
    op.create_index(op.f("ix_unit_crosswalk_import_id"), "unit_crosswalk", ["import_id"], unique=False)
    op.create_index(
        op.f("ix_unit_crosswalk_old_name_normalised"), "unit_crosswalk", ["old_name_normalised"], unique=False
    )
    op.create_index(
        "uq_unit_crosswalk_old_code_new_code_changed_on",
        "unit_crosswalk",
        ["old_code", "new_code", "changed_on"],
        unique=True,
    )
    op.create_table(
        "village",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "code", sa.Text(), nullable=False, comment="Code of the file, or one made from commune, name and position"
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_normalised", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True, comment="thôn, buôn, tổ dân phố … as declared"),
        sa.Column("commune_code", sa.Text(), nullable=True),
        sa.Column("commune_source", sa.Text(), nullable=False, comment="How the commune was found"),
        sa.Column("geom", Geometry(geometry_type="POINT", srid=4326, dimension=2, spatial_index=False), nullable=True),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("grid_power", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("grid_power_on", sa.Date(), nullable=True),
        sa.Column("grid_power_source", sa.Text(), nullable=True),
        sa.Column(
            "flags",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'::text[]"),
            nullable=False,
            comment="extremely_disadvantaged, ethnic_minority",
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "commune_code IS NULL OR commune_code ~ '^[0-9]{5}$'", name=op.f("ck_village_commune_code_form")
        ),
        sa.CheckConstraint(
            "commune_source IN ('declared', 'located', 'crosswalk', 'none')",
            name=op.f("ck_village_commune_source_known"),
        ),
        sa.CheckConstraint(
            "grid_power IN ('national_grid', 'other_source', 'none', 'unknown')",
            name=op.f("ck_village_grid_power_known"),
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_village_name_not_empty")),
        sa.CheckConstraint("households IS NULL OR households >= 0", name=op.f("ck_village_households_not_negative")),
        sa.CheckConstraint("population IS NULL OR population >= 0", name=op.f("ck_village_population_not_negative")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_village_validity_order")),
        sa.ForeignKeyConstraint(["import_id"], ["import_record.id"], name=op.f("fk_village_import_id_import_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village")),
    )
    op.create_index("ix_village_commune_code", "village", ["commune_code"], unique=False)
    op.create_index(
        "ix_village_geog", "village", [sa.literal_column("(geom::geography)")], unique=False, postgresql_using="gist"
    )
    op.create_index("ix_village_geom", "village", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_village_import_id"), "village", ["import_id"], unique=False)
    op.create_index(op.f("ix_village_name_normalised"), "village", ["name_normalised"], unique=False)
    op.create_index(
        "uq_village_code_current", "village", ["code"], unique=True, postgresql_where=sa.text("valid_to IS NULL")
    )
    op.create_table(
        "fibre_reach",
        sa.Column("assessment_id", sa.BigInteger(), nullable=False),
        sa.Column("village_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column(
            "households_passed", sa.Integer(), nullable=True, comment="Largest declaration of one operator: never a sum"
        ),
        sa.Column(
            "households_passed_by_operator",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("ports_free", sa.Integer(), nullable=True, comment="Sum over the operators that declared"),
        sa.Column("max_speed_mbps", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("households_passed_1gbps", sa.Integer(), nullable=True),
        sa.Column("nearest_node_distance_m", sa.DOUBLE_PRECISION(), nullable=True, comment="Straight line, geodesic"),
        sa.CheckConstraint(
            "state IN ('available', 'partly_available', 'not_available', 'no_data')",
            name=op.f("ck_fibre_reach_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessment.id"],
            name=op.f("fk_fibre_reach_assessment_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["village_id"], ["village.id"], name=op.f("fk_fibre_reach_village_id_village"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("assessment_id", "village_id", name=op.f("pk_fibre_reach")),
    )
    op.create_index(op.f("ix_fibre_reach_village_id"), "fibre_reach", ["village_id"], unique=False)
    op.create_table(
        "place_coverage",
        sa.Column("assessment_id", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("technology", sa.Text(), nullable=False),
        sa.Column("operator_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("level_dbm", sa.DOUBLE_PRECISION(), nullable=True),
        sa.CheckConstraint(
            "state IN ('covered', 'not_covered', 'no_data')", name=op.f("ck_place_coverage_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessment.id"],
            name=op.f("fk_place_coverage_assessment_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_place_coverage_place_id_place"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "assessment_id", "place_id", "technology", "operator_code", name=op.f("pk_place_coverage")
        ),
    )
    op.create_index(op.f("ix_place_coverage_place_id"), "place_coverage", ["place_id"], unique=False)
    op.create_table(
        "site",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("mast_id", sa.BigInteger(), nullable=False),
        sa.Column("operator_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=True, comment="Declared as sharing infrastructure"),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("code <> ''", name=op.f("ck_site_code_not_empty")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_site_validity_order")),
        sa.ForeignKeyConstraint(["import_id"], ["import_record.id"], name=op.f("fk_site_import_id_import_record")),
        sa.ForeignKeyConstraint(["mast_id"], ["mast.id"], name=op.f("fk_site_mast_id_mast")),
        sa.ForeignKeyConstraint(["operator_code"], ["operator.code"], name=op.f("fk_site_operator_code_operator")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
    )
    op.create_index(op.f("ix_site_import_id"), "site", ["import_id"], unique=False)
    op.create_index(op.f("ix_site_mast_id"), "site", ["mast_id"], unique=False)
    op.create_index(op.f("ix_site_operator_code"), "site", ["operator_code"], unique=False)
    op.create_index(
        "uq_site_operator_code_code_current",
        "site",
        ["operator_code", "code"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "village_cluster",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("village_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("geom", Geometry(geometry_type="POINT", srid=4326, dimension=2, spatial_index=False), nullable=False),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("grid_power", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("grid_power_on", sa.Date(), nullable=True),
        sa.Column("grid_power_source", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "grid_power IN ('national_grid', 'other_source', 'none', 'unknown')",
            name=op.f("ck_village_cluster_grid_power_known"),
        ),
        sa.CheckConstraint(
            "households IS NULL OR households >= 0", name=op.f("ck_village_cluster_households_not_negative")
        ),
        sa.CheckConstraint(
            "population IS NULL OR population >= 0", name=op.f("ck_village_cluster_population_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_record.id"], name=op.f("fk_village_cluster_import_id_import_record")
        ),
        sa.ForeignKeyConstraint(
            ["village_id"], ["village.id"], name=op.f("fk_village_cluster_village_id_village"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_cluster")),
    )
    op.create_index("ix_village_cluster_geom", "village_cluster", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_village_cluster_import_id"), "village_cluster", ["import_id"], unique=False)
    op.create_index("uq_village_cluster_village_id_code", "village_cluster", ["village_id", "code"], unique=True)
    op.create_table(
        "village_service_declaration",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("village_id", sa.BigInteger(), nullable=False),
        sa.Column("operator_code", sa.Text(), nullable=False),
        sa.Column("households_passed", sa.Integer(), nullable=True),
        sa.Column("ports_free", sa.Integer(), nullable=True),
        sa.Column("max_speed_mbps", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "households_passed IS NULL OR households_passed >= 0",
            name=op.f("ck_village_service_declaration_households_passed_not_negative"),
        ),
        sa.CheckConstraint(
            "max_speed_mbps IS NULL OR max_speed_mbps > 0",
            name=op.f("ck_village_service_declaration_max_speed_positive"),
        ),
        sa.CheckConstraint(
            "ports_free IS NULL OR ports_free >= 0", name=op.f("ck_village_service_declaration_ports_free_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_record.id"], name=op.f("fk_village_service_declaration_import_id_import_record")
        ),
        sa.ForeignKeyConstraint(
            ["operator_code"], ["operator.code"], name=op.f("fk_village_service_declaration_operator_code_operator")
        ),
        sa.ForeignKeyConstraint(
            ["village_id"],
            ["village.id"],
            name=op.f("fk_village_service_declaration_village_id_village"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_service_declaration")),
    )
    op.create_index(
        op.f("ix_village_service_declaration_import_id"), "village_service_declaration", ["import_id"], unique=False
    )
    op.create_index(
        op.f("ix_village_service_declaration_village_id"), "village_service_declaration", ["village_id"], unique=False
    )
    op.create_index(
        "uq_village_service_declaration_current",
        "village_service_declaration",
        ["village_id", "operator_code"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "village_status",
        sa.Column("assessment_id", sa.BigInteger(), nullable=False),
        sa.Column("village_id", sa.BigInteger(), nullable=False),
        sa.Column("technology", sa.Text(), nullable=False),
        sa.Column("operator_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("level_dbm", sa.DOUBLE_PRECISION(), nullable=True, comment="At the centre"),
        sa.Column("tier", sa.Text(), nullable=True, comment="Strongest tier that the centre reaches"),
        sa.Column("operator_count", sa.Integer(), nullable=True, comment="For any: operators that cover the centre"),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="[{code, ...values}]"),
        sa.CheckConstraint(
            "state IN ('covered', 'partly_covered', 'not_covered', 'no_data')",
            name=op.f("ck_village_status_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessment.id"],
            name=op.f("fk_village_status_assessment_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["village_id"], ["village.id"], name=op.f("fk_village_status_village_id_village"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "assessment_id", "village_id", "technology", "operator_code", name=op.f("pk_village_status")
        ),
    )
    op.create_index(
        "ix_village_status_assessment_id_state",
        "village_status",
        ["assessment_id", "technology", "operator_code", "state"],
        unique=False,
    )
    op.create_index("ix_village_status_village_id", "village_status", ["village_id"], unique=False)
    op.create_table(
        "cell",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "code", sa.Text(), nullable=False, comment="Code of the file, or one made from technology, band and azimuth"
        ),
        sa.Column("technology", sa.Text(), nullable=False),
        sa.Column("band", sa.Text(), nullable=True, comment="3GPP band, for example B3 or n41"),
        sa.Column("frequency_mhz", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("bandwidth_mhz", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("azimuth_deg", sa.DOUBLE_PRECISION(), nullable=True, comment="NULL: omnidirectional"),
        sa.Column("mechanical_tilt_deg", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("electrical_tilt_deg", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("antenna_height_m", sa.DOUBLE_PRECISION(), nullable=True, comment="Above ground"),
        sa.Column("antenna_gain_dbi", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("antenna_model", sa.Text(), nullable=True),
        sa.Column(
            "power_dbm", sa.DOUBLE_PRECISION(), nullable=True, comment="Total of the carrier at the antenna port"
        ),
        sa.Column("eirp_dbm", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("status", sa.Text(), server_default="on_air", nullable=False),
        sa.Column("on_air_date", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("status IN ('planned', 'on_air', 'off_air', 'removed')", name=op.f("ck_cell_status_known")),
        sa.CheckConstraint("technology IN ('2G', '3G', '4G', '5G')", name=op.f("ck_cell_technology_known")),
        sa.CheckConstraint(
            "antenna_height_m IS NULL OR (antenna_height_m > 0 AND antenna_height_m < 1000)",
            name=op.f("ck_cell_antenna_height_range"),
        ),
        sa.CheckConstraint(
            "azimuth_deg IS NULL OR (azimuth_deg >= 0 AND azimuth_deg < 360)", name=op.f("ck_cell_azimuth_range")
        ),
        sa.CheckConstraint("bandwidth_mhz IS NULL OR bandwidth_mhz > 0", name=op.f("ck_cell_bandwidth_positive")),
        sa.CheckConstraint(
            "electrical_tilt_deg IS NULL OR electrical_tilt_deg BETWEEN -90 AND 90",
            name=op.f("ck_cell_electrical_tilt_range"),
        ),
        sa.CheckConstraint("frequency_mhz IS NULL OR frequency_mhz > 0", name=op.f("ck_cell_frequency_positive")),
        sa.CheckConstraint(
            "mechanical_tilt_deg IS NULL OR mechanical_tilt_deg BETWEEN -90 AND 90",
            name=op.f("ck_cell_mechanical_tilt_range"),
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_cell_validity_order")),
        sa.ForeignKeyConstraint(["import_id"], ["import_record.id"], name=op.f("fk_cell_import_id_import_record")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_cell_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell")),
    )
    op.create_index(op.f("ix_cell_import_id"), "cell", ["import_id"], unique=False)
    op.create_index(op.f("ix_cell_technology"), "cell", ["technology"], unique=False)
    op.create_index(
        "uq_cell_site_id_code_current",
        "cell",
        ["site_id", "code"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "cluster_status",
        sa.Column("assessment_id", sa.BigInteger(), nullable=False),
        sa.Column("cluster_id", sa.BigInteger(), nullable=False),
        sa.Column("technology", sa.Text(), nullable=False),
        sa.Column("operator_code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("level_dbm", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("tier", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('covered', 'not_covered', 'no_data')", name=op.f("ck_cluster_status_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessment.id"],
            name=op.f("fk_cluster_status_assessment_id_assessment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"],
            ["village_cluster.id"],
            name=op.f("fk_cluster_status_cluster_id_village_cluster"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "assessment_id", "cluster_id", "technology", "operator_code", name=op.f("pk_cluster_status")
        ),
    )
    op.create_index("ix_cluster_status_cluster_id", "cluster_status", ["cluster_id"], unique=False)


def downgrade() -> None:
    # The extension stays: other tables of the database may use it.
    op.drop_table("cluster_status")
    op.drop_table("cell")
    op.drop_table("village_status")
    op.drop_table("village_service_declaration")
    op.drop_table("village_cluster")
    op.drop_table("site")
    op.drop_table("place_coverage")
    op.drop_table("fibre_reach")
    op.drop_table("village")
    op.drop_table("unit_crosswalk")
    op.drop_table("site_list_declaration")
    op.drop_table("road_coverage")
    op.drop_table("road")
    op.drop_table("raster_layer")
    op.drop_table("place")
    op.drop_table("mast")
    op.drop_table("import_problem")
    op.drop_table("import_file")
    op.drop_table("fibre_node")
    op.drop_table("coverage_statistic")
    op.drop_table("coverage_gap")
    op.drop_table("baseline_item")
    op.drop_table("admin_unit")
    op.drop_table("village_baseline")
    op.drop_table("target_measurement")
    op.drop_table("operator")
    op.drop_table("import_record")
    op.drop_table("assessment")
