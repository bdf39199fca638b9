"""Assessments and their results; a result row never changes once its assessment is done."""

from __future__ import annotations

import datetime as dt
from typing import Any

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.store.tables.base import SHARE_RANGE, Base, BigId

DENOMINATORS = ("area", "population", "villages", "households")


def _assessment_key() -> Mapped[int]:
    return mapped_column(BigInteger, ForeignKey("assessment.id", ondelete="CASCADE"))


class Assessment(Base):
    """One computation of coverage from the data valid on a date."""

    __tablename__ = "assessment"
    __table_args__ = (
        CheckConstraint("status IN ('running', 'done', 'failed')", name="status_known"),
        CheckConstraint("inputs_sha256 ~ '^[0-9a-f]{64}$'", name="inputs_sha256_form"),
        CheckConstraint("cells_defaulted BETWEEN 0 AND cells_total", name="cells_defaulted_range"),
        CheckConstraint("population_source IN ('points', 'raster', 'none')", name="population_source_known"),
        CheckConstraint("(status = 'done') = (finished_at IS NOT NULL)", name="finished_when_done"),
        Index("ix_assessment_status_created_at", "status", "created_at"),
    )

    id: Mapped[BigId]
    status: Mapped[str] = mapped_column(Text)
    as_of: Mapped[dt.date]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[dt.datetime | None]
    territory_version: Mapped[str] = mapped_column(Text)
    rule_version: Mapped[str] = mapped_column(Text)
    radio_version: Mapped[str] = mapped_column(Text, comment="Model and radio parameter versions")
    technologies: Mapped[list[str]] = mapped_column(ARRAY(Text))
    operator_codes: Mapped[list[str]] = mapped_column(ARRAY(Text), comment="Active operators that were evaluated")
    operator_lists: Mapped[dict[str, Any]] = mapped_column(
        JSONB,
        server_default=text("'{}'::jsonb"),
        comment="By active operator: name, communes, communes_without_list",
    )
    area_code: Mapped[str | None] = mapped_column(Text, comment="Unit it was limited to; NULL: the whole territory")
    all_technologies: Mapped[bool] = mapped_column(
        server_default=text("true"), comment="Holds every technology that the rule counts as mobile broadband"
    )
    illustrative: Mapped[bool] = mapped_column(comment="Any input was illustrative")
    provenance: Mapped[dict[str, Any]] = mapped_column(
        JSONB, comment="By kind: illustrative, import ids, newest as_of, number of rows"
    )
    inputs_sha256: Mapped[str] = mapped_column(Text, comment="Over everything the result depends on")
    terrain: Mapped[dict[str, Any]] = mapped_column(
        JSONB, comment="used, step_m, void_share; used=false: computed over flat ground"
    )
    calibration: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True), comment="name, version, sha256 of the calibration in use; NULL: none"
    )
    population_source: Mapped[str] = mapped_column(Text)
    cells_total: Mapped[int]
    cells_defaulted: Mapped[int] = mapped_column(comment="Cells with at least one defaulted radio field")
    defaulted_fields: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="Cells by defaulted field")
    timings_s: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))


class CoverageStatistic(Base):
    """Covered, not covered and no data of a unit; each denominator's three shares add up to 1, or are all NULL."""

    __tablename__ = "coverage_statistic"
    __table_args__ = (
        PrimaryKeyConstraint("assessment_id", "unit_code", "technology", "operator_code", "min_operators", "tier"),
        CheckConstraint("min_operators >= 1 AND (min_operators = 1 OR operator_code = 'any')", name="min_operators"),
        *(
            CheckConstraint(
                f"({name}_covered IS NULL) = ({name}_not_covered IS NULL)"
                f" AND ({name}_covered IS NULL) = ({name}_no_data IS NULL)"
                f" AND ({name}_covered IS NULL OR ({name}_covered >= 0 AND {name}_not_covered >= 0"
                f" AND {name}_no_data >= 0 AND abs({name}_covered + {name}_not_covered + {name}_no_data - 1) < 1e-6))",
                name=f"{name}_adds_up",
            )
            for name in DENOMINATORS
        ),
        *(
            CheckConstraint(
                f"({name}_low IS NULL) = ({name}_high IS NULL) AND ({name}_low IS NULL OR"
                f" (0 <= {name}_low AND {name}_low <= {name}_covered AND {name}_covered <= {name}_high))",
                name=f"{name}_interval",
            )
            for name in DENOMINATORS
        ),
    )

    assessment_id: Mapped[int] = _assessment_key()
    unit_code: Mapped[str] = mapped_column(Text)
    unit_type: Mapped[str] = mapped_column(Text, comment="commune or province")
    technology: Mapped[str] = mapped_column(Text)
    operator_code: Mapped[str] = mapped_column(Text, comment="An operator, or any")
    min_operators: Mapped[int] = mapped_column(comment="Covered by at least this many operators; 1 but for any")
    tier: Mapped[str] = mapped_column(Text)
    area_covered: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    area_not_covered: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    area_no_data: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    population_covered: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    population_not_covered: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    population_no_data: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    villages_covered: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    villages_not_covered: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    villages_no_data: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    households_covered: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    households_not_covered: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    households_no_data: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    area_low: Mapped[float | None] = mapped_column(
        DOUBLE_PRECISION, comment="Ends of the interval of the covered share"
    )
    area_high: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    population_low: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    population_high: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    villages_low: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    villages_high: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    households_low: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    households_high: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    area_km2: Mapped[float | None] = mapped_column(DOUBLE_PRECISION, comment="Totals behind the shares")
    population: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    villages: Mapped[int | None]
    households: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    villages_without_population: Mapped[int | None] = mapped_column(
        comment="Villages without a number of people, left out of sum and share; NULL: people come from a raster"
    )
    villages_without_households: Mapped[int | None] = mapped_column(
        comment="Villages without a number of households, left out of sum and share"
    )


class VillageStatus(Base):
    """State of a village for a technology and an operator, or any operator."""

    __tablename__ = "village_status"
    __table_args__ = (
        PrimaryKeyConstraint("assessment_id", "village_id", "technology", "operator_code"),
        CheckConstraint("state IN ('covered', 'partly_covered', 'not_covered', 'no_data')", name="state_known"),
        CheckConstraint(SHARE_RANGE.format(column="center_probability"), name="center_probability_range"),
        Index("ix_village_status_assessment_id_state", "assessment_id", "technology", "operator_code", "state"),
        Index("ix_village_status_village_id", "village_id"),
    )

    # References are checked by triggers, for all rows of a statement at once (migration 0011).
    assessment_id: Mapped[int] = mapped_column(BigInteger)
    village_id: Mapped[int] = mapped_column(BigInteger)
    technology: Mapped[str] = mapped_column(Text)
    operator_code: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    level_dbm: Mapped[float | None] = mapped_column(DOUBLE_PRECISION, comment="At the centre")
    tier: Mapped[str | None] = mapped_column(Text, comment="Strongest tier that the centre reaches")
    operator_count: Mapped[int | None] = mapped_column(comment="For any: operators that cover the centre")
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, comment="[{code, ...values}]")
    center_probability: Mapped[float | None] = mapped_column(
        DOUBLE_PRECISION, comment="That the centre is covered, given what the model may be wrong by"
    )


class ClusterStatus(Base):
    """State of a cluster at its own point."""

    __tablename__ = "cluster_status"
    __table_args__ = (
        PrimaryKeyConstraint("assessment_id", "cluster_id", "technology", "operator_code"),
        CheckConstraint("state IN ('covered', 'not_covered', 'no_data')", name="state_known"),
        Index("ix_cluster_status_cluster_id", "cluster_id"),
    )

    # References are checked by triggers, for all rows of a statement at once (migration 0011).
    assessment_id: Mapped[int] = mapped_column(BigInteger)
    cluster_id: Mapped[int] = mapped_column(BigInteger)
    technology: Mapped[str] = mapped_column(Text)
    operator_code: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    level_dbm: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    tier: Mapped[str | None] = mapped_column(Text)


class CoverageGap(Base):
    """A connected area without coverage, made on the 500 m grid, with who lives in it."""

    __tablename__ = "coverage_gap"
    __table_args__ = (
        CheckConstraint("area_km2 > 0", name="area_positive"),
        CheckConstraint("population_source IN ('points', 'raster', 'none')", name="population_source_known"),
        Index("ix_coverage_gap_geom", "geom", postgresql_using="gist"),
        Index("ix_coverage_gap_assessment_id", "assessment_id", "technology", "operator_code"),
    )

    id: Mapped[BigId]
    assessment_id: Mapped[int] = _assessment_key()
    technology: Mapped[str] = mapped_column(Text)
    operator_code: Mapped[str] = mapped_column(Text)
    geom: Mapped[WKBElement] = mapped_column(Geometry("POLYGON", srid=4326, spatial_index=False))
    area_km2: Mapped[float] = mapped_column(DOUBLE_PRECISION, comment="Geodesic")
    population: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    households: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    villages: Mapped[int | None]
    villages_without_population: Mapped[int | None] = mapped_column(
        comment="Villages without a number of people, left out of sum and share; NULL: people come from a raster"
    )
    villages_without_households: Mapped[int | None] = mapped_column(
        comment="Villages without a number of households, left out of sum and share"
    )
    population_source: Mapped[str] = mapped_column(Text)
    commune_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))


class FibreReach(Base):
    """Fibre in a village: what is declared, and as a second figure how far the nearest node is."""

    __tablename__ = "fibre_reach"
    __table_args__ = (
        PrimaryKeyConstraint("assessment_id", "village_id"),
        CheckConstraint("state IN ('available', 'partly_available', 'not_available', 'no_data')", name="state_known"),
    )

    assessment_id: Mapped[int] = _assessment_key()
    village_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("village.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(Text)
    households: Mapped[int | None]
    households_passed: Mapped[int | None] = mapped_column(comment="Largest declaration of one operator: never a sum")
    households_passed_by_operator: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    ports_free: Mapped[int | None] = mapped_column(comment="Sum over the operators that declared")
    max_speed_mbps: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    households_passed_1gbps: Mapped[int | None]
    nearest_node_distance_m: Mapped[float | None] = mapped_column(DOUBLE_PRECISION, comment="Straight line, geodesic")


class PlaceCoverage(Base):
    """State at a place."""

    __tablename__ = "place_coverage"
    __table_args__ = (
        PrimaryKeyConstraint("assessment_id", "place_id", "technology", "operator_code"),
        CheckConstraint("state IN ('covered', 'not_covered', 'no_data')", name="state_known"),
    )

    assessment_id: Mapped[int] = _assessment_key()
    place_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("place.id", ondelete="CASCADE"), index=True)
    technology: Mapped[str] = mapped_column(Text)
    operator_code: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    level_dbm: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)


class RoadCoverage(Base):
    """Kilometres of a road class in a unit: covered, not covered, no data."""

    __tablename__ = "road_coverage"
    __table_args__ = (
        PrimaryKeyConstraint("assessment_id", "unit_code", "road_class", "technology", "operator_code"),
        CheckConstraint("covered_km >= 0 AND not_covered_km >= 0 AND no_data_km >= 0", name="lengths_not_negative"),
    )

    assessment_id: Mapped[int] = _assessment_key()
    unit_code: Mapped[str] = mapped_column(Text)
    road_class: Mapped[str] = mapped_column(Text)
    technology: Mapped[str] = mapped_column(Text)
    operator_code: Mapped[str] = mapped_column(Text)
    covered_km: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    not_covered_km: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    no_data_km: Mapped[float] = mapped_column(DOUBLE_PRECISION)
