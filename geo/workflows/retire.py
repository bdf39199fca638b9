"""Takes illustrative rows out when real ones of the same kind come in, or when the illustrative data are cleared."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from geo.store.tables import (
    AdminUnit,
    AntennaPattern,
    Assessment,
    Base,
    Cell,
    FibreNode,
    ImportKind,
    ImportRecord,
    Mast,
    MastStatement,
    Measurement,
    Operator,
    Place,
    RasterLayer,
    Road,
    Site,
    SiteListDeclaration,
    UnitCrosswalk,
    Village,
    VillageServiceDeclaration,
)

# In the order in which rows may be deleted; clusters, statuses and declarations of a village go with it.
_ROWS_OF_KIND: dict[ImportKind, tuple[type[Base], ...]] = {
    ImportKind.BOUNDARIES: (AdminUnit, UnitCrosswalk),
    ImportKind.VILLAGES: (Village,),
    ImportKind.SITES: (SiteListDeclaration, Cell, Site, Mast),
    ImportKind.TERRAIN: (RasterLayer,),
    ImportKind.LANDCOVER: (RasterLayer,),
    ImportKind.POPULATION: (RasterLayer,),
    ImportKind.FIBRE: (VillageServiceDeclaration, FibreNode),
    ImportKind.PLACES: (Place,),
    ImportKind.ROADS: (Road,),
    ImportKind.MEASUREMENTS: (Measurement,),
    ImportKind.ANTENNAS: (AntennaPattern,),
}


@dataclass(frozen=True, slots=True)
class Retired:
    """What was deleted from the store and still has files in the state folder."""

    assessment_ids: tuple[int, ...] = ()
    raster_sha256s: tuple[str, ...] = ()
    anything: bool = False


def has_real_rows(session: Session, kind: ImportKind) -> bool:
    """Tell whether real data of the kind are in use."""
    return _has_live_record(session, kind, illustrative=False)


def has_illustrative_rows(session: Session, kind: ImportKind) -> bool:
    """Tell whether illustrative data of the kind are in use."""
    return _has_live_record(session, kind, illustrative=True)


def _has_live_record(session: Session, kind: ImportKind, *, illustrative: bool) -> bool:
    found = select(ImportRecord.id).where(
        ImportRecord.kind == kind.value,
        ImportRecord.illustrative.is_(illustrative),
        ImportRecord.retired_at.is_(None),
    )
    return session.scalar(found.limit(1)) is not None


def retire_illustrative(session: Session, kind: ImportKind) -> Retired:
    """Delete all illustrative rows of a kind and the assessments that used them, in the session's transaction.

    The import records stay, marked as retired. Hand the result to `drop_files` once the transaction is committed.
    """
    if not has_illustrative_rows(session, kind):
        return Retired()
    imports = select(ImportRecord.id).where(ImportRecord.kind == kind.value, ImportRecord.illustrative)
    used = Assessment.provenance[(kind.value, "illustrative")].astext == "true"
    assessment_ids = tuple(session.scalars(delete(Assessment).where(used).returning(Assessment.id)))
    rasters = tuple(session.scalars(select(RasterLayer.file_sha256).where(RasterLayer.import_id.in_(imports))))
    for table in _ROWS_OF_KIND[kind]:
        session.execute(delete(table).where(table.__table__.c.import_id.in_(imports)))
    session.execute(
        update(ImportRecord)
        .where(ImportRecord.id.in_(imports), ImportRecord.retired_at.is_(None))
        .values(retired_at=func.now())
    )
    _drop_unused_operators(session)
    session.expire_all()
    return Retired(assessment_ids, rasters, anything=True)


def _drop_unused_operators(session: Session) -> None:
    """Delete operators without any row and without a decision of the department: only the illustrative data had them.

    Which operators are active does not hang on these rows (`geo.domain.operators`).
    """
    tables = (Site, SiteListDeclaration, MastStatement, FibreNode, VillageServiceDeclaration)
    used = [exists().where(table.operator_code == Operator.code) for table in tables]
    statement = delete(Operator).where(Operator.runs_mobile.is_(None))
    for condition in used:
        statement = statement.where(~condition)
    session.execute(statement)


def drop_files(session: Session, home: Path, retired: Retired) -> None:
    """Remove the raster folders of deleted assessments, and stored rasters that no layer refers to any more."""
    for assessment_id in retired.assessment_ids:
        shutil.rmtree(home / "assessments" / str(assessment_id), ignore_errors=True)
    for file_sha256 in retired.raster_sha256s:
        if session.scalar(select(RasterLayer.id).where(RasterLayer.file_sha256 == file_sha256).limit(1)) is None:
            (home / "rasters" / f"{file_sha256}.tif").unlink(missing_ok=True)
