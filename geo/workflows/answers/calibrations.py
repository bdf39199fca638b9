"""Calibrations that were made: the list, one document, and the correction that an assessment takes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from geo.errors import BadInputError, NotFoundError
from geo.store import calibrations as store
from geo.store.tables import Calibration


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationInfo:
    """A stored calibration; `document` is the whole of it."""

    name: str
    version: str
    sha256: str
    created_at: dt.datetime
    illustrative: bool
    import_ids: tuple[int, ...]
    document: dict[str, Any]

    @property
    def is_usable(self) -> bool:
        """Whether it can be applied: those from before networks were told apart must be fitted again."""
        return "networks" in self.document

    @property
    def tells_networks_of_a_mast_apart(self) -> bool:
        """Whether networks that share a mast have errors of their own there: not in documents before version 3."""
        return int(self.document["schema_version"]) >= 3

    @property
    def label(self) -> dict[str, Any]:
        """What an assessment that uses it says about it."""
        return {"name": self.name, "version": self.version, "sha256": self.sha256, "illustrative": self.illustrative}


def calibration_info(row: Calibration) -> CalibrationInfo:
    """Return a stored calibration as a row."""
    return CalibrationInfo(
        name=row.name,
        version=str(row.version),
        sha256=row.sha256,
        created_at=row.created_at,
        illustrative=row.illustrative,
        import_ids=tuple(row.import_ids),
        document=row.document,
    )


def list_calibrations(session: Session) -> tuple[CalibrationInfo, ...]:
    """Return all calibrations, the newest first."""
    return tuple(calibration_info(row) for row in store.list_calibrations(session))


def get_calibration(session: Session, name: str) -> CalibrationInfo:
    """Return a calibration by `NAME` (its newest version) or `NAME@VERSION`.

    Raises:
        NotFoundError: there is none. BadInputError: the version is no number.
    """
    plain, sign, version = name.partition("@")
    if sign and not version.isdigit():
        raise BadInputError(
            f"'{name}': write NAME or NAME@VERSION, with a whole number.",
            f"'{name}': hãy viết TÊN hoặc TÊN@PHIÊN_BẢN, với số nguyên.",
        )
    row = store.find_calibration(session, plain, int(version) if sign else None)
    if row is None:
        raise NotFoundError(
            f"There is no calibration '{name}'; see `phusong calibrate list`.",
            f"Không có bộ hiệu chỉnh '{name}'; xem `phusong calibrate list`.",
        )
    return calibration_info(row)
