"""Published validation cases of the radio Recommendations, held against what this package computes.

Two layouts are known by what lies in the folder: ITU-R P.1812 has `profiles/*.csv` beside `results.csv`, ITU-R P.2109
has `results.csv` alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from geo.errors import BadInputError, OutOfRangeError, UnreadableFileError
from geo.radio.p1812 import ProfileLoss, profile_loss
from geo.radio.p2109 import BuildingType, building_entry_loss_db
from geo.radio.profiles import csv_lines, shown_name
from geo.radio.published_profiles import PublishedCase, PublishedProfile, read_published_profile

TOLERANCE_DB = 1e-6
P1812 = "ITU-R P.1812-7"
P2109 = "ITU-R P.2109"
# The published fields of P.1812 are for the power in the file, computed ones for 1 kW (30 dBW) e.r.p.
_ONE_KILOWATT_DBW = 30.0
_FIELD, _LOSS = "field_strength_dbuvm", "basic_transmission_loss_db"
_REFERENCES = {f"reference_{_FIELD}": _FIELD, f"reference_{_LOSS}": _LOSS}
_P2109_COLUMNS = ("(ghz)", "(%)", "building type", "(deg)", "(db)")
Row = tuple[int, dict[str, str]]


@dataclass(frozen=True, slots=True)
class ComparedCase:
    """One published value and ours: dB, for a field strength dB(uV/m)."""

    case: str
    quantity: str
    reference: float
    computed: float

    @property
    def deviation_db(self) -> float:
        """Computed minus reference."""
        return self.computed - self.reference

    def within(self, tolerance_db: float) -> bool:
        """Whether the deviation is at most the tolerance; what is not a number is not."""
        return abs(self.deviation_db) <= tolerance_db


@dataclass(frozen=True, slots=True)
class Comparison:
    """All cases of a folder in the order of `results.csv`; `unused` names profiles that it does not mention."""

    recommendation: str
    cases: tuple[ComparedCase, ...]
    unused: tuple[str, ...] = ()

    @property
    def largest_deviation_db(self) -> float:
        """The largest deviation of either sign."""
        return max(abs(each.deviation_db) for each in self.cases)

    def outside(self, tolerance_db: float) -> list[ComparedCase]:
        """Return the cases that deviate by more than the tolerance."""
        return [each for each in self.cases if not each.within(tolerance_db)]


def compare_folder(folder: Path) -> Comparison:
    """Compute every case of a folder of published cases.

    Raises:
        UnreadableFileError: a file is missing or not a published one.
        BadInputError: a line that cannot be read or lies outside the Recommendation; the message names it.
    """
    shown = shown_name(folder)
    if not folder.is_dir():
        raise UnreadableFileError(
            f"There is no folder {shown}; name one with results.csv in it.",
            f"Không có thư mục {shown}; hãy nêu thư mục có tệp results.csv.",
        )
    header, rows = _table(folder / "results.csv")
    if (folder / "profiles").is_dir():
        return _compare_p1812(folder / "profiles", header, rows)
    if _is_p2109(header):
        return Comparison(P2109, tuple(_building_cases(rows)))
    raise UnreadableFileError(
        f"{shown}: neither a set of ITU-R P.1812 (results.csv beside profiles/*.csv) nor of ITU-R P.2109 "
        "(results.csv with frequency, probability, building type, elevation angle and loss).",
        f"{shown}: không phải bộ kiểm chứng ITU-R P.1812 (results.csv cùng profiles/*.csv), cũng không phải "
        "ITU-R P.2109 (results.csv có tần số, xác suất, loại nhà, góc ngẩng và suy hao).",
    )


def _compare_p1812(profiles: Path, header: tuple[str, ...], rows: list[Row]) -> Comparison:
    references = {column: quantity for column, quantity in _REFERENCES.items() if column in header}
    if not references or not {"profile", "case"} <= set(header):
        wanted = f"profile, case, {' / '.join(_REFERENCES)}"
        found = ", ".join(header)
        raise UnreadableFileError(
            f"results.csv must have the columns {wanted}; found: {found}.",
            f"results.csv phải có các cột {wanted}; đã thấy: {found}.",
        )
    published: dict[str, PublishedProfile] = {}
    cases: list[ComparedCase] = []
    first_lines: dict[object, int] = {}
    for line, row in rows:
        name, number = row["profile"], _number(line, row, "case")
        _check_new((name, number), line, first_lines)
        if name not in published:
            published[name] = _profile_of(profiles, name, line)
        computed = _computed(published[name], name, number, line)
        cases += [
            ComparedCase(f"{name} {number:.0f}", quantity, _number(line, row, column), computed[quantity])
            for column, quantity in references.items()
        ]
    unused = sorted({path.name for path in profiles.glob("*.csv")} - published.keys())
    return Comparison(P1812, tuple(cases), tuple(unused))


def _profile_of(profiles: Path, name: str, line: int) -> PublishedProfile:
    path = profiles / name
    if path.parent != profiles or not path.is_file():
        raise _bad_line(line, f"there is no file profiles/{name}", f"không có tệp profiles/{name}")
    return read_published_profile(path)


def _computed(published: PublishedProfile, name: str, number: float, line: int) -> dict[str, float]:
    if number != int(number) or not 0 <= number < len(published.cases):
        count = len(published.cases)
        raise _bad_line(
            line,
            f"{name} has {count} cases, numbered from 0; there is no case {number:g}",
            f"{name} có {count} trường hợp, đánh số từ 0; không có trường hợp {number:g}",
        )
    case = published.cases[int(number)]
    try:
        loss = published_loss(published, case)
    except OutOfRangeError as error:
        raise _bad_line(
            line, f"{name}, case {number:.0f}: {error.en}", f"{name}, trường hợp {number:.0f}: {error.vi}"
        ) from error
    return {
        _FIELD: loss.field_strength_dbuvm + case.erp_dbw - _ONE_KILOWATT_DBW,
        _LOSS: loss.basic_transmission_loss_db,
    }


def published_loss(published: PublishedProfile, case: PublishedCase) -> ProfileLoss:
    """Loss of a published case at 50 % of locations (the cases state no other).

    Raises:
        OutOfRangeError: inputs outside the Recommendation.
    """
    return profile_loss(
        published.profile,
        frequency_mhz=case.frequency_mhz,
        tx_height_m=case.tx_height_m,
        rx_height_m=case.rx_height_m,
        time_percent=case.time_percent,
        location_percent=50.0,
        polarization="vertical" if case.vertical else "horizontal",
        latitude_deg=published.latitude_deg,
        delta_n=published.delta_n,
        n0=published.surface_refractivity,
    )


def _is_p2109(header: tuple[str, ...]) -> bool:
    return len(header) == len(_P2109_COLUMNS) and all(
        mark in column for mark, column in zip(_P2109_COLUMNS, header, strict=True)
    )


def _building_cases(rows: list[Row]) -> Iterator[ComparedCase]:
    first_lines: dict[object, int] = {}
    for line, row in rows:
        frequency, percent, building, elevation, reference = (_number(line, row, column) for column in row)
        _check_new((frequency, percent, building, elevation), line, first_lines)
        if building not in list(BuildingType):
            raise _bad_line(
                line, f"building type {building:g} is not 1 or 2", f"loại nhà {building:g} không phải 1 hoặc 2"
            )
        try:
            computed = building_entry_loss_db(
                frequency_ghz=frequency,
                probability=percent / 100.0,
                building=BuildingType(int(building)),
                elevation_deg=elevation,
            )
        except OutOfRangeError as error:
            raise _bad_line(line, error.en, error.vi) from error
        name = f"{frequency:g} GHz {percent:.10g} % type {building:.0f} {elevation:g} deg"
        yield ComparedCase(name, "building_entry_loss_db", reference, computed)


def _table(path: Path) -> tuple[tuple[str, ...], list[Row]]:
    """Header in lower case and the rows, with their line numbers."""
    lines = list(csv_lines(path))
    if len(lines) < 2:
        raise UnreadableFileError(f"{path.name} holds no cases.", f"{path.name} không có trường hợp nào.")
    header = tuple(cell.strip().lower() for cell in lines[0][1])
    rows = []
    for number, cells in lines[1:]:
        if len(cells) != len(header):
            raise _bad_line(
                number,
                f"it has {len(cells)} values, the header {len(header)}",
                f"có {len(cells)} giá trị, dòng tiêu đề có {len(header)}",
            )
        rows.append((number, dict(zip(header, (cell.strip() for cell in cells), strict=True))))
    return header, rows


def _number(line: int, row: dict[str, str], column: str) -> float:
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        text = row[column]
        raise _bad_line(line, f"{column} '{text}' is not a number", f"{column} '{text}' không phải là số")
    return value


def _check_new(case: object, line: int, first_lines: dict[object, int]) -> None:
    """Note the line of a case; one that is there already would count as two that hold."""
    first = first_lines.setdefault(case, line)
    if first != line:
        raise _bad_line(line, f"the case of line {first} again", f"lặp lại trường hợp của dòng {first}")


def _bad_line(line: int, en: str, vi: str) -> BadInputError:
    return BadInputError(f"results.csv, line {line}: {en.rstrip('.')}.", f"results.csv, dòng {line}: {vi.rstrip('.')}.")
