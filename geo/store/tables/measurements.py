"""Measurements from drive tests: position, time, level or path loss; nothing that tells who measured."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.dialects.postgresql import REAL, UUID
from sqlalchemy.orm import Mapped, mapped_column

from geo.store.tables.base import Base, BigId, ImportId, Point


class Measurement(Base):
    """One measured value at a place and a time."""

    __tablename__ = "measurement"
    __table_args__ = (
        CheckConstraint("technology IN ('2G', '3G', '4G', '5G')", name="technology_known"),
        CheckConstraint("level_dbm IS NOT NULL OR path_loss_db IS NOT NULL", name="has_a_value"),
        CheckConstraint("operator_code IS NOT NULL OR cell_code IS NOT NULL", name="has_a_network"),
        CheckConstraint("operator_code IS NULL OR operator_code ~ '^[a-z0-9_-]{1,40}$'", name="operator_code_form"),
        CheckConstraint("accuracy_m IS NULL OR accuracy_m >= 0", name="accuracy_not_negative"),
        CheckConstraint("speed_kmh IS NULL OR speed_kmh >= 0", name="speed_not_negative"),
        Index("ix_measurement_geom", "geom", postgresql_using="gist"),
        Index("uq_measurement_digest", "digest", unique=True),
        Index("ix_measurement_technology_operator_code", "technology", "operator_code"),
    )

    id: Mapped[BigId]
    import_id: Mapped[ImportId]
    digest: Mapped[uuid.UUID] = mapped_column(
        UUID(as_uuid=True), comment="Over every value of the row: the same measurement in two files is one"
    )
    measured_at: Mapped[dt.datetime]
    geom: Mapped[Point]
    technology: Mapped[str] = mapped_column(Text)
    operator_code: Mapped[str | None] = mapped_column(
        Text, comment="No reference to operator: a measurement must not make an operator active"
    )
    cell_code: Mapped[str | None] = mapped_column(Text, comment="As in the site list, or ECGI or NCGI")
    band: Mapped[str | None] = mapped_column(Text)
    level_dbm: Mapped[float | None] = mapped_column(REAL, comment="RSRP, SS-RSRP, RSCP or RxLev")
    path_loss_db: Mapped[float | None] = mapped_column(REAL)
    accuracy_m: Mapped[float | None] = mapped_column(REAL, comment="Of the position, as the instrument states it")
    speed_kmh: Mapped[float | None] = mapped_column(REAL)
