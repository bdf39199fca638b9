"""Folders of assessments: one each, which appears whole or not at all. Light to import: every request needs it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PARTIAL = ".partial"


def assessments_folder(home: Path) -> Path:
    """Return the folder that holds one folder per assessment."""
    return home / "assessments"


def assessment_folder(home: Path, assessment_id: int) -> Path:
    """Return the folder of one assessment."""
    return assessments_folder(home) / str(assessment_id)


def raster_file(home: Path, file_sha256: str) -> Path:
    """Return where an imported raster lies."""
    return home / "rasters" / f"{file_sha256}.tif"


def earlier_folders(home: Path, assessment_id: int) -> list[Path]:
    """Return the folders of assessments before this one, the newest first."""
    folder = assessments_folder(home)
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    numbers = sorted((int(name) for name in names if name.isdecimal()), reverse=True)
    return [folder / str(number) for number in numbers if number < assessment_id]


def remove_leftovers(home: Path, keep: set[int]) -> None:
    """Remove the folders of assessments that are not among the finished ones: killed, failed or deleted."""
    folder = assessments_folder(home)
    if not folder.is_dir():
        return
    names = {str(assessment_id) for assessment_id in keep}
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name not in names:
            shutil.rmtree(entry)


@contextmanager
def partial_folder(home: Path, assessment_id: int) -> Iterator[Path]:
    """Give a folder to write into; it is removed when the block fails."""
    final = assessment_folder(home, assessment_id)
    partial = final.with_name(final.name + PARTIAL)
    partial.mkdir(parents=True, exist_ok=False)
    try:
        yield partial
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(final, ignore_errors=True)
        raise


def publish_folder(partial: Path) -> Path:
    """Give a finished folder its name, in one step."""
    return partial.rename(partial.with_name(partial.name.removesuffix(PARTIAL)))
