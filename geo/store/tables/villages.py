"""Villages (thôn, buôn, tổ dân phố) and their clusters (cụm dân cư)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from geo.store.tables.base import COMMUNE_CODE_PATTERN, Base, BigId, ImportId, OptionalPoint, Point, one_at_a_time

GRID_POWER = "grid_power IN ('national_grid', 'other_source', 'none', 'unknown')"


class Village(Base):
    """A village; without a point it stays in the list, with the status "no data"."""

    __tablename__ = "village"
    __table_args__ = (
        CheckConstraint(f"commune_code IS NULL OR commune_code ~ '{COMMUNE_CODE_PATTERN}'", name="commune_code_form"),
        CheckConstraint("commune_source IN ('declared', 'located', 'crosswalk', 'none')", name="commune_source_known"),
        CheckConstraint("name <> ''", name="name_not_empty"),
        CheckConstraint(GRID_POWER, name="grid_power_known"),
        CheckConstraint("households IS NULL OR households >= 0", name="households_not_negative"),
        CheckConstraint("population IS NULL OR population >= 0", name="population_not_negative"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity_order"),
        one_at_a_time("village", "code"),
        Index("ix_village_geom", "geom", postgresql_using="gist"),
        Index("ix_village_geog", text("(geom::geography)"), postgresql_using="gist"),
        Index("uq_village_code_current", "code", unique=True, postgresql_where=text("valid_to IS NULL")),
        Index("ix_village_commune_code", "commune_code"),
    )

    id: Mapped[BigId]
    import_id: Mapped[ImportId]
    code: Mapped[str] = mapped_column(Text, comment="Code of the file, or one made from commune, name and position")
    name: Mapped[str] = mapped_column(Text)
    name_normalised: Mapped[str] = mapped_column(Text, index=True)
    kind: Mapped[str | None] = mapped_column(Text, comment="thôn, buôn, tổ dân phố … as declared")
    commune_code: Mapped[str | None] = mapped_column(Text)
    commune_source: Mapped[str] = mapped_column(Text, comment="How the commune was found")
    geom: Mapped[OptionalPoint]
    households: Mapped[int | None]
    population: Mapped[int | None]
    grid_power: Mapped[str] = mapped_column(Text, server_default="unknown")
    grid_power_on: Mapped[dt.date | None]
    grid_power_source: Mapped[str | None] = mapped_column(Text)
    flags: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{}'::text[]"), comment="extremely_disadvantaged, ethnic_minority"
    )
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]

    clusters: Mapped[list[VillageCluster]] = relationship(
        back_populates="village", order_by="VillageCluster.code", cascade="all, delete-orphan"
    )


class VillageCluster(Base):
    """A group of houses of a village with its own point."""

    __tablename__ = "village_cluster"
    __table_args__ = (
        CheckConstraint(GRID_POWER, name="grid_power_known"),
        CheckConstraint("households IS NULL OR households >= 0", name="households_not_negative"),
        CheckConstraint("population IS NULL OR population >= 0", name="population_not_negative"),
        Index("ix_village_cluster_geom", "geom", postgresql_using="gist"),
        Index("uq_village_cluster_village_id_code", "village_id", "code", unique=True),
    )

    id: Mapped[BigId]
    import_id: Mapped[ImportId]
    village_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("village.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    geom: Mapped[Point]
    households: Mapped[int | None]
    population: Mapped[int | None]
    grid_power: Mapped[str] = mapped_column(Text, server_default="unknown")
    grid_power_on: Mapped[dt.date | None]
    grid_power_source: Mapped[str | None] = mapped_column(Text)

    village: Mapped[Village] = relationship(back_populates="clusters")
