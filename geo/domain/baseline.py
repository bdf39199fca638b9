"""The frozen list of villages and clusters without full signal, and how much of it is closed.

An item is a village or a cluster, never both: a village whose centre has no signal is one item; of a village whose
centre has signal, each cluster without signal is one item.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from geo.domain.targets import Figure, missing_figure, remaining_figure, share_figure
from geo.domain.villages import VillageState

NATIONAL_GRID = "national_grid"
UNKNOWN_POWER = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class ItemKey:
    """A village (`cluster_code` None) or one of its clusters, by their codes."""

    village_code: str
    cluster_code: str | None = None

    @property
    def is_village(self) -> bool:
        """Whether the item is the village itself."""
        return self.cluster_code is None


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageNow:
    """A village on the evaluation date: its state and power, and those of its clusters by code."""

    code: str
    state: VillageState
    grid_power: str
    clusters: Mapping[str, VillageState]
    cluster_power: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemNow:
    """An item of the list on the evaluation date. `state` is covered, not_covered or no_data."""

    key: ItemKey
    state: VillageState
    grid_power: str


def open_items(village: VillageNow) -> tuple[ItemKey, ...]:
    """Return what of a village belongs on a list frozen now; a village without data does not."""
    if village.state is VillageState.NOT_COVERED:
        return (ItemKey(village.code),)
    if village.state is not VillageState.PARTLY_COVERED:
        return ()
    without = [code for code, state in village.clusters.items() if state is VillageState.NOT_COVERED]
    # Two networks that complement each other leave no single cluster dark: then the village itself is the item.
    return tuple(ItemKey(village.code, code) for code in without) or (ItemKey(village.code),)


def items_now(keys: Iterable[ItemKey], villages: Mapping[str, VillageNow]) -> tuple[ItemNow, ...]:
    """Return the items of a frozen list as they are now; one that is not in the data any more has no data."""
    return tuple(_item_now(key, villages.get(key.village_code)) for key in keys)


def _item_now(key: ItemKey, village: VillageNow | None) -> ItemNow:
    if village is None:
        return ItemNow(key=key, state=VillageState.NO_DATA, grid_power=UNKNOWN_POWER)
    if key.cluster_code is None:
        # A village with a dark cluster is not closed: only "covered" closes it.
        closed = {VillageState.PARTLY_COVERED: VillageState.NOT_COVERED}.get(village.state, village.state)
        return ItemNow(key=key, state=closed, grid_power=village.grid_power)
    return ItemNow(
        key=key,
        state=village.clusters.get(key.cluster_code, VillageState.NO_DATA),
        grid_power=village.cluster_power.get(key.cluster_code, UNKNOWN_POWER),
    )


def share_with_grid_power(items: Sequence[ItemNow]) -> Figure:
    """Return the share of the items with national-grid power that are covered, in per cent.

    Items whose power nobody has stated may belong to the denominator: they widen the range (`unknown_low` to
    `unknown_high`), but are not in the shares. Where no item is known to have grid power there is no value, only the
    range (`power_unknown`). Items with another source or none are not counted; `counts` names them all.
    """
    powered = Counter(item.state for item in items if item.grid_power == NATIONAL_GRID)
    unknown = Counter(item.state for item in items if item.grid_power == UNKNOWN_POWER)
    if not powered and not unknown:
        return missing_figure("nothing_to_count", _counts(items))
    covered, dark, no_data = _three(powered)
    maybe_covered, maybe_dark, maybe_no_data = _three(unknown)
    figure = (
        share_figure(covered=covered, not_covered=dark, no_data=no_data, counts=_counts(items))
        if powered
        else missing_figure("power_unknown", _counts(items))
    )
    if powered and figure.value is None:
        return figure
    best_covered = covered + no_data + maybe_covered + maybe_no_data
    best = best_covered + dark
    worst = covered + dark + no_data + maybe_dark + maybe_no_data
    # Nothing in a denominator: every item that may be in it is covered (worst), or none is (best).
    low = 100.0 * covered / worst if worst else 100.0
    return replace(figure, unknown_low=low, unknown_high=100.0 * best_covered / best if best else 0.0)


def remaining(items: Sequence[ItemNow]) -> Figure:
    """Return how many items are not covered yet, whatever their power."""
    covered, dark, no_data = _three(Counter(item.state for item in items))
    return replace(remaining_figure(covered=covered, not_covered=dark, no_data=no_data), counts=_counts(items))


def _three(states: Counter[VillageState]) -> tuple[int, int, int]:
    return states[VillageState.COVERED], states[VillageState.NOT_COVERED], states[VillageState.NO_DATA]


def _counts(items: Sequence[ItemNow]) -> dict[str, float]:
    counts: dict[str, float] = {
        "items": len(items),
        "villages": sum(item.key.is_village for item in items),
        "clusters": sum(not item.key.is_village for item in items),
    }
    powered = [item for item in items if item.grid_power == NATIONAL_GRID]
    counts["with_grid_power"] = len(powered)
    counts["villages_with_grid_power"] = sum(item.key.is_village for item in powered)
    counts["clusters_with_grid_power"] = len(powered) - int(counts["villages_with_grid_power"])
    counts["power_unknown"] = sum(item.grid_power == UNKNOWN_POWER for item in items)
    counts["without_grid_power"] = len(items) - len(powered) - int(counts["power_unknown"])
    for state in (VillageState.COVERED, VillageState.NOT_COVERED, VillageState.NO_DATA):
        counts[f"{state.value}_with_grid_power"] = sum(item.state is state for item in powered)
    return counts
