"""Folders for tests that start clusters of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.errors import DatabaseNotReadyError
from geo.store import cluster
from geo.store.postgres_programs import find_programs


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the server's user can reach, so that data lie in the state folders; clusters in it are removed."""
    try:
        find_programs()
    except DatabaseNotReadyError as error:
        pytest.skip(f"no database for this test: {error.en}")
    with tempfile.TemporaryDirectory(prefix="phusong-test-") as name:
        made = Path(name)
        made.chmod(0o755)
        yield made
        for record in made.rglob("postgres/cluster.json"):
            cluster.remove(record.parent.parent)
