"""Let no two rows of one thing hold on the same day

An older list could store a thing again that a newer one had closed, and both rows held for a while. Of such rows the
one that was stored first stays, as it does today when an older list comes in; the others are deleted, with their
cells, clusters and results. Going down takes the constraints away and brings no row back.

Revision: 0007
Follows: 0006
Made on: 2026-11-22
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KEYS = {
    "admin_unit": (("code",), "valid_from"),
    "village": (("code",), "valid_from"),
    "site": (("operator_code", "code"), "valid_from"),
    "cell": (("site_id", "code"), "valid_from"),
    "fibre_node": (("operator_code", "code"), "valid_from"),
    "village_service_declaration": (("village_id", "operator_code"), "as_of"),
}


# An index of this sort over text takes ten times as long to write as one over 64 bits of its hash.
_HASHED = {
    "site": "hashtextextended(operator_code || '/' || code, 0)",
    "cell": "hashtextextended(code, site_id)",
}


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    for table, (key, since) in _KEYS.items():
        _drop_overlapping(table, key, since)
        same = ", ".join(f"{name} WITH =" for name in ((_HASHED[table],) if table in _HASHED else key))
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT ex_{table}_one_at_a_time"
            f" EXCLUDE USING gist ({same}, daterange({since}, valid_to) WITH &&)"
        )


def _drop_overlapping(table: str, key: tuple[str, ...], since: str) -> None:
    """Keep, in the order of storing, each row that overlaps no kept one."""
    clash = " AND ".join(f"other.{name} = one.{name}" for name in key)
    clash += f" AND daterange(other.{since}, other.valid_to) && daterange(one.{since}, one.valid_to)"
    op.execute(f"""
        DO $$
        DECLARE
            candidate bigint;
        BEGIN
            FOR candidate IN
                SELECT one.id FROM {table} one
                WHERE EXISTS (SELECT FROM {table} other WHERE other.id < one.id AND {clash}) ORDER BY one.id
            LOOP
                DELETE FROM {table} one WHERE one.id = candidate
                AND EXISTS (SELECT FROM {table} other WHERE other.id < one.id AND {clash});
            END LOOP;
        END $$""")  # noqa: S608 (constants)


def downgrade() -> None:
    for table in _KEYS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ex_{table}_one_at_a_time")
