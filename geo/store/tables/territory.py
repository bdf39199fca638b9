"""Administrative units with validity, and the crosswalk from old units to new ones."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.orm import Mapped, mapped_column

from geo.store.tables.base import COMMUNE_CODE_PATTERN, Base, BigId, ImportId, MultiPolygon, one_at_a_time


class AdminUnit(Base):
    """A commune (xã, phường) or a province (tỉnh) during its validity."""

    __tablename__ = "admin_unit"
    __table_args__ = (
        CheckConstraint("type IN ('xã', 'phường', 'đặc khu', 'tỉnh', 'thành phố')", name="type_known"),
        CheckConstraint(
            "CASE WHEN type IN ('tỉnh', 'thành phố') THEN code ~ '^[0-9]{2}$'"
            f" ELSE code ~ '{COMMUNE_CODE_PATTERN}' END",
            name="code_form",
        ),
        CheckConstraint("name <> ''", name="name_not_empty"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity_order"),
        CheckConstraint("ST_IsValid(geom) AND NOT ST_IsEmpty(geom)", name="geom_valid"),
        CheckConstraint("official_area_km2 IS NULL OR official_area_km2 > 0", name="official_area_positive"),
        CheckConstraint("population IS NULL OR population >= 0", name="population_not_negative"),
        CheckConstraint("households IS NULL OR households >= 0", name="households_not_negative"),
        one_at_a_time("admin_unit", "code"),
        Index("ix_admin_unit_geom", "geom", postgresql_using="gist"),
        Index("uq_admin_unit_code_valid_from", "code", "valid_from", unique=True),
        Index("uq_admin_unit_code_current", "code", unique=True, postgresql_where=text("valid_to IS NULL")),
    )

    id: Mapped[BigId]
    import_id: Mapped[ImportId]
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text, comment="Full name with its type, NFC")
    name_normalised: Mapped[str] = mapped_column(Text, index=True, comment="For matching, see geo.domain.codes")
    type: Mapped[str] = mapped_column(Text)
    parent_code: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[MultiPolygon]
    official_area_km2: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    population: Mapped[int | None]
    households: Mapped[int | None]
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None] = mapped_column(comment="First day on which it no longer holds")


class UnitCrosswalk(Base):
    """An old unit and one new unit that took (part of) it; a split unit has several rows."""

    __tablename__ = "unit_crosswalk"
    __table_args__ = (
        CheckConstraint(f"old_code ~ '{COMMUNE_CODE_PATTERN}'", name="old_code_form"),
        CheckConstraint(f"new_code ~ '{COMMUNE_CODE_PATTERN}'", name="new_code_form"),
        CheckConstraint("share IS NULL OR (share > 0 AND share <= 1)", name="share_range"),
        Index("uq_unit_crosswalk_old_code_new_code_changed_on", "old_code", "new_code", "changed_on", unique=True),
    )

    id: Mapped[BigId]
    import_id: Mapped[ImportId]
    old_code: Mapped[str] = mapped_column(Text)
    old_name: Mapped[str] = mapped_column(Text)
    old_name_normalised: Mapped[str] = mapped_column(Text, index=True)
    old_parent_name: Mapped[str | None] = mapped_column(Text)
    new_code: Mapped[str] = mapped_column(Text)
    share: Mapped[float | None] = mapped_column(DOUBLE_PRECISION, comment="Share of the old unit, where stated")
    changed_on: Mapped[dt.date]
