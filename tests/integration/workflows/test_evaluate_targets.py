"""Targets evaluated from stored results, checked by hand on the small province."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio import Affine
from sqlalchemy.orm import Session

from geo.errors import BadInputError, NoAssessmentError, NotFoundError
from geo.workflows.baselines import freeze_baseline
from geo.workflows.evaluate_targets import evaluate_targets, record_measurement, targets_document
from geo.workflows.target_rows import MeasuredRow, TargetRow
from tests.integration.workflows.small_province import build, set_cluster, set_power, set_state

AFTER_2026 = dt.date(2027, 1, 1)


def rows_of(session: Session, target: str, **options: object) -> list[TargetRow]:
    return [row for row in evaluate_targets(session, **options) if row.id == target]  # type: ignore[arg-type]


def reading(row: TargetRow, name: str) -> MeasuredRow:
    return next(item for item in row.measured if item.reading == name and item.origin == "computed")


def test_without_an_assessment_it_says_so(session: Session) -> None:
    with pytest.raises(NoAssessmentError):
        evaluate_targets(session)


def test_every_target_has_a_state_a_source_and_a_denominator(session: Session) -> None:
    build(session)
    rows = evaluate_targets(session)
    assert len({row.id for row in rows}) == 31
    for row in rows:
        assert row.state_vi
        assert row.source.quote
        assert row.source.clause
        assert row.denominator.vi
        for item in row.measured:
            assert item.value is not None or item.missing_vi or item.text_value
            shares = (item.share_covered, item.share_not_covered, item.share_no_data)
            assert shares == (None, None, None) or sum(share or 0.0 for share in shares) == pytest.approx(1.0)


def test_document_has_the_contract_of_the_command_line(session: Session) -> None:
    build(session)
    document = targets_document(session, as_of=AFTER_2026)
    assert {"schema_version", "as_of", "territory_version", "rule_version", "assessment_id", "illustrative"} <= set(
        document
    )
    assert document["count"] == len(document["items"])
    assert document["evaluated_on"] == "2027-01-01"
    wanted = ["id", "indicator", "value", "unit", "deadline", "source", "denominator", "state", "measured"]
    for item in document["items"]:
        assert {*wanted, "conflicts_with"} <= set(item)
        assert {"file", "clause", "quote", "status"} <= set(item["source"])


def test_b1_has_both_dates_and_readings_side_by_side(session: Session) -> None:
    build(session)
    first, second = rows_of(session, "B1")
    assert (first.value, first.deadline) == (60.0, dt.date(2025, 12, 31))
    assert (second.value, second.deadline) == (100.0, dt.date(2030, 12, 31))
    # 25 % of the people + 10 % unknown, 10 % of the area + 10 % unknown, 1 of 2 communes (the other one unknown).
    assert reading(first, "population").value == pytest.approx(25.0)
    assert reading(first, "population").high == pytest.approx(35.0)
    assert reading(first, "population").total == 400.0
    assert reading(first, "area").value == pytest.approx(10.0)
    assert reading(first, "communes_with_service").value == pytest.approx(50.0)
    assert reading(first, "communes_with_service").high == pytest.approx(100.0)
    assert reading(first, "communes_fully_covered").value == 0.0
    assert reading(first, "settled_area").missing == "no_raster"
    assert first.state == "overdue_readings_differ"
    assert first.state_vi.startswith("quá hạn")
    assert second.state == "in_progress"
    assert {conflict.id for conflict in first.conflicts_with} == {"A13", "A7"}


def test_settled_area_is_read_from_the_500_m_raster(session: Session, tmp_path: Path) -> None:
    province = build(session)
    folder = tmp_path / "assessments" / str(province.assessment_id)
    folder.mkdir(parents=True)
    # One row of cells of 0.01° (V1 … V4 lie in columns 0 … 3), the clusters one row further north in column 2.
    values = np.array([[255, 255, 0, 255], [1, 0, 255, 0]], dtype=np.uint8)
    profile = {"driver": "GTiff", "width": 4, "height": 2, "count": 1, "dtype": "uint8", "crs": "EPSG:4326"}
    with rasterio.open(
        folder / "public_5G.tif", "w", transform=Affine(0.01, 0, 107.995, 0, -0.01, 12.7151), **profile
    ) as out:
        out.write(values, 1)
    found = reading(rows_of(session, "B1", home=tmp_path)[0], "settled_area")
    # V1 covered, V2 not, V3 no data, V4 not, clusters A and B together in one cell: not. 1 of 5, 1 unknown.
    assert found.counts["cells"] == 5
    assert found.value == pytest.approx(20.0)
    assert found.high == pytest.approx(40.0)


def test_mobile_broadband_of_villages_and_people(session: Session) -> None:
    build(session)
    row = rows_of(session, "C1")[0]
    assert row.state == "qualitative"
    # V1 covered; V2 partly and V3 not; V4 unknown.
    villages = reading(row, "villages")
    assert (villages.share_covered, villages.share_not_covered, villages.share_no_data) == (0.25, 0.5, 0.25)
    assert villages.counts["partly_covered"] == 1
    # Covered: V1 100 + V2's centre 120 + cluster A 50 = 270 of 400; not: B 30 + V3 60 = 90; unknown: V4 40.
    people = reading(row, "population")
    assert people.share_covered == pytest.approx(270 / 400)
    assert people.share_not_covered == pytest.approx(90 / 400)
    assert people.basis == "points"


def test_c2_counts_frozen_items_with_grid_power_on_the_day(session: Session) -> None:
    province = build(session)
    assert reading(rows_of(session, "C2")[0], "frozen_list").missing == "no_baseline"
    freeze_baseline(session)
    before = reading(rows_of(session, "C2")[0], "frozen_list")
    # On the list: cluster V2/B (grid, dark) and village V3 (power unknown, dark).
    assert (before.value, before.counts["items"], before.counts["with_grid_power"]) == (0.0, 2, 1)
    set_cluster(session, province, "B", "covered")
    set_state(session, province, "V2", "covered")
    closed = rows_of(session, "C2", as_of=AFTER_2026)[0]
    item = reading(closed, "frozen_list")
    assert (item.value, item.low, item.verdict) == (100.0, 50.0, "open")
    assert closed.state == "overdue_no_data"
    set_power(session, "V3", "none")
    assert rows_of(session, "C2", as_of=AFTER_2026)[0].state == "overdue_met"
    set_power(session, "V3", "national_grid", dt.date(2026, 6, 1))
    assert rows_of(session, "C2", as_of=AFTER_2026)[0].state == "overdue_not_met"
    # Confirmed only after the assessment's date: on that date nobody knew.
    set_power(session, "V3", "national_grid", dt.date(2026, 12, 1))
    assert rows_of(session, "C2", as_of=AFTER_2026)[0].state == "overdue_no_data"


def test_what_is_found_later_has_its_own_ratio(session: Session) -> None:
    province = build(session)
    freeze_baseline(session, label="gốc")
    set_state(session, province, "V1", "not_covered")
    set_state(session, province, "V1", "not_covered", technology="5G")
    freeze_baseline(session, label="sau")
    row = rows_of(session, "C2")[0]
    assert reading(row, "frozen_list").counts["items"] == 2
    later = reading(row, "found_later")
    assert (later.counts["items"], later.value, later.beside) == (1, 0.0, True)


def test_e1_counts_what_one_operator_left_and_hides_the_number_from_the_public(session: Session) -> None:
    build(session)
    freeze_baseline(session)
    seen = reading(rows_of(session, "E1", sees_sites=True)[0], "frozen_list")
    # Viettel's 4G list: cluster V2/B and village V3, whatever their power.
    assert (seen.value, seen.total) == (2, 2)
    public = reading(rows_of(session, "E1")[0], "frozen_list")
    assert (public.value, public.total, public.counts, public.missing) == (None, None, {}, "withheld")
    assert public.share_not_covered == 1.0
    assert {(conflict.id, conflict.source is not None) for conflict in rows_of(session, "E1")[0].conflicts_with} == {
        ("C2", False),
        (None, True),
    }


def test_fibre_is_counted_in_households_passed(session: Session) -> None:
    build(session)
    # 25 + 20 passed of 100 households; V4's 10 are unknown: 45 % … 55 %.
    passed = reading(rows_of(session, "C3")[0], "households_passed")
    assert (passed.value, passed.high) == pytest.approx((45.0, 55.0))
    assert passed.total == 100
    assert rows_of(session, "A2")[0].state == "overdue_not_met"
    # 1 Gb/s: V1's 25 of 100.
    assert reading(rows_of(session, "A12")[0], "offer").value == pytest.approx(25.0)
    # B3 says "above 1 Gb/s": nobody declared a faster offer than 1 Gb/s; at 1 Gb/s and more it is as A12, beside it.
    b3 = rows_of(session, "B3")[0]
    assert reading(b3, "offer_from").value == pytest.approx(25.0)
    assert reading(b3, "offer_from").beside
    # Villages: V1 and V2 have fibre, V3 none, V4 unknown.
    villages = reading(rows_of(session, "A1")[0], "villages_with_fibre")
    assert (villages.share_covered, villages.share_not_covered, villages.share_no_data) == (0.5, 0.25, 0.25)


def test_a7_gives_a_share_for_each_class(session: Session) -> None:
    build(session)
    row = rows_of(session, "A7")[0]
    assert reading(row, "industrial_parks").value == 100.0
    assert reading(row, "stations_airports").value == 50.0
    assert reading(row, "tourism_areas").missing == "all_unknown"
    assert reading(row, "public_areas").missing == "no_places"
    assert reading(row, "communes").beside
    assert next(item for item in row.measured if item.reading == "districts").missing_vi
    assert row.state == "overdue_not_met"


def test_what_nobody_measures_is_not_invented(session: Session) -> None:
    build(session)
    assert rows_of(session, "A5")[0].state == "overdue_no_data"
    assert {row.state for row in rows_of(session, "B2")} == {"no_data"}
    assert rows_of(session, "B9")[0].state == "not_started"
    assert reading(rows_of(session, "B2")[0], "population").missing == "technology_not_computed"


def test_declared_values_are_kept_with_source_and_date(session: Session) -> None:
    build(session)
    assert [row.state for row in rows_of(session, "B6")] == ["declared"] * 4
    assert rows_of(session, "A10")[0].state == "overdue_no_data"
    state = {"source": "Báo cáo 12/BC-SKHCN ngày 20/6/2026", "as_of": dt.date(2026, 6, 20)}
    record_measurement(session, target_id="A10", value=50.0, **state)  # type: ignore[arg-type]
    assert rows_of(session, "A10")[0].state == "overdue_not_met"
    record_measurement(session, target_id="A10", value=50.5, **state)  # type: ignore[arg-type]
    row = rows_of(session, "A10")[0]
    assert row.state == "overdue_met"
    assert (row.measured[0].value, row.measured[0].origin) == (50.5, "declared")
    assert row.measured[0].source == "Báo cáo 12/BC-SKHCN ngày 20/6/2026"
    # A statement of a later day says nothing about an earlier one.
    assert rows_of(session, "A10", as_of=dt.date(2026, 6, 1))[0].state == "overdue_no_data"
    record_measurement(session, target_id="A14", text_value="Đã ký biên bản thử nghiệm", **state)  # type: ignore[arg-type]
    assert rows_of(session, "A14")[0].measured[0].text_value == "Đã ký biên bản thử nghiệm"


def test_a_stated_value_stands_beside_the_computed_one(session: Session) -> None:
    build(session)
    record_measurement(
        session,
        target_id="A13",
        value=99.5,
        as_of=dt.date(2026, 6, 1),
        source="Báo cáo doanh nghiệp",
    )
    row = rows_of(session, "A13", as_of=dt.date(2031, 1, 1))[0]
    assert [(item.origin, item.beside) for item in row.measured] == [("computed", False), ("declared", True)]
    assert row.state == "overdue_not_met"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ({"target_id": "A10", "value": 101.0}, r"0 … 100"),
        ({"target_id": "A10", "value": float("nan")}, "number"),
        ({"target_id": "A10"}, "number"),
        ({"target_id": "A8", "value": -1.0}, "≥ 0"),
        ({"target_id": "A14", "value": 1.0}, "in words"),
        ({"target_id": "B1", "value": 61.0}, "which reading"),
        ({"target_id": "B1", "value": 61.0, "reading": "volume"}, "which reading"),
        ({"target_id": "A10", "value": 51.0, "source": " "}, "source"),
    ],
)
def test_statements_that_cannot_be_used(session: Session, statement: dict[str, object], words: str) -> None:
    given = {"as_of": dt.date(2026, 6, 20), "source": "Báo cáo 1", **statement}
    with pytest.raises(BadInputError, match=words):
        record_measurement(session, **given)  # type: ignore[arg-type]


def test_unknown_target_is_refused(session: Session) -> None:
    with pytest.raises(NotFoundError):
        record_measurement(session, target_id="Z1", value=1.0, as_of=dt.date(2026, 6, 20), source="Báo cáo 1")
