"""Imports terrain, land cover and population rasters into the state folder, with their records in the store."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.intake.limits import intake_limits
from geo.intake.problems import ProblemLog
from geo.intake.rasters import CleanRaster, RasterBatch, clean_rasters
from geo.intake.sources import SourceFile
from geo.parameters.loader import load_parameters
from geo.store.tables import RasterLayer
from geo.store.writers import table_of
from geo.workflows.import_context import load_territory
from geo.workflows.import_gone import Complete, take_out
from geo.workflows.import_report import ImportCounts, ImportPreview
from geo.workflows.import_request import Gone, ImportRequest, Outcome


def prepare_rasters(
    session: Session, request: ImportRequest, files: Sequence[SourceFile], log: ProblemLog
) -> PreparedRasters:
    """Read and check rasters, and write them beside their final place."""
    home = request.settings.home_path / "rasters"
    home.mkdir(parents=True, exist_ok=True)
    prefix = f".import-{request.kind.value}-"
    # Imports of a kind come one after another, so what lies here was left by one that was killed.
    for left in home.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=home))
    try:
        batch = clean_rasters(
            files,
            kind=request.kind.value,
            crs=request.crs,
            territory=load_territory(session).box,
            limits=intake_limits(request.settings.parameters_dir),
            folder=folder,
            log=log,
        )
        _warn_of_classes(batch, request, log)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return PreparedRasters(request, batch, home, folder)


def _warn_of_classes(batch: RasterBatch, request: ImportRequest, log: ProblemLog) -> None:
    """Name the classes of land cover to which the parameters give no height; class 0 says "not known"."""
    heights = load_parameters("radio/clutter", parameters_dir=request.settings.parameters_dir).under("height")
    for raster in batch.accepted:
        unknown = [code for code in raster.classes or () if code != 0 and str(code) not in heights]
        if unknown:
            log.add("landcover_class_unknown", file=raster.name, value=", ".join(map(str, unknown)))


@dataclass
class PreparedRasters:
    """Rasters written to a folder of their own, ready to be put in place."""

    request: ImportRequest
    batch: RasterBatch
    home: Path
    folder: Path
    placed: list[Path] = field(default_factory=list)

    @property
    def counts(self) -> ImportCounts:
        """Rasters read and skipped; one file counts as a row."""
        return ImportCounts(read=self.batch.read, skipped=self.batch.read - len(self.batch.accepted))

    def store(self, session: Session, import_id: int) -> Outcome:
        """Put the files in place and record the layers; a raster that is there already is unchanged."""
        kind = self.request.kind.value
        known = set(session.scalars(select(RasterLayer.file_sha256).where(RasterLayer.kind == kind)))
        new = [raster for raster in self.batch.accepted if raster.sha256 not in known]
        gone, closed = Gone(), 0
        if self.request.replace:
            closed = self._remove_others(session, gone)
        for raster in new:
            self._place(raster)
            session.add(_layer(raster, kind, import_id))
        session.flush()
        shutil.rmtree(self.folder, ignore_errors=True)
        unchanged = len(self.batch.accepted) - len(new)
        return Outcome(
            rows_stored=len(new),
            rows_unchanged=unchanged,
            preview=ImportPreview(new=len(new), unchanged=unchanged, gone=closed),
            gone=gone,
        )

    def undo(self) -> None:
        """Remove the files that this import wrote."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for path in self.placed:
            path.unlink(missing_ok=True)

    def _place(self, raster: CleanRaster) -> None:
        path = self.home / f"{raster.sha256}.tif"
        if not path.exists():
            raster.path.replace(path)
            self.placed.append(path)

    def _remove_others(self, session: Session, gone: Gone) -> int:
        mine = RasterLayer.kind == self.request.kind.value
        kept = RasterLayer.file_sha256.in_([raster.sha256 for raster in self.batch.accepted])
        present = session.scalars(select(RasterLayer.id).where(mine, kept)).all()
        complete = Complete(what="raster", table=table_of(RasterLayer), present=present, only=mine)
        return take_out(session, gone, complete, as_of=self.request.effective_as_of)


def _layer(raster: CleanRaster, kind: str, import_id: int) -> RasterLayer:
    return RasterLayer(
        import_id=import_id,
        kind=kind,
        file_sha256=raster.sha256,
        crs=raster.crs,
        west=raster.box.west,
        south=raster.box.south,
        east=raster.box.east,
        north=raster.box.north,
        step_x=raster.step_x,
        step_y=raster.step_y,
        void_share=raster.void_share,
        classes=None if raster.classes is None else list(raster.classes),
    )
