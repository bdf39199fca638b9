"""Models of `targets/*.yaml` and `rules/target_conflicts.yaml`, and the functions that read them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from geo.domain.metrics import Metric, Quantity
from geo.domain.targets import Comparison, Milestone, TargetKind
from geo.errors import NotFoundError, ParameterError
from geo.parameters.loader import list_files, load_model
from geo.parameters.schema import Source, StrictModel, Text, VerificationStatus

FOLDER = "targets"
CONFLICTS = "rules/target_conflicts"
Unit = Literal["percent", "items", "Mb/s", "connections per person", "identifiers per person", "words"]


class MilestoneEntry(StrictModel):
    """One dated value. `status` is that of the date and the comparison, which a plan may leave unsaid."""

    value: float | None
    comparison: Comparison
    deadline: date | None = None
    starts_on: date | None = None
    status: VerificationStatus
    note: Text | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.value is None) != (self.comparison is Comparison.NONE):
            raise ValueError("a value needs a comparison, and only a target in words has the comparison none")
        return self

    def as_milestone(self) -> Milestone:
        """Return what the domain evaluates."""
        return Milestone(value=self.value, comparison=self.comparison, deadline=self.deadline, starts_on=self.starts_on)


class MetricEntry(StrictModel):
    """What a reading measures; see `geo.domain.metrics`."""

    quantity: Quantity
    technology: str | None = None
    operator: str = "any"
    place_classes: tuple[str, ...] = ()
    min_speed_mbps: float | None = None
    above_speed_mbps: float | None = None
    found_later: bool = False

    def as_metric(self) -> Metric:
        """Return what the workflow measures."""
        return Metric(**dict(self))


class ReadingEntry(StrictModel):
    """One way to read the words of a target, or one part of it.

    Without `metric` only a stated value can fill it, and `missing` says why. A reading `beside` is published next to
    the others and takes no part in the state.
    """

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    name: Text
    metric: MetricEntry | None = None
    missing: Text | None = None
    beside: bool = False
    status: VerificationStatus = "verified"
    note: Text | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.metric is None) != (self.missing is not None):
            raise ValueError("a reading has either a metric or the reason why there is none (missing)")
        return self


class Denominator(StrictModel):
    """What the share is a share of, and whether the document says so."""

    kind: str
    name: Text
    status: VerificationStatus
    note: Text | None = None


class TargetEntry(StrictModel):
    """One target of a plan, with everything needed to quote and to evaluate it."""

    id: str = Field(pattern=r"^[A-Z][0-9]+$")
    kind: TargetKind
    indicator: Text
    unit: Unit
    milestones: tuple[MilestoneEntry, ...] = Field(min_length=1)
    source: Source
    also_in: tuple[Source, ...] = ()
    denominator: Denominator
    readings: tuple[ReadingEntry, ...] = Field(min_length=1)
    all_must_hold: bool = False
    scope: Text

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [reading.id for reading in self.readings]
        if len(set(names)) != len(names):
            raise ValueError(f"two readings have the same id: {names}")
        if all(reading.beside for reading in self.readings):
            raise ValueError("at least one reading must take part in the state")
        if self.kind is TargetKind.DECLARED and any(reading.metric for reading in self.readings):
            raise ValueError("a declared target has no metric")
        return self


class TargetFile(StrictModel):
    """One file of targets: those of one document."""

    version: str
    title: Text
    targets: tuple[TargetEntry, ...]


class Conflict(StrictModel):
    """Targets that contradict or overlap each other, or a target that a document contradicts; shown, never resolved."""

    targets: tuple[str, ...] = Field(min_length=1)
    explanation: Text
    source: Source | None = None
    status: VerificationStatus = "unverified"

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.targets) < 2 and self.source is None:
            raise ValueError("a conflict needs two targets, or one target and the source that contradicts it")
        return self


class ConflictFile(StrictModel):
    """All known conflicts between targets."""

    version: str
    title: Text
    conflicts: tuple[Conflict, ...]


class TargetBook(StrictModel):
    """All targets and conflicts, with the version that results carry."""

    version: str
    targets: tuple[TargetEntry, ...]
    conflicts: tuple[Conflict, ...]

    def target(self, target_id: str) -> TargetEntry:
        """Return one target.

        Raises:
            NotFoundError: there is no such target.
        """
        for target in self.targets:
            if target.id == target_id:
                return target
        known = ", ".join(target.id for target in self.targets)
        raise NotFoundError(
            f"There is no target '{target_id}'. Known targets: {known}.",
            f"Không có chỉ tiêu '{target_id}'. Các chỉ tiêu: {known}.",
        )

    def conflicts_of(self, target_id: str) -> tuple[Conflict, ...]:
        """Return the conflicts that a target is part of."""
        return tuple(conflict for conflict in self.conflicts if target_id in conflict.targets)


def load_targets(*, parameters_dir: Path | None = None) -> TargetBook:
    """Return all targets in the order of their numbers.

    Raises:
        ParameterError: a file is wrong, an id is used twice, or a conflict names an unknown target.
    """
    targets: dict[str, TargetEntry] = {}
    digests = []
    for name in list_files(FOLDER, parameters_dir=parameters_dir):
        content, file = load_model(name, TargetFile, parameters_dir=parameters_dir)
        digests.append(file.digest)
        for target in content.targets:
            if target.id in targets:
                raise _twice(target.id, file.origin)
            targets[target.id] = target
    conflicts, file = load_model(CONFLICTS, ConflictFile, parameters_dir=parameters_dir)
    _check_conflicts(conflicts.conflicts, known=set(targets), origin=file.origin)
    digest = hashlib.sha256("".join([*digests, file.digest]).encode()).hexdigest()
    return TargetBook(
        version=f"targets@{digest[:12]}",
        targets=tuple(sorted(targets.values(), key=lambda target: (target.id[0], int(target.id[1:])))),
        conflicts=conflicts.conflicts,
    )


def _check_conflicts(conflicts: Iterable[Conflict], *, known: set[str], origin: str) -> None:
    unknown = sorted({target for conflict in conflicts for target in conflict.targets} - known)
    if unknown:
        raise ParameterError(
            f"{origin}: unknown targets {', '.join(unknown)}; correct the ids or add the targets.",
            f"{origin}: chỉ tiêu không tồn tại {', '.join(unknown)}; hãy sửa mã hoặc bổ sung chỉ tiêu.",
        )


def _twice(target_id: str, origin: str) -> ParameterError:
    return ParameterError(
        f"{origin}: target '{target_id}' is already in another file; every id may be used once.",
        f"{origin}: chỉ tiêu '{target_id}' đã có ở tệp khác; mỗi mã chỉ dùng một lần.",
    )
