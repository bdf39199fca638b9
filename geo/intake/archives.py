"""Unpacks archives without trusting them: size, names and integrity are checked before anything is used."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from geo.errors import FileTooLargeError, UnreadableFileError

# A shapefile is several files of one stem.
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx")
# An archive may unpack to more than an upload may weigh, but not without end.
_UNPACKED_FACTOR = 10
_MAX_MEMBERS = 10_000


def unpack(path: Path, target: Path, *, suffixes: Sequence[str], limit_bytes: int) -> tuple[tuple[str, Path], ...]:
    """Unpack the readable members of a zip archive into `target`; returns their shown names and paths.

    Raises:
        UnreadableFileError: not a zip archive, damaged, encrypted, with an unsafe name, or without a readable file.
        FileTooLargeError: it unpacks to more than ten times the upload limit.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = _wanted(archive, path.name, suffixes)
            _check_size(archive, wanted, path.name, limit_bytes)
            unpacked = [_extract(archive, member, target, limit_bytes) for member in wanted]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise UnreadableFileError(
            f"The archive {path.name} is damaged or cut off ({error}); make it again and hand in the whole file.",
            f"Tệp nén {path.name} bị hỏng hoặc bị cắt cụt ({error}); hãy nén lại và gửi tệp đầy đủ.",
        ) from error
    readable = [file for file in unpacked if file.suffix.lower() in suffixes]
    if not readable:
        raise UnreadableFileError(
            f"The archive {path.name} has no readable file (looked for {', '.join(suffixes)}).",
            f"Tệp nén {path.name} không chứa tệp đọc được (đã tìm {', '.join(suffixes)}).",
        )
    return tuple((f"{path.name}/{file.relative_to(target).as_posix()}", file) for file in sorted(readable))


def check_unpacked_size(path: Path, *, limit_bytes: int) -> None:
    """Refuse a workbook that unpacks to too much; one that is no archive is left to its reader.

    Raises:
        FileTooLargeError: it unpacks to more than ten times the upload limit.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            _check_size(archive, archive.infolist(), path.name, limit_bytes)


def _wanted(archive: zipfile.ZipFile, name: str, suffixes: Sequence[str]) -> list[zipfile.ZipInfo]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    for member in members:
        parts = PurePosixPath(member.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in member.filename:
            raise UnreadableFileError(
                f"The archive {name} names a file outside itself ({member.filename}) and is refused.",
                f"Tệp nén {name} chứa đường dẫn ra ngoài tệp nén ({member.filename}) nên bị từ chối.",
            )
    keep = (*suffixes, *_SHAPEFILE_PARTS)
    return [
        member
        for member in members
        if member.filename.lower().endswith(keep) and not PurePosixPath(member.filename).name.startswith((".", "~$"))
    ]


def _check_size(archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo], name: str, limit_bytes: int) -> None:
    total_bytes = sum(member.file_size for member in members)
    if total_bytes > limit_bytes * _UNPACKED_FACTOR or len(archive.infolist()) > _MAX_MEMBERS:
        raise _bomb(name, limit_bytes)


def _bomb(name: str, limit_bytes: int) -> FileTooLargeError:
    limit_mb = limit_bytes * _UNPACKED_FACTOR / 1e6
    return FileTooLargeError(
        f"The archive {name} unpacks to more than {limit_mb:.0f} MB; hand in smaller parts.",
        f"Tệp nén {name} giải nén ra hơn {limit_mb:.0f} MB; hãy chia thành các phần nhỏ hơn.",
    )


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, limit_bytes: int) -> Path:
    path = target / member.filename.replace("\\", "/")
    path.parent.mkdir(parents=True, exist_ok=True)
    # The declared size was checked above; reading no more than it stops an archive that lies about it.
    with archive.open(member) as source, path.open("wb") as sink:
        shutil.copyfileobj(_Limited(source, member.file_size, member.filename, limit_bytes), sink)
    return path


class _Limited:
    """Reads from a stream and fails when more comes than was declared."""

    def __init__(self, stream: object, declared_bytes: int, name: str, limit_bytes: int) -> None:
        self._stream, self._left = stream, declared_bytes
        self._name, self._limit_bytes = name, limit_bytes

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        data: bytes = self._stream.read(size)  # type: ignore[attr-defined]
        self._left -= len(data)
        if self._left < 0:
            raise _bomb(self._name, self._limit_bytes)
        return data
