"""Measurements of drive tests: cleaned part by part into columns that stay small."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from geo.domain.codes import normalise_label
from geo.intake.band_words import band_of
from geo.intake.bands import BandTable
from geo.intake.coordinates import KnownArea, read_positions
from geo.intake.limits import MeasurementLimits
from geo.intake.moments import MICROS_PER_S, join_moment, parse_moment
from geo.intake.operators import OperatorName, OperatorNames
from geo.intake.personal import DROPPED
from geo.intake.quantities import convert_units, refuse_heading
from geo.intake.tables import Batch
from geo.intake.units import Units, zone_of
from geo.intake.validation import POSITION, Needed, marks, numbers, require_columns, words
from geo.intake.values import Unreadable, parse_date

_TIME = Needed((("measured_at",), ("measured_on", "measured_clock")), "thời điểm đo", "time of measurement")
_TECHNOLOGY = Needed((("technology",),), "công nghệ", "technology")
_VALUE = Needed(
    (("level_dbm",), ("level_5g_dbm",), ("level_3g_dbm",), ("level_2g_dbm",), ("path_loss_db",)),
    "mức thu hoặc suy hao",
    "level or path loss",
)
# Of a log with several levels in a row each technology has its own: of 5G beside an LTE anchor, RSRP is the anchor's.
_LEVEL_OF = {"5G": "level_5g_dbm", "3G": "level_3g_dbm", "2G": "level_2g_dbm"}
_NETWORK = Needed((("operator",), ("cell_code",)), "doanh nghiệp hoặc mã cell", "operator or cell", also="--operator")
# A plain number as nearly every file has it; what is grouped by thousands has three digits behind the point.
_PLAIN_DEGREES = re.compile(r"-?\d{1,3}\.\d{4,}")
_DAY_S = 86_400
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MeasurementPart:
    """Accepted rows in columns; NaN and None mean not stated."""

    measured_at_us: NDArray[np.int64]
    lon: Floats
    lat: Floats
    technology: Sequence[str]
    operator_code: Sequence[str | None]
    cell_code: Sequence[str | None]
    band: Sequence[str | None]
    level_dbm: Floats
    path_loss_db: Floats
    accuracy_m: Floats
    speed_kmh: Floats

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.lon)


@dataclass
class MeasurementTally:
    """What is counted over all parts and told once: rows by position, values, mark and band, refused headings."""

    inaccurate: int = 0
    without_accuracy: int = 0
    outside: int = 0
    with_both: int = 0
    strange_bands: Counter[tuple[str, str]] = field(default_factory=Counter)
    illustrative: int = 0
    real: int = 0
    refused: set[tuple[str, str | None, str]] = field(default_factory=set)
    crs: str | None = None


@dataclass(frozen=True)
class MeasurementContext:
    """What the rows are checked against; `known_operators` are those of the store, `chosen` the user's own headings."""

    limits: MeasurementLimits
    area: KnownArea
    names: OperatorNames
    known_operators: frozenset[str]
    operator: str | None
    now: dt.datetime
    units: Units
    bands: BandTable
    chosen: frozenset[str] = frozenset()


def quick_degrees(value: Any) -> Any:
    """Return a cell that holds plain decimal degrees as a number, any other as it is."""
    return float(value) if isinstance(value, str) and _PLAIN_DEGREES.fullmatch(value) else value


def clean_measurements(
    batch: Batch, context: MeasurementContext, tally: MeasurementTally, *, crs: str | None
) -> MeasurementPart:
    """Return the accepted rows of a part; every problem goes to the log, what is common to many to the tally."""
    limits = context.limits
    needed = [POSITION, _TIME, _TECHNOLOGY, _VALUE]
    require_columns(batch, needed if context.operator else [*needed, _NETWORK])
    batch.refuse_long_texts()
    _refuse_devices(batch)
    convert_units(batch, context.units, chosen=context.chosen, told=tally.refused)
    moments = _moments(batch, context, tally)
    operators = _operators(batch, context)
    cells, bands = batch.texts("cell_code"), batch.texts("band")
    technology = words(batch, "technology", listed="technology", code="unknown_technology")
    level = _levels(batch, technology, limits)
    loss = _measured(batch, "path_loss_db", limits.loss_minimum_db, limits.loss_maximum_db)
    speed = _measured(batch, "speed_kmh", 0.0, limits.speed_maximum_kmh)
    accuracy = _accuracy(batch, context, tally)
    _report_missing(batch, technology, operators, cells, level, loss)
    positions = read_positions(batch, crs=crs or tally.crs, area=context.area)
    tally.crs = tally.crs or positions.crs or None
    kept = batch.usable()
    _count_marks(batch, kept, tally)
    if context.area.box is not None:
        tally.outside += int((~context.area.inside(positions.lon[kept], positions.lat[kept])).sum())
    tally.with_both += int((~np.isnan(level[kept]) & ~np.isnan(loss[kept])).sum())
    return MeasurementPart(
        measured_at_us=np.array([moments[i] for i in kept], dtype=np.int64),
        # A ten-millionth of a degree is a centimetre; equal positions must stay equal in two files.
        lon=np.round(positions.lon[kept], 7),
        lat=np.round(positions.lat[kept], 7),
        technology=[str(technology[i]) for i in kept],
        operator_code=[None if (one := operators[i]) is None else one.code for i in kept],
        cell_code=[cells[i] for i in kept],
        band=_bands([(str(technology[i]), bands[i]) for i in kept], context.bands, tally),
        level_dbm=level[kept],
        path_loss_db=loss[kept],
        accuracy_m=accuracy[kept],
        speed_kmh=speed[kept],
    )


def _bands(rows: Sequence[tuple[str, str | None]], table: BandTable, tally: MeasurementTally) -> list[str | None]:
    """Return the 3GPP names of the bands; one that is not of its technology stays as it is and is counted."""
    known = {row: band_of(row[1], row[0], table) if row[1] else None for row in set(rows)}
    tally.strange_bands.update((row[0], row[1]) for row in rows if row[1] and known[row] is None)
    return [known[row] or row[1] for row in rows]


def _floats(values: Sequence[float | None]) -> Floats:
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


def _measured(batch: Batch, name: str, minimum: float, maximum: float | None) -> Floats:
    return _floats(numbers(batch, name, minimum=minimum, maximum=maximum))


def _levels(batch: Batch, technology: Sequence[str | None], limits: MeasurementLimits) -> Floats:
    """Return the level of each row: that of its technology where the file has a column for it, else the common one."""

    def column(name: str) -> Floats:
        return _measured(batch, name, limits.level_minimum_dbm, limits.level_maximum_dbm)

    level = column("level_dbm")
    for own, name in _LEVEL_OF.items():
        if batch.has(name):
            level = np.where(np.array([one == own for one in technology]), column(name), level)
    return level


def _count_marks(batch: Batch, kept: NDArray[np.intp], tally: MeasurementTally) -> None:
    marked = marks(batch, "illustrative")
    number = sum(marked[i] is True for i in kept)
    tally.illustrative += number
    tally.real += len(kept) - number


def _refuse_devices(batch: Batch) -> None:
    for name, values in batch.fields.items():
        batch.report("device_identity", [i for i, value in enumerate(values) if value == DROPPED], name=name)


def _moments(batch: Batch, context: MeasurementContext, tally: MeasurementTally) -> list[int | None]:
    zone, name = ZoneInfo(context.limits.time_zone), "measured_at"
    own = _zone(batch, name, context, tally)
    parsed = batch.parsed(name, lambda value: parse_moment(value, own)) if batch.has(name) else [None] * batch.size
    if batch.has("measured_on") and batch.has("measured_clock"):
        own = _zone(batch, "measured_clock", context, tally)
        days, clocks = batch.parsed("measured_on", parse_date), batch.column("measured_clock")
        pairs = zip(parsed, days, clocks, strict=True)
        parsed = [join_moment(day, clock, own) if one is None else one for one, day, clock in pairs]
        name = name if batch.has(name) else "measured_on"
    wrong = [i for i in map(int, batch.usable()) if parsed[i] is None or isinstance(parsed[i], Unreadable)]
    batch.report("bad_moment", wrong, name=name)
    earliest = dt.datetime.combine(context.limits.earliest_day, dt.time(), tzinfo=zone)
    low, high = earliest.timestamp() * MICROS_PER_S, (context.now.timestamp() + _DAY_S) * MICROS_PER_S
    impossible = [i for i in map(int, batch.usable()) if not low <= _number(parsed[i]) <= high]
    batch.report("impossible_moment", impossible, name=name, earliest=earliest.date().isoformat())
    return [value if isinstance(value, int) else None for value in parsed]


def _zone(batch: Batch, name: str, context: MeasurementContext, tally: MeasurementTally) -> dt.tzinfo:
    """Return the zone that a heading names for its times; that of the parameters when it names none."""
    default = ZoneInfo(context.limits.time_zone)
    if not batch.has(name):
        return default
    label = batch.origins[0].labels[name]
    zone = zone_of(label, default)
    if zone is None and normalise_label(label) not in context.chosen:
        refuse_heading(batch, 0, name, tally.refused, known="UTC, UTC+7, GMT+7, ICT")
        batch.bad[:] = True
    return zone or default


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _operators(batch: Batch, context: MeasurementContext) -> list[OperatorName | None]:
    find: Callable[[Any], OperatorName | None] = context.names.find
    if context.operator is not None:
        found: list[OperatorName | None] = [find(context.operator)] * batch.size
    else:
        found = batch.parsed("operator", find)
    strange = [
        i
        for i in map(int, batch.usable())
        if (one := found[i]) is not None and not one.known and one.code not in context.known_operators
    ]
    batch.report("measured_operator_unknown", strange, name="operator", value=context.operator)
    return found


def _accuracy(batch: Batch, context: MeasurementContext, tally: MeasurementTally) -> Floats:
    """Return the accuracy of each position, NaN for 0; rows worse than the limit are left out and counted."""
    accuracy = _measured(batch, "accuracy_m", 0.0, None)
    # No instrument is exact: 0 stands for what it does not know.
    accuracy = np.where(accuracy == 0.0, np.nan, accuracy)
    usable = batch.usable()
    with np.errstate(invalid="ignore"):
        worse = usable[accuracy[usable] > context.limits.max_accuracy_m]
    batch.bad[worse] = True
    tally.inaccurate += len(worse)
    tally.without_accuracy += int(np.isnan(accuracy[usable]).sum())
    return accuracy


def _report_missing(
    batch: Batch,
    technology: Sequence[str | None],
    operators: Sequence[OperatorName | None],
    cells: Sequence[str | None],
    level: Floats,
    loss: Floats,
) -> None:
    usable = [int(i) for i in batch.usable()]
    batch.report("unknown_technology", [i for i in usable if technology[i] is None], name="technology")
    batch.report("no_measured_value", [i for i in usable if math.isnan(level[i]) and math.isnan(loss[i])])
    batch.report("no_measured_network", [i for i in usable if operators[i] is None and cells[i] is None])
    only_loss = [i for i in map(int, batch.usable()) if math.isnan(level[i]) and cells[i] is None]
    batch.report("loss_without_cell", only_loss, name="cell_code")
