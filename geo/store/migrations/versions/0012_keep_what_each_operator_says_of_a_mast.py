"""Keep what each operator last said of a mast

One import stood beside height, owner and position of a mast, so that a list that repeated a height did not renew its
day, and nobody could tell which of several operators had stated which of them. What a mast has so far is taken as
stated by the operators of that import that have had a site on it.

Revision: 0012
Follows: 0011
Made on: 2026-11-22
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Codes of masts that lists had none for are made of the position, which no list states then.
_MADE = "^[+-][0-9]+[.][0-9]{6}[+-][0-9]+[.][0-9]{6}(#[0-9]+)?$"
_LISTS = ("height_import_id", "owner_import_id", "position_import_id")


def upgrade() -> None:
    op.create_table(
        "mast_statement",
        sa.Column("mast_id", sa.BigInteger(), nullable=False),
        sa.Column("operator_code", sa.Text(), nullable=False),
        sa.Column("height_m", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("height_import_id", sa.BigInteger(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("owner_import_id", sa.BigInteger(), nullable=True),
        sa.Column("lon_deg", sa.DOUBLE_PRECISION(), nullable=True, comment="WGS 84, by a list with the mast's code"),
        sa.Column("lat_deg", sa.DOUBLE_PRECISION(), nullable=True),
        sa.Column("position_import_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(height_m IS NULL) = (height_import_id IS NULL)", name=op.f("ck_mast_statement_height_has_list")
        ),
        sa.CheckConstraint(
            "(owner IS NULL) = (owner_import_id IS NULL)", name=op.f("ck_mast_statement_owner_has_list")
        ),
        sa.CheckConstraint(
            "(lon_deg IS NULL) = (position_import_id IS NULL) AND (lat_deg IS NULL) = (position_import_id IS NULL)",
            name=op.f("ck_mast_statement_position_has_list"),
        ),
        *(
            sa.ForeignKeyConstraint([name], ["import_record.id"], name=op.f(f"fk_mast_statement_{name}_import_record"))
            for name in _LISTS
        ),
        sa.ForeignKeyConstraint(
            ["mast_id"], ["mast.id"], name=op.f("fk_mast_statement_mast_id_mast"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["operator_code"], ["operator.code"], name=op.f("fk_mast_statement_operator_code_operator")
        ),
        sa.PrimaryKeyConstraint("mast_id", "operator_code", name=op.f("pk_mast_statement")),
    )
    _take_over()


def _take_over() -> None:
    op.execute(f"""
        INSERT INTO mast_statement (mast_id, operator_code, height_m, height_import_id, owner, owner_import_id,
            lon_deg, lat_deg, position_import_id)
        SELECT mast.id, said.operator_code,
            height_m, CASE WHEN height_m IS NOT NULL THEN mast.import_id END,
            owner, CASE WHEN owner IS NOT NULL THEN mast.import_id END,
            CASE WHEN code !~ '{_MADE}' THEN ST_X(geom) END,
            CASE WHEN code !~ '{_MADE}' THEN ST_Y(geom) END,
            CASE WHEN code !~ '{_MADE}' THEN mast.import_id END
        FROM mast
        JOIN import_record ON import_record.id = mast.import_id
        JOIN (SELECT DISTINCT mast_id, operator_code FROM site) said ON said.mast_id = mast.id
            AND jsonb_exists(import_record.options -> 'speaks_of', said.operator_code)
        WHERE height_m IS NOT NULL OR owner IS NOT NULL OR code !~ '{_MADE}'
    """)  # noqa: S608 (constants)


def downgrade() -> None:
    # The list beside a mast is again the latest one that states what holds.
    op.execute("""
        UPDATE mast SET import_id = latest.import_id FROM (
            SELECT DISTINCT ON (mast.id) mast.id, import_record.id AS import_id
            FROM mast
            JOIN mast_statement said ON said.mast_id = mast.id
            JOIN import_record ON import_record.id IN (
                CASE WHEN said.height_m = mast.height_m THEN said.height_import_id END,
                CASE WHEN said.owner = mast.owner THEN said.owner_import_id END)
            ORDER BY mast.id, import_record.as_of DESC, import_record.id DESC
        ) latest
        WHERE latest.id = mast.id
    """)
    op.drop_table("mast_statement")
