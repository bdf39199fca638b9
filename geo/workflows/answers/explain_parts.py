"""Turns an explained path into rows: losses by clause, budget by line, tiers, profile."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import NormalDist
from typing import Any

from numpy.typing import NDArray

from geo.domain.coverage import kept_level_dbm
from geo.domain.sites import Technology
from geo.errors import OutOfRangeError
from geo.parameters.schema import ParameterSet
from geo.radio.clearance import earth_bulge_m
from geo.radio.explain import LevelInterval, PathExplanation
from geo.radio.p1812 import ProfileLoss
from geo.radio.terrain import ClutterWindow
from geo.store.repositories_cells import CellRecord
from geo.workflows.answers.around import Surroundings
from geo.workflows.answers.explain_rows import (
    BudgetLine,
    ExplainedCell,
    ExplainedEdge,
    ExplainedInterval,
    ExplainedPath,
    ExplainedProfile,
    InsideShare,
    LossPart,
    Origin,
    PointExplanation,
    TierMargin,
)
from geo.workflows.tier_meaning import OUTDOOR, entered_places

SIGNALS = {Technology.G2: "RXLEV", Technology.G3: "RSCP", Technology.G4: "RSRP", Technology.G5: "SS-RSRP"}
# Digits of what is told: a centimetre of the profile; levels as they are kept; parts of a loss so that they add up.
_LENGTH_DIGITS, _LEVEL_DIGITS, _LOSS_DIGITS = 2, 2, 4


def explanation(
    here: Surroundings,
    found: PathExplanation,
    record: CellRecord,
    *,
    entry: ParameterSet,
    terrain_used: bool,
    clutter: ClutterWindow | None,
) -> PointExplanation:
    """Return the row of one explained path."""
    technology, rule = found.cell.technology, here.rule
    kept_dbm = kept_level_dbm(found.level_dbm)
    return PointExplanation(
        technology=technology.value,
        operator=found.cell.operator_code,
        state="covered" if kept_dbm >= rule.threshold_dbm(technology) else "not_covered",
        signal=SIGNALS[technology],
        level_dbm=kept_dbm,
        median_level_dbm=_dbm(found.median_level_dbm),
        spread=_interval(found.spread),
        interval=_interval(found.interval),
        location_share=rule.location_share,
        time_share=rule.time_share,
        receiver_height_m=rule.receiver_height_m,
        covered_tier=rule.covered_tier,
        tiers=tuple(_tiers(here, found)),
        inside=_inside(here, found, entry),
        cell=_cell(here, found, record),
        path=_path(found),
        losses=tuple(loss_parts(found.loss)),
        budget=tuple(_budget(found)),
        terrain_used=terrain_used,
        clutter_used=clutter is not None,
        profile=_profile(found),
    )


def _interval(interval: LevelInterval) -> ExplainedInterval:
    return ExplainedInterval(
        low_dbm=_dbm(interval.low_dbm),
        high_dbm=_dbm(interval.high_dbm),
        share=round(interval.share, _LOSS_DIGITS),
        sigma_db=_dbm(interval.sigma_db),
    )


def loss_parts(loss: ProfileLoss) -> Iterator[LossPart]:
    """Yield the parts of a loss by clause, the total last."""
    floor, diffraction = loss.line_of_sight_with_multipath_db, loss.diffraction_db
    total, median = loss.basic_transmission_loss_db, loss.median_location_loss_db
    yield _part("free_space", "§4.2", loss.free_space_db, "basic_transmission_loss")
    yield _part("multipath", "§4.2", floor - loss.free_space_db, "basic_transmission_loss")
    yield _part("diffraction", "§4.3", diffraction, "basic_transmission_loss")
    yield _part("bullington", "§4.3.1", loss.bullington_db, "diffraction")
    excess = max(loss.spherical_earth_db - loss.bullington_smooth_db, 0.0)
    yield _part("spherical_earth_excess", "§4.3.3", excess, "diffraction")
    yield _part("diffraction_time", "§4.3.5", diffraction - loss.diffraction_median_db, "diffraction")
    yield _part("spherical_earth", "§4.3.2", loss.spherical_earth_db, None)
    yield _part("bullington_smooth", "§4.3.1", loss.bullington_smooth_db, None)
    yield _part("troposcatter", "§4.4", loss.troposcatter_db, None)
    yield _part("ducting", "§4.5", loss.ducting_db, None)
    yield _part("combination", "§4.6", median - floor - diffraction, "basic_transmission_loss")
    yield _part("location_variability", "§4.7", total - median, "basic_transmission_loss")
    yield _part("basic_transmission_loss", "§4.9", total, None)


def _part(code: str, clause: str, loss_db: float, adds_to: Any) -> LossPart:
    return LossPart(code=code, clause=clause, loss_db=_db(loss_db), adds_to=adds_to)


def _budget(found: PathExplanation) -> Iterator[BudgetLine]:
    power, cell = found.cell.power, found.cell
    if power.power_dbm is None or power.antenna_gain_dbi is None:
        yield BudgetLine(code="eirp", value=power.eirp_dbm, unit="dBm", is_sum=False, origin="declared")
    else:
        yield _line("power", power.power_dbm, "dBm", _origin(cell.defaulted_fields, "power_dbm"))
        yield _line("antenna_gain", power.antenna_gain_dbi, "dBi", _origin(cell.defaulted_fields, "antenna_gain_dbi"))
        yield _line("eirp", power.eirp_dbm, "dBm", "computed", is_sum=True)
    yield _line("reference_share", power.reference_offset_db, "dB", _origin(cell.defaulted_fields, "bandwidth_mhz"))
    yield _line("reference_eirp", power.reference_eirp_dbm, "dBm", "computed", is_sum=True)
    yield _line("pattern", -found.pattern_loss_db, "dB", "computed")
    yield _line("path_loss", -found.loss.basic_transmission_loss_db, "dB", "computed")
    if found.calibration_db != 0.0:
        yield _line("calibration", found.calibration_db, "dB", "computed")
    kept_dbm = kept_level_dbm(found.level_dbm)
    yield _line("rounding", kept_dbm - found.level_dbm, "dB", "computed")
    yield _line("level", kept_dbm, "dBm", "computed", is_sum=True)


def _line(code: str, value: float, unit: Any, origin: Origin, *, is_sum: bool = False) -> BudgetLine:
    return BudgetLine(code=code, value=_dbm(value), unit=unit, is_sum=is_sum, origin=origin)


def _origin(defaulted: tuple[str, ...], field: str) -> Origin:
    return "default" if field in defaulted else "declared"


def _tiers(here: Surroundings, found: PathExplanation) -> Iterator[TierMargin]:
    for tier in here.rule.tiers_dbm:
        threshold_dbm = here.rule.threshold_dbm(found.cell.technology, tier)
        margin_db = _dbm(kept_level_dbm(found.level_dbm) - threshold_dbm)
        chance = NormalDist(threshold_dbm, max(found.interval.sigma_db, 1e-9)).cdf(found.level_dbm)
        yield TierMargin(
            tier=tier,
            threshold_dbm=threshold_dbm,
            margin_db=margin_db,
            reached=margin_db >= 0.0,
            probability=round(chance, _LOSS_DIGITS),
        )


def _inside(here: Surroundings, found: PathExplanation, entry: ParameterSet) -> tuple[InsideShare, ...]:
    margin_db = found.level_dbm - here.rule.threshold_dbm(found.cell.technology, OUTDOOR)
    try:
        places = entered_places(margin_db, frequency_mhz=found.cell.frequency_mhz, entry=entry)
    except OutOfRangeError:
        return ()
    return tuple(
        InsideShare(kind=each.kind, median_loss_db=_dbm(each.median_loss_db), share=round(each.share, _LOSS_DIGITS))
        for each in places
    )


def _cell(here: Surroundings, found: PathExplanation, record: CellRecord) -> ExplainedCell:
    cell, antenna = found.cell, found.cell.antenna
    names = {operator.code: operator.name for operator in here.info.operators}
    declared = next(each for each in here.declared if each.cell_id == cell.cell_id)
    measured = antenna.sampled_db.shape[1] > 1
    return ExplainedCell(
        id=cell.cell_id,
        code=record.code,
        site_code=record.site_code,
        site_name=record.site_name,
        operator=cell.operator_code,
        operator_name=names.get(cell.operator_code, cell.operator_code),
        lon=cell.lon,
        lat=cell.lat,
        frequency_mhz=cell.frequency_mhz,
        bandwidth_mhz=cell.power.bandwidth_mhz,
        antenna_height_m=cell.antenna_height_m,
        azimuth_deg=None if antenna.omni else antenna.azimuth_deg,
        mechanical_tilt_deg=antenna.mechanical_tilt_deg,
        electrical_tilt_deg=declared.electrical_tilt_deg if measured else antenna.electrical_tilt_deg,
        antenna_model=declared.antenna_model,
        antenna_pattern="measured" if measured else "default",
        defaulted_fields=cell.defaulted_fields,
    )


def _path(found: PathExplanation) -> ExplainedPath:
    loss, sight, edge = found.loss, found.sight, found.sight.edge
    bulge_m = _edge_bulge_m(found)
    return ExplainedPath(
        distance_m=_m(found.distance_m),
        azimuth_deg=round(found.azimuth_deg, 3),
        elevation_deg=round(found.elevation_deg, 3),
        line_of_sight=loss.line_of_sight,
        tx_antenna_m=_m(loss.tx_antenna_amsl_m),
        rx_antenna_m=_m(loss.rx_antenna_amsl_m),
        tx_horizon_m=None if sight.tx_horizon_km is None else _m(1000.0 * sight.tx_horizon_km),
        rx_horizon_m=None if sight.rx_horizon_km is None else _m(1000.0 * sight.rx_horizon_km),
        effective_earth_radius_km=round(loss.effective_earth_radius_km, 1),
        edge=ExplainedEdge(
            kind=edge.kind,
            distance_m=_m(1000.0 * edge.distance_km),
            height_m=_m(edge.height_m - bulge_m),
            clearance_m=_m(edge.clearance_m),
            clearance_share=round(edge.clearance_m / edge.fresnel_radius_m, 3),
            v=_db(edge.v),
            knife_edge_db=_db(edge.knife_edge_db),
        ),
    )


def _edge_bulge_m(found: PathExplanation) -> float:
    """Return how far the earth rises at the deciding edge, m."""
    at_km, total_km = found.sight.edge.distance_km, found.loss.distance_km
    return float(earth_bulge_m(at_km, total_km=total_km, radius_km=found.loss.effective_earth_radius_km))


def _profile(found: PathExplanation) -> ExplainedProfile:
    sight, profile = found.sight, found.profile
    return ExplainedProfile(
        distance_m=_lengths(1000.0 * profile.distance_km),
        terrain_m=_lengths(profile.terrain_m),
        clutter_m=_lengths(profile.surface_m - profile.terrain_m),
        bulge_m=_lengths(sight.bulge_m),
        line_m=_lengths(sight.line_m),
        fresnel_m=_lengths(sight.fresnel_m),
    )


def _lengths(values: NDArray[Any]) -> tuple[float, ...]:
    return tuple(_m(float(value)) for value in values)


def _m(value: float) -> float:
    return round(value, _LENGTH_DIGITS) + 0.0


def _db(value: float) -> float:
    return round(value, _LOSS_DIGITS) + 0.0


def _dbm(value: float) -> float:
    return round(value, _LEVEL_DIGITS) + 0.0
