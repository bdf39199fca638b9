"""What an assessment was made from, and whether it is all still stored: answers under its number are its own.

Imports go on after an assessment. Rows that came in later are left out by the numbers of the imports that the
assessment kept with its provenance; rows that it used and that a later import changed in place, ended or removed cannot
be read any more, and nothing is computed under its number from what took their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from geo.domain.rules import CoverageRule
from geo.errors import InputsGoneError
from geo.store.repositories_provenance import count_kept_rows
from geo.workflows.answers.calibrations import CalibrationInfo
from geo.workflows.answers.rows import AssessmentInfo

# What a level at a position follows from, in English and in Vietnamese.
_KINDS = {
    "boundaries": ("boundaries", "ranh giới"),
    "sites": ("sites", "trạm"),
    "antennas": ("antenna patterns", "giản đồ anten"),
    "terrain": ("terrain", "địa hình"),
    "landcover": ("land cover", "lớp phủ mặt đất"),
}
_RULE = ("the rule of coverage", "quy tắc phủ sóng")
_MODEL = ("the radio parameters", "tham số vô tuyến")
_CALIBRATION = ("what a calibration says of networks", "cách bộ hiệu chỉnh tách các mạng")


@dataclass(frozen=True)
class UsedImports:
    """The imports that an assessment was made from, by kind, and the number of their rows that held."""

    provenance: dict[str, Any]

    def of(self, kind: str) -> frozenset[int]:
        """Numbers of the imports of a kind; empty where none was used."""
        return frozenset(self.provenance.get(kind, {}).get("import_ids", ()))

    def rows(self, kind: str) -> int:
        """Rows of a kind that held on the day of the assessment."""
        return int(self.provenance.get(kind, {}).get("rows", 0))

    @property
    def rasters(self) -> frozenset[int]:
        """Numbers of the imports of terrain and land cover."""
        return self.of("terrain") | self.of("landcover")


def require_inputs(
    session: Session,
    info: AssessmentInfo,
    *,
    rule: CoverageRule,
    radio_version: str,
    calibration: CalibrationInfo | None = None,
) -> UsedImports:
    """Return the imports of an assessment after checking that levels computed from them are those of the assessment.

    Raises:
        InputsGoneError: rows that it used were changed or removed, its rule or radio parameters are others now, or its
            calibration is an old one that can no longer be applied.
    """
    used = UsedImports(info.provenance)
    kept = count_kept_rows(session, info.as_of, {kind: used.of(kind) for kind in _KINDS})
    changed = [words for kind, words in _KINDS.items() if kept.get(kind, 0) != used.rows(kind)]
    if not decided_by(info, rule):
        changed.append(_RULE)
    if info.radio_version != radio_version:
        changed.append(_MODEL)
    if calibration is not None and not calibration.is_usable:
        changed.append(_CALIBRATION)
    if changed:
        raise _gone(info, changed)
    return used


def require_rule(info: AssessmentInfo, rule: CoverageRule) -> None:
    """Check that an assessment was decided by a rule: its thresholds are not stored with it.

    Raises:
        InputsGoneError: it was decided by another one.
    """
    if not decided_by(info, rule):
        raise _gone(info, [_RULE])


def decided_by(info: AssessmentInfo, rule: CoverageRule) -> bool:
    """Tell whether a rule is the one that an assessment was decided by."""
    return info.rule_version.startswith(f"{rule.version} ")


def _gone(info: AssessmentInfo, changed: list[tuple[str, str]]) -> InputsGoneError:
    en, vi = (", ".join(words) for words in zip(*changed, strict=True))
    return InputsGoneError(
        f"Since assessment {info.assessment_id} was made, what it was computed from has been changed or removed: {en}. "
        "Nothing can be computed again under its number; run `phusong assess` and ask the new one.",
        f"Từ khi thực hiện lần đánh giá {info.assessment_id}, số liệu đầu vào của nó đã bị thay đổi hoặc gỡ bỏ: {vi}. "
        "Không thể tính lại dưới số của lần đó; hãy chạy `phusong assess` rồi hỏi lần đánh giá mới.",
    )
