"""Parameter files of a province: what no network can be, and words that nobody knows, are refused by name."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from geo.errors import ParameterError
from geo.intake.bands import band_table
from geo.parameters.loader import load_parameters
from geo.radio.model import RadioModel, radio_model

FILES = ("bands", "defaults", "clutter")
SOURCE = {"document": "Công văn", "clause": "1", "status": "unverified"}


def own_model(folder: Path, name: str, key: str, value: Any, *, with_limits: bool) -> RadioModel:
    """The model of a province whose own file `name` has another value, also where the file states no limits."""
    shipped = resources.files("geo.parameters").joinpath(f"radio/{name}.yaml").read_text(encoding="utf-8")
    # Without the anchors of YAML, so that one entry changes alone.
    content = json.loads(json.dumps(yaml.safe_load(shipped)))
    if not with_limits:
        _drop_limits(content["parameters"])
    leaf = content["parameters"]
    for part in key.split("."):
        leaf = leaf.setdefault(part, {})
    leaf.update({"unit": "unit", "source": SOURCE, **leaf, "value": value})
    (folder / "radio").mkdir()
    (folder / "radio" / f"{name}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return radio_model(**{each: load_parameters(f"radio/{each}", parameters_dir=folder) for each in FILES})


def _drop_limits(node: dict[Any, Any]) -> None:
    for child in node.values():
        if isinstance(child, dict) and "value" in child:
            for limit in ("minimum", "maximum", "choices"):
                child.pop(limit, None)
        elif isinstance(child, dict):
            _drop_limits(child)


@pytest.mark.parametrize("with_limits", [True, False])
@pytest.mark.parametrize(
    ("name", "key", "value", "words"),
    [
        ("defaults", "pattern.low.front_to_back", -50, "-50 is below the minimum 0"),
        ("defaults", "pattern.high.side_lobe", -90, "-90 is below the minimum 0"),
        ("defaults", "pattern.mid.vertical_beamwidth", 0, "0 is below the minimum 1"),
        ("defaults", "subcarrier_spacing.mid", 45, "45 is none of 15, 30, 60"),
        ("defaults", "prediction.polarization", "circular", "circular is none of vertical, horizontal"),
        ("defaults", "prediction.method", "magic", "magic is none of sweep, profiles"),
        ("defaults", "bandwidth.4G.mid", 0, "below the minimum"),
        ("defaults", "antenna_height.4G", -40, "below the minimum"),
        ("defaults", "power.5G.high", 530, "above the maximum 80"),
        ("defaults", "sector_gain.low", 150, "above the maximum 60"),
        ("defaults", "electrical_tilt.low", 900, "above the maximum 90"),
        ("defaults", "reference_share.3G", 10, "above the maximum 0"),
        ("defaults", "prediction.lowest_level", 10, "above the maximum"),
        ("defaults", "atmosphere.delta_n", 500, "above the maximum 150"),
        ("defaults", "default_band.4G", "B99", "band B99 is not in radio/bands"),
        ("defaults", "default_band.6G", "B3", "must name 2G, 3G, 4G, 5G"),
        ("defaults", "groups.low_below", 4000, "must not lie above groups.high_above"),
        ("defaults", "reach.minimum", 50, "must not lie above reach.maximum"),
        ("clutter", "group.50", "jungle", "jungle is none of unknown, open, shrub, tree, built"),
        ("clutter", "group.77", "jungle", "jungle is none of unknown, open, shrub, tree, built"),
        ("clutter", "height.77", -3, "below the minimum 0"),
        ("bands", "ss_block_spacing.n78", 45, "45 is none of 15, 30, 60"),
        ("bands", "ss_block_spacing.n66", 15, "the band has no entry in downlink"),
        ("bands", "nominal.B66", 1700, "the band has no entry in downlink"),
        ("bands", "downlink.B3", [1880, 1805], "the lowest and the highest frequency"),
        ("bands", "downlink.B66", [-2110, 2200], "below the minimum"),
        ("bands", "downlink.B3", ["low", "high"], "low is not a number"),
        ("defaults", "power.4G.mid", "much", "much is not a number"),
        ("bands", "resource_blocks.nr15_blocks", [25, 52], "10 bandwidths, 2 blocks"),
        ("bands", "resource_blocks.lte_blocks", [6, 15, 25, 100, 75, 50], "must rise"),
        ("bands", "subcarriers_per_block", 0, "below the minimum 1"),
    ],
)
def test_what_cannot_be_is_refused_with_file_and_entry(
    tmp_path: Path, name: str, key: str, value: object, words: str, with_limits: bool
) -> None:
    with pytest.raises(ParameterError) as caught:
        own_model(tmp_path, name, key, value, with_limits=with_limits)
    file = str(tmp_path / "radio" / f"{name}.yaml")
    assert words in caught.value.en
    assert all(f"{file}" in text and f" {key}: " in text for text in (caught.value.en, caught.value.vi))
    assert words not in caught.value.vi


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("defaults", "prediction.polarization", "horizontal"),
        ("defaults", "prediction.method", "profiles"),
        ("defaults", "subcarrier_spacing.mid", 60),
        ("clutter", "group.77", "built"),
        ("clutter", "height.77", 12),
        ("bands", "downlink.B66", [2110, 2200]),
    ],
)
def test_what_a_province_may_say_is_taken(tmp_path: Path, name: str, key: str, value: object) -> None:
    found = own_model(tmp_path, name, key, value, with_limits=False)
    assert found.vertical == (value != "horizontal")
    assert found.method == ("profiles" if value == "profiles" else "sweep")
    assert found.clutter_groups.get(77) == (4 if value == "built" else None)
    assert found.clutter_heights_m.get(77) == (12.0 if value == 12 else None)
    assert ("B66" in found.downlink_mhz) == (key == "downlink.B66")


@pytest.mark.parametrize("pair", [[1880, 1805], [1805], [1805, 1842, 1880]])
def test_a_band_without_two_ends_is_named_at_the_import_too(tmp_path: Path, pair: list[int]) -> None:
    with pytest.raises(ParameterError):
        own_model(tmp_path, "bands", "downlink.B3", pair, with_limits=True)
    with pytest.raises(ParameterError, match=r"downlink\.B3: must be the lowest and the highest frequency"):
        band_table(tmp_path)


def test_words_are_checked_without_the_file_of_the_product(tmp_path: Path) -> None:
    """The model does not rely on the limits of the files."""
    files = {each: load_parameters(f"radio/{each}") for each in FILES}
    changed = files["defaults"].parameters["prediction.method"].model_copy(update={"value": "magic"})
    entries = {**files["defaults"].parameters, "prediction.method": changed}
    with pytest.raises(ParameterError, match="magic is none of sweep, profiles"):
        radio_model(**{**files, "defaults": files["defaults"].model_copy(update={"parameters": entries})})
