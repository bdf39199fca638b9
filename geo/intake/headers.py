"""Recognises the columns of a foreign table by their Vietnamese or English header."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml

from geo.domain.codes import normalise_label
from geo.errors import BadInputError
from geo.intake.problems import ProblemLog
from geo.intake.quantities import QUANTITIES
from geo.intake.tables import RawTable
from geo.intake.units import without_unit, without_zone

IGNORED = "ignored"
_ZONED = ("measured_at", "measured_clock")
_PARENTHESES = re.compile(r"[\(\[][^\)\]]*[\)\]]")


@lru_cache(maxsize=1)
def _catalogue() -> Mapping[str, Mapping[str, Sequence[str]]]:
    text = resources.files("geo.intake").joinpath("headers.yaml").read_text(encoding="utf-8")
    content: dict[str, dict[str, list[str]]] = yaml.safe_load(text)
    return content


@dataclass(frozen=True)
class HeaderWords:
    """Header words of a kind: `ranked` gives the field and the rank of a word (0 is the clearest)."""

    kind: str
    fields: tuple[str, ...]
    ranked: Mapping[str, tuple[str, int]]
    overrides: Mapping[str, str]

    @classmethod
    def of_kind(cls, kind: str, column_map: Mapping[str, str] | None = None) -> HeaderWords:
        """Return the words of a kind, with the user's own `column -> field` on top.

        Raises:
            BadInputError: the map names a field that the kind does not have.
        """
        ranked: dict[str, tuple[str, int]] = {}
        fields = []
        for name, words in _catalogue()[kind].items():
            fields.append(name)
            for rank, word in enumerate([name, *words] if name != IGNORED else words):
                ranked.setdefault(normalise_label(word), (name, rank))
        overrides = {
            normalise_label(column): _known(field, fields, kind) for column, field in (column_map or {}).items()
        }
        return cls(kind, tuple(name for name in fields if name != IGNORED), ranked, overrides)

    def field_of(self, label: str) -> tuple[str, int] | None:
        """Return the field that a label names and how clearly (lower is clearer), or None."""
        for candidate in _readings(label):
            if candidate in self.overrides:
                return self.overrides[candidate], -1
        for candidate in _readings(label):
            if candidate in self.ranked:
                return self.ranked[candidate]
        return self._field_with_unit(label)

    def _field_with_unit(self, label: str) -> tuple[str, int] | None:
        """Return the field of a heading whose last word is a unit or a zone; one without is always clearer."""
        for plain, fields in ((without_unit(label), QUANTITIES), (without_zone(label), _ZONED)):
            for candidate in _readings(plain):
                name, rank = self.ranked.get(candidate, (IGNORED, 0))
                if name in fields:
                    return name, rank + len(self.ranked)
        return None

    def count_fields(self, labels: Sequence[str]) -> int:
        """Return how many different fields the labels name."""
        found = (self.field_of(label) for label in labels if label and len(label) < 120)
        return len({match[0] for match in found if match is not None and match[0] != IGNORED})

    def map_columns(self, labels: Sequence[str]) -> dict[int, str]:
        """Return the field of each recognised column; of several columns for a field, the clearest."""
        best: dict[str, tuple[int, int]] = {}
        for position, label in enumerate(labels):
            match = self.field_of(label) if label else None
            if match is None or match[0] == IGNORED:
                continue
            name, rank = match
            if name not in best or rank < best[name][0]:
                best[name] = (rank, position)
        return {position: name for name, (_, position) in sorted(best.items(), key=lambda entry: entry[1][1])}

    def ambiguous(self, labels: Sequence[str]) -> dict[str, list[str]]:
        """Return the fields that several columns name equally clearly, with the labels of those columns."""
        found: dict[tuple[str, int], list[str]] = defaultdict(list)
        for label in labels:
            match = self.field_of(label) if label else None
            if match is not None and match[0] != IGNORED:
                found[match].append(label)
        chosen = {self.field_of(labels[position]) for position in self.map_columns(labels)}
        return {name: same for (name, rank), same in found.items() if len(same) > 1 and (name, rank) in chosen}

    def unknown(self, labels: Sequence[str]) -> list[str]:
        """Return the labels that name no field."""
        return [label for label in labels if label and self.field_of(label) is None]


def _known(field: str, fields: Sequence[str], kind: str) -> str:
    name = field.strip().lower()
    if name in fields:
        return name
    known = ", ".join(fields)
    raise BadInputError(
        f"--map: '{field}' is not a field of {kind}; known fields: {known}.",
        f"--map: '{field}' không phải trường của loại {kind}; các trường: {known}.",
    )


@lru_cache(maxsize=8192)
def _readings(label: str) -> tuple[str, ...]:
    """Return the ways to read a label: whole, without remarks in parentheses, and of a joined header each part."""
    parts = [label]
    if " / " in label:
        parent, child = label.split(" / ", 1)
        parts += [child, parent] if normalise_label(child) else [parent]
    readings = [normalise_label(part) for part in parts]
    readings += [normalise_label(_PARENTHESES.sub(" ", part)) for part in parts]
    return tuple(dict.fromkeys(reading for reading in readings if reading))


def mapped_columns(table: RawTable, words: HeaderWords, log: ProblemLog) -> dict[int, str]:
    """Return the field of each column of a table, noting ambiguous and unknown columns.

    Raises:
        BadInputError: a column that the user's map names is not in the table.
    """
    _check_overrides(table, words)
    for name, labels in words.ambiguous(table.header).items():
        log.add(
            "ambiguous_column",
            file=table.file,
            sheet=table.sheet,
            column=", ".join(labels),
            field=name,
        )
    unknown = words.unknown(table.header)
    if unknown:
        log.add(
            "column_ignored", file=table.file, sheet=table.sheet, column=", ".join(unknown)[:500], columns=len(unknown)
        )
    return words.map_columns(table.header)


def _check_overrides(table: RawTable, words: HeaderWords) -> None:
    present = {reading for label in table.header for reading in _readings(label)}
    missing = [column for column in words.overrides if column not in present]
    if missing:
        found = ", ".join(label for label in table.header if label)
        raise BadInputError(
            f"--map: {table.file} has no column '{missing[0]}'; its columns: {found}.",
            f"--map: {table.file} không có cột '{missing[0]}'; các cột: {found}.",
        )
