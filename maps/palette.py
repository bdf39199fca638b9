"""Colours and shapes; what must be told apart differs in lightness or shape too, for readers who do not see all hues.

State colours follow Okabe and Ito, "Color Universal Design" (2008): blue against vermilion, with yellow between them;
"no data" is grey and hatched, never white. Classes of shares run from orange to blue through pale tones, classes of
counts by lightness alone.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

INK = "#14212b"
PAPER = "#ffffff"
NO_DATA_FILL = "#c9ced3"
NO_DATA_INK = "#5b6670"
# Gaps lie over every other colour: dark lines with a white rim, one of which stands out from whatever is below.
GAP_INK = "#1b0f33"

RGBA = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class StateStyle:
    """How a state is drawn: fill, a text colour that reads on it, and a shape of its own."""

    fill: str
    ink: str
    shape: str
    radius_px: float


STATE_STYLES: dict[str, StateStyle] = {
    "covered": StateStyle("#0072b2", "#ffffff", "circle", 3.5),
    "partly_covered": StateStyle("#f0b429", "#14212b", "diamond", 5.5),
    "not_covered": StateStyle("#b93a0a", "#ffffff", "square", 5.0),
    "no_data": StateStyle(NO_DATA_FILL, "#14212b", "ring", 4.5),
}

TECHNOLOGY_COLOURS: dict[str, str] = {"2G": "#6b4c9a", "3G": "#00796b", "4G": "#0072b2", "5G": "#9c1f5c"}

OPERATOR_COLOURS: tuple[str, ...] = ("#b93a0a", "#0072b2", "#00796b", "#6b4c9a", "#8a5a00", "#3c4b57")


@dataclass(frozen=True, slots=True)
class Classes:
    """Classes of a figure: class i holds values >= breaks[i - 1] and < breaks[i]; one colour more than breaks."""

    breaks: tuple[float, ...]
    colours: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.colours) != len(self.breaks) + 1 or list(self.breaks) != sorted(set(self.breaks)):
            raise ValueError(f"classes need rising breaks and one colour more: {self}")

    def index(self, value: float) -> int:
        """Class of a value."""
        return bisect_right(self.breaks, value)

    def colour(self, value: float | None) -> str:
        """Colour of a value; that of "no data" for None."""
        return NO_DATA_FILL if value is None else self.colours[self.index(value)]


# Display classes, not legal thresholds: most communes lie near 100 %, so the upper classes are narrow.
SHARE_CLASSES = Classes(
    breaks=(0.5, 0.8, 0.9, 0.95, 0.99),
    colours=("#9c3a05", "#e07b32", "#f9c489", "#c5dcee", "#6aa9d4", "#1c5d99"),
)
COUNT_CLASSES = Classes(
    breaks=(1, 3, 6, 11, 21),
    colours=("#e9edf0", "#d5cfe6", "#b2a5d3", "#8a77b8", "#644b99", "#3f2273"),
)
NO_DATA_CLASSES = Classes(
    breaks=(0.01, 0.05, 0.2, 0.5, 0.8),
    colours=("#f3f4f1", "#dfe2e0", "#c3c9cb", "#9ea8ad", "#74818a", "#4a5862"),
)

# Levels by tier, from weak to strong, ever darker; multiplied with the relief, so that even the darkest leaves it to be
# seen. Below every tier the ground is nearly bare.
WEAK_FILL = "#fbf6ee"
TIER_COLOURS: dict[str, str] = {"marginal": "#f6d27a", "outdoor": "#8fd0a4", "vehicle": "#3d9dc0", "indoor": "#2f5fa8"}


def rgba(colour: str, *, alpha: int = 255) -> RGBA:
    """`#rrggbb` as four bytes."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16), alpha


def relative_luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2, in 0..1."""

    def linear(channel: int) -> float:
        value = channel / 255.0
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue, _ = rgba(colour)
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast_ratio(first: str, second: str) -> float:
    """Contrast ratio of WCAG 2.2, 1..21; text needs 4.5, large text and graphics 3."""
    lighter, darker = sorted((relative_luminance(first), relative_luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
