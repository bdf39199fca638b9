"""Opens what an import is given: files, folders and http(s) addresses, within the size limit."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from geo.errors import NotFoundError, UnreadableFileError
from geo.intake.archives import check_unpacked_size, unpack
from geo.intake.fetch import fetch
from geo.intake.files import BYTES_PER_MB, sha256_of, too_large
from geo.intake.workspace import import_workspace
from geo.settings import Settings

_TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
# Workbooks that are archives inside, and can unpack to far more than they weigh.
_ZIPPED_TABLES = (".xlsx", ".xlsm", ".xlsb", ".ods")
VECTOR_SUFFIXES = (*_TABLE_SUFFIXES, ".geojson", ".json", ".gpkg", ".shp", ".kml")
RASTER_SUFFIXES = (".tif", ".tiff", ".hgt")
RASTER_KINDS = ("terrain", "landcover", "population")
ANTENNA_SUFFIXES = (".msi", ".pln")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of an import: `members` are the readable files it stands for (itself, or those of an archive).

    `sha256_with_earlier` is over the bytes of all files of the import up to this one.
    """

    name: str
    path: Path
    sha256: str
    sha256_with_earlier: str
    size_bytes: int
    origin: str | None = None
    members: tuple[tuple[str, Path], ...] = ()


@contextmanager
def open_sources(sources: Sequence[str | Path], *, kind: str, settings: Settings) -> Iterator[list[SourceFile]]:
    """Yield the files that the sources stand for; what was fetched or unpacked is removed at the end.

    Raises:
        NotFoundError: there is no such file.
        FileTooLargeError: a file, or what an archive unpacks to, is over the limit of the settings.
        UnreadableFileError: an archive is damaged, an address cannot be fetched, or a folder has no file of the kind.
    """
    suffixes = _suffixes_of(kind)
    limit_bytes = settings.max_upload_mb * BYTES_PER_MB
    with import_workspace() as workspace:
        files: list[SourceFile] = []
        together = hashlib.sha256()
        for number, source in enumerate(sources):
            folder = workspace / str(number)
            folder.mkdir()
            for path, origin in _resolve(source, suffixes, folder, limit_bytes, settings):
                files.append(_open(path, origin, suffixes, folder, limit_bytes, together))
        yield files


def _suffixes_of(kind: str) -> tuple[str, ...]:
    if kind == "antennas":
        return ANTENNA_SUFFIXES
    return RASTER_SUFFIXES if kind in RASTER_KINDS else VECTOR_SUFFIXES


def _resolve(
    source: str | Path, suffixes: Sequence[str], folder: Path, limit_bytes: int, settings: Settings
) -> list[tuple[Path, str | None]]:
    text = str(source)
    if "://" in text:
        path = fetch(text, folder, limit_bytes=limit_bytes, allow_private=settings.allow_private_addresses)
        return [(path, text)]
    path = Path(text).expanduser()
    if path.is_dir():
        return [(found, None) for found in _files_of_folder(path, suffixes)]
    if not path.is_file():
        raise NotFoundError(f"There is no file {path.name}.", f"Không có tệp {path.name}.")
    return [(path, None)]


def _files_of_folder(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix.lower() in (*suffixes, ".zip", ".kmz")
        and not path.name.startswith((".", "~$"))
    )
    if not found:
        wanted = ", ".join((*suffixes, ".zip"))
        raise UnreadableFileError(
            f"The folder {folder.name} has no file of this kind (looked for {wanted}).",
            f"Thư mục {folder.name} không có tệp thuộc loại này (đã tìm {wanted}).",
        )
    return found


def _open(
    path: Path,
    origin: str | None,
    suffixes: Sequence[str],
    folder: Path,
    limit_bytes: int,
    together: hashlib._Hash,
) -> SourceFile:
    size_bytes = path.stat().st_size
    if size_bytes > limit_bytes:
        raise too_large(path.name, size_bytes, limit_bytes)
    if size_bytes == 0:
        raise UnreadableFileError(f"The file {path.name} is empty.", f"Tệp {path.name} rỗng.")
    members: tuple[tuple[str, Path], ...] = ((path.name, path),)
    if path.suffix.lower() in (".zip", ".kmz"):
        target = Path(tempfile.mkdtemp(dir=folder))
        members = unpack(path, target, suffixes=suffixes, limit_bytes=limit_bytes)
    elif path.suffix.lower() in _ZIPPED_TABLES:
        check_unpacked_size(path, limit_bytes=limit_bytes)
    sha256 = sha256_of(path, together=together)
    return SourceFile(path.name, path, sha256, together.hexdigest(), size_bytes, origin, members)
