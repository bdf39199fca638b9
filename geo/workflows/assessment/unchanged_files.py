"""Raster files that come out as in an earlier assessment are linked to those: neither read nor written again.

A folder of raster files lists digests of what each was made of, with its size and time. A file that is not as it was
listed any more is left alone, and the new one is written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

LISTING = "rasters.json"
# Digest, size in bytes, time of the last change in nanoseconds.
Listed = tuple[str, int, int]


def list_files(folder: Path, digests: Mapping[str, str]) -> None:
    """List the files of a folder with digests of what they were made of, by file name."""
    listing: dict[str, Listed] = {}
    for name, digest in digests.items():
        found = (folder / name).stat()
        listing[name] = (digest, found.st_size, found.st_mtime_ns)
    (folder / LISTING).write_text(json.dumps(listing, indent=0, sort_keys=True) + "\n", encoding="utf-8")


def link_unchanged(folder: Path, digests: Mapping[str, str], earlier: Iterable[Path]) -> set[str]:
    """Link files with these digests from earlier folders, the first that has one; return the names of those linked."""
    linked: set[str] = set()
    for other in earlier:
        if len(linked) == len(digests):
            break
        for name, (digest, size, changed_ns) in _listing(other).items():
            if name in linked or digests.get(name) != digest:
                continue
            if _is_linked(other / name, folder / name, (size, changed_ns)):
                linked.add(name)
    return linked


def _listing(folder: Path) -> dict[str, Listed]:
    """Return what is listed in a folder: nothing where there is no list, or none that can be read."""
    try:
        listing = json.loads((folder / LISTING).read_text(encoding="utf-8"))
        return {str(name): (str(digest), int(size), int(at)) for name, (digest, size, at) in listing.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _is_linked(source: Path, target: Path, listed: tuple[int, int]) -> bool:
    """Link a file that is still as it was listed; a disk without links, or a file that is gone, is no error."""
    try:
        os.link(source, target, follow_symlinks=False)
        found = target.lstat()
        if (found.st_size, found.st_mtime_ns) == listed:
            return True
        target.unlink()
    except OSError:
        pass
    return False
