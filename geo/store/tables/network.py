"""Operators, masts, sites and cells, and which site lists were handed in for which territory."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION
from sqlalchemy.orm import Mapped, mapped_column, relationship

from geo.store.tables.base import COMMUNE_CODE_PATTERN, Base, BigId, ImportId, Point


class Operator(Base):
    """A telecom operator that handed something in, or that the department decided about.

    Whether it is active follows from `geo.domain.operators`; `runs_mobile` is the department's decision (NULL: none).
    """

    __tablename__ = "operator"
    __table_args__ = (
        CheckConstraint("code ~ '^[a-z0-9_-]{1,40}$' AND code <> 'any'", name="code_form"),
        CheckConstraint("name <> ''", name="name_not_empty"),
        CheckConstraint(
            "(runs_mobile IS NULL) = (runs_mobile_on IS NULL)"
            " AND (runs_mobile IS NULL) = (runs_mobile_source IS NULL) AND runs_mobile_source <> ''",
            name="decision_has_source",
        ),
    )

    code: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    runs_mobile: Mapped[bool | None] = mapped_column(
        comment="Decided by the department: runs base stations of its own; NULL: as files and parameters say"
    )
    runs_mobile_on: Mapped[dt.date | None] = mapped_column(comment="Date of the decision")
    runs_mobile_source: Mapped[str | None] = mapped_column(Text, comment="Document or person it comes from")


class SiteListDeclaration(Base):
    """An operator's accepted site list: which communes it answers for, and as of when."""

    __tablename__ = "site_list_declaration"
    __table_args__ = (
        Index("uq_site_list_declaration_import_id_operator_code", "import_id", "operator_code", unique=True),
        Index("ix_site_list_declaration_operator_code_as_of", "operator_code", "as_of"),
    )

    id: Mapped[BigId]
    import_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("import_record.id"))
    operator_code: Mapped[str] = mapped_column(Text, ForeignKey("operator.code"))
    as_of: Mapped[dt.date]
    commune_codes: Mapped[list[str] | None] = mapped_column(
        ARRAY(Text), comment="Communes the list answers for; NULL: the whole territory"
    )


class Mast(Base):
    """A physical support of antennas, shared or not; `import_id` is the list that made it."""

    __tablename__ = "mast"
    __table_args__ = (
        CheckConstraint("height_m IS NULL OR (height_m > 0 AND height_m < 1000)", name="height_range"),
        CheckConstraint(f"commune_code IS NULL OR commune_code ~ '{COMMUNE_CODE_PATTERN}'", name="commune_code_form"),
        Index("ix_mast_geom", "geom", postgresql_using="gist"),
        Index("ix_mast_geog", text("(geom::geography)"), postgresql_using="gist"),
        Index("uq_mast_code", "code", unique=True),
    )

    id: Mapped[BigId]
    import_id: Mapped[ImportId]
    code: Mapped[str] = mapped_column(Text)
    geom: Mapped[Point]
    height_m: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    commune_code: Mapped[str | None] = mapped_column(Text, index=True)
    owner: Mapped[str | None] = mapped_column(Text)

    sites: Mapped[list[Site]] = relationship(back_populates="mast")


class MastStatement(Base):
    """What an operator last stated of a mast: of each fact the list, whose day decides which statement holds.

    As many rows as masts times the operators that have had a site on them.
    """

    __tablename__ = "mast_statement"
    __table_args__ = (
        CheckConstraint("(height_m IS NULL) = (height_import_id IS NULL)", name="height_has_list"),
        CheckConstraint("(owner IS NULL) = (owner_import_id IS NULL)", name="owner_has_list"),
        CheckConstraint(
            "(lon_deg IS NULL) = (position_import_id IS NULL) AND (lat_deg IS NULL) = (position_import_id IS NULL)",
            name="position_has_list",
        ),
    )

    mast_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("mast.id", ondelete="CASCADE"), primary_key=True)
    operator_code: Mapped[str] = mapped_column(Text, ForeignKey("operator.code"), primary_key=True)
    height_m: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    height_import_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("import_record.id"))
    owner: Mapped[str | None] = mapped_column(Text)
    owner_import_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("import_record.id"))
    lon_deg: Mapped[float | None] = mapped_column(DOUBLE_PRECISION, comment="WGS 84, by a list with the mast's code")
    lat_deg: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    position_import_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("import_record.id"))


class Site(Base):
    """One operator's station (BTS) on a mast."""

    __tablename__ = "site"
    __table_args__ = (
        CheckConstraint("code <> ''", name="code_not_empty"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity_order"),
        # No two rows of a code hold on the same day: a trigger refuses them (migration 0007), by this index.
        Index("ix_site_one_at_a_time", "operator_code", "code"),
        Index(
            "uq_site_operator_code_code_current",
            "operator_code",
            "code",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
    )

    id: Mapped[BigId]
    import_id: Mapped[ImportId]
    mast_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("mast.id"), index=True)
    operator_code: Mapped[str] = mapped_column(Text, ForeignKey("operator.code"), index=True)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    shared: Mapped[bool | None] = mapped_column(comment="Declared as sharing infrastructure")
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]

    mast: Mapped[Mast] = relationship(back_populates="sites")
    cells: Mapped[list[Cell]] = relationship(back_populates="site", cascade="all, delete-orphan")


class Cell(Base):
    """One radio cell as declared; NULL means that the operator did not say."""

    __tablename__ = "cell"
    __table_args__ = (
        CheckConstraint("technology IN ('2G', '3G', '4G', '5G')", name="technology_known"),
        CheckConstraint("status IN ('planned', 'on_air', 'off_air', 'removed')", name="status_known"),
        CheckConstraint("azimuth_deg IS NULL OR (azimuth_deg >= 0 AND azimuth_deg < 360)", name="azimuth_range"),
        CheckConstraint(
            "antenna_height_m IS NULL OR (antenna_height_m > 0 AND antenna_height_m < 1000)",
            name="antenna_height_range",
        ),
        CheckConstraint("frequency_mhz IS NULL OR frequency_mhz > 0", name="frequency_positive"),
        CheckConstraint("bandwidth_mhz IS NULL OR bandwidth_mhz > 0", name="bandwidth_positive"),
        CheckConstraint("reach_m IS NULL OR (reach_m > 0 AND reach_m <= 100000)", name="reach_range"),
        CheckConstraint(
            "mechanical_tilt_deg IS NULL OR mechanical_tilt_deg BETWEEN -90 AND 90", name="mechanical_tilt_range"
        ),
        CheckConstraint(
            "electrical_tilt_deg IS NULL OR electrical_tilt_deg BETWEEN -90 AND 90", name="electrical_tilt_range"
        ),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity_order"),
        # As for sites.
        Index("ix_cell_one_at_a_time", "site_id", "code"),
        Index(
            "uq_cell_site_id_code_current", "site_id", "code", unique=True, postgresql_where=text("valid_to IS NULL")
        ),
    )

    id: Mapped[BigId]
    import_id: Mapped[ImportId]
    site_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("site.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(Text, comment="Code of the file, or one made from technology, band and azimuth")
    technology: Mapped[str] = mapped_column(Text, index=True)
    band: Mapped[str | None] = mapped_column(Text, comment="3GPP band, for example B3 or n41")
    frequency_mhz: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    bandwidth_mhz: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    azimuth_deg: Mapped[float | None] = mapped_column(DOUBLE_PRECISION, comment="NULL: omnidirectional")
    mechanical_tilt_deg: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    electrical_tilt_deg: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    antenna_height_m: Mapped[float | None] = mapped_column(DOUBLE_PRECISION, comment="Above ground")
    antenna_gain_dbi: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    antenna_model: Mapped[str | None] = mapped_column(Text)
    power_dbm: Mapped[float | None] = mapped_column(
        DOUBLE_PRECISION, comment="Total of the carrier at the antenna port"
    )
    eirp_dbm: Mapped[float | None] = mapped_column(DOUBLE_PRECISION)
    reach_m: Mapped[float | None] = mapped_column(DOUBLE_PRECISION, comment="Range of the cell as configured")
    status: Mapped[str] = mapped_column(Text, server_default="on_air")
    on_air_date: Mapped[dt.date | None]
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date | None]

    site: Mapped[Site] = relationship(back_populates="cells")
