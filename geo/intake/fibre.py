"""Fibre nodes, and operators' declarations of fibre in villages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.domain.codes import commune_code, normalise_name
from geo.intake.communes import report_outside
from geo.intake.coordinates import KnownArea, Positions, read_positions
from geo.intake.operators import OPERATOR, OperatorName, OperatorNames, find_operators
from geo.intake.tables import Batch
from geo.intake.territory import Territory
from geo.intake.validation import counts, numbers, require_columns
from geo.intake.values import Unreadable, parse_word
from geo.intake.villages import KnownVillages

_OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanNode:
    """One accepted fibre node."""

    index: int
    operator_code: str
    code: str
    kind: str
    lon: float
    lat: float
    ports_total: int | None
    ports_free: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanDeclaration:
    """One accepted declaration for the village `village_code`."""

    index: int
    operator_code: str
    village_code: str
    households_passed: int | None
    ports_free: int | None
    max_speed_mbps: float | None


@dataclass(frozen=True)
class CleanFibre:
    """Nodes and declarations of a batch, and the operators that occur."""

    nodes: Sequence[CleanNode]
    declarations: Sequence[CleanDeclaration]
    operators: dict[str, str]


def clean_fibre(
    batch: Batch,
    *,
    crs: str | None,
    operator: str | None,
    names: OperatorNames,
    area: KnownArea,
    territory: Territory,
    villages: KnownVillages,
) -> CleanFibre:
    """Return the nodes and declarations of a batch; a table that speaks of villages and has no positions declares."""
    require_columns(batch, [] if operator else [OPERATOR])
    batch.refuse_long_texts()
    batch.fold_equal_rows()
    declares = _declaring_rows(batch)
    operators = find_operators(batch, operator, names)
    positions = _node_positions(batch, declares, crs, area)
    report_outside(batch, positions, territory.locate(positions.lon, positions.lat), territory)
    ports_total, ports_free = counts(batch, "ports_total"), counts(batch, "ports_free")
    _check_ports(batch, ports_total, ports_free)
    passed, speeds = counts(batch, "households_passed"), numbers(batch, "max_speed_mbps", minimum=0.0)
    nodes = _nodes(batch, declares, operators, positions, ports_total, ports_free)
    declarations = [
        CleanDeclaration(
            index=i,
            operator_code=_code(operators[i]),
            village_code=village,
            households_passed=passed[i],
            ports_free=ports_free[i],
            max_speed_mbps=speeds[i] or None,
        )
        for i, village in _declared_villages(batch, declares, operators, territory, villages)
    ]
    used = {op.code: op.name for op in operators if op is not None}
    codes = {node.operator_code for node in nodes} | {one.operator_code for one in declarations}
    return CleanFibre(nodes, declarations, {code: used[code] for code in sorted(codes)})


def _code(operator: OperatorName | None) -> str:
    return operator.code if operator is not None else ""


def _declaring_rows(batch: Batch) -> np.ndarray:
    declares = np.zeros(batch.size, dtype=bool)
    for number, origin in enumerate(batch.origins):
        labels = set(origin.labels)
        placed = {"lon", "lat"} <= labels or {"x", "y"} <= labels or "coordinates" in labels
        placed = placed or origin.table.geometry is not None
        end = batch.origins[number + 1].start if number + 1 < len(batch.origins) else batch.size
        stated = bool({"households_passed", "max_speed_mbps"} & labels)
        declares[origin.start : end] = stated or not placed
    return declares


def _node_positions(batch: Batch, declares: np.ndarray, crs: str | None, area: KnownArea) -> Positions:
    if declares.all():
        nowhere = np.full(batch.size, np.nan)
        return Positions(nowhere, nowhere.copy(), "")
    already_folded = batch.folded.copy()
    # Declarations have no position and need none; folded rows are not asked for one.
    batch.folded = batch.folded | declares
    positions = read_positions(batch, crs=crs, area=area, required=True)
    batch.folded = already_folded
    return positions


def _check_ports(batch: Batch, total: Sequence[int | None], free: Sequence[int | None]) -> None:
    for i in map(int, batch.usable()):
        all_ports, free_ports = total[i], free[i]
        if all_ports is not None and free_ports is not None and free_ports > all_ports:
            batch.report("more_free_ports", [i], name="ports_free", total=all_ports)


def _nodes(
    batch: Batch,
    declares: np.ndarray,
    operators: Sequence[OperatorName | None],
    positions: Positions,
    ports_total: Sequence[int | None],
    ports_free: Sequence[int | None],
) -> list[CleanNode]:
    codes = batch.texts("node_code")
    kinds = batch.parsed("node_kind", lambda value: parse_word(value, "node_kind"))
    unknown = [i for i in map(int, batch.usable()) if isinstance(kinds[i], Unreadable) and not declares[i]]
    batch.report("unknown_node_kind", unknown, name="node_kind")
    nodes: list[CleanNode] = []
    first: dict[tuple[str, str], int] = {}
    for i in (int(i) for i in batch.usable() if not declares[i]):
        lon, lat = float(positions.lon[i]), float(positions.lat[i])
        operator, code = _code(operators[i]), codes[i] or f"{lat:+.6f}{lon:+.6f}"
        if (operator, code) in first:
            batch.report_repeated("node_twice", i, first=first[operator, code], name="node_code", value=code)
            continue
        first[operator, code] = i
        kind = kinds[i]
        nodes.append(
            CleanNode(
                index=i,
                operator_code=operator,
                code=code,
                kind=kind if isinstance(kind, str) else _OTHER,
                lon=lon,
                lat=lat,
                ports_total=ports_total[i],
                ports_free=ports_free[i],
            )
        )
    return nodes


def _declared_villages(
    batch: Batch,
    declares: np.ndarray,
    operators: Sequence[OperatorName | None],
    territory: Territory,
    villages: KnownVillages,
) -> list[tuple[int, str]]:
    """Return row and village code of each declaration that can be matched; one per village and operator."""
    codes, names = batch.texts("village_code"), batch.texts("village_name")
    communes = batch.parsed("commune_code", commune_code)
    commune_names = batch.parsed("commune_name", lambda value: territory.directory.find_name(str(value)).code)
    found: list[tuple[int, str]] = []
    first: dict[tuple[str, str], int] = {}
    for i in (int(i) for i in batch.usable() if declares[i]):
        code = codes[i]
        if code is None and names[i] is not None:
            known = villages.by_name.get((communes[i] or commune_names[i], normalise_name(names[i] or "")), ())
            code = known[0] if len(known) == 1 else None
        if code not in villages.codes:
            batch.report("unknown_village", [i], name="village_code", value=codes[i] or names[i])
            continue
        key = (str(code), _code(operators[i]))
        if key in first:
            batch.report_repeated("declared_twice", i, first=first[key], name="village_code")
            continue
        first[key] = i
        found.append((i, str(code)))
    return found
