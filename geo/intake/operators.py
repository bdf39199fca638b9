"""Recognises operators by code, name, or network code (MCC-MNC)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from geo.domain.codes import normalise_label, normalise_name
from geo.domain.sites import ANY_OPERATOR
from geo.intake.tables import text_of
from geo.parameters.loader import load_model
from geo.parameters.schema import Source, StrictModel, Text

_CODE_LENGTH = 40


class OperatorEntry(StrictModel):
    """One operator of the parameter file."""

    name: str
    aliases: tuple[str, ...]
    network_codes: tuple[str, ...]
    source: Source


class OperatorFile(StrictModel):
    """The parameter file `intake/operators`."""

    version: str
    title: Text
    operators: Mapping[str, OperatorEntry]


@dataclass(frozen=True, slots=True)
class OperatorName:
    """An operator that a cell names; `known` says whether the parameter file has it."""

    code: str
    name: str
    known: bool


@dataclass(frozen=True)
class OperatorNames:
    """Known operators by every way to write them."""

    entries: Mapping[str, OperatorEntry]
    by_word: Mapping[str, str]

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
        return OperatorName(f"{made}-" if made == ANY_OPERATOR else made, text, known=False)

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
