"""Fibre nodes, and what operators declare to offer in a village."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION
from sqlalchemy.orm import Mapped, mapped_column

from geo.store.tables.base import Base, BigId, ImportId, Point, one_at_a_time


class FibreNode(Base):
    """A point where fibre can be reached: OLT, ODF, cabinet or distribution box."""

    __tablename__ = "fibre_node"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('olt', 'odf', 'cabinet', 'distribution_box', 'splitter', 'other')", name="kind_known"
        ),
        CheckConstraint("ports_total IS NULL OR ports_total >= 0", name="ports_total_not_negative"),
        CheckConstraint("ports_free IS NULL OR ports_free >= 0", name="ports_free_not_negative"),
        CheckConstraint(
            "ports_total IS NULL OR ports_free IS NULL OR ports_free <= ports_total", name="ports_free_within_total"
        ),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity_order"),
        one_at_a_time("fibre_node", "operator_code", "code"),
        Index("ix_fibre_node_geom", "geom", postgresql_using="gist"),
        Index("ix_fibre_node_geog", text("(geom::geography)"), postgresql_using="gist"),
        Index(
            "uq_fibre_node_operator_code_code_current",
            "operator_code",
            "code",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
    )

    id: Mapped[BigId]
    import_id: Mapped[ImportId]
    operator_code: Mapped[str] = mapped_column(Text, ForeignKey("operator.code"), index=True)
    code: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    geom: Mapped[Point]
    ports_total: Mapped[int | None]
    ports_free: Mapped[int | None]
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]


class VillageServiceDeclaration(Base):
    """An operator's statement about fibre in a village: households passed, free ports, fastest offer."""

    __tablename__ = "village_service_declaration"
    __table_args__ = (
        CheckConstraint("households_passed IS NULL OR households_passed >= 0", name="households_passed_not_negative"),
        CheckConstraint("ports_free IS NULL OR ports_free >= 0", name="ports_free_not_negative"),
        CheckConstraint("max_speed_mbps IS NULL OR max_speed_mbps > 0", name="max_speed_positive"),
        one_at_a_time("village_service_declaration", "village_id", "operator_code", since="as_of"),
        Index(
            "uq_village_service_declaration_current",
            "village_id",
            "operator_code",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
    )

    id: Mapped[BigId]
    import_id: Mapped[ImportId]
    village_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("village.id", ondelete="CASCADE"), index=True)
    operator_code: Mapped[str] = mapped_column(Text, ForeignKey("operator.code"))
    households_passed: Mapped[int | None]
    ports_free: Mapped[int | None]
    max_speed_mbps: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    as_of: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]
