"""Invented sites and cells of four operators on the illustrative masts."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from data.build.draw import Draw
from data.build.masts import Mast, make_masts

FIRST_4G, LAST_4G = dt.date(2016, 3, 1), dt.date(2025, 12, 20)
FIRST_5G, LAST_5G = dt.date(2024, 11, 1), dt.date(2026, 9, 20)

BAND = {"4G": "B3", "5G": "n41"}
FREQUENCY_MHZ = {"4G": 1842.5, "5G": 2593.0}
BANDWIDTH_MHZ = {"4G": 20, "5G": 100}
POWER_DBM = {"4G": 46, "5G": 49}
GAIN_DBI = {"4G": 17.5, "5G": 17.0}
ANTENNA = {"4G": "MH-ANT-65", "5G": "MH-AAU-64"}


@dataclass(frozen=True)
class Operator:
    """How an operator builds: shares of the masts of each setting that it is on, and of its sites that have 5G."""

    code: str
    name: str
    prefix: str
    on_urban: float
    on_rural: float
    on_road: float
    has_5g_urban: float
    has_5g_rural: float

    def share_of(self, setting: str) -> float:
        """Share of the masts of a setting that carry a site of this operator."""
        return {"urban": self.on_urban, "rural": self.on_rural, "road": self.on_road}[setting]


OPERATORS = (
    Operator("viettel", "Viettel", "MH-VTL", 0.92, 0.84, 0.95, 0.18, 0.010),
    Operator("vnpt", "VNPT (VinaPhone)", "MH-VNP", 0.86, 0.68, 0.50, 0.15, 0.010),
    Operator("mobifone", "MobiFone", "MH-MBF", 0.84, 0.54, 0.30, 0.12, 0.005),
    Operator("vietnamobile", "Vietnamobile", "MH-VNM", 0.50, 0.10, 0.0, 0.0, 0.0),
)


@dataclass(frozen=True)
class Cell:
    """One row of a list; None is what the operator left out."""

    code: str
    technology: str
    azimuth_deg: int | None
    mechanical_tilt_deg: int | None
    electrical_tilt_deg: int | None
    antenna_height_m: float | None
    power_dbm: int | None
    gain_dbi: float | None
    status: str
    on_air_date: dt.date | None

    @property
    def quarter(self) -> str:
        """The on-air date as "Quý IV/2025"."""
        if self.on_air_date is None:
            return ""
        return f"Quý {('I', 'II', 'III', 'IV')[(self.on_air_date.month - 1) // 3]}/{self.on_air_date.year}"


@dataclass(frozen=True)
class Site:
    """An operator's station on a mast."""

    code: str
    name: str
    mast: Mast
    shared: bool
    cells: tuple[Cell, ...]


@lru_cache(maxsize=1)
def make_sites() -> dict[str, list[Site]]:
    """Sites by operator code; every mast carries at least one."""
    tenants = {mast.code: _tenants(mast) for mast in make_masts()}
    sites: dict[str, list[Site]] = {}
    for operator in OPERATORS:
        masts = [mast for mast in make_masts() if operator in tenants[mast.code]]
        sites[operator.code] = [
            _site(operator, mast, number, shared=len(tenants[mast.code]) > 1)
            for number, mast in enumerate(masts, start=1)
        ]
    return sites


def _tenants(mast: Mast) -> list[Operator]:
    draw = Draw("tenants", mast.code)
    found = [operator for operator in OPERATORS if draw.chance(operator.share_of(mast.setting))]
    return found or [draw.pick(OPERATORS[:2])]


def _site(operator: Operator, mast: Mast, number: int, *, shared: bool) -> Site:
    code = f"{operator.prefix}-{number:04d}"
    draw = Draw("site", code)
    place = mast.commune_name.removeprefix("Xã ").removeprefix("Phường ")
    lower_m = draw.pick((2, 3, 5)) if draw.chance(0.04) else 0
    turn_deg = draw.whole(0, 11) * 10
    status, switched_on = _life(draw, FIRST_4G, LAST_4G)
    with_5g = draw.chance(operator.has_5g_urban if mast.setting == "urban" else operator.has_5g_rural)
    cells = list(_cells(draw, code, "4G", mast, lower_m=lower_m, turn_deg=turn_deg, life=(status, switched_on)))
    if with_5g and status == "on_air":
        life = _life(draw, FIRST_5G, LAST_5G)
        cells += _cells(draw, code, "5G", mast, lower_m=lower_m, turn_deg=turn_deg, life=life)
    return Site(code, f"{place} {number} (minh họa)", mast, shared, tuple(cells))


def _life(draw: Draw, first: dt.date, last: dt.date) -> tuple[str, dt.date | None]:
    """Nineteen in twenty are on air; planned ones have no date yet."""
    when = first + dt.timedelta(days=draw.whole(0, (last - first).days))
    fate = draw.share()
    if fate < 0.03:
        return "planned", None
    return ("off_air" if fate < 0.045 else "on_air"), when


def _cells(
    draw: Draw,
    site_code: str,
    technology: str,
    mast: Mast,
    *,
    lower_m: int,
    turn_deg: int,
    life: tuple[str, dt.date | None],
) -> Iterable[Cell]:
    """Three sectors, two along roads; now and then a whole site lacks a field, as lists do."""
    sectors = 2 if mast.setting == "road" and technology == "4G" else 3
    silent_azimuth, silent_tilt = draw.chance(0.03), draw.chance(0.15)
    silent_power, silent_height = draw.chance(0.10), draw.chance(0.03)
    height_m = None if silent_height else float(mast.height_m - lower_m)
    for sector in range(1, sectors + 1):
        azimuth = (turn_deg + (sector - 1) * (360 // sectors) + draw.pick((0, 0, 0, 10, -10))) % 360
        yield Cell(
            code=f"{site_code}-{technology[0]}{sector}",
            technology=technology,
            azimuth_deg=None if silent_azimuth else azimuth,
            mechanical_tilt_deg=None if silent_tilt else draw.pick((0, 0, 1, 2)),
            electrical_tilt_deg=None if silent_tilt else draw.pick((2, 3, 4)) + (mast.setting == "urban"),
            antenna_height_m=height_m,
            power_dbm=None if silent_power else POWER_DBM[technology],
            gain_dbi=None if silent_power else GAIN_DBI[technology],
            status=life[0],
            on_air_date=life[1],
        )
