"""Measured antenna patterns by model, frequency and electrical tilt, as the maker's file has them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION
from sqlalchemy.orm import Mapped, mapped_column

from geo.store.tables.base import Base, BigId, ImportId


class AntennaPattern(Base):
    """The pattern of one antenna; angles clockwise from the main lobe, and downwards from the horizon."""

    __tablename__ = "antenna_pattern"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name_not_empty"),
        CheckConstraint("frequency_mhz IS NULL OR frequency_mhz > 0", name="frequency_positive"),
        CheckConstraint("cardinality(horizontal_deg) = cardinality(horizontal_db)", name="horizontal_complete"),
        CheckConstraint("cardinality(vertical_deg) = cardinality(vertical_db)", name="vertical_complete"),
        Index(
            "uq_antenna_pattern_model",
            "model_key",
            text("coalesce(frequency_mhz, 0)"),
            "electrical_tilt_deg",
            unique=True,
        ),
    )

    id: Mapped[BigId]
    import_id: Mapped[ImportId]
    model_key: Mapped[str] = mapped_column(Text, comment="Name in plain letters and digits, on which cells find it")
    name: Mapped[str] = mapped_column(Text)
    maker: Mapped[str | None] = mapped_column(Text)
    frequency_mhz: Mapped[float | None] = mapped_column(DOUBLE_PRECISION, comment="NULL: for every frequency")
    gain_dbi: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    electrical_tilt_deg: Mapped[float] = mapped_column(DOUBLE_PRECISION, comment="With which it was measured")
    horizontal_deg: Mapped[list[float]] = mapped_column(ARRAY(DOUBLE_PRECISION))
    horizontal_db: Mapped[list[float]] = mapped_column(ARRAY(DOUBLE_PRECISION), comment="Attenuation")
    vertical_deg: Mapped[list[float]] = mapped_column(ARRAY(DOUBLE_PRECISION))
    vertical_db: Mapped[list[float]] = mapped_column(ARRAY(DOUBLE_PRECISION), comment="Attenuation")
