"""Recognises operators by code, name, or network code (MCC-MNC)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from geo.domain.codes import normalise_label, normalise_name
from geo.domain.sites import ANY_OPERATOR
from geo.intake.tables import Batch, text_of
from geo.intake.validation import Needed
from geo.parameters.loader import load_model
from geo.parameters.schema import Source, StrictModel, Text

_CODE_LENGTH = 40
OPERATOR = Needed((("operator",),), "doanh nghiệp (nhà mạng)", "operator", also="--operator")


class MobileNetwork(StrictModel):
    """Whether an operator runs base stations of its own, and where that is from."""

    value: bool
    source: Source


class OperatorEntry(StrictModel):
    """One operator of the parameter file."""

    name: str
    aliases: tuple[str, ...]
    network_codes: tuple[str, ...]
    source: Source
    runs_mobile_network: MobileNetwork


class OperatorFile(StrictModel):
    """The parameter file `intake/operators`."""

    version: str
    title: Text
    operators: Mapping[str, OperatorEntry]


@dataclass(frozen=True, slots=True)
class OperatorName:
    """An operator that a cell names; `known` says whether the parameter file or the store has it."""

    code: str
    name: str
    known: bool


@dataclass(frozen=True)
class OperatorNames:
    """Known operators by every way to write them; `stored` are codes that the store has already."""

    entries: Mapping[str, OperatorEntry]
    by_word: Mapping[str, str]
    stored: frozenset[str] = frozenset()

    def find(self, value: object) -> OperatorName | None:
        """Return the operator that a cell names; one that is not known gets a code made from its name."""
        text = text_of(value)
        if text is None:
            return None
        code = self.by_word.get(normalise_name(text)) or self._within(text)
        if code is not None:
            return OperatorName(code, self.entries[code].name, known=True)
        made = re.sub(r"[^a-z0-9]+", "-", normalise_label(text)).strip("-")[:_CODE_LENGTH]
        if not made:
            return None
        made = f"{made}-" if made == ANY_OPERATOR else made
        return OperatorName(made, text, known=made in self.stored)

    def _within(self, text: str) -> str | None:
        """Return the operator whose code is a word of the text ("Chi nhánh Viettel Đắk Lắk"), if it is only one."""
        words = set(normalise_label(text).split())
        found = {code for code in self.entries if code in words}
        return found.pop() if len(found) == 1 else None


@lru_cache(maxsize=8)
def operator_names(parameters_dir: Path | None = None) -> OperatorNames:
    """Return the known operators.

    Raises:
        ParameterError: the parameter file is wrong.
    """
    content, _ = load_model("intake/operators", OperatorFile, parameters_dir=parameters_dir)
    by_word: dict[str, str] = {}
    for code, entry in content.operators.items():
        for word in (code, entry.name, *entry.aliases, *entry.network_codes):
            by_word[normalise_name(word)] = code
    return OperatorNames(content.operators, by_word)


def find_operators(batch: Batch, operator: str | None, names: OperatorNames) -> list[OperatorName | None]:
    """Return the operator of every row: the given one for all, else what the rows say; notes missing and new ones."""
    if operator is not None:
        found: list[OperatorName | None] = [names.find(operator)] * batch.size
    else:
        found = batch.parsed("operator", names.find)
    nobody = [i for i in map(int, batch.usable()) if found[i] is None]
    batch.report("no_operator", nobody, name="operator")
    unknown: dict[str, list[int]] = {}
    for i in map(int, batch.usable()):
        one = found[i]
        if one is not None and not one.known:
            unknown.setdefault(one.code, []).append(i)
    for code, rows in sorted(unknown.items()):
        batch.report_folded("unknown_operator", rows, name="operator", operator=code)
    return found
