"""Loads and clears the illustrative data, by the ordinary imports.

The files and what is said about them lie in `data/*/SOURCES.yaml`; each goes through the import of its kind, marked as
illustrative. A kind with real data is left alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from geo.errors import ConflictError
from geo.settings import Settings
from geo.store.session import session_scope
from geo.store.tables import ImportKind, ImportRecord
from geo.workflows.demo_sources import DemoFile, read_demo_files
from geo.workflows.demo_terrain import read_recipe, write_terrain
from geo.workflows.import_request import Progress, no_progress
from geo.workflows.imports import import_files
from geo.workflows.retire import Retired, drop_files, has_illustrative_rows, has_real_rows, retire_illustrative

KIND_ORDER = (
    ImportKind.BOUNDARIES,
    ImportKind.TERRAIN,
    ImportKind.VILLAGES,
    ImportKind.ROADS,
    ImportKind.PLACES,
    ImportKind.FIBRE,
    ImportKind.SITES,
)
"""Boundaries first: everything else is located in them; fibre declarations name villages."""

LOADED, UNCHANGED, REAL_DATA = "loaded", "unchanged", "real_data_present"


@dataclass(frozen=True, slots=True)
class DemoItem:
    """What happened to one file: `state` is loaded, unchanged or real_data_present.

    The last is left out: its kind, or the kind whose rows it names, holds real data.
    """

    kind: str
    file: str
    state: str
    import_id: int | None = None
    rows_stored: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True)
class DemoReport:
    """Result of a load, file by file."""

    items: tuple[DemoItem, ...]

    @property
    def anything_loaded(self) -> bool:
        """Whether the store changed."""
        return any(item.state == LOADED for item in self.items)

    @property
    def kinds_loaded(self) -> tuple[str, ...]:
        """Kinds that rows were stored of, in the order of loading."""
        return tuple(dict.fromkeys(item.kind for item in self.items if item.state == LOADED))

    def document(self) -> dict[str, Any]:
        """Return the document that the command line prints."""
        fields = ("kind", "file", "state", "import_id", "rows_stored", "warnings")
        items = [{field: getattr(item, field) for field in fields} for item in self.items]
        return {"schema_version": "1", "illustrative": True, "count": len(items), "items": items}


def load_demo(
    *, engine: Engine, settings: Settings, data_dir: Path | None = None, progress: Progress | None = None
) -> DemoReport:
    """Load the illustrative data; what is loaded already is not touched, older illustrative rows are replaced.

    `data_dir` is the folder with the files, by default that of the settings.

    Raises:
        NotReadyError: the folder is not there. BadInputError: a file is not what SOURCES.yaml describes.
    """
    report = progress or no_progress
    files = read_demo_files(settings, data_dir)
    items: list[DemoItem] = []
    for number, kind in enumerate(KIND_ORDER):
        report(kind.value, number / len(KIND_ORDER))
        items.extend(_load_kind(engine, settings, kind, [file for file in files if file.kind == kind.value]))
    report("done", 1.0)
    return DemoReport(tuple(items))


def clear_demo(*, engine: Engine, settings: Settings) -> tuple[str, ...]:
    """Delete all illustrative rows and the assessments made from them; return the kinds that had any."""
    cleared: list[str] = []
    with session_scope(engine) as session:
        gone: list[Retired] = []
        for kind in reversed(KIND_ORDER):
            retired = retire_illustrative(session, kind)
            if retired.anything:
                cleared.append(kind.value)
                gone.append(retired)
    with session_scope(engine) as session:
        for retired in gone:
            drop_files(session, settings.home_path, retired)
    return tuple(cleared)


def _load_kind(engine: Engine, settings: Settings, kind: ImportKind, files: Sequence[DemoFile]) -> list[DemoItem]:
    if not files:
        return []
    with session_scope(engine) as session:
        real = {each for each in {kind.value, *(file.names_rows_of for file in files)} if _is_real(session, each)}
        left_out = [file for file in files if kind.value in real or file.names_rows_of in real]
        files = [file for file in files if file not in left_out]
        live = select(ImportRecord.provenance["sha256"].astext).where(
            ImportRecord.kind == kind.value, ImportRecord.illustrative, ImportRecord.retired_at.is_(None)
        )
        present = set(session.scalars(live))
        stale = has_illustrative_rows(session, kind)
    items = [DemoItem(kind.value, file.file, REAL_DATA) for file in left_out]
    if present == {file.sha256 for file in files}:
        return [*items, *(DemoItem(kind.value, file.file, UNCHANGED) for file in files)]
    if stale:
        _retire(engine, settings, kind)
    return [*items, *(_load_file(engine, settings, kind, file) for file in files)]


def _is_real(session: Session, kind: str | None) -> bool:
    return kind is not None and has_real_rows(session, ImportKind(kind))


def _retire(engine: Engine, settings: Settings, kind: ImportKind) -> None:
    """Take out what an earlier version of the files, or an interrupted load, has left."""
    with session_scope(engine) as session:
        retired = retire_illustrative(session, kind)
    with session_scope(engine) as session:
        drop_files(session, settings.home_path, retired)


def _load_file(engine: Engine, settings: Settings, kind: ImportKind, file: DemoFile) -> DemoItem:
    with tempfile.TemporaryDirectory(prefix="phusong-demo-") as folder:
        path = file.path
        if kind is ImportKind.TERRAIN:
            path = Path(folder) / "illustrative_terrain.tif"
            write_terrain(read_recipe(file.path), path)
        try:
            done = import_files(
                engine=engine,
                settings=settings,
                kind=kind,
                sources=[path],
                crs=file.crs,
                operator=file.options.operator,
                sheet=file.options.sheet,
                column_map=file.options.map,
                as_of=file.as_of,
                illustrative=True,
                provenance=file.provenance(),
            )
        except ConflictError:
            # real data of the kind came in meanwhile
            return DemoItem(kind.value, file.file, REAL_DATA)
    return DemoItem(kind.value, file.file, LOADED, done.import_id, done.counts.stored, done.warnings)
