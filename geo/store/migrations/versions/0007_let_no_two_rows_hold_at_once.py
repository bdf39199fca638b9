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


# An exclusion constraint makes a list of 77,000 sites three times as long to store. These tables have a trigger instead,
# which looks at all rows of a statement at once. It makes writers wait for each other, so that neither misses a row of
# the other.
_LARGE = ("site", "cell")


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    for table, (key, since) in _KEYS.items():
        _drop_overlapping(table, key, since)
        if table in _LARGE:
            _refuse_by_trigger(table, key)
            continue
        same = ", ".join(f"{name} WITH =" for name in key)
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT ex_{table}_one_at_a_time"
            f" EXCLUDE USING gist ({same}, daterange({since}, valid_to) WITH &&)"
        )


def _refuse_by_trigger(table: str, key: tuple[str, ...]) -> None:
    op.create_index(f"ix_{table}_one_at_a_time", table, list(key))
    same = " AND ".join(f"other.{name} = fresh.{name}" for name in key)
    op.execute(f"""
        CREATE FUNCTION {table}_one_at_a_time() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_advisory_xact_lock(hashtext('{table}_one_at_a_time'));
            IF EXISTS (
                SELECT FROM fresh JOIN {table} other ON {same} AND other.id <> fresh.id
                AND daterange(other.valid_from, other.valid_to) && daterange(fresh.valid_from, fresh.valid_to)
            ) THEN
                RAISE EXCEPTION 'two rows of {table} hold on the same day ({table}_one_at_a_time)'
                    USING ERRCODE = 'exclusion_violation', TABLE = '{table}', CONSTRAINT = '{table}_one_at_a_time';
            END IF;
            RETURN NULL;
        END $$""")
    for event in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER tr_{table}_one_at_a_time_{event.lower()} AFTER {event} ON {table}"
            f" REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION {table}_one_at_a_time()"
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
        if table in _LARGE:
            for event in ("insert", "update"):
                op.execute(f"DROP TRIGGER tr_{table}_one_at_a_time_{event} ON {table}")
            op.execute(f"DROP FUNCTION {table}_one_at_a_time()")
            op.drop_index(f"ix_{table}_one_at_a_time", table)
        else:
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ex_{table}_one_at_a_time")
