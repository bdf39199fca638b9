"""What operators' declarations say about fibre in a village.

Several operators that pass the same houses are not added up: the largest declaration counts, because nobody knows how
far they overlap. The distance to the nearest node is another figure, computed elsewhere, and never part of the state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

ONE_GBPS_MBPS = 1000.0


class FibreState(StrEnum):
    """Whether households of a village can get fibre."""

    AVAILABLE = "available"
    PARTLY_AVAILABLE = "partly_available"
    NOT_AVAILABLE = "not_available"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class FibreDeclaration:
    """One operator's statement about a village; None: not said."""

    operator_code: str
    households_passed: int | None = None
    ports_free: int | None = None
    max_speed_mbps: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FibreFigures:
    """Fibre in a village over all declarations; numbers of households never exceed those of the village."""

    state: FibreState
    households: int | None
    households_passed: int | None = None
    households_passed_by_operator: Mapping[str, int] = field(default_factory=dict)
    households_passed_1gbps: int | None = None
    ports_free: int | None = None
    max_speed_mbps: float | None = None


def fibre_figures(households: int | None, declarations: Sequence[FibreDeclaration]) -> FibreFigures:
    """Return the figures of a village with `households` (None: unknown) from what operators declared.

    =====================================  ==================
    households passed                      state
    =====================================  ==================
    nothing declared                       no_data
    0                                      not_available
    all households of the village          available
    some, or the village's are not known   partly_available
    not said, but a speed is offered or    partly_available
    a port is free
    =====================================  ==================
    """
    passed = _by_operator(households, declarations)
    passed_1gbps = _by_operator(households, [item for item in declarations if _offers_one_gbps(item)])
    most = max(passed.values(), default=None)
    ports = [item.ports_free for item in declarations if item.ports_free is not None]
    speeds = [item.max_speed_mbps for item in declarations if item.max_speed_mbps is not None]
    return FibreFigures(
        state=_state(households, declarations, most, has_offer=bool(speeds) or sum(ports) > 0),
        households=households,
        households_passed=most,
        households_passed_by_operator=passed,
        households_passed_1gbps=max(passed_1gbps.values(), default=0 if most == 0 or speeds else None),
        ports_free=sum(ports) if ports else None,
        max_speed_mbps=max(speeds, default=None),
    )


def _by_operator(households: int | None, declarations: Sequence[FibreDeclaration]) -> dict[str, int]:
    return {
        item.operator_code: item.households_passed if households is None else min(item.households_passed, households)
        for item in declarations
        if item.households_passed is not None
    }


def _offers_one_gbps(declaration: FibreDeclaration) -> bool:
    return declaration.max_speed_mbps is not None and declaration.max_speed_mbps >= ONE_GBPS_MBPS


def _state(
    households: int | None, declarations: Sequence[FibreDeclaration], most: int | None, *, has_offer: bool
) -> FibreState:
    if not declarations or (most is None and not has_offer):
        return FibreState.NO_DATA
    if most is None:
        return FibreState.PARTLY_AVAILABLE
    declared = max((item.households_passed or 0 for item in declarations), default=0)
    if declared == 0:
        return FibreState.NOT_AVAILABLE
    return FibreState.AVAILABLE if households is not None and most >= households else FibreState.PARTLY_AVAILABLE
