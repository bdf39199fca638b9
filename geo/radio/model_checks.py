"""What parameter files of the radio model must hold together, beyond the limits of each entry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from geo.domain.sites import Technology
from geo.errors import ParameterError

if TYPE_CHECKING:
    from geo.radio.model import Parameters

NUMEROLOGIES = ("lte", "nr15", "nr30", "nr60")
Fault = tuple[str, str, str]


def check_files(*, bands: Parameters, defaults: Parameters) -> None:
    """Check the files radio/bands and radio/defaults before they are taken apart.

    Raises:
        ParameterError: every fault of a file, with file and key.
    """
    for file, faults in ((bands, _faults_of_bands(bands)), (defaults, _faults_of_defaults(defaults, bands))):
        listed = list(faults)
        if listed:
            en = "; ".join(f"{key}: {words}" for key, words, _ in listed)
            vi = "; ".join(f"{key}: {words}" for key, _, words in listed)
            raise ParameterError(
                f"Parameter file {file.origin} is wrong: {en}. Correct the keys named.",
                f"Tệp tham số {file.origin} sai: {vi}. Hãy sửa các khóa đã nêu.",
            )


def _faults_of_bands(bands: Parameters) -> Iterator[Fault]:
    known = bands.under("downlink")
    for name in known:
        pair = bands.items(f"downlink.{name}")
        if len(pair) != 2 or not float(pair[0]) < float(pair[1]):
            yield (
                f"downlink.{name}",
                "must be the lowest and the highest frequency",
                "phải là tần số thấp nhất và cao nhất",
            )
    for group in ("nominal", "ss_block_spacing"):
        for name in set(bands.under(group)) - set(known):
            yield f"{group}.{name}", "the band has no entry in downlink", "băng tần không có trong mục downlink"
    for name in NUMEROLOGIES:
        key = f"resource_blocks.{name}_blocks"
        widths, blocks = bands.items(f"resource_blocks.{name}_bandwidths"), bands.items(key)
        if not widths or len(widths) != len(blocks):
            yield (
                key,
                f"{len(widths)} bandwidths, {len(blocks)} blocks",
                f"{len(widths)} độ rộng, {len(blocks)} số khối",
            )
        elif list(widths) != sorted(set(widths)) or list(blocks) != sorted(set(blocks)):
            yield key, "bandwidths and blocks must rise", "độ rộng và số khối phải tăng dần"


def _faults_of_defaults(defaults: Parameters, bands: Parameters) -> Iterator[Fault]:
    technologies, named = {str(one) for one in Technology}, set(defaults.under("default_band"))
    for name in sorted(technologies ^ named):
        yield f"default_band.{name}", f"must name {_listed(technologies)}", f"phải nêu {_listed(technologies)}"
    known = set(bands.under("downlink"))
    for name in sorted(technologies & named):
        band = defaults.word(f"default_band.{name}")
        if band not in known:
            yield (
                f"default_band.{name}",
                f"band {band} is not in radio/bands",
                f"băng {band} không có trong radio/bands",
            )
    for lower, upper in (("groups.low_below", "groups.high_above"), ("reach.minimum", "reach.maximum")):
        if defaults.number(lower) > defaults.number(upper):
            yield lower, f"must not lie above {upper}", f"không được lớn hơn {upper}"


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
