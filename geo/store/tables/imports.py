"""What was handed in: imports with hash and provenance, their files, problems and rasters."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from geo.store.tables.base import Base, BigId


class ImportKind(StrEnum):
    """Kinds of input that the service takes."""

    BOUNDARIES = "boundaries"
    VILLAGES = "villages"
    SITES = "sites"
    TERRAIN = "terrain"
    LANDCOVER = "landcover"
    POPULATION = "population"
    FIBRE = "fibre"
    PLACES = "places"
    ROADS = "roads"
    MEASUREMENTS = "measurements"
    ANTENNAS = "antennas"


_KINDS = ", ".join(f"'{kind.value}'" for kind in ImportKind)


class ImportRecord(Base):
    """One accepted import: one transaction, one or several files of one kind."""

    __tablename__ = "import_record"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_KINDS})", name="kind_known"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_form"),
        CheckConstraint(
            "rows_read >= 0 AND rows_stored >= 0 AND rows_unchanged >= 0 AND rows_skipped >= 0 AND rows_folded >= 0",
            name="counts_not_negative",
        ),
        CheckConstraint("rows_read = rows_stored + rows_unchanged + rows_skipped + rows_folded", name="counts_add_up"),
        # Folding twice the same input into one record is what makes "the same file twice" one import.
        Index(
            "uq_import_record_kind_sha256_options",
            "kind",
            "sha256",
            "options_sha256",
            unique=True,
            postgresql_where=text("retired_at IS NULL"),
        ),
    )

    id: Mapped[BigId]
    kind: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text, comment="SHA-256 over the bytes of the files in their order")
    options_sha256: Mapped[str] = mapped_column(Text, comment="SHA-256 over the options that change the result")
    illustrative: Mapped[bool] = mapped_column(comment="True for data made up for a first run")
    as_of: Mapped[dt.date] = mapped_column(comment="Date that the data describe")
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    retired_at: Mapped[dt.datetime | None] = mapped_column(
        comment="When its rows were taken out by the first real import of the kind, or cleared"
    )
    crs: Mapped[str | None] = mapped_column(Text)
    operator_code: Mapped[str | None] = mapped_column(Text)
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))
    provenance: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'::jsonb"), comment="Issuer, licence, retrieved_on as declared"
    )
    rows_read: Mapped[int]
    rows_stored: Mapped[int]
    rows_unchanged: Mapped[int]
    rows_skipped: Mapped[int] = mapped_column(comment="Rows left out because of an error")
    rows_folded: Mapped[int] = mapped_column(comment="Exact duplicates folded into another row")

    files: Mapped[list[ImportFile]] = relationship(order_by="ImportFile.id", cascade="all, delete-orphan")


class ImportFile(Base):
    """One file of an import."""

    __tablename__ = "import_file"
    __table_args__ = (CheckConstraint("size_bytes >= 0", name="size_not_negative"),)

    id: Mapped[BigId]
    import_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("import_record.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(Text, comment="File name as handed in, without its folder")
    sha256: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    origin: Mapped[str | None] = mapped_column(Text, comment="http(s) address it was fetched from")


class ImportProblem(Base):
    """One problem of a row or of a file; the texts of the code are in the problem catalogue."""

    __tablename__ = "import_problem"
    __table_args__ = (CheckConstraint("severity IN ('error', 'warning')", name="severity_known"),)

    id: Mapped[BigId]
    import_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("import_record.id", ondelete="CASCADE"), index=True)
    severity: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    file: Mapped[str | None] = mapped_column(Text)
    sheet: Mapped[str | None] = mapped_column(Text)
    row_number: Mapped[int | None] = mapped_column(comment="Row of the file as a person counts it, from 1")
    column_name: Mapped[str | None] = mapped_column(Text)
    value: Mapped[str | None] = mapped_column(Text)
    context: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'::jsonb"), comment="Values that fill the message"
    )
    raw_row: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="The row as read, for skipped rows")


class RasterLayer(Base):
    """An imported raster; the cloud-optimised GeoTIFF lies in the state folder under its hash."""

    __tablename__ = "raster_layer"
    __table_args__ = (
        CheckConstraint("kind IN ('terrain', 'landcover', 'population')", name="kind_known"),
        CheckConstraint("west < east AND south < north", name="box_not_empty"),
        CheckConstraint("step_x > 0 AND step_y > 0", name="steps_positive"),
    )

    id: Mapped[BigId]
    import_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("import_record.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    file_sha256: Mapped[str] = mapped_column(Text, comment="Name of the stored file: rasters/<sha256>.tif")
    crs: Mapped[str] = mapped_column(Text)
    west: Mapped[float] = mapped_column(DOUBLE_PRECISION, comment="Outer edges in EPSG:4326, degrees")
    south: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    east: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    north: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    step_x: Mapped[float] = mapped_column(DOUBLE_PRECISION, comment="Pixel size in units of its CRS")
    step_y: Mapped[float] = mapped_column(DOUBLE_PRECISION)
    void_share: Mapped[float] = mapped_column(DOUBLE_PRECISION, comment="Share of pixels without a value")
    classes: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger), comment="Land cover classes found")
