"""The frozen list: what goes on it, and how much of it is closed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from geo.domain.baseline import (
    ItemKey,
    VillageNow,
    items_now,
    open_items,
    remaining,
    share_with_grid_power,
)
from geo.domain.villages import VillageState

SITUATIONS = yaml.safe_load((Path(__file__).parent / "situations/baseline.yaml").read_text(encoding="utf-8"))


def village(code: str, facts: dict[str, Any]) -> VillageNow:
    clusters = facts.get("clusters", {})
    return VillageNow(
        code=code,
        state=VillageState(facts["state"]),
        grid_power=facts["power"],
        clusters={name: VillageState(state) for name, (state, _) in clusters.items()},
        cluster_power={name: power for name, (_, power) in clusters.items()},
    )


def key(word: str) -> ItemKey:
    code, _, cluster = word.partition("/")
    return ItemKey(code, cluster or None)


@pytest.mark.parametrize("situation", SITUATIONS, ids=[situation["name"] for situation in SITUATIONS])
def test_situation(situation: dict[str, Any]) -> None:
    frozen = [item for code, facts in situation["villages"].items() for item in open_items(village(code, facts))]
    assert frozen == [key(word) for word in situation["frozen"]]
    now = items_now(frozen, {code: village(code, facts) for code, facts in situation["then"].items()})
    for figure, wanted in (
        (share_with_grid_power(now), situation["share"]),
        (remaining(now), situation["remaining"]),
    ):
        for name in ("value", "unknown_low", "unknown_high"):
            if name in wanted:
                assert getattr(figure, name) == (
                    None if wanted[name] is None else pytest.approx(wanted[name], abs=1e-3)
                )
        assert figure.missing == wanted.get("missing", figure.missing)
        assert {name: figure.counts[name] for name in wanted.get("counts", {})} == wanted.get("counts", {})


def test_a_village_between_two_networks_is_one_item() -> None:
    facts = {"state": "partly_covered", "power": "national_grid", "clusters": {"A": ["covered", "national_grid"]}}
    assert open_items(village("T1", facts)) == (ItemKey("T1"),)


def test_a_list_with_nothing_on_it_has_no_share_but_nothing_left() -> None:
    assert share_with_grid_power([]).missing == "nothing_to_count"
    assert remaining([]).value == 0
