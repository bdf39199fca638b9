"""Why a position has the level that it has: the path from a cell, for those who see sites."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sqlalchemy.orm import Session

from geo.domain.grid import LonLat, metres_per_degree
from geo.domain.sites import SiteStatus
from geo.errors import BadInputError, NotFoundError, OutOfRangeError
from geo.parameters.loader import load_parameters
from geo.radio.explain import PathExplanation, check_distance, every_level, explain_path
from geo.radio.kernels.merge import NO_CELL
from geo.radio.link_budget import ResolvedCell
from geo.radio.prediction import predict_points
from geo.radio.terrain import ClutterWindow, TerrainWindow
from geo.store.repositories_cells import CellRecord, find_cells, read_cell_records
from geo.workflows.answers.access import require_sites
from geo.workflows.answers.around import Surroundings, surroundings
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.explain_parts import explanation
from geo.workflows.answers.explain_rows import PointExplanations
from geo.workflows.answers.point import position_of


def explain_point(
    session: Session,
    *,
    lon: float,
    lat: float,
    home: Path,
    parameters_dir: Path | None = None,
    cell: str | None = None,
    technology: str | None = None,
    operator: str | None = None,
    sees_sites: bool = False,
    assessment_id: int | None = None,
) -> PointExplanations:
    """Explain the strongest cell of every technology at a position in EPSG:4326.

    `cell` (a number, a code, the code of a site, or SITE/CELL), `technology` and `operator` choose among the cells.
    Cells, rule and rasters are those of the assessment (None: the published one).

    Raises:
        ForbiddenError: the viewer does not see sites. OutOfRangeError: not a position, at the mast, or beyond reach.
        NotFoundError: no cell has the number or code, or none is near enough. NoAssessmentError: nothing is computed.
        BadInputError: the cell is not on air or not assessed, or there is no terrain there.
        InputsGoneError: what the assessment was computed from is no longer all stored.
    """
    require_sites(sees_sites)
    position = position_of(lon, lat)
    info = newest_assessment(session, assessment_id=assessment_id)
    here = surroundings(session, info, position=position, home=home, parameters_dir=parameters_dir)
    _check_choice(here, technology, operator)
    chosen = _cells(session, here, cell, technology, operator)
    terrain = here.terrain()
    clutter = here.clutter(terrain)
    explained = _explain(here, chosen, terrain, clutter)
    records = read_cell_records(session, [found.cell.cell_id for found in explained])
    entry = load_parameters("radio/entry", parameters_dir=parameters_dir)
    items = tuple(
        explanation(
            here,
            found,
            records[found.cell.cell_id],
            entry=entry,
            terrain_used=not terrain.is_flat,
            clutter=clutter,
        )
        for found in explained
    )
    return PointExplanations(lon=lon, lat=lat, items=items)


def _check_choice(here: Surroundings, technology: str | None, operator: str | None) -> None:
    for kind_en, kind_vi, value, known in (
        ("technology", "công nghệ", technology, here.info.technologies),
        ("operator", "doanh nghiệp", operator, here.operators),
    ):
        if value is not None and value not in known:
            raise NotFoundError(
                f"The assessment has no {kind_en} {value}; it has: {', '.join(known)}.",
                f"Lần đánh giá không có {kind_vi} {value}; các lựa chọn: {', '.join(known)}.",
            )


def _cells(
    session: Session, here: Surroundings, wanted: str | None, technology: str | None, operator: str | None
) -> list[ResolvedCell]:
    """Return the cells to choose from, at least one."""
    records = None if wanted is None else find_cells(session, wanted.strip())
    if records is not None and not records:
        raise NotFoundError(
            f"There is no cell or site with the number or code {wanted}.",
            f"Không có cell hoặc trạm nào mang số hoặc mã {wanted}.",
        )
    numbers = None if records is None else {record.id for record in records}
    found = [
        each
        for each in here.cells
        if (numbers is None or each.cell_id in numbers)
        and technology in (None, each.technology)
        and operator in (None, each.operator_code)
    ]
    reaching = [each for each in found if _distance_m(here.position, each) <= each.reach_m]
    if reaching:
        return reaching
    if found and records is not None:
        nearest = min(found, key=lambda each: (_distance_m(here.position, each), each.cell_id))
        check_distance(_distance_m(here.position, nearest), nearest, here.settings)
    if records is None:
        raise NotFoundError(
            "No cell that is on air is near enough to reach this position.",
            "Không có cell nào đang phát sóng đủ gần để phủ tới vị trí này.",
        )
    raise _why_not(here, records, technology, operator)


def _why_not(
    here: Surroundings, records: Sequence[CellRecord], technology: str | None, operator: str | None
) -> BadInputError | NotFoundError:
    """Return why none of the cells with the wanted code can be explained here."""
    numbers = {record.id for record in records}
    for problem in here.problems:
        if problem.cell_id in numbers:
            return problem.error
    as_of = here.info.as_of
    on_air = [record for record in records if _on_air(record, as_of)]
    if not on_air:
        code = records[0].code
        return BadInputError(
            f"Cell {code} is not on air on {as_of.isoformat()}, so it gives no level to explain.",
            f"Cell {code} không phát sóng vào ngày {as_of:%d/%m/%Y} nên không có mức tín hiệu để giải thích.",
        )
    used = here.used.of("sites")
    if all(record.import_id not in used or record.site_import_id not in used for record in on_air):
        code, number = on_air[0].code, here.info.assessment_id
        return BadInputError(
            f"Cell {code} was imported or changed after assessment {number} was made; run `phusong assess` first.",
            f"Cell {code} được nhập hoặc thay đổi sau lần đánh giá {number}; hãy chạy `phusong assess` trước.",
        )
    assessed = [
        record
        for record in on_air
        if record.technology in here.info.technologies and record.operator_code in here.operators
    ]
    fitting = [
        record
        for record in assessed
        if technology in (None, record.technology) and operator in (None, record.operator_code)
    ]
    if not fitting:
        return BadInputError(
            f"Cell {on_air[0].code} is of {on_air[0].operator_code}, {on_air[0].technology}; that was not assessed, or "
            "not asked for.",
            f"Cell {on_air[0].code} là của {on_air[0].operator_code}, {on_air[0].technology}; chưa được đánh giá, hoặc "
            "không nằm trong lựa chọn.",
        )
    away = f"{min(_distance_m(here.position, record) for record in fitting) / 1000.0:.1f}"
    return OutOfRangeError(
        f"Cell {fitting[0].code} is {away} km away, farther than any cell is computed.",
        f"Cell {fitting[0].code} cách {away.replace('.', ',')} km, xa hơn cự ly tính toán của mọi cell.",
    )


def _on_air(record: CellRecord, as_of: dt.date) -> bool:
    begun = record.valid_from <= as_of and (record.on_air_date is None or record.on_air_date <= as_of)
    ended = record.valid_to is not None and record.valid_to <= as_of
    return record.status == SiteStatus.ON_AIR.value and begun and not ended


def _distance_m(position: LonLat, mast: CellRecord | ResolvedCell) -> float:
    lon_m, lat_m = metres_per_degree((position.lat + mast.lat) / 2.0)
    return float(np.hypot((position.lon - mast.lon) * lon_m, (position.lat - mast.lat) * lat_m))


def _explain(
    here: Surroundings, cells: Sequence[ResolvedCell], terrain: TerrainWindow, clutter: ClutterWindow | None
) -> list[PathExplanation]:
    """Explain the strongest cell of each technology, in the order of the assessment; at least one."""
    servers = _strongest(here, cells, terrain, clutter)
    if not servers:
        # None of them gives a level: the explanation of the nearest one says why.
        servers = {"": min(cells, key=lambda each: (_distance_m(here.position, each), each.cell_id))}
    ordered = [servers[name] for name in ("", *here.info.technologies) if name in servers]
    return [
        explain_path(
            each,
            here.position,
            terrain=terrain,
            clutter=clutter,
            settings=here.settings,
            errors=here.errors_of(each),
            correction=here.correction,
        )
        for each in ordered
    ]


def _strongest(
    here: Surroundings, cells: Sequence[ResolvedCell], terrain: TerrainWindow, clutter: ClutterWindow | None
) -> dict[str, ResolvedCell]:
    """Return the strongest cell of each technology; of two equal ones the lower number."""
    layers = predict_points(
        cells,
        [here.position],
        terrain=terrain,
        clutter=clutter,
        settings=every_level(here.settings),
        correction=here.correction,
    )
    best: dict[str, tuple[float, int]] = {}
    for layer in layers:
        level, number = float(layer.level_dbm[0]), int(layer.server_cell_id[0])
        if number != NO_CELL:
            best[layer.technology] = max(best.get(layer.technology, (level, -number)), (level, -number))
    by_number = {each.cell_id: each for each in cells}
    return {name: by_number[-number] for name, (_, number) in best.items()}
