"""Problems of rows and files: a catalogue of codes with their texts, and the log that collects them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

Severity = Literal["error", "warning"]

# Of problems that share a code this many are listed one by one; one more entry counts the rest.
LISTED_SINGLY = 1000


class ProblemText(BaseModel):
    """What a problem code means and what to do, in both languages; `{names}` are filled from the problem's context."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    severity: Severity
    why_vi: str
    why_en: str
    remedy_vi: str
    remedy_en: str


@lru_cache(maxsize=1)
def problem_catalogue() -> Mapping[str, ProblemText]:
    """Return the texts of every problem code."""
    text = resources.files("geo.intake").joinpath("problems.yaml").read_text(encoding="utf-8")
    return {code: ProblemText.model_validate(entry) for code, entry in yaml.safe_load(text).items()}


class _Gaps(dict[str, Any]):
    """Values for a template; one that was not given shows as a dash instead of failing the whole report."""

    def __missing__(self, key: str) -> str:
        return "–"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: `row` as a person counts the rows of the file, from 1; `count` rows that share it."""

    code: str
    severity: Severity
    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    count: int = 1
    context: Mapping[str, Any] = field(default_factory=dict)
    raw_row: Mapping[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """Return the problem with its texts, as every door shows it."""
        text = problem_catalogue()[self.code]
        values = _Gaps(column=self.column, value=self.value, count=self.count, file=self.file, row=self.row)
        values.update(self.context)
        return {
            "severity": self.severity,
            "code": self.code,
            "file": self.file,
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "count": self.count,
            "why_vi": text.why_vi.format_map(values),
            "why_en": text.why_en.format_map(values),
            "remedy_vi": text.remedy_vi.format_map(values),
            "remedy_en": text.remedy_en.format_map(values),
        }


class ProblemLog:
    """Collects every problem of an import; nothing is raised before all rows have been looked at."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def add(
        self,
        code: str,
        *,
        file: str | None = None,
        sheet: str | None = None,
        row: int | None = None,
        column: str | None = None,
        value: object = None,
        count: int = 1,
        raw_row: Mapping[str, Any] | None = None,
        context: Mapping[str, object] | None = None,
        **values: object,
    ) -> None:
        """Note a problem; its severity is that of the catalogue, `context` and `values` fill its texts."""
        shown = None if value is None else str(value)[:200]
        self._problems.append(
            Problem(
                code=code,
                severity=problem_catalogue()[code].severity,
                file=file,
                sheet=sheet,
                row=row,
                column=column,
                value=shown,
                count=count,
                context={**(context or {}), **values},
                raw_row=raw_row,
            )
        )

    def forget_row(self, *, file: str, sheet: str | None, row: int) -> None:
        """Keep of the problems of a row that were noted so far nothing of what the row says."""
        for at, one in enumerate(self._problems):
            if (one.file, one.sheet, one.row) == (file, sheet, row):
                self._problems[at] = replace(one, value=None, raw_row=None)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._problems)

    def __len__(self) -> int:
        return len(self._problems)

    @property
    def has_errors(self) -> bool:
        """Whether any problem makes a row or the file unusable."""
        return any(problem.severity == "error" for problem in self._problems)

    def sorted(self) -> tuple[Problem, ...]:
        """Return errors before warnings, each in the order of the files and rows."""
        order = sorted(self._problems, key=lambda problem: (problem.severity != "error", problem.row or 0))
        return tuple(order)


def fold_problems(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Return the problems with those beyond `LISTED_SINGLY` of one code counted in a single last entry."""
    seen: Counter[str] = Counter()
    rest: Counter[str] = Counter()
    kept = []
    last: dict[str, Problem] = {}
    for problem in problems:
        seen[problem.code] += 1
        if seen[problem.code] <= LISTED_SINGLY:
            kept.append(problem)
        else:
            rest[problem.code] += problem.count
            last[problem.code] = problem
    kept.extend(
        Problem(code=code, severity=last[code].severity, count=count, context=last[code].context)
        for code, count in rest.items()
    )
    return tuple(kept)
