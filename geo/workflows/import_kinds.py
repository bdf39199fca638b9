"""Which module reads and stores which kind."""

from __future__ import annotations

from collections.abc import Mapping

from geo.errors import NotFoundError
from geo.store.tables import ImportKind
from geo.workflows.import_antennas import prepare_antennas
from geo.workflows.import_boundaries import prepare_boundaries
from geo.workflows.import_measurements import prepare_measurements
from geo.workflows.import_rasters import prepare_rasters
from geo.workflows.import_request import Preparer
from geo.workflows.import_simple import prepare_fibre, prepare_places, prepare_roads
from geo.workflows.import_sites import prepare_sites
from geo.workflows.import_villages import prepare_villages

PREPARERS: Mapping[ImportKind, Preparer] = {
    ImportKind.BOUNDARIES: prepare_boundaries,
    ImportKind.VILLAGES: prepare_villages,
    ImportKind.SITES: prepare_sites,
    ImportKind.TERRAIN: prepare_rasters,
    ImportKind.LANDCOVER: prepare_rasters,
    ImportKind.POPULATION: prepare_rasters,
    ImportKind.FIBRE: prepare_fibre,
    ImportKind.PLACES: prepare_places,
    ImportKind.ROADS: prepare_roads,
    ImportKind.MEASUREMENTS: prepare_measurements,
    ImportKind.ANTENNAS: prepare_antennas,
}


def preparer_for(kind: ImportKind) -> Preparer:
    """Return the function that reads and checks files of a kind.

    Raises:
        NotFoundError: the kind is not known.
    """
    if kind not in PREPARERS:
        known = ", ".join(sorted(PREPARERS))
        raise NotFoundError(
            f"There is no import of kind {kind}; known: {known}.", f"Không có loại nhập {kind}; các loại: {known}."
        )
    return PREPARERS[kind]
