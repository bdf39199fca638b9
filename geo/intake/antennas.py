"""Antenna pattern files in the form of MSI Planet (.msi, .pln): keywords, then a horizontal and a vertical table.

The form as the public pages of Radio Mobile (https://radiomobile.pe1mew.nl, "MSI") and the CPAN module
RF::Antenna::Planet::MSI::Format describe it: attenuations in dB below the maximum, written without a sign; gain in dBd
unless the file says dBi. Vertical angles run from the horizon ahead downwards, as makers publish them. What shape the
tables must have is stated in docs/explanation/antenna-patterns.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo.domain.antennas import AntennaPattern, PatternCut, antenna_key
from geo.errors import UnreadableFileError
from geo.intake.antenna_shape import is_upside_down, main_lobe, normalised
from geo.intake.limits import AntennaLimits
from geo.intake.problems import ProblemLog, problem_catalogue
from geo.intake.sources import SourceFile
from geo.intake.tables import text_of
from geo.intake.values import parse_count

_TABLES = ("HORIZONTAL", "VERTICAL")
_KEYWORDS = frozenset(
    {
        "NAME",
        "MAKE",
        "MAKER",
        "FREQUENCY",
        "H_WIDTH",
        "V_WIDTH",
        "FRONT_TO_BACK",
        "GAIN",
        "TILT",
        "ELECTRICAL_TILT",
        "POLARIZATION",
        "COMMENT",
    }
)
# Words whose value counts: two different ones contradict each other.
_SAID_ONCE = ("NAME", "FREQUENCY", "GAIN", "TILT", "ELECTRICAL_TILT")
_NUMBER = re.compile(r"[-+]?(?:\d+(?:[.,]\d*)?|\.\d+)")
# A comma with a blank beside it separates, as everywhere.
_BETWEEN = re.compile(r"\s*;\s*|,\s+|\s+,\s*|\s+")
# 824,960: two frequencies, or one to the kHz.
_UNCLEAR_FREQUENCY = re.compile(r"(\d{3,}),(\d{3,})")
_ONE_FREQUENCY = re.compile(r"(?P<number>[\d.,' ]*\d)\s*(?:[kMG]Hz)?", re.IGNORECASE)
_LOWEST_MHZ, _HIGHEST_MHZ = 10.0, 100_000.0
_GAIN = re.compile(r"([-+]?\d+(?:[.,]\d+)?)\s*(dBi|dBd)?", re.IGNORECASE)
_MHZ = {"KHZ": 1e-3, "MHZ": 1.0, "GHZ": 1e3}
Line = tuple[int, str]


@dataclass
class AntennaBatch:
    """Patterns of an import: how many were read, how many repeat another, and those that are accepted."""

    read: int = 0
    folded: int = 0
    accepted: list[AntennaPattern] = field(default_factory=list)


def clean_antennas(files: Sequence[SourceFile], *, limits: AntennaLimits, log: ProblemLog) -> AntennaBatch:
    """Read every pattern of the files; one that cannot be used is an error of the log.

    Raises:
        UnreadableFileError: a file that is no text.
    """
    batch = AntennaBatch()
    known: dict[tuple[str, float | None, float], AntennaPattern] = {}
    for name, path in (member for file in files for member in file.members):
        for block in _blocks(_lines(path, name)):
            batch.read += 1
            pattern = _PatternReader(name, block, limits, log).read()
            if pattern is None:
                continue
            key = (antenna_key(pattern.name), pattern.frequency_mhz, pattern.electrical_tilt_deg)
            same = known.setdefault(key, pattern)
            if same is pattern:
                batch.accepted.append(pattern)
            elif same == pattern:
                batch.folded += 1
            else:
                log.add("antenna_twice", file=name, row=block[0][0], value=pattern.name)
    return batch


def _lines(path: Path, name: str) -> list[Line]:
    raw = path.read_bytes()
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    if "\x00" in text:
        raise UnreadableFileError(f"{name} is not a text file.", f"{name} không phải tệp văn bản.")
    return [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def _blocks(lines: list[Line]) -> Iterator[list[Line]]:
    """Patterns of a file: a NAME after a table begins another."""
    block: list[Line] = []
    has_table = False
    for line in lines:
        word = _keyword(line[1])
        if word == "NAME" and has_table:
            yield block
            block, has_table = [], False
        has_table = has_table or word in _TABLES
        block.append(line)
    if block:
        yield block


def _keyword(text: str) -> str:
    return re.split(r"[\s:=;]", text, maxsplit=1)[0].upper()


def _number(text: str) -> float | None:
    found = _NUMBER.fullmatch(text)
    return float(text.replace(",", ".")) if found else None


def _with_thousands(text: str) -> float | None:
    """Return a text that is one number with separators of thousands, None for any other.

    In MHz it is told by its decimals or by a second separator: 1.842,5; of 824,960 nobody can say. In kHz it needs
    neither.
    """
    one = _ONE_FREQUENCY.fullmatch(text.strip())
    marks = re.findall(r"\D", one["number"]) if one else []
    if one is None or len(marks) < (1 if "khz" in text.lower() else 2):
        return None
    number = parse_count(one["number"])
    return number if isinstance(number, float) else None


class _PatternReader:
    """Reads one pattern and notes what is wrong with it."""

    def __init__(self, file: str, block: list[Line], limits: AntennaLimits, log: ProblemLog) -> None:
        self.file, self.block, self.limits, self.log = file, block, limits, log
        self.fields: dict[str, tuple[int, str]] = {}
        self.rows: dict[str, list[tuple[int, float, float]]] = {}
        self.bad_lines: list[Line] = []
        self.usable = True

    def read(self) -> AntennaPattern | None:
        """Return the pattern, or None with an error in the log."""
        self._sort_lines()
        gain = self._gain_dbi()
        horizontal, vertical = (self._cut(table) for table in _TABLES)
        if not self.usable or gain is None or horizontal is None or vertical is None:
            return None
        tilt = self._tilt_deg(vertical)
        if tilt is None:
            return None
        self._compare_widths(horizontal, vertical)
        return AntennaPattern(
            name=self._name(),
            maker=self._text("MAKE") or self._text("MAKER"),
            frequency_mhz=self._frequency_mhz(),
            gain_dbi=gain,
            electrical_tilt_deg=tilt,
            horizontal=horizontal,
            vertical=vertical,
        )

    def _problem(self, code: str, row: int | None, value: object = None, count: int = 1, **context: object) -> None:
        shown = "–" if value is None else value
        self.log.add(code, file=self.file, row=row, value=shown, count=count, context=context)
        if problem_catalogue()[code].severity == "error":
            self.usable = False

    def _sort_lines(self) -> None:
        table: str | None = None
        for row, text in self.block:
            word = _keyword(text)
            if word in _TABLES:
                table = word
                self.rows.setdefault(table, [])
            elif table is not None and _NUMBER.fullmatch(word):
                self._add_row(table, row, text)
            elif table is not None and word not in _KEYWORDS and not word[:1].isalpha():
                self.bad_lines.append((row, text))
            else:
                table = None
                self._set(word, row, text[len(word) :].strip(" \t:="))
        if self.bad_lines:
            self._problem("antenna_line", *self.bad_lines[0], count=len(self.bad_lines))

    def _set(self, word: str, row: int, text: str) -> None:
        first = self.fields.setdefault(word, (row, text))
        if word in _SAID_ONCE and first[1].split() != text.split():
            self._problem("antenna_word_twice", row, text, word=word, first=first[1] or "–")

    def _add_row(self, table: str, row: int, text: str) -> None:
        values = [_number(cell) for cell in _BETWEEN.split(text) if cell]
        angle, value = values if len(values) == 2 else (None, None)
        highest_db = self.limits.largest_attenuation_db
        if angle is None or value is None or abs(angle) > 360.0 or abs(value) > highest_db:
            self.bad_lines.append((row, text))
        else:
            self.rows[table].append((row, angle % 360.0, value))

    def _cut(self, table: str) -> PatternCut | None:
        rows = self.rows.get(table, [])
        if not rows:
            self._problem("antenna_table_missing", None, table=table)
            return None
        found: dict[float, float] = {}
        twice = [(row, angle) for row, angle, value in rows if found.setdefault(angle, value) != value]
        if twice:
            self._problem("antenna_angle_twice", twice[0][0], f"{twice[0][1]:g}", count=len(twice), table=table)
        angles = sorted(found)
        if self.usable:  # else what is missing was refused already
            self._check_gaps(table, angles, rows[0][0])
        values = self._without_signs(table, [found[angle] for angle in angles], rows[0][0])
        cut = PatternCut(tuple(angles), tuple(values))
        return self._shaped(table, cut, rows[0][0]) if self.usable else None

    def _shaped(self, table: str, cut: PatternCut, row: int) -> PatternCut | None:
        """Return the cut from 0 dB on; None with an error where its main lobe does not point ahead."""
        limits = self.limits
        ahead = limits.lobe_turned_deg if table == "HORIZONTAL" else limits.largest_tilt_deg
        lobe = main_lobe(cut, depth_db=limits.lobe_depth_db, ahead_deg=ahead)
        if abs(lobe.middle_deg) > ahead:
            gains = is_upside_down(cut, depth_db=limits.lobe_depth_db, ahead_deg=ahead)
            code = "antenna_gains" if gains else "antenna_lobe_turned"
            self._problem(code, row, f"{lobe.middle_deg:g}", table=table, limit=f"{ahead:g}")
            return None
        least = min(cut.attenuation_db)
        if least > limits.least_attenuation_db:
            self._problem("antenna_offset", row, f"{least:g}", table=table)
        return normalised(cut)

    def _compare_widths(self, horizontal: PatternCut, vertical: PatternCut) -> None:
        """Warn where the beam is much wider upright than across, as no sector antenna's is."""
        limits = self.limits
        across, upright = (
            main_lobe(cut, depth_db=limits.lobe_depth_db, ahead_deg=limits.largest_tilt_deg).width_deg
            for cut in (horizontal, vertical)
        )
        if upright > limits.exchanged_width_ratio * max(across, limits.usual_step_deg):
            row = self.rows["HORIZONTAL"][0][0]
            self._problem("antenna_tables_exchanged", row, f"{across:g}", vertical=f"{upright:g}")

    def _check_gaps(self, table: str, angles: list[float], row: int) -> None:
        gaps = [
            (following - angle, angle, following)
            for angle, following in zip(angles, (*angles[1:], angles[0] + 360.0), strict=True)
        ]
        widest, first, last = max(gaps, key=lambda gap: gap[0])
        context: dict[str, Any] = {"table": table, "first": f"{first:g}", "last": f"{last % 360.0:g}"}
        if widest > self.limits.largest_gap_deg + 1e-6:
            self._problem("antenna_angles_missing", row, limit=f"{self.limits.largest_gap_deg:g}", **context)
        elif widest > self.limits.usual_step_deg + 1e-6:
            self._problem("antenna_angles_filled", row, **context)

    def _without_signs(self, table: str, values: list[float], row: int) -> list[float]:
        if min(values) >= 0.0:
            return values
        if max(values) > 0.0:
            self._problem("antenna_signs_mixed", row, table=table)
        else:
            self._problem("antenna_signs_dropped", row, table=table)
        return [abs(value) for value in values]

    def _text(self, word: str) -> str | None:
        return text_of(self.fields[word][1]) if word in self.fields else None

    def _name(self) -> str:
        """NAME; some makers leave the word out and begin with the name itself; else that of the file."""
        first_word = _keyword(self.block[0][1])
        unnamed = first_word not in _KEYWORDS and first_word not in _TABLES
        return self._text("NAME") or (text_of(self.block[0][1]) if unnamed else None) or Path(self.file).stem

    def _gain_dbi(self) -> float | None:
        row, text = self.fields.get("GAIN", (None, ""))
        found = _GAIN.fullmatch(text)
        if found is None:
            self._problem("antenna_no_gain", row, text or None)
            return None
        gain = float(found[1].replace(",", "."))
        if found[2] is None:
            self._problem("antenna_gain_in_dbd", row, text)
        gain_dbi = gain if (found[2] or "").lower() == "dbi" else gain + self.limits.dipole_gain_dbi
        low, high = self.limits.gain_minimum_dbi, self.limits.gain_maximum_dbi
        if not low <= gain_dbi <= high:
            self._problem("antenna_gain_range", row, text, low=f"{low:g}", high=f"{high:g}")
        return gain_dbi

    def _frequency_mhz(self) -> float | None:
        """Middle of the frequencies that the file states, MHz."""
        row, text = self.fields.get("FREQUENCY", (None, ""))
        unit = re.search(r"[kMG]Hz", text, re.IGNORECASE)
        scale = _MHZ[unit.group().upper()] if unit else 1.0
        grouped = _with_thousands(text)
        if grouped is not None and _LOWEST_MHZ <= grouped * scale <= _HIGHEST_MHZ:
            return grouped * scale
        stated = [float(number.replace(",", ".")) for number in re.findall(r"\d+(?:[.,]\d+)?", text)]
        # Of two frequencies the second is the larger one: 1842,500 is one.
        unclear = any(float(high) > float(low) for low, high in _UNCLEAR_FREQUENCY.findall(text))
        if unclear or not stated or not _LOWEST_MHZ <= stated[0] * scale <= _HIGHEST_MHZ:
            self._problem("antenna_no_frequency", row, text or None)
            return None
        return scale * sum(stated[:2]) / len(stated[:2])

    def _tilt_deg(self, vertical: PatternCut) -> float | None:
        """Electrical tilt as stated; where the main lobe of the vertical table points elsewhere, or nothing is stated,
        that of the lobe."""
        largest = self.limits.largest_tilt_deg
        lobe = main_lobe(vertical, depth_db=self.limits.lobe_depth_db, ahead_deg=largest).peak_deg
        word = "ELECTRICAL_TILT" if "ELECTRICAL_TILT" in self.fields else "TILT"
        row, text = self.fields.get(word, (None, ""))
        numbers = _NUMBER.findall(text)
        if len(numbers) > 1:
            # The range of an adjustable tilt, or several: none of them is that of the tables.
            self._problem("antenna_tilt_differs", row, text, lobe=f"{lobe:g}")
        if len(numbers) != 1 or "MECH" in text.upper():
            return lobe
        stated = float(numbers[0].replace(",", "."))
        if abs(stated) > largest:
            self._problem("antenna_tilt_range", row, text, limit=f"{largest:g}")
            return None
        if abs(stated - lobe) > self.limits.tilt_difference_deg:
            self._problem("antenna_tilt_differs", row, text, lobe=f"{lobe:g}")
            return lobe
        return stated
