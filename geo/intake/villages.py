"""Villages and their clusters from foreign files."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from geo.domain.codes import normalise_name, plain_letters
from geo.intake.communes import FoundCommune, find_communes
from geo.intake.coordinates import KnownArea, Positions, read_positions
from geo.intake.limits import IntakeLimits
from geo.intake.tables import Batch
from geo.intake.territory import Territory
from geo.intake.validation import Needed, counts, dates, marks, require_columns, words

_FLAGS = ("ethnic_minority", "extremely_disadvantaged")
_KINDS = {
    "thon": "thôn",
    "buon": "buôn",
    "to dan pho": "tổ dân phố",
    "tdp": "tổ dân phố",
    "khu pho": "khu phố",
    "lang": "làng",
    "bon": "bon",
    "ban": "bản",
    "ap": "ấp",
}
_KIND = re.compile(rf"^({'|'.join(_KINDS)})\b")
_NEEDED = (Needed((("village_name",), ("village_code",)), "tên hoặc mã thôn, buôn", "name or code of the village"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Statement about electricity."""

    grid_power: str
    grid_power_on: dt.date | None
    grid_power_source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanVillage:
    """One accepted village; NaN where it has no position."""

    index: int
    code: str
    name: str
    kind: str | None
    commune: FoundCommune
    lon: float
    lat: float
    households: int | None
    population: int | None
    power: Power
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanCluster:
    """One accepted cluster of the village `village_code`."""

    index: int
    village_code: str
    code: str
    name: str | None
    lon: float
    lat: float
    households: int | None
    population: int | None
    power: Power


@dataclass(frozen=True)
class KnownVillages:
    """Codes of the villages in the store, and by commune and normalised name."""

    codes: frozenset[str]
    by_name: Mapping[tuple[str | None, str], Sequence[str]]


@dataclass(frozen=True)
class _Columns:
    names: list[str | None]
    codes: list[str | None]
    communes: list[FoundCommune]
    positions: Positions
    households: list[int | None]
    population: list[int | None]
    power: list[Power]


def clean_villages(
    batch: Batch,
    *,
    crs: str | None,
    area: KnownArea,
    territory: Territory,
    limits: IntakeLimits,
    known: KnownVillages,
) -> tuple[list[CleanVillage], list[CleanCluster]]:
    """Return the villages and clusters of a batch; a row with a cluster code or name is a cluster."""
    require_columns(batch, _NEEDED)
    batch.refuse_long_texts()
    batch.fold_equal_rows()
    cluster_codes, cluster_names = batch.texts("cluster_code"), batch.texts("cluster_name")
    is_cluster = np.array([bool(c or n) for c, n in zip(cluster_codes, cluster_names, strict=True)], dtype=bool)
    positions = read_positions(batch, crs=crs, area=area, required=is_cluster)
    columns = _Columns(
        names=batch.texts("village_name"),
        codes=batch.texts("village_code"),
        communes=find_communes(batch, positions, territory, limits),
        positions=positions,
        households=counts(batch, "households"),
        population=counts(batch, "population"),
        power=_power(batch),
    )
    villages = _villages(batch, columns, is_cluster)
    return villages, _clusters(batch, columns, is_cluster, cluster_codes, cluster_names, villages, known)


def _power(batch: Batch) -> list[Power]:
    states = words(batch, "grid_power", listed="grid_power", code="unknown_grid_power")
    days, sources = dates(batch, "grid_power_on"), batch.texts("grid_power_source")
    return [
        Power(grid_power=state or "unknown", grid_power_on=day, grid_power_source=source)
        for state, day, source in zip(states, days, sources, strict=True)
    ]


def _villages(batch: Batch, columns: _Columns, is_cluster: np.ndarray) -> list[CleanVillage]:
    kinds = batch.texts("village_kind")
    flags = {name: marks(batch, name) for name in _FLAGS}
    nameless = [i for i in batch.usable() if not is_cluster[i] and not (columns.names[i] or columns.codes[i])]
    batch.report("village_without_name", nameless, name="village_name")
    rows = [int(i) for i in batch.usable() if not is_cluster[i]]
    codes = _unique_codes(batch, columns, rows)
    villages = []
    for i in rows:
        if batch.bad[i]:
            continue
        name = columns.names[i] or f"Thôn {codes[i]}"
        villages.append(
            CleanVillage(
                index=i,
                code=codes[i],
                name=name,
                kind=kinds[i] or _kind_of(name),
                commune=columns.communes[i],
                lon=float(columns.positions.lon[i]),
                lat=float(columns.positions.lat[i]),
                households=columns.households[i],
                population=columns.population[i],
                power=columns.power[i],
                flags=tuple(name for name in _FLAGS if flags[name][i]),
            )
        )
    return villages


def _kind_of(name: str) -> str | None:
    found = _KIND.match(plain_letters(name))
    return _KINDS[found.group(1)] if found else None


def _unique_codes(batch: Batch, columns: _Columns, rows: Sequence[int]) -> dict[int, str]:
    """Return the code of each village: the declared one, else one made of commune, name and, if need be, position."""
    made = {i: f"{columns.communes[i].code or 'x'}-{normalise_name(columns.names[i] or '')}" for i in rows}
    often = Counter(made[i] for i in rows if not columns.codes[i])
    codes: dict[int, str] = {}
    first: dict[str, int] = {}
    for i in rows:
        code = columns.codes[i]
        if code is None:
            code = made[i]
            if often[code] > 1 and columns.positions.known[i]:
                code = f"{code}-{columns.positions.lat[i]:.5f}-{columns.positions.lon[i]:.5f}"
        if code in first:
            name = "village_code" if columns.codes[i] else "village_name"
            batch.report_repeated("village_twice", i, first=first[code], name=name, value=code)
        first.setdefault(code, i)
        codes[i] = code
    return codes


def _clusters(
    batch: Batch,
    columns: _Columns,
    is_cluster: np.ndarray,
    cluster_codes: list[str | None],
    cluster_names: list[str | None],
    villages: Sequence[CleanVillage],
    known: KnownVillages,
) -> list[CleanCluster]:
    finder = _VillageFinder.of(villages, known)
    clusters: list[CleanCluster] = []
    seen: dict[tuple[str, str], int] = {}
    for i in (int(i) for i in batch.usable() if is_cluster[i]):
        village_code = finder.find(columns.codes[i], columns.communes[i].code, columns.names[i])
        if village_code is None:
            batch.report(
                "cluster_without_village", [i], name="village_code", value=columns.codes[i] or columns.names[i]
            )
            continue
        code = cluster_codes[i] or normalise_name(cluster_names[i] or "") or str(i)
        if (village_code, code) in seen:
            first = seen[village_code, code]
            batch.report_repeated("cluster_twice", i, first=first, name="cluster_code", value=code)
            continue
        seen[village_code, code] = i
        clusters.append(
            CleanCluster(
                index=i,
                village_code=village_code,
                code=code,
                name=cluster_names[i],
                lon=float(columns.positions.lon[i]),
                lat=float(columns.positions.lat[i]),
                households=columns.households[i],
                population=columns.population[i],
                power=columns.power[i],
            )
        )
    return clusters


@dataclass(frozen=True)
class _VillageFinder:
    codes: frozenset[str]
    by_name: Mapping[tuple[str | None, str], Sequence[str]]

    @classmethod
    def of(cls, villages: Sequence[CleanVillage], known: KnownVillages) -> _VillageFinder:
        by_name: dict[tuple[str | None, str], list[str]] = defaultdict(list)
        for village in villages:
            by_name[village.commune.code, normalise_name(village.name)].append(village.code)
        for key, codes in known.by_name.items():
            by_name[key] += [code for code in codes if code not in by_name[key]]
        return cls(known.codes | {village.code for village in villages}, by_name)

    def find(self, code: str | None, commune: str | None, name: str | None) -> str | None:
        """Return the village that a code or a name in a commune means, None when none or several can be meant."""
        if code is not None:
            return code if code in self.codes else None
        found = self.by_name.get((commune, normalise_name(name or "")), ())
        return found[0] if len(found) == 1 else None
