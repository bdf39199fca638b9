"""The progress bar of an assessment; where nobody watches a terminal, one line for each finished stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from api.cli.output import console, json_wanted, message, show_progress

Report = Callable[[str, int, int], None]

# Vietnamese, English, and the stage's share of the whole as it was seen on illustrative data.
STAGES: dict[str, tuple[str, str, float]] = {
    "inputs": ("đọc số liệu", "reading data", 0.02),
    "terrain": ("địa hình", "terrain", 0.02),
    "grid": ("tính phủ sóng", "computing coverage", 0.78),
    "points": ("thôn, buôn, cụm dân cư", "villages and clusters", 0.05),
    "statistics": ("tổng hợp", "statistics", 0.04),
    "gaps": ("vùng lõm", "gaps", 0.03),
    "roads_places_fibre": ("đường, địa điểm, cáp quang", "roads, places, fibre", 0.02),
    "rasters": ("ghi ảnh phủ sóng", "writing rasters", 0.02),
    "store": ("lưu kết quả", "storing results", 0.02),
}


@contextmanager
def assessment_progress() -> Iterator[Report]:
    """Show how far an assessment is; the block is given the function that `assess` reports to."""
    if show_progress():
        with _bar() as report:
            yield report
    else:
        yield _lines()


@contextmanager
def _bar() -> Iterator[Report]:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    shares: dict[str, float] = {}
    with Progress(*columns, console=console()) as progress:
        task = progress.add_task(_words("inputs"), total=sum(share for *_, share in STAGES.values()))

        def report(stage: str, done: int, total: int) -> None:
            shares[stage] = done / max(total, 1)
            reached = sum(STAGES.get(name, ("", "", 0.0))[2] * share for name, share in shares.items())
            progress.update(task, description=_words(stage), completed=reached)

        yield report


@contextmanager
def stage_progress(words: Mapping[str, tuple[str, str]]) -> Iterator[Report]:
    """Tell each finished stage in one line; `words` name the stages in Vietnamese and English."""
    yield _lines(lambda stage: " / ".join(words.get(stage, (stage,))))


def _lines(words: Callable[[str], str] | None = None) -> Report:
    """Report every finished stage with its time, unless the run prints a document only."""
    name = words or _words
    begun: dict[str, float] = {}
    finished: set[str] = set()

    def report(stage: str, done: int, total: int) -> None:
        started = begun.setdefault(stage, time.monotonic())
        if done < total or stage in finished:
            return
        finished.add(stage)
        if not json_wanted():
            line = f"{name(stage)}: {time.monotonic() - started:.1f} s"
            message(line, line)

    return report


def _words(stage: str) -> str:
    vi, en, _ = STAGES.get(stage, (stage, stage, 0.0))
    return f"{vi} / {en}"
