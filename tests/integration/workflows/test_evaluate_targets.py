"""Targets evaluated from stored results, checked by hand on the small province."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio import Affine
from sqlalchemy import delete
from sqlalchemy.orm import Session

from geo.errors import BadInputError, NoAssessmentError, NotFoundError
from geo.store.tables import CoverageStatistic
from geo.workflows.baselines import freeze_baseline
from geo.workflows.evaluate_targets import evaluate_targets, record_measurement, targets_document
from geo.workflows.target_rows import MeasuredRow, TargetRow
from tests.integration.workflows.small_province import (
    add_statistic,
    build,
    set_cluster,
    set_cluster_level,
    set_place_level,
    set_power,
    set_state,
    set_statistic,
    statistic_of,
)

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
    assert reading(first, "population").unknown_high == pytest.approx(35.0)
    assert reading(first, "population").total == 400.0
    assert reading(first, "area").value == pytest.approx(10.0)
    assert reading(first, "communes_with_service").value == pytest.approx(50.0)
    assert reading(first, "communes_with_service").unknown_high == pytest.approx(100.0)
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
    assert found.unknown_high == pytest.approx(40.0)


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
    assert (item.value, item.unknown_low, item.verdict) == (100.0, 50.0, "open")
    assert closed.state == "overdue_no_data"
    set_power(session, "V3", "none")
    assert rows_of(session, "C2", as_of=AFTER_2026)[0].state == "overdue_met"
    set_power(session, "V3", "national_grid", dt.date(2026, 6, 1))
    assert rows_of(session, "C2", as_of=AFTER_2026)[0].state == "overdue_not_met"
    # Confirmed only after the assessment's date: on that date nobody knew.
    set_power(session, "V3", "national_grid", dt.date(2026, 12, 1))
    assert rows_of(session, "C2", as_of=AFTER_2026)[0].state == "overdue_no_data"


def test_what_cannot_have_an_interval_says_why(session: Session, tmp_path: Path) -> None:
    build(session)
    freeze_baseline(session)
    for target, name, reason in (
        ("A13", "population", "not_stored"),
        ("A1", "villages_with_fibre", "not_predicted"),
        ("A12", "offer", "not_predicted"),
        ("B2", "population", "no_figure"),
        ("A7", "industrial_parks", "levels_not_stored"),
        ("A7", "communes", "not_stored"),
        ("E1", "frozen_list", "withheld"),
    ):
        item = reading(rows_of(session, target)[0], name)
        assert (item.interval_low, item.interval_missing, item.goal_in_interval) == (None, reason, None)
        assert item.interval_missing_vi
        assert item.interval_missing_en


def test_a_share_carries_its_stored_interval_and_the_goal_within_it(session: Session) -> None:
    province = build(session)
    set_statistic(session, province, "66", population_covered=0.59, population_not_covered=0.31)
    set_statistic(session, province, "66", population_low=0.55, population_high=0.62)
    first, second = rows_of(session, "B1")
    item = reading(first, "population")
    assert (item.interval_low, item.interval_high) == pytest.approx((55.0, 62.0))
    assert (item.unknown_low, item.unknown_high) == pytest.approx((59.0, 69.0))
    assert item.interval_basis == "statistics"
    # 59 to 69 % leave 60 % open; 62 % would meet it whatever is unknown. 100 % is out of reach of both.
    assert (item.verdict, item.goal_in_interval, first.goal_in_interval) == ("open", True, True)
    assert (reading(second, "population").goal_in_interval, second.goal_in_interval) == (False, False)
    # The state goes by the values: the mark changes nothing.
    assert first.state == "overdue_readings_differ"


def test_communes_are_counted_at_both_ends_of_their_own_intervals(session: Session) -> None:
    province = build(session)
    set_statistic(session, province, "24163", area_low=0.0, area_high=0.3)
    set_statistic(session, province, "24166", area_low=0.0, area_high=0.01)
    item = reading(rows_of(session, "B1")[0], "communes_with_service")
    assert (item.value, item.interval_low, item.interval_high) == (50.0, 0.0, 100.0)
    # 24163: 0.4 of 300 people lacking at the high end is nobody; 24166 has unknown people and is never whole.
    set_statistic(session, province, "24163", population_low=0.3, population_high=1.0 - 0.4 / 300)
    set_statistic(session, province, "24166", population_low=0.0, population_high=0.6)
    item = reading(rows_of(session, "B1")[0], "communes_fully_covered")
    assert (item.value, item.interval_low, item.interval_high) == (0.0, 0.0, 50.0)


def test_villages_over_two_technologies_add_up_what_is_stored(session: Session) -> None:
    province = build(session)
    shares = {"villages": 4, "villages_covered": 0.25, "villages_not_covered": 0.5, "villages_no_data": 0.25}
    set_statistic(session, province, "66", **shares, villages_low=0.25, villages_high=0.25)
    assert reading(rows_of(session, "C1")[0], "villages").interval_missing == "not_stored"
    add_statistic(session, province, "66", "4G", **shares, villages_low=0.0, villages_high=0.5)
    item = reading(rows_of(session, "C1")[0], "villages")
    # Low: 5G keeps its 25 %. High: 25 + 25 (4G) + 0 (5G).
    assert (item.interval_low, item.interval_high, item.interval_basis) == (25.0, 50.0, "technologies")
    # By commune: V1, V2: 50 + 10; V3, V4: 0. So no more than (2 · 60 + 2 · 0) / 4.
    half = {**shares, "villages": 2, "villages_covered": 0.5, "villages_no_data": 0.0}
    none = {**shares, "villages": 2, "villages_covered": 0.0}
    none["villages_no_data"] = 0.5
    add_statistic(session, province, "24163", "4G", **half, villages_low=0.5, villages_high=0.6)
    add_statistic(session, province, "24166", "4G", **none, villages_low=0.0, villages_high=0.0)
    set_statistic(session, province, "24163", **half, villages_low=0.5, villages_high=0.5)
    set_statistic(session, province, "24166", **none, villages_low=0.0, villages_high=0.0)
    item = reading(rows_of(session, "C1")[0], "villages")
    assert (item.interval_low, item.interval_high) == pytest.approx((25.0, 30.0))
    # People are counted at points here; shares of another number of people say nothing about them.
    set_statistic(session, province, "66", population_low=0.2, population_high=0.3)
    people = {"population": 500.0, "population_covered": 0.6, "population_not_covered": 0.4, "population_no_data": 0.0}
    for code in ("66", "24163"):
        session.execute(delete(CoverageStatistic).where(statistic_of(province, code, "4G")))
    add_statistic(session, province, "66", "4G", **people, population_low=0.5, population_high=0.7)
    assert reading(rows_of(session, "C1")[0], "population").interval_missing == "other_denominator"


def test_places_move_by_the_largest_error(session: Session) -> None:
    province = build(session)
    for code, level in (("airport-0", -100.0), ("airport-1", -106.0)):
        set_place_level(session, province, code, level)
    item = reading(rows_of(session, "A7")[0], "stations_airports")
    # 5 dB above and 1 dB below the threshold; the largest common error moves by 1.645 · sqrt(6² + 4²) = 11.9 dB.
    assert (item.value, item.interval_low, item.interval_high, item.interval_basis) == (50.0, 0.0, 100.0, "points")
    set_place_level(session, province, "airport-0", -70.0)
    set_place_level(session, province, "airport-1", None)
    item = reading(rows_of(session, "A7")[0], "stations_airports")
    assert (item.interval_low, item.interval_high) == (50.0, 50.0)


def test_what_is_without_data_over_any_network_may_turn_out_covered(session: Session) -> None:
    province = build(session)
    # One network is 2 dB below the threshold at the second airport, another one handed in nothing: no data.
    set_place_level(session, province, "airport-0", -70.0)
    set_place_level(session, province, "airport-1", -107.0, state="no_data")
    item = reading(rows_of(session, "A7")[0], "stations_airports")
    assert (item.value, item.share_no_data) == (50.0, 0.5)
    assert (item.interval_low, item.interval_high) == (50.0, 100.0)
    set_statistic(session, province, "66", population_low=0.25, population_high=0.97)
    item = reading(rows_of(session, "A13")[0], "population")
    # 25 % covered, 65 % not, 10 % without data: the stored end stands as it is.
    assert (item.interval_low, item.interval_high) == pytest.approx((25.0, 97.0))


def test_items_of_the_frozen_list_go_by_their_best_network(session: Session) -> None:
    province = build(session)
    freeze_baseline(session)
    # Only cluster B has grid power. Dark over any operator, and Viettel's level there was not kept: far below.
    item = reading(rows_of(session, "C2")[0], "frozen_list")
    assert (item.value, item.interval_low, item.interval_high) == (0.0, 0.0, 0.0)
    set_cluster_level(session, province, "B", -107.0)
    item = reading(rows_of(session, "C2")[0], "frozen_list")
    assert (item.value, item.interval_low, item.interval_high, item.goal_in_interval) == (0.0, 0.0, 100.0, True)
    # E1 counts the village as well: 2 left, or 1 if the cluster has signal in truth.
    left = reading(rows_of(session, "E1", sees_sites=True)[0], "frozen_list")
    assert (left.value, left.interval_low, left.interval_high) == (2, 1, 2)


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
    assert (passed.value, passed.unknown_high) == pytest.approx((45.0, 55.0))
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
