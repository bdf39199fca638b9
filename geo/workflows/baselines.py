"""Freezes the list of villages and clusters without full signal, and reads it back.

The first list is the baseline that targets count. What is found later is frozen on lists of its own, with a ratio of
its own; an item is on one list only, and no list ever changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.domain.baseline import NATIONAL_GRID, ItemKey, open_items
from geo.domain.sites import ANY_OPERATOR
from geo.domain.villages import VillageState
from geo.errors import ConflictError, NotFoundError
from geo.parameters.coverage_rule import load_coverage_rule
from geo.parameters.targets_schema import TargetBook, load_targets
from geo.store.tables import Assessment, BaselineItem, VillageBaseline
from geo.workflows.answers.assessments import newest_assessment
from geo.workflows.answers.rows import AssessmentInfo
from geo.workflows.villages_now import VillageRecord, load_villages


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineItemRow:
    """One item of a frozen list, as it was on the day it was frozen."""

    technology: str
    operator: str
    village_code: str
    cluster_code: str | None
    commune_code: str | None
    name: str
    state: str
    grid_power: str
    households: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineCount:
    """How many villages and how many clusters are on a list for a technology and operator; no item is both."""

    technology: str
    operator: str
    villages: int
    clusters: int
    with_grid_power: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRow:
    """One frozen list. `is_first` tells the baseline that targets count from the lists of what was found later."""

    id: int
    label: str
    frozen_on: date
    created_at: datetime
    illustrative: bool
    is_first: bool
    rule_version: str
    note: str | None
    counts: tuple[BaselineCount, ...]
    items: tuple[BaselineItemRow, ...]


@dataclass(frozen=True, slots=True)
class FrozenKeys:
    """Items of the first list and of the lists frozen later, for one technology and operator; None: no list."""

    first: tuple[ItemKey, ...] | None
    later: tuple[ItemKey, ...] | None


def freeze_baseline(
    session: Session,
    *,
    as_of: date | None = None,
    label: str | None = None,
    note: str | None = None,
    parameters_dir: Path | None = None,
) -> BaselineRow:
    """Freeze what has no full signal in the published assessment (of `as_of`, where given) and is on no list yet.

    Raises:
        NoAssessmentError: nothing has been computed.
        NotFoundError: no assessment was made for that date.
        ConflictError: the label is taken, no village has data, or nothing new was found.
    """
    info = _assessment_of(session, as_of)
    name = label or f"{info.as_of.isoformat()} (#{info.assessment_id})"
    if session.scalar(select(VillageBaseline.id).where(VillageBaseline.label == name)) is not None:
        raise ConflictError(
            f"A list named '{name}' is frozen already; lists never change. Choose another label.",
            f"Danh sách '{name}' đã được chốt và không thay đổi được; hãy chọn tên khác.",
        )
    baseline = VillageBaseline(
        label=name,
        frozen_on=info.as_of,
        illustrative=info.illustrative,
        rule_version=info.rule_version,
        note=note,
    )
    items = _new_items(session, info, parameters_dir=parameters_dir)
    session.add(baseline)
    session.flush()
    for item in items:
        item.baseline_id = baseline.id
    session.add_all(items)
    session.flush()
    session.refresh(baseline)
    return next(row for row in list_baselines(session, sees_sites=True) if row.id == baseline.id)


def list_baselines(session: Session, *, with_items: bool = True, sees_sites: bool = False) -> tuple[BaselineRow, ...]:
    """Return all frozen lists, oldest first; those of one operator only to who may see sites."""
    baselines = session.scalars(select(VillageBaseline).order_by(VillageBaseline.frozen_on, VillageBaseline.id)).all()
    items: dict[int, list[BaselineItem]] = {baseline.id: [] for baseline in baselines}
    ordered = select(BaselineItem).order_by(
        BaselineItem.technology, BaselineItem.operator_code, BaselineItem.village_code, BaselineItem.cluster_code
    )
    if not sees_sites:
        ordered = ordered.where(BaselineItem.operator_code == ANY_OPERATOR)
    for item in session.scalars(ordered):
        items[item.baseline_id].append(item)
    first = {flag: min((b.id for b in baselines if b.illustrative is flag), default=None) for flag in (True, False)}
    return tuple(
        _row(baseline, items[baseline.id], is_first=first[baseline.illustrative] == baseline.id, with_items=with_items)
        for baseline in baselines
    )


def frozen_keys(session: Session, *, technology: str, operator: str, illustrative: bool) -> FrozenKeys:
    """Return the frozen items for a technology and operator, of lists made from data of the same provenance."""
    lists = session.scalars(
        select(VillageBaseline.id).where(VillageBaseline.illustrative == illustrative).order_by(VillageBaseline.id)
    ).all()
    if not lists:
        return FrozenKeys(None, None)
    query = select(BaselineItem.baseline_id, BaselineItem.village_code, BaselineItem.cluster_code).where(
        BaselineItem.baseline_id.in_(lists),
        BaselineItem.technology == technology,
        BaselineItem.operator_code == operator,
    )
    first: list[ItemKey] = []
    later: list[ItemKey] = []
    for baseline_id, village_code, cluster_code in session.execute(query):
        (first if baseline_id == lists[0] else later).append(ItemKey(village_code, cluster_code))
    return FrozenKeys(tuple(first), tuple(later) if len(lists) > 1 else None)


def baseline_subjects(book: TargetBook) -> tuple[tuple[str, str], ...]:
    """Return the (technology, operator) pairs whose lists the targets count."""
    found = {
        (reading.metric.technology, reading.metric.operator): None
        for target in book.targets
        for reading in target.readings
        if reading.metric is not None and reading.metric.quantity.startswith("baseline")
    }
    return tuple((technology, operator) for technology, operator in found if technology is not None)


def _new_items(session: Session, info: AssessmentInfo, *, parameters_dir: Path | None) -> list[BaselineItem]:
    rule = load_coverage_rule(parameters_dir=parameters_dir, as_of=info.as_of)
    items: list[BaselineItem] = []
    with_data = 0
    frozen_before = False
    for technology, operator in baseline_subjects(load_targets(parameters_dir=parameters_dir)):
        villages = load_villages(session, info, technology=technology, operator=operator, rule=rule)
        keys = frozen_keys(session, technology=technology, operator=operator, illustrative=info.illustrative)
        frozen_before = frozen_before or keys.first is not None
        with_data += sum(village.state is not VillageState.NO_DATA for village in villages)
        known = {*(keys.first or ()), *(keys.later or ())}
        items += _items(villages, known, technology=technology, operator=operator)
    if not with_data:
        raise ConflictError(
            "No village has data in this assessment, so there is nothing to freeze. Import villages and site lists, "
            "then run `phusong assess`.",
            "Lần đánh giá này không có thôn, buôn nào có dữ liệu nên chưa thể chốt. Hãy nhập thôn, buôn và danh sách "
            "trạm rồi chạy `phusong assess`.",
        )
    if frozen_before and not items:
        raise ConflictError(
            "Nothing new: every village and cluster without signal is on a frozen list already.",
            "Không có gì mới: mọi thôn, cụm dân cư chưa có sóng đều đã nằm trong danh sách đã chốt.",
        )
    return items


def _items(
    villages: Sequence[VillageRecord], known: set[ItemKey], *, technology: str, operator: str
) -> Iterable[BaselineItem]:
    for village in villages:
        clusters = {cluster.code: cluster for cluster in village.clusters}
        for key in open_items(village.now()):
            if key in known or ItemKey(key.village_code) in known:
                continue
            cluster = clusters.get(key.cluster_code) if key.cluster_code is not None else None
            yield BaselineItem(
                technology=technology,
                operator_code=operator,
                village_code=village.code,
                cluster_code=key.cluster_code,
                commune_code=village.commune_code,
                name=village.name if cluster is None else f"{village.name} - {cluster.name or cluster.code}",
                state=(village.state if cluster is None else VillageState.NOT_COVERED).value,
                grid_power=village.grid_power if cluster is None else cluster.grid_power,
                households=village.households if cluster is None else cluster.households,
            )


def _assessment_of(session: Session, as_of: date | None) -> AssessmentInfo:
    if as_of is None:
        return newest_assessment(session)
    found = session.scalar(
        select(Assessment.id)
        .where(Assessment.status == "done", Assessment.area_code.is_(None), Assessment.as_of == as_of)
        .order_by(Assessment.created_at.desc(), Assessment.id.desc())
        .limit(1)
    )
    if found is None:
        raise NotFoundError(
            f"No assessment was made for {as_of.isoformat()}; run `phusong assess --as-of {as_of.isoformat()}` first.",
            f"Chưa có lần đánh giá nào cho ngày {as_of.isoformat()}; hãy chạy "
            f"`phusong assess --as-of {as_of.isoformat()}` trước.",
        )
    return newest_assessment(session, assessment_id=found)


def _row(baseline: VillageBaseline, items: Sequence[BaselineItem], *, is_first: bool, with_items: bool) -> BaselineRow:
    return BaselineRow(
        id=baseline.id,
        label=baseline.label,
        frozen_on=baseline.frozen_on,
        created_at=baseline.created_at,
        illustrative=baseline.illustrative,
        is_first=is_first,
        rule_version=baseline.rule_version,
        note=baseline.note,
        counts=_counts(items),
        items=tuple(_item_row(item) for item in items) if with_items else (),
    )


def _counts(items: Sequence[BaselineItem]) -> tuple[BaselineCount, ...]:
    subjects = dict.fromkeys((item.technology, item.operator_code) for item in items)
    return tuple(
        BaselineCount(
            technology=technology,
            operator=operator,
            villages=sum(item.cluster_code is None for item in chosen),
            clusters=sum(item.cluster_code is not None for item in chosen),
            with_grid_power=sum(item.grid_power == NATIONAL_GRID for item in chosen),
        )
        for technology, operator in subjects
        for chosen in [[item for item in items if (item.technology, item.operator_code) == (technology, operator)]]
    )


def _item_row(item: BaselineItem) -> BaselineItemRow:
    return BaselineItemRow(
        technology=item.technology,
        operator=item.operator_code,
        village_code=item.village_code,
        cluster_code=item.cluster_code,
        commune_code=item.commune_code,
        name=item.name,
        state=item.state,
        grid_power=item.grid_power,
        households=item.households,
    )
