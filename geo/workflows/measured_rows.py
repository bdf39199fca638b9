"""Rows of measured readings: a figure with its words, as the viewer may see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from geo.domain.target_intervals import no_interval
from geo.domain.target_words import BASIS_WORDS, INTERVAL_BASIS_WORDS, INTERVAL_MISSING_WORDS, MISSING_WORDS
from geo.domain.targets import Figure, Verdict, missing_figure
from geo.parameters.schema import Text
from geo.parameters.targets_schema import ReadingEntry
from geo.workflows.target_rows import MeasuredRow


def measured_row(reading: ReadingEntry, figure: Figure, *, verdict: Verdict, as_of: date | None) -> MeasuredRow:
    """Return a reading with its figure, computed, with the words of all its codes; `goal_in_interval` stays unknown."""
    basis_vi, basis_en = _words(BASIS_WORDS, figure.basis)
    missing_vi, missing_en = _words(MISSING_WORDS, figure.missing)
    interval = figure.interval
    from_vi, from_en = _words(INTERVAL_BASIS_WORDS, interval.basis)
    none_vi, none_en = _words(INTERVAL_MISSING_WORDS, interval.missing)
    return MeasuredRow(
        reading=reading.id,
        name_vi=reading.name.vi,
        name_en=reading.name.en,
        origin="computed",
        verdict=verdict.value,
        value=figure.value,
        unknown_low=figure.unknown_low,
        unknown_high=figure.unknown_high,
        interval_low=interval.low,
        interval_high=interval.high,
        interval_basis=interval.basis,
        interval_basis_vi=from_vi,
        interval_basis_en=from_en,
        interval_missing=interval.missing,
        interval_missing_vi=none_vi,
        interval_missing_en=none_en,
        goal_in_interval=None,
        share_covered=figure.share_covered,
        share_not_covered=figure.share_not_covered,
        share_no_data=figure.share_no_data,
        total=figure.total,
        counts=figure.counts,
        basis=figure.basis,
        basis_vi=basis_vi,
        basis_en=basis_en,
        text_value=None,
        as_of=as_of,
        source=None,
        beside=reading.beside,
        status=reading.status,
        missing=figure.missing,
        missing_vi=missing_vi,
        missing_en=missing_en,
        note_vi=in_language(reading.note, "vi"),
        note_en=in_language(reading.note, "en"),
    )


def generalised(figure: Figure) -> Figure:
    """Return the figure of one operator as everybody may see it: shares in whole per cent that still add up."""
    if figure.share_covered is None or figure.share_no_data is None:
        if figure.value is not None:
            return replace(missing_figure("withheld"), interval=no_interval("withheld"))
        return replace(figure, unknown_low=None, unknown_high=None, counts={}, total=None)
    covered, unknown = round(figure.share_covered, 2), round(figure.share_no_data, 2)
    dark = max(0.0, round(1.0 - covered - unknown, 2))
    return Figure(
        share_covered=covered,
        share_not_covered=dark,
        share_no_data=round(1.0 - covered - dark, 2),
        basis=figure.basis,
        missing="withheld",
        interval=no_interval("withheld"),
    )


def _words(catalogue: Mapping[str, tuple[str, str]], code: str | None) -> tuple[str | None, str | None]:
    return (None, None) if code is None else catalogue[code]


def in_language(text: Text | None, language: str) -> str | None:
    """Return a text of a parameter file in a language, None without a text."""
    return None if text is None else text.in_language(language)
