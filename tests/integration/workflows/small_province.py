"""Four villages in two communes with the results of one assessment, small enough to check by hand.

========  ==========  ==============  ===========  =====  ==========================================
village   people      4G any          5G any       power  clusters (people, 4G any, power)
========  ==========  ==============  ===========  =====  ==========================================
V1        100         covered         covered      grid   -
V2        200         partly covered  not covered  grid   A (50, covered, grid), B (30, not, grid)
V3        60          not covered     not covered  ?      -
V4        40          no data         no data      grid   -
========  ==========  ==============  ===========  =====  ==========================================
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from geoalchemy2 import WKTElement
from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from geo.store.tables import (
    Assessment,
    ClusterStatus,
    CoverageStatistic,
    FibreReach,
    ImportRecord,
    Operator,
    Place,
    PlaceCoverage,
    Village,
    VillageCluster,
    VillageStatus,
)

AS_OF = dt.date(2026, 6, 30)
C, P, N, U = "covered", "partly_covered", "not_covered", "no_data"
GRID, UNKNOWN = "national_grid", "unknown"
VILLAGES = {
    "V1": (100, 25, GRID, {"4G": C, "5G": C}),
    "V2": (200, 50, GRID, {"4G": P, "5G": N}),
    "V3": (60, 15, UNKNOWN, {"4G": N, "5G": N}),
    "V4": (40, 10, GRID, {"4G": U, "5G": U}),
}
CLUSTERS = {"A": (50, {"4G": C, "5G": N}), "B": (30, {"4G": N, "5G": N})}


@dataclass(frozen=True)
class SmallProvince:
    """Keys of what was stored."""

    assessment_id: int
    villages: dict[str, int]
    clusters: dict[str, int]


def point(lon: float, lat: float) -> WKTElement:
    return WKTElement(f"POINT({lon} {lat})", srid=4326)


def build(session: Session, *, illustrative: bool = False) -> SmallProvince:
    """Store the small province and its assessment."""
    record = ImportRecord(
        kind="villages",
        sha256="0" * 64,
        options_sha256="0" * 64,
        illustrative=illustrative,
        as_of=AS_OF,
        rows_read=4,
        rows_stored=4,
        rows_unchanged=0,
        rows_skipped=0,
        rows_folded=0,
    )
    session.add_all([record, Operator(code="viettel", name="Viettel"), Operator(code="vnpt", name="VNPT")])
    session.flush()
    villages, clusters = _villages(session, record.id)
    assessment = _assessment(session, illustrative=illustrative)
    province = SmallProvince(assessment.id, villages, clusters)
    _statuses(session, province)
    _statistics(session, province)
    _fibre(session, province)
    _places(session, province, record.id)
    session.flush()
    return province


def set_state(session: Session, province: SmallProvince, village: str, state: str, *, technology: str = "4G") -> None:
    """Change the stored state of a village over any operator, as a later assessment would."""
    session.execute(
        update(VillageStatus)
        .where(VillageStatus.village_id == province.villages[village], VillageStatus.technology == technology)
        .where(VillageStatus.operator_code == "any")
        .values(state=state)
    )


def set_cluster(session: Session, province: SmallProvince, cluster: str, state: str) -> None:
    """Change the stored 4G state of a cluster over any operator."""
    session.execute(
        update(ClusterStatus)
        .where(ClusterStatus.cluster_id == province.clusters[cluster], ClusterStatus.technology == "4G")
        .where(ClusterStatus.operator_code == "any")
        .values(state=state)
    )


def set_cluster_level(session: Session, province: SmallProvince, cluster: str, level_dbm: float) -> None:
    """Give a cluster a 4G level of every operator."""
    session.execute(
        update(ClusterStatus)
        .where(ClusterStatus.cluster_id == province.clusters[cluster], ClusterStatus.technology == "4G")
        .values(level_dbm=level_dbm)
    )


def set_place_level(
    session: Session, province: SmallProvince, code: str, level_dbm: float | None, **state: str
) -> None:
    """Give a place a level over any operator, and another `state`."""
    session.execute(
        update(PlaceCoverage)
        .where(PlaceCoverage.place_id.in_(select(Place.id).where(Place.code == code)))
        .values(level_dbm=level_dbm, **state)
    )


def statistic_of(province: SmallProvince, code: str, technology: str) -> ColumnElement[bool]:
    """Select the stored shares of a unit over any operator."""
    table = CoverageStatistic
    return and_(table.assessment_id == province.assessment_id, table.unit_code == code, table.technology == technology)


def set_statistic(session: Session, province: SmallProvince, code: str, **values: float) -> None:
    """Change stored 5G shares of a unit."""
    session.execute(update(CoverageStatistic).where(statistic_of(province, code, "5G")).values(**values))


def add_statistic(session: Session, province: SmallProvince, code: str, technology: str, **values: float) -> None:
    """Store shares of a unit for another technology."""
    session.add(
        CoverageStatistic(
            assessment_id=province.assessment_id,
            unit_code=code,
            unit_type="province" if code == "66" else "commune",
            technology=technology,
            operator_code="any",
            min_operators=1,
            tier="outdoor",
            **values,
        )
    )
    session.flush()


def set_power(session: Session, code: str, power: str, on: dt.date | None = None) -> None:
    """Change the power of a village."""
    village = session.scalars(select(Village).where(Village.code == code)).one()
    village.grid_power, village.grid_power_on = power, on
    session.flush()


def _villages(session: Session, import_id: int) -> tuple[dict[str, int], dict[str, int]]:
    found: dict[str, Village] = {}
    for number, (code, (population, households, power, _)) in enumerate(VILLAGES.items()):
        found[code] = Village(
            import_id=import_id,
            code=code,
            name=f"Buôn {code}",
            name_normalised=f"buon {code.lower()}",
            commune_code="24163" if code in ("V1", "V2") else "24166",
            commune_source="declared",
            geom=point(108.0 + number / 100, 12.7),
            households=households,
            population=population,
            grid_power=power,
            flags=[],
            valid_from=dt.date(2026, 1, 1),
        )
    session.add_all(found.values())
    session.flush()
    clusters = {
        code: VillageCluster(
            import_id=import_id,
            village_id=found["V2"].id,
            code=code,
            name=f"Cụm {code}",
            geom=point(108.02, 12.71),
            population=population,
            households=population // 4,
            grid_power=GRID,
        )
        for code, (population, _) in CLUSTERS.items()
    }
    session.add_all(clusters.values())
    session.flush()
    return {code: item.id for code, item in found.items()}, {code: item.id for code, item in clusters.items()}


def _assessment(session: Session, *, illustrative: bool) -> Assessment:
    assessment = Assessment(
        status="done",
        as_of=AS_OF,
        finished_at=dt.datetime(2026, 7, 1, tzinfo=dt.UTC),
        territory_version="trial",
        rule_version="trial",
        radio_version="trial",
        technologies=["4G", "5G"],
        operator_codes=["viettel", "vnpt"],
        illustrative=illustrative,
        provenance={},
        inputs_sha256="0" * 64,
        terrain={"used": False},
        population_source="points",
        cells_total=10,
        cells_defaulted=0,
        defaulted_fields={},
        timings_s={},
    )
    session.add(assessment)
    session.flush()
    return assessment


def _statuses(session: Session, province: SmallProvince) -> None:
    for operator in ("any", "viettel"):
        for code, (_, _, _, states) in VILLAGES.items():
            session.add_all(
                VillageStatus(
                    assessment_id=province.assessment_id,
                    village_id=province.villages[code],
                    technology=technology,
                    operator_code=operator,
                    state=state,
                    level_dbm=-100.0 if state in (C, P) else None,
                    reasons=[],
                )
                for technology, state in states.items()
            )
        for code, (_, states) in CLUSTERS.items():
            session.add_all(
                ClusterStatus(
                    assessment_id=province.assessment_id,
                    cluster_id=province.clusters[code],
                    technology=technology,
                    operator_code=operator,
                    state=state,
                )
                for technology, state in states.items()
            )


def _statistics(session: Session, province: SmallProvince) -> None:
    # 5G: the province has 25 % of the people (100 of 400) and 10 % of the area; commune 24163 has both, 24166 none.
    units = {
        "66": ("province", (0.10, 0.80, 0.10), (0.25, 0.65, 0.10), 18096.0, 400.0),
        "24163": ("commune", (0.20, 0.80, 0.0), (1 / 3, 2 / 3, 0.0), 9000.0, 300.0),
        "24166": ("commune", (0.0, 0.80, 0.20), (0.0, 0.6, 0.4), 9096.0, 100.0),
    }
    for code, (unit_type, area, people, area_km2, population) in units.items():
        session.add(
            CoverageStatistic(
                assessment_id=province.assessment_id,
                unit_code=code,
                unit_type=unit_type,
                technology="5G",
                operator_code="any",
                min_operators=1,
                tier="outdoor",
                area_covered=area[0],
                area_not_covered=area[1],
                area_no_data=area[2],
                population_covered=people[0],
                population_not_covered=people[1],
                population_no_data=people[2],
                area_km2=area_km2,
                population=population,
            )
        )


def _fibre(session: Session, province: SmallProvince) -> None:
    # V1: all 25 households, V2: 20 of 50, V3: none of 15, V4: nothing declared (10).
    for code, state, passed, passed_1gbps in (
        ("V1", "available", 25, 25),
        ("V2", "partly_available", 20, 0),
        ("V3", "not_available", 0, 0),
        ("V4", "no_data", None, None),
    ):
        session.add(
            FibreReach(
                assessment_id=province.assessment_id,
                village_id=province.villages[code],
                state=state,
                households=VILLAGES[code][1],
                households_passed=passed,
                households_passed_1gbps=passed_1gbps,
            )
        )


def _places(session: Session, province: SmallProvince, import_id: int) -> None:
    states = {"industrial_park": [C, C], "airport": [C, N], "tourism_site": [U]}
    for place_class, found in states.items():
        for number, state in enumerate(found):
            place = Place(
                import_id=import_id,
                code=f"{place_class}-{number}",
                name=f"{place_class} {number}",
                place_class=place_class,
                geom=point(108.0, 12.7),
            )
            session.add(place)
            session.flush()
            session.add(
                PlaceCoverage(
                    assessment_id=province.assessment_id,
                    place_id=place.id,
                    technology="5G",
                    operator_code="any",
                    state=state,
                )
            )
