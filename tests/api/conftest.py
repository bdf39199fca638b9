"""The service over a real database with a small province in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.app import create_app
from geo.settings import Settings
from geo.store.session import session_scope
from tests.api.sample import fill
from tests.conftest import TestDatabase

TOKEN = "a token of the tests"


@dataclass(frozen=True)
class Service:
    """A service with data: an anonymous client, one with the token, and the number of its assessment."""

    app: FastAPI
    public: TestClient
    sites: TestClient
    assessment_id: int
    settings: Settings


def settings_of(database: TestDatabase, **changes: object) -> Settings:
    """Settings of a service over a test database."""
    return database.settings.model_copy(
        update={"token": SecretStr(TOKEN), "rate_limit_per_minute": 100_000, "metric_crs": "EPSG:9218", **changes}
    )


@pytest.fixture(scope="module")
def service(module_database: TestDatabase) -> Iterator[Service]:
    """The service with the small province; tests of one module share it and only read."""
    settings = settings_of(module_database)
    with session_scope(module_database.app) as session:
        assessment_id = fill(session, settings.home_path)
    app = create_app(settings)
    with (
        TestClient(app, raise_server_exceptions=False) as public,
        TestClient(app, raise_server_exceptions=False, headers={"Authorization": f"Bearer {TOKEN}"}) as sites,
    ):
        yield Service(app=app, public=public, sites=sites, assessment_id=assessment_id, settings=settings)


@pytest.fixture(scope="module")
def filled(module_database: TestDatabase) -> TestDatabase:
    """A database with the small province; tests of one module share it."""
    with session_scope(module_database.app) as session:
        fill(session, module_database.settings.home_path)
    return module_database


@pytest.fixture
def empty_service(fresh_database: TestDatabase) -> Iterator[TestClient]:
    """The service over a migrated database with nothing in it."""
    with TestClient(create_app(settings_of(fresh_database)), raise_server_exceptions=False) as client:
        yield client
