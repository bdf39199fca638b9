"""Places and roads whose coverage the plans ask for."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from geo.store.tables.base import COMMUNE_CODE_PATTERN, Base, BigId, ImportId, MultiLine, Point


class Place(Base):
    """A place that must have service: office, school, hospital, park, monument …"""

    __tablename__ = "place"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name_not_empty"),
        CheckConstraint("class <> ''", name="class_not_empty"),
        CheckConstraint(f"commune_code IS NULL OR commune_code ~ '{COMMUNE_CODE_PATTERN}'", name="commune_code_form"),
        Index("ix_place_geom", "geom", postgresql_using="gist"),
        Index("uq_place_code", "code", unique=True),
    )

    id: Mapped[BigId]
    import_id: Mapped[ImportId]
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    place_class: Mapped[str] = mapped_column("class", Text, index=True)
    commune_code: Mapped[str | None] = mapped_column(Text, index=True)
    geom: Mapped[Point]


class Road(Base):
    """A road, railway or waterway of a class."""

    __tablename__ = "road"
    __table_args__ = (
        CheckConstraint("class <> ''", name="class_not_empty"),
        Index("ix_road_geom", "geom", postgresql_using="gist"),
        Index("uq_road_code", "code", unique=True),
    )

    id: Mapped[BigId]
    import_id: Mapped[ImportId]
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    road_class: Mapped[str] = mapped_column("class", Text, index=True)
    geom: Mapped[MultiLine]
