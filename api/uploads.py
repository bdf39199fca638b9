"""Uploaded files on disk while they are imported."""

from __future__ import annotations

import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fastapi import UploadFile

from geo.errors import BadInputError, FileTooLargeError
from geo.settings import Settings

_BYTES_PER_MB = 1_000_000
_UNSAFE = re.compile(r"[^\w.() \-]")
_LONGEST_NAME = 150


@contextmanager
def stored_uploads(files: Sequence[UploadFile], *, settings: Settings) -> Iterator[list[Path]]:
    """Write uploaded files into a folder of their own under the state folder; the folder goes away at the end.

    Raises:
        BadInputError: no file, or two files of one name.
        FileTooLargeError: a file is over the limit of the settings.
    """
    root = settings.home_path / "uploads"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=root, prefix="upload-") as folder:
        yield [_store(file, Path(folder), settings=settings) for file in _named(files)]


def _named(files: Sequence[UploadFile]) -> Sequence[UploadFile]:
    names = [safe_name(file.filename or "") for file in files]
    if not files:
        raise BadInputError("No file was sent.", "Chưa gửi tệp nào.")
    if len(set(names)) < len(names):
        raise BadInputError("Two files have the same name.", "Có hai tệp trùng tên.")
    return files


def _store(file: UploadFile, folder: Path, *, settings: Settings) -> Path:
    if file.size is not None and file.size > settings.max_upload_mb * _BYTES_PER_MB:
        raise FileTooLargeError(
            f"{file.filename} is larger than {settings.max_upload_mb} MB.",
            f"{file.filename} lớn hơn {settings.max_upload_mb} MB.",
        )
    path = folder / safe_name(file.filename or "")
    with path.open("wb") as out:
        shutil.copyfileobj(file.file, out)
    return path


def safe_name(name: str) -> str:
    """Return a file name without a folder, odd characters or a leading dot; its ending, which tells the format, stays.

    Letters of every language are kept, so that messages name the file as its sender does.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    cleaned = _UNSAFE.sub("_", last).lstrip(".").strip() or "upload"
    stem, dot, ending = cleaned.rpartition(".")
    return f"{stem[: _LONGEST_NAME - len(ending)]}.{ending}" if dot and len(ending) < 12 else cleaned[:_LONGEST_NAME]
