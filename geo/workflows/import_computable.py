"""Says at the import of a site list which of its cells no assessment can compute."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from geo.domain.sites import Cell, SiteStatus
from geo.intake.sites import CleanSites
from geo.intake.tables import Batch


def report_not_computable(batch: Batch, clean: CleanSites, parameters_dir: Path | None) -> None:
    """Warn of cells that assessments leave out with the parameters of today, once for each reason.

    Raises:
        ParameterError: a parameter file of the radio model is wrong.
    """
    # What computes cells takes longer to load than the whole service.
    from geo.radio.link_budget import resolve_cells
    from geo.workflows.assessment.inputs import load_radio_model

    cells = _declared(clean)
    if not cells:
        return
    _, problems = resolve_cells(cells, load_radio_model(parameters_dir))
    rows: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for problem in problems:
        rows[problem.error.en, problem.error.vi].append(clean.cells[problem.cell_id].row)
    for (en, vi), found in rows.items():
        batch.report_folded("cell_not_computable", found, reason_en=en, reason_vi=vi)


def _declared(clean: CleanSites) -> list[Cell]:
    """Return the cells that can be on air; the number of each is its key."""
    declared = []
    for number, cell in enumerate(clean.cells):
        if cell.status == SiteStatus.REMOVED.value:
            continue
        site = clean.sites[clean.site_of_row[cell.row]]
        declared.append(
            Cell(
                cell_id=number,
                site_id=0,
                mast_id=0,
                operator_code=site.operator_code,
                technology=cell.technology,
                lon=site.lon,
                lat=site.lat,
                band=cell.band,
                frequency_mhz=cell.frequency_mhz,
                bandwidth_mhz=cell.bandwidth_mhz,
                azimuth_deg=cell.azimuth_deg,
                mechanical_tilt_deg=cell.mechanical_tilt_deg,
                electrical_tilt_deg=cell.electrical_tilt_deg,
                antenna_height_m=cell.antenna_height_m,
                antenna_gain_dbi=cell.antenna_gain_dbi,
                antenna_model=cell.antenna_model,
                power_dbm=cell.power_dbm,
                eirp_dbm=cell.eirp_dbm,
                reach_m=cell.reach_m,
            )
        )
    return declared
