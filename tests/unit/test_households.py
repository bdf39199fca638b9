"""People and households count at clusters and centre, never twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from geo.domain.households import count_at_points

number = st.one_of(st.none(), st.integers(0, 5000))


def test_rest_counts_at_the_centre() -> None:
    # 500 people; 120 in cluster A and 80 in B; C has no number, so its people are among the 300 at the centre.
    counted = count_at_points(500, {"A": 120, "B": 80, "C": None})
    assert (counted.center, counted.total, counted.exceeds) == (300, 500, False)
    assert counted.clusters == {"A": 120, "B": 80}


def test_clusters_with_more_than_the_village_count_themselves() -> None:
    counted = count_at_points(100, {"A": 120})
    assert (counted.center, counted.total, counted.exceeds) == (0, 120, True)


def test_nothing_known_is_not_zero() -> None:
    assert count_at_points(None, {"A": None}).total is None
    assert count_at_points(None, {"A": 7}).total == 7
    assert count_at_points(None, {"A": 7}).center is None
    assert count_at_points(0, {}).total == 0


@given(number, st.dictionaries(st.sampled_from("ABCD"), number))
def test_parts_add_up(total: int | None, clusters: dict[str, int | None]) -> None:
    counted = count_at_points(total, clusters)
    parts = sum(counted.clusters.values()) + (counted.center or 0)
    assert parts == (counted.total or 0)
    assert total is None or counted.total is None or counted.total >= total
