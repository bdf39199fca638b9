"""An importer over a database of its own, and what it stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from geo.settings import Settings
from geo.workflows.imports import ImportKind, ImportReport, import_files
from tests.conftest import TestDatabase


@dataclass
class Importer:
    """Imports into the database of one test."""

    database: TestDatabase
    settings: Settings
    changes: dict[str, Any] = field(default_factory=dict)

    def __call__(self, kind: str, *sources: str | Path, **options: Any) -> ImportReport:
        settings = options.pop("settings", self.settings)
        return import_files(
            engine=self.database.app, settings=settings, kind=ImportKind(kind), sources=sources, **options
        )

    @contextmanager
    def session(self) -> Iterator[Session]:
        with Session(self.database.app) as opened:
            yield opened


@pytest.fixture
def import_(fresh_database: TestDatabase) -> Importer:
    return Importer(fresh_database, fresh_database.settings)
