"""Check the references of status rows for all rows of a statement at once

An assessment stores a hundred thousand status rows in two statements. PostgreSQL looks up every foreign key of every
row by itself, which took as long as storing the rows. Triggers do the same for all rows together: what is named must
be there and stays until the transaction ends, and what is deleted takes its status rows along.

Revision: 0011
Follows: 0010
Made on: 2026-11-22
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_REFERENCES = (
    ("village_status", "assessment_id", "assessment"),
    ("village_status", "village_id", "village"),
    ("cluster_status", "assessment_id", "assessment"),
    ("cluster_status", "cluster_id", "village_cluster"),
)


def upgrade() -> None:
    for table, column, target in _REFERENCES:
        op.drop_constraint(f"fk_{table}_{column}_{target}", table, type_="foreignkey")
        _refuse_unknown(table, column, target)
        _take_along(table, column, target)


def _refuse_unknown(table: str, column: str, target: str) -> None:
    """Refuse rows that name nothing; what they name is locked as a foreign key would lock it."""
    name = f"{table}_{column}_known"
    op.execute(f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM FROM {target} WHERE id IN (SELECT {column} FROM fresh) FOR KEY SHARE;
            IF EXISTS (
                SELECT FROM (SELECT DISTINCT {column} AS id FROM fresh) named
                WHERE NOT EXISTS (SELECT FROM {target} WHERE {target}.id = named.id)
            ) THEN
                RAISE EXCEPTION 'a row of {table} names a {column} that is not in {target} ({name})'
                    USING ERRCODE = 'foreign_key_violation', TABLE = '{table}', CONSTRAINT = '{name}';
            END IF;
            RETURN NULL;
        END $$""")  # noqa: S608 (constants)
    for event in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER tr_{name}_{event.lower()} AFTER {event} ON {table}"
            f" REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )


def _take_along(table: str, column: str, target: str) -> None:
    name = f"{table}_{column}_gone"
    op.execute(f"""
        CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM {table} WHERE {column} = OLD.id;
            RETURN NULL;
        END $$""")  # noqa: S608 (constants)
    op.execute(f"CREATE TRIGGER tr_{name} AFTER DELETE ON {target} FOR EACH ROW EXECUTE FUNCTION {name}()")


def downgrade() -> None:
    for table, column, target in _REFERENCES:
        known, gone = f"{table}_{column}_known", f"{table}_{column}_gone"
        for event in ("insert", "update"):
            op.execute(f"DROP TRIGGER tr_{known}_{event} ON {table}")
        op.execute(f"DROP TRIGGER tr_{gone} ON {target}")
        op.execute(f"DROP FUNCTION {known}()")
        op.execute(f"DROP FUNCTION {gone}()")
        op.create_foreign_key(f"fk_{table}_{column}_{target}", table, target, [column], ["id"], ondelete="CASCADE")
