"""Operators as the rule sees them: listed, and decided about by the department."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from sqlalchemy.orm import Session

from geo.domain.operators import OperatorStanding
from geo.errors import BadInputError, NotFoundError
from geo.intake.operators import OperatorEntry, operator_names
from geo.store.repositories_operators import OperatorRecord, decide_operator, read_operators

_LONGEST_SOURCE = 500


def list_operators(session: Session, *, parameters_dir: Path | None = None) -> tuple[OperatorStanding, ...]:
    """Return every operator that the parameter file or the store knows, by code."""
    known = operator_names(parameters_dir).entries
    stored = {record.code: record for record in read_operators(session)}
    codes = sorted(known.keys() | stored.keys())
    return tuple(_standing(code, known.get(code), stored.get(code)) for code in codes)


def active_operators(session: Session, *, parameters_dir: Path | None = None) -> tuple[OperatorStanding, ...]:
    """Return the operators that must have data before a village can be called without signal, by code."""
    return tuple(one for one in list_operators(session, parameters_dir=parameters_dir) if one.active)


def set_operator(
    session: Session,
    code: str,
    *,
    runs_mobile: bool | None,
    source: str | None = None,
    on: dt.date | None = None,
    parameters_dir: Path | None = None,
) -> OperatorStanding:
    """Store whether an operator runs a mobile network of its own, by the department's word; None takes that back.

    Raises:
        NotFoundError: neither the parameter file nor the store knows the operator.
        BadInputError: a decision without a source, or with one that is too long.
    """
    found = {one.code: one for one in list_operators(session, parameters_dir=parameters_dir)}.get(code)
    if found is None:
        raise NotFoundError(
            f"There is no operator '{code}'; `phusong operators list` shows them, and a new one comes with its list.",
            f"Không có doanh nghiệp '{code}'; xem `phusong operators list`, doanh nghiệp mới đến cùng danh sách trạm.",
        )
    words = (source or "").strip()
    if runs_mobile is not None and not 0 < len(words) <= _LONGEST_SOURCE:
        raise BadInputError(
            f"Say where the decision comes from, in at most {_LONGEST_SOURCE} characters: --source.",
            f"Hãy ghi căn cứ của quyết định (văn bản, ngày), không quá {_LONGEST_SOURCE} ký tự: --source.",
        )
    decided_on = None if runs_mobile is None else on or dt.datetime.now(dt.UTC).date()
    decide_operator(
        session,
        code,
        name=found.name,
        runs_mobile=runs_mobile,
        on=decided_on,
        source=None if runs_mobile is None else words,
    )
    return next(one for one in list_operators(session, parameters_dir=parameters_dir) if one.code == code)


def _standing(code: str, known: OperatorEntry | None, stored: OperatorRecord | None) -> OperatorStanding:
    network = None if known is None else known.runs_mobile_network
    note = None if network is None else network.source.note
    return OperatorStanding(
        code=code,
        name=known.name if known is not None else stored.name if stored is not None else code,
        by_parameters=None if network is None else network.value,
        parameters_status=None if network is None else network.source.status,
        parameters_note_vi=None if note is None else note.vi,
        parameters_note_en=None if note is None else note.en,
        has_sites=stored is not None and stored.has_sites,
        newest_list=None if stored is None else stored.newest_list,
        decided=None if stored is None else stored.decided,
        decided_on=None if stored is None else stored.decided_on,
        decided_source=None if stored is None else stored.decided_source,
    )
