"""Rows of the examples: one of each kind, made up."""

from __future__ import annotations

import datetime as dt
from typing import Any

from shapely.geometry import LineString, MultiPolygon, Polygon

from geo.domain.target_words import INTERVAL_BASIS_WORDS
from geo.workflows.answers.imports import ImportInfo
from geo.workflows.answers.rows import (
    AssessmentInfo,
    CommuneRow,
    CoverageRow,
    FibreNodeRow,
    FibreRow,
    GapRow,
    OperatorInfo,
    PlaceRow,
    PointAnswer,
    PointResult,
    PointStatusAnswer,
    Reason,
    RoadClassRow,
    RoadRow,
    SiteRow,
    VillageAnswer,
    VillageStatusAnswer,
)
from geo.workflows.target_rows import ConflictRow, DenominatorRow, MeasuredRow, SourceRow, TargetRow

_DAY = dt.date(2026, 1, 15)
_NOON = dt.datetime(2026, 1, 15, 5, 0, tzinfo=dt.UTC)
_SQUARE = Polygon([(108.0, 12.6), (108.1, 12.6), (108.1, 12.7), (108.0, 12.7)])
_REASON = Reason(
    code="centre_below_threshold",
    vi="mức tín hiệu tại trung tâm thấp hơn ngưỡng",
    en="the level at the centre is below the threshold",
)

ASSESSMENT = AssessmentInfo(
    assessment_id=7,
    as_of=_DAY,
    created_at=_NOON,
    finished_at=_NOON + dt.timedelta(seconds=61),
    territory_version="2025-07-01",
    rule_version="2026.1",
    radio_version="p1812-7/2026.1",
    technologies=("4G", "5G"),
    operators=(OperatorInfo(code="operator-a", name="Operator A"),),
    illustrative=True,
    provenance={"sites": {"illustrative": True, "import_ids": [3], "as_of": "2026-01-01", "rows": 1500}},
    terrain={"used": True, "step_m": 90.0, "void_share": 0.0},
    population_source="points",
    cells_total=6000,
    cells_defaulted=1200,
    defaulted_fields={"electrical_tilt_deg": 1200},
    timings_s={"predict": 52.1},
    area_code=None,
    stale=False,
    published=True,
)

UNIT = CommuneRow(
    code="24133",
    name="Phường Buôn Ma Thuột",
    type="phường",
    parent_code="66",
    official_area_km2=71.99,
    area_km2=72.1,
    valid_from=dt.date(2025, 7, 1),
    valid_to=None,
    population=169596,
    households=42000,
    illustrative=True,
    geometry=MultiPolygon([_SQUARE]),
)

COVERAGE = CoverageRow(
    code="24133",
    name="Phường Buôn Ma Thuột",
    unit_type="commune",
    technology="4G",
    operator="any",
    min_operators=1,
    tier="outdoor",
    share_area=0.93,
    share_population=0.98,
    share_villages=0.97,
    share_households=0.98,
    share_no_data=0.02,
    share_area_not_covered=0.05,
    share_area_no_data=0.02,
    share_population_not_covered=0.01,
    share_population_no_data=0.01,
    share_villages_not_covered=0.02,
    share_villages_no_data=0.01,
    share_households_not_covered=0.01,
    share_households_no_data=0.01,
    area_km2=72.1,
    population=169596.0,
    villages=60,
    households=42000.0,
    share_area_low=0.88,
    share_area_high=0.95,
    share_population_low=0.96,
    share_population_high=0.99,
    share_villages_low=0.93,
    share_villages_high=0.99,
    share_households_low=0.96,
    share_households_high=0.99,
)

VILLAGE = VillageAnswer(
    id=12,
    code="24133-BUON-A",
    name="Buôn A",
    commune_code="24133",
    commune_name="Phường Buôn Ma Thuột",
    lon=108.05,
    lat=12.6667,
    households=210,
    population=980,
    grid_power="national_grid",
    flags=("ethnic_minority",),
    statuses=(
        VillageStatusAnswer(
            technology="4G", operator="any", state="not_covered", level_dbm=None, tier=None, reasons=(_REASON,)
        ),
    ),
)

SITE = SiteRow(
    id=5,
    code="DLK0005",
    name=None,
    operator="operator-a",
    mast_code="M-0005",
    lon=108.05,
    lat=12.66,
    technologies=("4G", "5G"),
    status="on_air",
    cells=6,
    commune_code="24133",
    shared=True,
)

GAP = GapRow(
    id=31,
    technology="4G",
    operator="any",
    geometry=_SQUARE,
    area_km2=4.25,
    population=180.0,
    households=41.0,
    villages=1,
    population_source="points",
    commune_codes=("24133",),
)

FIBRE = FibreRow(
    village_id=12,
    village_code="24133-BUON-A",
    name="Buôn A",
    commune_code="24133",
    lon=108.05,
    lat=12.6667,
    state="partly_available",
    households=210,
    households_passed=150,
    households_passed_1gbps=100,
    share_households_passed=0.714,
    ports_free=None,
    max_speed_mbps=1000.0,
    nearest_node_distance_m=None,
)

NODE = FibreNodeRow(
    id=9,
    code="ODF-0009",
    operator="operator-a",
    kind="odf",
    lon=108.04,
    lat=12.66,
    ports_total=96,
    ports_free=12,
)

PLACE = PlaceRow(
    id=4,
    code="YT-0004",
    name="Trạm y tế A",
    place_class="health",
    commune_code="24133",
    lon=108.05,
    lat=12.66,
    statuses=(PointStatusAnswer(technology="4G", operator="any", state="covered", level_dbm=None),),
)

ROAD_CLASS = RoadClassRow(
    unit_code="66",
    road_class="national",
    technology="4G",
    operator="any",
    covered_km=310.2,
    not_covered_km=12.5,
    no_data_km=0.0,
    share_covered=0.961,
)

ROAD = RoadRow(
    id=2, code="QL26", name="Quốc lộ 26", road_class="national", geometry=LineString([(108.0, 12.6), (108.2, 12.7)])
)

POINT = PointAnswer(
    lon=108.05,
    lat=12.6667,
    commune_code="24133",
    basis="public_grid",
    results=(
        PointResult(
            technology="4G",
            operator="any",
            state="covered",
            level_dbm=None,
            server_cell=None,
            server_site=None,
            reason=Reason(code="covered", vi="ô 500 m có sóng", en="the 500 m cell is covered"),
        ),
    ),
)

TARGET = TargetRow(
    id="A13",
    milestone=1,
    milestones=1,
    kind="computed",
    indicator="Mạng băng rộng di động 5G phủ sóng 99% dân số",
    indicator_en="5G mobile broadband covers 99 % of the population",
    value=99.0,
    comparison="at_least",
    unit="percent",
    starts_on=None,
    deadline=dt.date(2030, 12, 31),
    deadline_status="unverified",
    deadline_note_vi=None,
    deadline_note_en=None,
    source=SourceRow(
        document="Kế hoạch phát triển hạ tầng số",
        file=None,
        clause="II.2",
        quote=None,
        issued_on=None,
        issued_between=(dt.date(2024, 11, 1), dt.date(2025, 2, 28)),
        status="unverified",
        note_vi=None,
        note_en=None,
    ),
    also_in=(),
    denominator=DenominatorRow(
        kind="population", vi="dân số", en="population", status="verified", note_vi=None, note_en=None
    ),
    scope_vi="toàn tỉnh",
    scope_en="the whole province",
    state="in_progress",
    state_vi="đang thực hiện",
    state_en="in progress",
    goal_in_interval=False,
    measured=(
        MeasuredRow(
            reading="population",
            name_vi="dân số được phủ sóng",
            name_en="population covered",
            origin="computed",
            verdict="open",
            value=61.2,
            unknown_low=61.2,
            unknown_high=63.0,
            interval_low=58.9,
            interval_high=62.6,
            interval_basis="statistics",
            interval_basis_vi=INTERVAL_BASIS_WORDS["statistics"][0],
            interval_basis_en=INTERVAL_BASIS_WORDS["statistics"][1],
            interval_missing=None,
            interval_missing_vi=None,
            interval_missing_en=None,
            goal_in_interval=False,
            share_covered=0.612,
            share_not_covered=0.37,
            share_no_data=0.018,
            total=3346853.0,
            counts={},
            basis=None,
            basis_vi=None,
            basis_en=None,
            text_value=None,
            as_of=_DAY,
            source=None,
            beside=False,
            status="verified",
            missing=None,
            missing_vi=None,
            missing_en=None,
            note_vi=None,
            note_en=None,
        ),
    ),
    conflicts_with=(
        ConflictRow(
            id="B1",
            vi="B1 nêu 100 % trên địa bàn",
            en="B1 states 100 % of the territory",
            status="unverified",
            source=None,
        ),
    ),
)

IMPORT_INFO = ImportInfo(
    import_id=3,
    kind="sites",
    sha256="0" * 64,
    as_of=_DAY,
    created_at=_NOON,
    retired_at=None,
    illustrative=False,
    crs="EPSG:9218",
    operator="operator-a",
    files=({"name": "tram.xlsx", "sha256": "0" * 64, "size_bytes": 18233},),
    rows_read=120,
    rows_stored=118,
    rows_unchanged=0,
    rows_skipped=0,
    rows_folded=2,
    error_count=0,
    warning_count=1,
)

IMPORT: dict[str, Any] = {
    "schema_version": "1",
    "import_id": 3,
    "kind": "sites",
    "sha256": "0" * 64,
    "as_of": "2026-01-15",
    "territory_version": None,
    "rule_version": None,
    "assessment_id": None,
    "illustrative": False,
    "dry_run": False,
    "already_imported": False,
    "crs": "EPSG:9218",
    "operator": "operator-a",
    "files": [{"name": "tram.xlsx", "sha256": "0" * 64, "size_bytes": 18233}],
    "rows_read": 120,
    "rows_stored": 118,
    "rows_unchanged": 0,
    "rows_skipped": 0,
    "rows_folded": 2,
    "preview": {"new": 118, "changed": 0, "unchanged": 0, "gone": 0},
    "error_count": 0,
    "warning_count": 1,
    "problems": [
        {
            "severity": "warning",
            "code": "field_missing",
            "file": "tram.xlsx",
            "sheet": "4G",
            "row": 17,
            "column": "Góc phương vị",
            "value": None,
            "why_vi": "không có góc phương vị",
            "why_en": "no azimuth",
            "remedy_vi": "bổ sung góc phương vị; tạm coi là anten vô hướng",
            "remedy_en": "add the azimuth; taken as omnidirectional meanwhile",
            "count": 1,
        }
    ],
}
