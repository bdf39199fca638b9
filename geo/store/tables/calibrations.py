"""Calibrations: offsets fitted to measurements, named and numbered; a stored one never changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from geo.store.tables.base import Base, BigId


class Calibration(Base):
    """One fit: the whole of it is the document; the other columns are for finding it."""

    __tablename__ = "calibration"
    __table_args__ = (
        CheckConstraint("name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$'", name="name_form"),
        CheckConstraint("version >= 1", name="version_counts"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_form"),
        Index("uq_calibration_name_version", "name", "version", unique=True),
    )

    id: Mapped[BigId]
    name: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    sha256: Mapped[str] = mapped_column(Text, comment="Over the document")
    import_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), comment="Imports of the measurements and sites")
    illustrative: Mapped[bool] = mapped_column(comment="Any input was illustrative")
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
