"""The names of losses and states: digests of everything that they depend on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from geo.radio.link_budget import ResolvedCell
from geo.radio.masts import Mast, window_around
from geo.radio.model import PredictionSettings
from geo.workflows.assessment.bench import Bench, KeyedMast
from geo.workflows.assessment.keys import code_digest, digest_of, radio_digest
from geo.workflows.assessment.window import SQUARE


def keyed_masts(bench: Bench, masts: Sequence[Mast]) -> tuple[KeyedMast, ...]:
    """Return masts with the names of their losses and digests of all that they give to a tile."""
    settings = settings_digest(bench.settings)
    shared = digest_of(radio_digest(), settings, place_digest(bench), bench.window.has_clutter)
    found: list[KeyedMast] = []
    for mast in masts:
        window = window_around(bench.window.grid, mast.lon, mast.lat, mast.farthest_m)
        rows = slice(window.first_row // SQUARE, -(-(window.first_row + window.rows) // SQUARE))
        cols = slice(window.first_col // SQUARE, -(-(window.first_col + window.cols) // SQUARE))
        ground = bench.window.squares[rows, cols].tobytes()
        reach = repr(sorted(mast.reach_m.items()))
        loss = digest_of(f"{shared} {mast.place!r} {reach}", ground)
        cells = "\n".join(_cell_text(cell) for cell in mast.cells)
        found.append(KeyedMast(mast, f"loss/{loss}", digest_of(f"{loss} {cells}")))
    return tuple(found)


def _cell_text(cell: ResolvedCell) -> str:
    """Return all that a cell gives to a tile, as text: digests of single fields would take a second for a province."""
    *mounted, sampled_db = cell.antenna
    return (
        f"{cell.cell_id} {len(cell.operator_code)} {cell.operator_code} {cell.technology} {cell.frequency_mhz!r} "
        f"{mounted!r},{sampled_db.tobytes().hex()} {cell.reference_eirp_dbm!r} {cell.reach_m!r}"
    )


def settings_digest(settings: PredictionSettings) -> str:
    """Return a digest of what a loss depends on; a field that is added later counts by itself."""
    return digest_of(replace(settings, workers=0, decided_level_dbm=0.0, lowest_level_dbm=0.0))


def place_digest(bench: Bench) -> str:
    """Return a digest of where pixels lie."""
    area = bench.window.area
    return digest_of(bench.window.grid, bench.origin, area.rows, area.cols)


def state_digest(bench: Bench, technologies: Sequence[str]) -> str:
    """Return a digest of what best servers depend on besides their masts."""
    correction = bench.correction
    clutter = None if correction is None else bench.window.clutter
    groups = None if clutter is None else clutter.groups
    lowest_dbm = bench.settings.lowest_level_dbm
    return digest_of(code_digest(), place_digest(bench), tuple(technologies), lowest_dbm, correction, groups)
