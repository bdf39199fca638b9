"""Colours can be read and told apart."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from geo.workflows.answers.order import TIERS_WEAKEST_FIRST
from maps.legends import class_labels, figure_entries, state_entries
from maps.palette import (
    COUNT_CLASSES,
    GAP_INK,
    NO_DATA_CLASSES,
    NO_DATA_FILL,
    PAPER,
    SHARE_CLASSES,
    STATE_STYLES,
    TIER_COLOURS,
    WEAK_FILL,
    Classes,
    contrast_ratio,
    relative_luminance,
)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast_ratio("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast_ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("state", STATE_STYLES)
def test_text_on_a_state_reads(state: str) -> None:
    style = STATE_STYLES[state]
    assert contrast_ratio(style.fill, style.ink) >= 4.5


def test_states_differ_in_shape_and_no_data_is_not_white() -> None:
    shapes = [style.shape for style in STATE_STYLES.values()]
    assert len(set(shapes)) == len(shapes)
    assert NO_DATA_FILL != "#ffffff"
    assert all(a.fill != b.fill for a, b in combinations(STATE_STYLES.values(), 2))


@pytest.mark.parametrize("classes", [COUNT_CLASSES, NO_DATA_CLASSES])
def test_ordered_classes_are_ordered_in_lightness(classes: Classes) -> None:
    steps = [relative_luminance(colour) for colour in classes.colours]
    rising = all(a < b for a, b in pairwise(steps))
    assert rising or all(a > b for a, b in pairwise(steps))


def test_values_fall_into_their_class() -> None:
    assert SHARE_CLASSES.colour(None) == NO_DATA_FILL
    assert SHARE_CLASSES.index(0.0) == 0
    assert SHARE_CLASSES.index(0.99) == 5
    assert SHARE_CLASSES.index(0.9899) == 4
    with pytest.raises(ValueError, match="rising breaks"):
        Classes(breaks=(1.0, 0.5), colours=("#000000",) * 3)


def test_class_labels() -> None:
    assert class_labels(SHARE_CLASSES, "share", "vi")[:2] == ["< 50\u00a0%", "50–80\u00a0%"]
    assert class_labels(COUNT_CLASSES, "count", "vi") == ["0", "1–2", "3–5", "6–10", "11–20", "≥ 21"]


def test_legend_carries_both_languages() -> None:
    assert state_entries("vi")["no_data"]["label"] == "Không có dữ liệu"
    assert state_entries("vi")["no_data"]["other"] == "No data"
    assert all(entry["label"] != entry["other"] for entry in figure_entries("vi"))


def test_levels_get_darker_from_tier_to_tier() -> None:
    assert tuple(TIER_COLOURS) == TIERS_WEAKEST_FIRST
    steps = [relative_luminance(colour) for colour in (WEAK_FILL, *TIER_COLOURS.values())]
    assert all((paler + 0.05) / (darker + 0.05) > 1.2 for paler, darker in pairwise(steps))
    assert NO_DATA_FILL not in TIER_COLOURS.values()


@pytest.mark.parametrize("below", sorted({*SHARE_CLASSES.colours, *COUNT_CLASSES.colours, *NO_DATA_CLASSES.colours}))
def test_gaps_stand_out_from_what_is_below(below: str) -> None:
    assert max(contrast_ratio(GAP_INK, below), contrast_ratio(PAPER, below)) >= 3
    assert contrast_ratio(GAP_INK, PAPER) >= 7


def test_a_village_without_signal_stands_out_from_its_own_rim() -> None:
    assert contrast_ratio(STATE_STYLES["not_covered"].fill, PAPER) >= 4.5
