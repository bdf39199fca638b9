"""Declared values of targets, and the frozen list of villages that targets count."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.orm import Mapped, mapped_column

from geo.store.tables.base import COMMUNE_CODE_PATTERN, Base, BigId


class TargetMeasurement(Base):
    """A value that somebody stated for a target, with where it comes from; never changed, only added to."""

    __tablename__ = "target_measurement"
    __table_args__ = (
        CheckConstraint("source <> ''", name="source_not_empty"),
        Index("ix_target_measurement_target_id_as_of", "target_id", "as_of"),
    )

    id: Mapped[BigId]
    target_id: Mapped[str] = mapped_column(Text)
    reading: Mapped[str | None] = mapped_column(Text, comment="Reading of the target, where it has several")
    value: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    text_value: Mapped[str | None] = mapped_column(Text, comment="For targets that are not a number")
    as_of: Mapped[dt.date]
    source: Mapped[str] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class VillageBaseline(Base):
    """A frozen list of villages and clusters without full signal; its membership never changes."""

    __tablename__ = "village_baseline"
    __table_args__ = (
        CheckConstraint("label <> ''", name="label_not_empty"),
        Index("uq_village_baseline_label", "label", unique=True),
    )

    id: Mapped[BigId]
    label: Mapped[str] = mapped_column(Text)
    frozen_on: Mapped[dt.date]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    illustrative: Mapped[bool]
    rule_version: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)


class BaselineItem(Base):
    """One village or cluster of a baseline, kept by its code so that it outlives a new import."""

    __tablename__ = "baseline_item"
    __table_args__ = (
        CheckConstraint(f"commune_code IS NULL OR commune_code ~ '{COMMUNE_CODE_PATTERN}'", name="commune_code_form"),
        CheckConstraint("state IN ('partly_covered', 'not_covered')", name="state_known"),
        Index(
            "uq_baseline_item_member",
            "baseline_id",
            "technology",
            "operator_code",
            "village_code",
            text("coalesce(cluster_code, '')"),
            unique=True,
        ),
    )

    id: Mapped[BigId]
    baseline_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("village_baseline.id", ondelete="CASCADE"))
    technology: Mapped[str] = mapped_column(Text, comment="A technology, or mobile_broadband by the rule")
    operator_code: Mapped[str] = mapped_column(Text, comment="An operator, or any")
    village_code: Mapped[str] = mapped_column(Text)
    cluster_code: Mapped[str | None] = mapped_column(Text, comment="NULL: the village itself is the item")
    commune_code: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    grid_power: Mapped[str] = mapped_column(Text)
    households: Mapped[int | None]
