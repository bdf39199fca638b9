"""Status rows name assessments, villages and clusters that are there, as by foreign keys, though triggers see to it."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from geo.store.session import session_scope
from geo.workflows.assess_coverage import assess
from tests.conftest import TestDatabase
from tests.integration import tiny_world as world

TARGETS = (
    ("village_status", "assessment_id", "assessment"),
    ("village_status", "village_id", "village"),
    ("cluster_status", "assessment_id", "assessment"),
    ("cluster_status", "cluster_id", "village_cluster"),
)


@pytest.fixture
def assessed(fresh_database: TestDatabase) -> Engine:
    """The tiny world, assessed."""
    with session_scope(fresh_database.app) as session:
        world.add_world(session)
    assess(engine=fresh_database.app, settings=fresh_database.settings, as_of=world.AS_OF, technologies=["4G"])
    return fresh_database.app


def number(engine: Engine, statement: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(statement)).scalar_one())


@pytest.mark.parametrize(("table", "column", "target"), TARGETS)
def test_a_row_that_names_nothing_is_refused(assessed: Engine, table: str, column: str, target: str) -> None:
    assert number(assessed, f"SELECT count(*) FROM {table}") > 0
    with assessed.connect() as connection, pytest.raises(IntegrityError, match=f"not in {target}"):
        connection.execute(text(f"UPDATE {table} SET {column} = {column} + 999999"))
    copied = f"INSERT INTO {table} SELECT (jsonb_populate_record(one, jsonb_build_object('{column}', 999999))).*"
    with assessed.connect() as connection, pytest.raises(IntegrityError, match=f"not in {target}"):
        connection.execute(text(f"{copied} FROM {table} one LIMIT 1"))


@pytest.mark.parametrize(("table", "column", "target"), TARGETS)
def test_what_is_deleted_takes_its_rows_along(assessed: Engine, table: str, column: str, target: str) -> None:
    chosen = number(assessed, f"SELECT min({column}) FROM {table}")
    others = number(assessed, f"SELECT count(*) FROM {table} WHERE {column} <> {chosen}")
    with assessed.begin() as connection:
        connection.execute(text(f"DELETE FROM {target} WHERE id = {chosen}"))
    assert number(assessed, f"SELECT count(*) FROM {table} WHERE {column} = {chosen}") == 0
    if target != "assessment":
        assert number(assessed, f"SELECT count(*) FROM {table}") == others


def test_what_is_named_stays_until_the_rows_are_stored(assessed: Engine) -> None:
    cluster = number(assessed, "SELECT min(cluster_id) FROM cluster_status")
    copied = 'INSERT INTO cluster_status SELECT (jsonb_populate_record(one, \'{"technology": "5G"}\')).*'
    with assessed.connect() as storing:
        storing.execute(text(f"{copied} FROM cluster_status one WHERE cluster_id = {cluster}"))
        with assessed.connect() as deleting:
            deleting.execute(text("SET LOCAL lock_timeout = '200ms'"))
            with pytest.raises(DBAPIError, match="lock timeout"):
                deleting.execute(text(f"DELETE FROM village_cluster WHERE id = {cluster}"))
        storing.commit()
    with assessed.begin() as deleting:
        deleting.execute(text(f"DELETE FROM village_cluster WHERE id = {cluster}"))
    assert number(assessed, f"SELECT count(*) FROM cluster_status WHERE cluster_id = {cluster}") == 0
