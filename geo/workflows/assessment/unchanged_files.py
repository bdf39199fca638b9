"""Raster files that come out as in an earlier assessment are linked to those instead of being written again.

A folder of raster files lists, for each, a digest of what it was made of and a checksum of the file. The file is read
once before it is taken: one that was touched or damaged since is left alone, and the new one is written.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

LISTING = "rasters.json"
CHUNK_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class Unchanged:
    """An earlier file that was made of the same, and its checksum (CRC-32)."""

    path: Path
    checksum: int


def list_files(folder: Path, digests: Mapping[str, str], checksums: Mapping[str, int]) -> None:
    """List the files of a folder, by file name."""
    listing = {name: (digest, checksums[name]) for name, digest in digests.items()}
    (folder / LISTING).write_text(json.dumps(listing, indent=0, sort_keys=True) + "\n", encoding="utf-8")


def find_unchanged(digests: Mapping[str, str], earlier: Iterable[Path]) -> dict[str, Unchanged]:
    """Return the files with these digests, each from the first of the earlier folders that has it."""
    found: dict[str, Unchanged] = {}
    for folder in earlier:
        if len(found) == len(digests):
            break
        for name, (digest, checksum) in _listing(folder).items():
            if name not in found and digests.get(name) == digest:
                found[name] = Unchanged(folder / name, checksum)
    return found


def is_linked(unchanged: Unchanged, target: Path) -> bool:
    """Link a file that is still as it was listed; a disk without links, or a file that is gone, is no error."""
    try:
        os.link(unchanged.path, target, follow_symlinks=False)
        if target.is_symlink() or checksum_of(target) != unchanged.checksum:
            target.unlink()
            return False
    except OSError:
        return False
    return True


def checksum_of(path: Path) -> int:
    """Return the checksum of a file."""
    found = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            found = zlib.crc32(chunk, found)
    return found


def _listing(folder: Path) -> dict[str, tuple[str, int]]:
    """Return what is listed in a folder: nothing where there is no list, or none that can be read."""
    try:
        listing = json.loads((folder / LISTING).read_text(encoding="utf-8"))
        return {str(name): (str(digest), int(checksum)) for name, (digest, checksum) in listing.items()}
    except (OSError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return {}
