"""What declarations say about fibre in a village."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.domain.fibre import FibreDeclaration, FibreState, fibre_figures


def declared(
    operator: str, passed: int | None, *, ports: int | None = None, speed: float | None = None
) -> FibreDeclaration:
    return FibreDeclaration(operator_code=operator, households_passed=passed, ports_free=ports, max_speed_mbps=speed)


@pytest.mark.parametrize(
    ("households", "declarations", "state", "passed"),
    [
        (100, [], FibreState.NO_DATA, None),
        (100, [declared("a", None)], FibreState.NO_DATA, None),
        (100, [declared("a", 0)], FibreState.NOT_AVAILABLE, 0),
        (100, [declared("a", 60), declared("b", 80)], FibreState.PARTLY_AVAILABLE, 80),
        (100, [declared("a", 100), declared("b", 0)], FibreState.AVAILABLE, 100),
        # More than there are households: capped.
        (100, [declared("a", 130)], FibreState.AVAILABLE, 100),
        # Nobody knows how many households there are: not all of them can be shown to be passed.
        (None, [declared("a", 130)], FibreState.PARTLY_AVAILABLE, 130),
        (100, [declared("a", None, speed=300.0)], FibreState.PARTLY_AVAILABLE, None),
        (100, [declared("a", None, ports=0)], FibreState.NO_DATA, None),
    ],
)
def test_states(
    households: int | None, declarations: list[FibreDeclaration], state: FibreState, passed: int | None
) -> None:
    found = fibre_figures(households, declarations)
    assert (found.state, found.households_passed) == (state, passed)


def test_one_gbps_ports_and_speed() -> None:
    found = fibre_figures(100, [declared("a", 80, ports=3, speed=300.0), declared("b", 50, ports=4, speed=1000.0)])
    assert (found.households_passed, found.households_passed_1gbps) == (80, 50)
    assert (found.ports_free, found.max_speed_mbps) == (7, 1000.0)
    assert found.households_passed_by_operator == {"a": 80, "b": 50}
    assert fibre_figures(100, [declared("a", 80, speed=300.0)]).households_passed_1gbps == 0
    assert fibre_figures(100, [declared("a", 80)]).households_passed_1gbps is None


@given(st.integers(0, 500), st.lists(st.integers(0, 600), min_size=1, max_size=4))
def test_households_passed_are_never_a_sum_and_never_more_than_there_are(households: int, passed: list[int]) -> None:
    found = fibre_figures(households, [declared(f"o{number}", value) for number, value in enumerate(passed)])
    assert found.households_passed == min(households, max(passed))
