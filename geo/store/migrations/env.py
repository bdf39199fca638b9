"""Run the migrations on the connection that `geo.workflows.database` hands over, or on the configured database."""

from __future__ import annotations

from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import Connection

from geo.settings import Settings
from geo.store.session import engine_for
from geo.store.tables import Base

POSTGIS_TABLES = {"spatial_ref_sys", "raster_columns", "raster_overviews"}


def ours(item: Any, name: str | None, item_type: str, reflected: bool, _compared_to: Any) -> bool:
    """Leave PostGIS's own tables alone, also those that an image brings along (tiger, topology)."""
    if item_type == "table" and reflected:
        return getattr(item, "schema", None) is None and name not in POSTGIS_TABLES
    return True


def migrate(connection: Connection) -> None:
    """Run the asked migrations in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=ours,
        render_item=alembic_helpers.render_item,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


handed_over = context.config.attributes.get("connection")
if handed_over is not None:
    migrate(handed_over)
else:
    with engine_for(Settings(), "owner").connect() as own_connection:
        migrate(own_connection)
        own_connection.commit()
