"""From a declared cell to what the prediction needs: frequency, height, pattern and reference-signal EIRP."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from operator import attrgetter

from geo.domain.sites import Cell, Technology
from geo.errors import BadInputError, OutOfRangeError
from geo.radio.antennas import Antenna, mounted_antenna, turned
from geo.radio.kernels.merge import LARGEST_STEP, STEPS_PER_DB
from geo.radio.left_out import LeftOutCell
from geo.radio.model import GroupDefaults, RadioModel
from geo.radio.p1812 import check_range
from geo.radio.pattern_files import MeasuredAntenna, PatternLibrary

NO_PATTERNS = PatternLibrary()
# Reach comes in whole steps: cells that differ by a hair of power share one.
_REACH_STEP_M = 100.0
# Levels are kept in 16 bits of hundredths of dBm. No loss is negative, so no level is above that of the main lobe.
HIGHEST_EIRP_DBM = LARGEST_STEP / STEPS_PER_DB
_CELL_FIELDS = tuple(each.name for each in fields(Cell))
_CELL_VALUES = attrgetter(*_CELL_FIELDS)
# Cells that differ in these alone have everything else in common: most cells of a network are of a few kinds.
_OWN_FIELDS = ("cell_id", "site_id", "mast_id", "operator_code", "lon", "lat", "azimuth_deg")
_KIND_VALUES = attrgetter(*(name for name in _CELL_FIELDS if name not in _OWN_FIELDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerBudget:
    """What the level of the reference signal in the main lobe is made of.

    `power_dbm` and `antenna_gain_dbi` are None where the list declares the EIRP itself. `blocks` are the resource
    blocks that the power is spread over (None for 2G and 3G); `reference_offset_db` is not positive.
    """

    power_dbm: float | None
    antenna_gain_dbi: float | None
    eirp_dbm: float
    bandwidth_mhz: float
    blocks: int | None
    reference_offset_db: float

    @property
    def reference_eirp_dbm(self) -> float:
        """EIRP of the reference signal in the main lobe, dBm."""
        return self.eirp_dbm + self.reference_offset_db


@dataclass(frozen=True, slots=True)
class _Channel:
    """Width of a cell's channel and spacing of its subcarriers."""

    bandwidth_mhz: float
    spacing_khz: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedCell:
    """A cell with every radio field filled in.

    `reference_eirp_dbm` is the EIRP in the main lobe of one resource element of the reference signal (RSRP of LTE,
    SS-RSRP of NR), of the common pilot (3G) or of the carrier (2G); `power` says what it is made of. `defaulted_fields`
    names what the list left out.

    Raises:
        OutOfRangeError: a reference EIRP above `HIGHEST_EIRP_DBM`, whose levels would not fit where they are kept.
    """

    cell_id: int
    mast_id: int
    operator_code: str
    technology: Technology
    lon: float
    lat: float
    frequency_mhz: float
    antenna_height_m: float
    antenna: Antenna
    reference_eirp_dbm: float
    power: PowerBudget
    reach_m: float
    defaulted_fields: tuple[str, ...]

    def __post_init__(self) -> None:
        _check_eirp(self.reference_eirp_dbm, -HIGHEST_EIRP_DBM)


@dataclass(frozen=True, slots=True)
class CellProblem:
    """Why a cell is left out of the prediction, and where it might serve."""

    cell_id: int
    error: BadInputError
    left_out: LeftOutCell


def reference_offset_db(
    technology: Technology, *, bandwidth_mhz: float, spacing_khz: float, model: RadioModel
) -> float:
    """Level of the reference signal against the total power of the cell, dB (not positive).

    LTE and NR: the power is spread evenly over all resource elements of the channel. 3G and 2G: the share of the
    common pilot and of the carrier.
    """
    blocks = resource_blocks(technology, bandwidth_mhz=bandwidth_mhz, spacing_khz=spacing_khz, model=model)
    if blocks is None:
        return model.reference_share_db[technology]
    return -10.0 * math.log10(blocks * model.subcarriers_per_block)


def resource_blocks(
    technology: Technology, *, bandwidth_mhz: float, spacing_khz: float, model: RadioModel
) -> int | None:
    """Return the resource blocks of an LTE or NR channel; None for 2G and 3G."""
    numerology = {Technology.G4: "lte", Technology.G5: f"nr{spacing_khz:.0f}"}.get(technology)
    return None if numerology is None else model.blocks(numerology, bandwidth_mhz)


def resolve_cell(cell: Cell, model: RadioModel, patterns: PatternLibrary = NO_PATTERNS) -> ResolvedCell:
    """Return the cell with the defaults of its technology and band in place of missing fields.

    A declared EIRP goes before power and gain, a declared gain before that of the antenna's pattern. Without an azimuth
    the cell is omnidirectional. A model of antenna without a pattern that fits takes the default pattern.

    Raises:
        BadInputError: unknown band; OutOfRangeError: a frequency or height outside ITU-R P.1812, an impossible angle, a
            value that is not a finite number, a reference EIRP that no stored level can have.
    """
    _refuse_endless(cell)
    defaulted: list[str] = []
    frequency = _frequency_mhz(cell, model, defaulted)
    check_range("frequency_mhz", frequency)
    group = model.defaults[cell.technology, model.group_of(frequency)]
    height = _given(cell.antenna_height_m, group.antenna_height_m, "antenna_height_m", defaulted)
    check_range("tx_height_m", height)
    bandwidth = _given(cell.bandwidth_mhz, group.bandwidth_mhz, "bandwidth_mhz", defaulted)
    measured = _measured(cell, frequency, group, model, patterns, defaulted)
    antenna = _antenna(cell, group, measured, defaulted)
    spacing = model.spacing_khz(frequency, cell.band, group.subcarrier_spacing_khz)
    power = _power_budget(cell, group, measured, _Channel(bandwidth, spacing), model, defaulted)
    eirp = power.reference_eirp_dbm
    _check_eirp(eirp, model.prediction["lowest_level"])
    return ResolvedCell(
        cell_id=cell.cell_id,
        mast_id=cell.mast_id,
        operator_code=cell.operator_code,
        technology=cell.technology,
        lon=cell.lon,
        lat=cell.lat,
        frequency_mhz=frequency,
        antenna_height_m=height,
        antenna=antenna,
        reference_eirp_dbm=eirp,
        power=power,
        reach_m=min(
            _reach_m(cell, group, eirp, spacing, model),
            _free_space_reach_m(eirp - model.prediction["lowest_level"], frequency),
        ),
        defaulted_fields=tuple(defaulted),
    )


def resolve_cells(
    cells: list[Cell], model: RadioModel, patterns: PatternLibrary = NO_PATTERNS
) -> tuple[list[ResolvedCell], list[CellProblem]]:
    """Resolve all cells that can be; the others come back with the reason, in the order given."""
    resolved: list[ResolvedCell] = []
    problems: list[CellProblem] = []
    known: dict[tuple[object, ...], ResolvedCell] = {}
    for cell in cells:
        kind = cell.azimuth_deg is None, *_KIND_VALUES(cell)
        try:
            if kind not in known:
                known[kind] = resolve_cell(cell, model, patterns)
            resolved.append(_of_kind(known[kind], cell))
        except BadInputError as error:
            problems.append(CellProblem(cell.cell_id, error, _left_out(cell, model)))
    return resolved, problems


def _of_kind(like: ResolvedCell, cell: Cell) -> ResolvedCell:
    """Return a cell resolved as another one of its kind; what is its own is looked at as in `resolve_cell`."""
    if not math.isfinite(cell.lon + cell.lat + (cell.azimuth_deg or 0.0)):
        _refuse_endless(cell)
    return ResolvedCell(
        cell_id=cell.cell_id,
        mast_id=cell.mast_id,
        operator_code=cell.operator_code,
        technology=like.technology,
        lon=cell.lon,
        lat=cell.lat,
        frequency_mhz=like.frequency_mhz,
        antenna_height_m=like.antenna_height_m,
        antenna=turned(like.antenna, cell.azimuth_deg),
        reference_eirp_dbm=like.reference_eirp_dbm,
        power=like.power,
        reach_m=like.reach_m,
        defaulted_fields=like.defaulted_fields,
    )


def _left_out(cell: Cell, model: RadioModel) -> LeftOutCell:
    """Return how far a cell that cannot be computed would be: as declared, else with the defaults of what it lacks.

    Its power, gain and bandwidth count; where even these cannot be, it is the farthest distance there is.
    """
    bare = replace(
        cell,
        antenna_height_m=None,
        azimuth_deg=None if cell.azimuth_deg is None else 0.0,
        mechanical_tilt_deg=None,
        electrical_tilt_deg=None,
        antenna_model=None,
    )
    reach_m = model.largest_reach_m
    for candidate in (bare, replace(bare, band=None, frequency_mhz=None)):
        try:
            reach_m = resolve_cell(candidate, model).reach_m
            break
        except BadInputError:
            continue
    return LeftOutCell(str(cell.technology), cell.operator_code, cell.lon, cell.lat, reach_m)


def _refuse_endless(cell: Cell) -> None:
    """No kernel may ever see a value that is not a finite number."""
    for name, value in zip(_CELL_FIELDS, _CELL_VALUES(cell), strict=True):
        if isinstance(value, float) and not math.isfinite(value):
            raise OutOfRangeError(
                f"{name} = {value:g} is not a finite number.", f"{name} = {value:g} không phải là số hữu hạn."
            )


def _check_eirp(reference_eirp_dbm: float, lowest_dbm: float) -> None:
    """Refuse a cell that could not be heard anywhere, or whose levels would wrap around where they are kept."""
    if not lowest_dbm < reference_eirp_dbm <= HIGHEST_EIRP_DBM:
        shown, limits = f"{reference_eirp_dbm:.6g} dBm", f"{lowest_dbm:g} to {HIGHEST_EIRP_DBM:g} dBm"
        raise OutOfRangeError(
            f"The EIRP of the reference signal, {shown}, is outside {limits}, the levels that can be kept; check "
            "power, antenna gain and EIRP.",
            f"EIRP của tín hiệu tham chiếu, {shown}, nằm ngoài khoảng {limits.replace(' to ', ' đến ')} lưu được; hãy "
            "kiểm tra công suất, độ lợi anten và EIRP.",
        )


def _given(value: float | None, default: float, name: str, defaulted: list[str]) -> float:
    if value is not None:
        return float(value)
    defaulted.append(name)
    return default


def _frequency_mhz(cell: Cell, model: RadioModel, defaulted: list[str]) -> float:
    if cell.frequency_mhz is not None:
        return float(cell.frequency_mhz)
    if cell.band is not None and cell.band.strip():
        return model.band_frequency_mhz(cell.band)
    defaulted.append("band")
    return model.band_frequency_mhz(model.default_band[cell.technology])


def _measured(
    cell: Cell,
    frequency_mhz: float,
    group: GroupDefaults,
    model: RadioModel,
    patterns: PatternLibrary,
    defaulted: list[str],
) -> MeasuredAntenna | None:
    """Pattern of the antenna that the cell names; a directional one is of no use without an azimuth."""
    if cell.antenna_model is None or not cell.antenna_model.strip():
        return None
    tilt = cell.electrical_tilt_deg
    found = patterns.find(
        cell.antenna_model,
        frequency_mhz=frequency_mhz,
        electrical_tilt_deg=group.electrical_tilt_deg if tilt is None else tilt,
        frequency_ratio=model.pattern_frequency_ratio,
        omni_ripple_db=model.pattern_omni_ripple_db,
    )
    if found is None or (cell.azimuth_deg is None and not found.omni):
        defaulted.append("antenna_model")
        return None
    return found


def _antenna(cell: Cell, group: GroupDefaults, measured: MeasuredAntenna | None, defaulted: list[str]) -> Antenna:
    if cell.azimuth_deg is None and measured is None:
        defaulted.append("azimuth_deg")
    usual_tilt = group.electrical_tilt_deg if measured is None else measured.electrical_tilt_deg
    return mounted_antenna(
        group.pattern,
        azimuth_deg=cell.azimuth_deg,
        mechanical_tilt_deg=_given(
            cell.mechanical_tilt_deg, group.mechanical_tilt_deg, "mechanical_tilt_deg", defaulted
        ),
        electrical_tilt_deg=_given(cell.electrical_tilt_deg, usual_tilt, "electrical_tilt_deg", defaulted),
        measured=measured,
    )


def _power_budget(
    cell: Cell,
    group: GroupDefaults,
    measured: MeasuredAntenna | None,
    channel: _Channel,
    model: RadioModel,
    defaulted: list[str],
) -> PowerBudget:
    """Power, gain and reference signal; the EIRP is the total one in the main lobe."""
    power_dbm: float | None = None
    gain_dbi: float | None = None
    if cell.eirp_dbm is not None:
        eirp_dbm = float(cell.eirp_dbm)
    else:
        usual_gain = group.omni_gain_dbi if cell.azimuth_deg is None else group.sector_gain_dbi
        own_gain = cell.antenna_gain_dbi
        if own_gain is None and measured is not None:
            own_gain = measured.gain_dbi
        gain_dbi = _given(own_gain, usual_gain, "antenna_gain_dbi", defaulted)
        power_dbm = _given(cell.power_dbm, group.power_dbm, "power_dbm", defaulted)
        eirp_dbm = power_dbm + gain_dbi
    shares = {"bandwidth_mhz": channel.bandwidth_mhz, "spacing_khz": channel.spacing_khz}
    return PowerBudget(
        power_dbm=power_dbm,
        antenna_gain_dbi=gain_dbi,
        eirp_dbm=eirp_dbm,
        bandwidth_mhz=channel.bandwidth_mhz,
        blocks=resource_blocks(cell.technology, **shares, model=model),
        reference_offset_db=reference_offset_db(cell.technology, **shares, model=model),
    )


def _reach_m(
    cell: Cell, group: GroupDefaults, reference_eirp_dbm: float, spacing_khz: float, model: RadioModel
) -> float:
    """Distance at which a cell is computed: as declared, else by band group and power, in whole steps of 100 m."""
    if cell.reach_m is not None:
        return float(cell.reach_m)
    usual_dbm = group.power_dbm + group.sector_gain_dbi
    usual_dbm += reference_offset_db(
        cell.technology, bandwidth_mhz=group.bandwidth_mhz, spacing_khz=spacing_khz, model=model
    )
    stronger = 10.0 ** ((reference_eirp_dbm - usual_dbm) / model.prediction["reach_slope"])
    held = min(max(group.reach_m * stronger, 1000.0 * model.prediction["reach_minimum"]), model.largest_reach_m)
    return float(_REACH_STEP_M * math.ceil(held / _REACH_STEP_M - 1e-9))


def _free_space_reach_m(largest_loss_db: float, frequency_mhz: float) -> float:
    """Distance at which free space alone takes the level to the lowest one that is stored (P.1812-7 equation (8))."""
    return float(1000.0 * 10.0 ** ((largest_loss_db - 92.4 - 20.0 * math.log10(frequency_mhz / 1000.0)) / 20.0))
