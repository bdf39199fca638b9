"""The bands of the parameter file: their downlinks, the MHz they are called by, and which of them holds a frequency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from geo.domain.sites import Technology
from geo.errors import ParameterError
from geo.parameters.loader import load_parameters

# The lists of channel widths in the parameter file.
_WIDTHS = ("lte", "nr15", "nr30", "nr60")


@dataclass(frozen=True)
class BandTable:
    """Downlink ranges of the bands, [lowest, highest] MHz, and what they are usually called, MHz, by 3GPP name.

    Beside them how wide the channels of LTE and NR are, MHz.
    """

    downlink_mhz: Mapping[str, tuple[float, float]]
    nominal_mhz: Mapping[str, float]
    lte_widths_mhz: frozenset[float]
    nr_widths_mhz: frozenset[float]

    def names(self, technology: Technology) -> list[str]:
        """Return the names of the bands of a technology."""
        return [name for name in self.downlink_mhz if name[0] == _letter(technology)]

    def is_number(self, number: int) -> bool:
        """Tell whether a number is that of a known band of any technology."""
        return f"B{number}" in self.downlink_mhz or f"n{number}" in self.downlink_mhz

    def widths_mhz(self, technology: Technology | None) -> frozenset[float]:
        """Return how wide the channels of a technology can be, MHz."""
        return self.nr_widths_mhz if technology is Technology.G5 else self.lte_widths_mhz

    def named(self, number: int, technology: Technology) -> str | None:
        """Return the name of a band by its number, None when it is not known."""
        name = self.name_of(number, technology)
        return name if name in self.downlink_mhz else None

    def name_of(self, number: int, technology: Technology) -> str:
        """Return what the band with a number is called by 3GPP, whether it is known or not."""
        return f"{_letter(technology)}{number}"

    def called(self, mhz: float, technology: Technology) -> str | None:
        """Return the one band of a technology that is called by this number of MHz; None for none or several."""
        names = [name for name, usual in self.nominal_mhz.items() if usual == mhz and name[0] == _letter(technology)]
        return names[0] if len(names) == 1 else None

    def at(self, mhz: float, technology: Technology) -> str | None:
        """Return the one band of a technology that a frequency says: called by it, or alone in holding it."""
        holding = [name for name in self.names(technology) if self.holds(name, mhz)]
        return self.called(mhz, technology) or (holding[0] if len(holding) == 1 else None)

    def holds(self, name: str, mhz: float) -> bool:
        """Tell whether a frequency is another way to say a band."""
        low, high = self.downlink_mhz[name]
        return low <= mhz <= high or self.nominal_mhz.get(name) == mhz

    def is_nominal(self, mhz: float) -> bool:
        """Tell whether some band is called by this number of MHz."""
        return mhz in self.nominal_mhz.values()

    def is_inside(self, *mhz: float) -> bool:
        """Tell whether the downlink of one band holds all of some frequencies."""
        return any(all(low <= one <= high for one in mhz) for low, high in self.downlink_mhz.values())

    def of_range(self, low: float, high: float) -> int | None:
        """Return the number of the bands with this downlink, None for none or several."""
        numbers = {int(name[1:]) for name, ends in self.downlink_mhz.items() if ends == (low, high)}
        return numbers.pop() if len(numbers) == 1 else None


def band_table(parameters_dir: Path | None = None) -> BandTable:
    """Return the bands of the parameter file `radio/bands`.

    Raises:
        ParameterError: the parameter file is wrong.
    """
    bands = load_parameters("radio/bands", parameters_dir=parameters_dir)
    ranges = {name: bands.items(f"downlink.{name}") for name in bands.under("downlink")}
    wrong = [name for name, ends in ranges.items() if len(ends) != 2 or not float(ends[0]) < float(ends[1])]
    if wrong:
        keys = ", ".join(f"downlink.{name}" for name in wrong)
        raise ParameterError(
            f"Parameter file {bands.origin} is wrong: {keys}: must be the lowest and the highest frequency. Correct "
            "the keys named.",
            f"Tệp tham số {bands.origin} sai: {keys}: phải là tần số thấp nhất và cao nhất. Hãy sửa các khóa đã nêu.",
        )
    widths = {name: map(float, bands.items(f"resource_blocks.{name}_bandwidths")) for name in _WIDTHS}
    return BandTable(
        lte_widths_mhz=frozenset(widths.pop("lte")),
        nr_widths_mhz=frozenset(width for listed in widths.values() for width in listed),
        downlink_mhz={name: (float(low), float(high)) for name, (low, high) in ranges.items()},
        nominal_mhz={name: bands.number(f"nominal.{name}") for name in bands.under("nominal")},
    )


def _letter(technology: Technology) -> str:
    return "n" if technology is Technology.G5 else "B"
