"""The radio model's numbers, taken from parameter files into typed values.

Everything here is built from objects with the reading methods of `geo.parameters.schema.ParameterSet`; this package
does not import that one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from geo.errors import BadInputError, ParameterError
from geo.radio.kernels.merge import Pattern
from geo.radio.model_checks import NUMEROLOGIES, check_files
from geo.radio.p1812 import check_range

BandGroup = Literal["low", "mid", "high"]
Method = Literal["sweep", "profiles"]
Word = TypeVar("Word", bound=str)
METHODS: tuple[Method, ...] = ("sweep", "profiles")
GROUPS: tuple[BandGroup, ...] = ("low", "mid", "high")
# What clutter at the receiver is told apart as; a class is kept as its place in this list.
CLUTTER_GROUPS = ("unknown", "open", "shrub", "tree", "built")


class Parameters(Protocol):
    """What is needed of a parameter file that has been read."""

    @property
    def version_string(self) -> str:
        """Name, version and hash."""

    @property
    def origin(self) -> str:
        """Where the file lies."""

    def number(self, key: str) -> float:
        """Value of `key` as a number."""

    def word(self, key: str) -> str:
        """Value of `key` as text."""

    def items(self, key: str) -> tuple[Any, ...]:
        """Value of `key` as a list."""

    def under(self, prefix: str) -> Mapping[str, Any]:
        """Parameters below `prefix` by the rest of their names."""


@dataclass(frozen=True)
class GroupDefaults:
    """Defaults of one technology in one group of bands."""

    bandwidth_mhz: float
    subcarrier_spacing_khz: float
    power_dbm: float
    antenna_height_m: float
    sector_gain_dbi: float
    omni_gain_dbi: float
    mechanical_tilt_deg: float
    electrical_tilt_deg: float
    pattern: Pattern
    reach_m: float


@dataclass(frozen=True)
class PredictionSettings:
    """How levels are predicted.

    `location_percent` and `receiver_height_m` come from the rule of what "covered" means. `decided_level_dbm` is the
    level from which a known server settles a pixel although the path of another crosses void terrain. `method` is how
    the loss is computed on a grid: by the sweep or over the profile of every path.
    """

    location_percent: float
    receiver_height_m: float
    decided_level_dbm: float
    time_percent: float
    vertical: bool
    delta_n: float
    surface_refractivity: float
    shortest_distance_m: float
    lowest_level_dbm: float
    workers: int = 0
    method: Method = "sweep"

    def __post_init__(self) -> None:
        check_range("location_percent", self.location_percent)
        check_range("rx_height_m", self.receiver_height_m)
        check_range("time_percent", self.time_percent)
        check_range("delta_n", self.delta_n)
        check_range("n0", self.surface_refractivity)


@dataclass(frozen=True)
class RadioModel:
    """Bands, resource blocks, defaults by technology and band group, clutter heights and groups by land cover class."""

    version: str
    downlink_mhz: Mapping[str, tuple[float, float]]
    nominal_mhz: Mapping[str, float]
    ss_block_spacing_khz: Mapping[str, float]
    resource_blocks: Mapping[str, tuple[tuple[float, int], ...]]
    subcarriers_per_block: int
    group_limits_mhz: tuple[float, float]
    default_band: Mapping[str, str]
    defaults: Mapping[tuple[str, BandGroup], GroupDefaults]
    reference_share_db: Mapping[str, float]
    clutter_heights_m: Mapping[int, float]
    clutter_groups: Mapping[int, int]
    terrain_step_deg: float
    prediction: Mapping[str, float]
    vertical: bool
    method: Method
    pattern_frequency_ratio: float
    pattern_omni_ripple_db: float

    @property
    def largest_reach_m(self) -> float:
        """Farthest distance at which a cell without a declared range is computed."""
        return 1000.0 * self.prediction["reach_maximum"]

    def group_of(self, frequency_mhz: float) -> BandGroup:
        """Band group of a frequency."""
        low, high = self.group_limits_mhz
        return "low" if frequency_mhz < low else "high" if frequency_mhz >= high else "mid"

    def band_name(self, text: str) -> str | None:
        """Return the name of a band, whatever the size of its letter; None when it is not known."""
        name = text.strip()
        return next((each for each in (name, name.upper(), name.lower()) if each in self.downlink_mhz), None)

    def holds(self, name: str, frequency_mhz: float) -> bool:
        """Tell whether a frequency is of a band: its downlink holds it, or it is what the band is called by."""
        low, high = self.downlink_mhz[name]
        return low <= frequency_mhz <= high or self.nominal_mhz.get(name) == frequency_mhz

    def band_frequency_mhz(self, band: str) -> float:
        """Middle of a band's downlink range; a plain number is a frequency in MHz.

        Raises:
            BadInputError: the band is unknown.
        """
        known = self.band_name(band)
        if known is not None:
            return sum(self.downlink_mhz[known]) / 2.0
        try:
            return float(band.strip())
        except ValueError:
            known_bands = ", ".join(self.downlink_mhz)
            raise BadInputError(
                f"Band '{band}' is unknown; give one of {known_bands}, or the frequency in MHz.",
                f"Không rõ băng tần '{band}'; hãy ghi một trong {known_bands}, hoặc tần số (MHz).",
            ) from None

    def spacing_khz(self, frequency_mhz: float, band: str | None, usual_khz: float) -> float:
        """Subcarrier spacing of NR: that of the band, else what all bands that hold the frequency share, else usual."""
        own = self.ss_block_spacing_khz.get((band or "").strip().lower())
        if own is not None:
            return own
        around = {spacing for name, spacing in self.ss_block_spacing_khz.items() if self.holds(name, frequency_mhz)}
        return around.pop() if len(around) == 1 else usual_khz

    def blocks(self, numerology: str, bandwidth_mhz: float) -> int:
        """Resource blocks of the widest standard channel within `bandwidth_mhz` (numerology lte, nr15, nr30, nr60).

        Below the smallest channel they are those of the smallest.
        """
        table = self.resource_blocks[numerology]
        at = bisect_left([bandwidth for bandwidth, _ in table], bandwidth_mhz + 1e-6) - 1
        return table[max(at, 0)][1]

    def settings(
        self,
        *,
        location_percent: float,
        receiver_height_m: float,
        decided_level_dbm: float,
        time_percent: float | None = None,
        workers: int = 0,
    ) -> PredictionSettings:
        """Prediction settings with the rule's values; without a `time_percent` that of the parameter file is taken.

        `workers` is the number of threads, 0 for all cores.

        Raises:
            OutOfRangeError: a value outside the validity of ITU-R P.1812.
        """
        return PredictionSettings(
            location_percent=location_percent,
            receiver_height_m=receiver_height_m,
            decided_level_dbm=decided_level_dbm,
            time_percent=self.prediction["time_percent"] if time_percent is None else time_percent,
            vertical=self.vertical,
            delta_n=self.prediction["delta_n"],
            surface_refractivity=self.prediction["surface_refractivity"],
            shortest_distance_m=self.prediction["shortest_distance"],
            lowest_level_dbm=self.prediction["lowest_level"],
            workers=workers,
            method=self.method,
        )


def radio_model(*, bands: Parameters, defaults: Parameters, clutter: Parameters) -> RadioModel:
    """Return the model from the parameter files radio/bands, radio/defaults and radio/clutter.

    Raises:
        ParameterError: a land cover class that is no number, an unknown word, or entries that contradict each other.
    """
    check_files(bands=bands, defaults=defaults)
    technologies = tuple(defaults.under("default_band"))
    return RadioModel(
        version=" ".join(file.version_string for file in (bands, defaults, clutter)),
        downlink_mhz={name: _pair(bands.items(f"downlink.{name}")) for name in bands.under("downlink")},
        nominal_mhz={name: bands.number(f"nominal.{name}") for name in bands.under("nominal")},
        ss_block_spacing_khz={
            name: bands.number(f"ss_block_spacing.{name}") for name in bands.under("ss_block_spacing")
        },
        resource_blocks={name: _block_table(bands, name) for name in NUMEROLOGIES},
        subcarriers_per_block=int(bands.number("subcarriers_per_block")),
        group_limits_mhz=(defaults.number("groups.low_below"), defaults.number("groups.high_above")),
        default_band={name: defaults.word(f"default_band.{name}") for name in technologies},
        defaults={(name, group): _group(defaults, name, group) for name in technologies for group in GROUPS},
        reference_share_db={
            name: defaults.number(f"reference_share.{name}") for name in defaults.under("reference_share")
        },
        clutter_heights_m={
            code: clutter.number(f"height.{name}") for code, name in _class_codes(clutter, "height").items()
        },
        clutter_groups={
            code: CLUTTER_GROUPS.index(_chosen(clutter, f"group.{name}", CLUTTER_GROUPS))
            for code, name in _class_codes(clutter, "group").items()
        },
        terrain_step_deg=defaults.number("prediction.terrain_step") / 3600.0,
        prediction={
            "time_percent": defaults.number("prediction.time_percent"),
            "shortest_distance": defaults.number("prediction.shortest_distance"),
            "lowest_level": defaults.number("prediction.lowest_level"),
            "reach_slope": defaults.number("reach.slope"),
            "reach_minimum": defaults.number("reach.minimum"),
            "reach_maximum": defaults.number("reach.maximum"),
            "delta_n": defaults.number("atmosphere.delta_n"),
            "surface_refractivity": defaults.number("atmosphere.surface_refractivity"),
        },
        vertical=_chosen(defaults, "prediction.polarization", ("vertical", "horizontal")) == "vertical",
        method=_chosen(defaults, "prediction.method", METHODS),
        pattern_frequency_ratio=defaults.number("measured_pattern.frequency_ratio"),
        pattern_omni_ripple_db=defaults.number("measured_pattern.omni_ripple"),
    )


def _class_codes(clutter: Parameters, group: str) -> dict[int, str]:
    """Codes of the land cover classes that a group of the clutter file names, with the names themselves."""
    names = clutter.under(group)
    wrong = [name for name in names if not (name.isascii() and name.isdigit())]
    if wrong:
        keys = ", ".join(f"{group}.{name}" for name in wrong)
        raise ParameterError(
            f"Parameter file {clutter.version_string}: {keys}: a land cover class is named by its code, a whole number "
            "as in the raster (70, not seventy). Correct the keys named.",
            f"Tệp tham số {clutter.version_string}: {keys}: lớp phủ được gọi bằng mã số nguyên như trong ảnh raster "
            "(70, không phải seventy). Hãy sửa các khóa đã nêu.",
        )
    return {int(name): name for name in names}


def _chosen(parameters: Parameters, key: str, choices: tuple[Word, ...]) -> Word:
    """Return the word of an entry that selects a branch, one of `choices`."""
    word = parameters.word(key)
    for choice in choices:
        if word == choice:
            return choice
    known = ", ".join(choices)
    raise ParameterError(
        f"Parameter file {parameters.origin} is wrong: {key}: {word} is none of {known}. Correct the key named.",
        f"Tệp tham số {parameters.origin} sai: {key}: {word} không thuộc các giá trị {known}. Hãy sửa khóa đã nêu.",
    )


def _pair(values: tuple[Any, ...]) -> tuple[float, float]:
    low, high = values
    return float(low), float(high)


def _block_table(bands: Parameters, numerology: str) -> tuple[tuple[float, int], ...]:
    widths = bands.items(f"resource_blocks.{numerology}_bandwidths")
    blocks = bands.items(f"resource_blocks.{numerology}_blocks")
    return tuple((float(width), int(count)) for width, count in zip(widths, blocks, strict=True))


def _group(defaults: Parameters, technology: str, group: BandGroup) -> GroupDefaults:
    return GroupDefaults(
        bandwidth_mhz=defaults.number(f"bandwidth.{technology}.{group}"),
        subcarrier_spacing_khz=defaults.number(f"subcarrier_spacing.{group}"),
        power_dbm=defaults.number(f"power.{technology}.{group}"),
        antenna_height_m=defaults.number(f"antenna_height.{technology}"),
        sector_gain_dbi=defaults.number(f"sector_gain.{group}"),
        omni_gain_dbi=defaults.number(f"omni_gain.{group}"),
        mechanical_tilt_deg=defaults.number("mechanical_tilt"),
        electrical_tilt_deg=defaults.number(f"electrical_tilt.{group}"),
        pattern=Pattern(
            defaults.number(f"pattern.{group}.horizontal_beamwidth"),
            defaults.number(f"pattern.{group}.front_to_back"),
            defaults.number(f"pattern.{group}.vertical_beamwidth"),
            defaults.number(f"pattern.{group}.side_lobe"),
        ),
        reach_m=1000.0 * defaults.number(f"reach.{group}"),
    )
