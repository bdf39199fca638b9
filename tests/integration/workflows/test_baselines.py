"""The frozen list in the store: first list, later lists, and what is refused."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from geo.errors import ConflictError, NoAssessmentError, NotFoundError
from geo.store.tables import Assessment, VillageStatus
from geo.workflows.baselines import freeze_baseline, list_baselines
from tests.integration.workflows.small_province import build, set_state


def test_nothing_can_be_frozen_before_an_assessment(session: Session) -> None:
    with pytest.raises(NoAssessmentError):
        freeze_baseline(session)


def test_the_first_list_holds_villages_or_clusters_never_both(session: Session) -> None:
    build(session)
    frozen = freeze_baseline(session, note="Công văn 1")
    assert frozen.is_first
    mobile = [item for item in frozen.items if (item.technology, item.operator) == ("mobile_broadband", "any")]
    assert [(item.village_code, item.cluster_code, item.state) for item in mobile] == [
        ("V2", "B", "not_covered"),
        ("V3", None, "not_covered"),
    ]
    assert mobile[0].name == "Buôn V2 - Cụm B"
    count = next(item for item in frozen.counts if item.operator == "any")
    assert (count.villages, count.clusters, count.with_grid_power) == (1, 1, 1)
    assert {item.operator for item in frozen.items} == {"any", "viettel"}


def test_one_operators_list_is_not_for_everybody(session: Session) -> None:
    build(session)
    freeze_baseline(session)
    assert {item.operator for row in list_baselines(session) for item in row.items} == {"any"}
    assert {item.operator for row in list_baselines(session, sees_sites=True) for item in row.items} == {
        "any",
        "viettel",
    }


def test_what_is_found_later_goes_on_a_list_of_its_own(session: Session) -> None:
    province = build(session)
    first = freeze_baseline(session, label="gốc")
    with pytest.raises(ConflictError, match="Nothing new"):
        freeze_baseline(session, label="lần 2")
    set_state(session, province, "V1", "not_covered")
    set_state(session, province, "V1", "not_covered", technology="5G")
    later = freeze_baseline(session, label="lần 2")
    assert not later.is_first
    assert [(item.village_code, item.cluster_code) for item in later.items] == [("V1", None)]
    again = list_baselines(session, sees_sites=True)
    assert [row.label for row in again] == ["gốc", "lần 2"]
    assert again[0].items == first.items


def test_a_label_is_used_once(session: Session) -> None:
    build(session)
    freeze_baseline(session, label="gốc")
    with pytest.raises(ConflictError, match="never change"):
        freeze_baseline(session, label="gốc")


def test_a_date_without_assessment_is_refused(session: Session) -> None:
    build(session)
    assert freeze_baseline(session, as_of=dt.date(2026, 6, 30)).frozen_on == dt.date(2026, 6, 30)
    with pytest.raises(NotFoundError, match="2026-01-01"):
        freeze_baseline(session, as_of=dt.date(2026, 1, 1), label="khác")


def test_villages_without_data_are_not_frozen_as_an_empty_list(session: Session) -> None:
    build(session)
    session.execute(update(VillageStatus).values(state="no_data"))
    with pytest.raises(ConflictError, match="No village has data"):
        freeze_baseline(session)
    assert list_baselines(session) == ()


def test_illustrative_and_real_lists_are_kept_apart(session: Session) -> None:
    build(session, illustrative=True)
    made_up = freeze_baseline(session, label="minh họa")
    assert made_up.illustrative
    session.execute(update(Assessment).values(illustrative=False))
    real = freeze_baseline(session, label="thật")
    assert real.is_first
    assert not real.illustrative
