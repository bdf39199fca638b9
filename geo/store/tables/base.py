"""Declarative base with the naming convention, and the column types that many tables share."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, ClassVar

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, MetaData, Text, column, func
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import DeclarativeBase, mapped_column

# Stable names let a migration drop or change a constraint on any installation.
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

COMMUNE_CODE_PATTERN = "^[0-9]{5}$"
SHARE_RANGE = "{column} IS NULL OR {column} BETWEEN 0 AND 1"


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    # Moments carry their time zone, whatever zone the server or the reader is in.
    type_annotation_map: ClassVar[dict[Any, Any]] = {dt.datetime: DateTime(timezone=True)}


def one_at_a_time(table: str, *key: str, since: str = "valid_from") -> ExcludeConstraint:
    """Return the constraint that no two rows of a key hold on the same day (extension btree_gist)."""
    parts: list[Any] = [(column(name), "=") for name in key]
    span = func.daterange(column(since), column("valid_to"))
    return ExcludeConstraint(*parts, (span, "&&"), using="gist", name=f"ex_{table}_one_at_a_time")


BigId = Annotated[int, mapped_column(BigInteger, Identity(always=False), primary_key=True)]
ImportId = Annotated[int, mapped_column(BigInteger, ForeignKey("import_record.id"), index=True)]
Code = Annotated[str, mapped_column(Text)]
Point = Annotated[WKBElement, mapped_column(Geometry("POINT", srid=4326, spatial_index=False))]
OptionalPoint = Annotated[WKBElement | None, mapped_column(Geometry("POINT", srid=4326, spatial_index=False))]
MultiPolygon = Annotated[WKBElement, mapped_column(Geometry("MULTIPOLYGON", srid=4326, spatial_index=False))]
MultiLine = Annotated[WKBElement, mapped_column(Geometry("MULTILINESTRING", srid=4326, spatial_index=False))]
