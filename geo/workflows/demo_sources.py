"""Reads what `data/*/SOURCES.yaml` says about the illustrative files."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from geo.errors import BadInputError, NotReadyError
from geo.settings import Settings

CHECKOUT_DATA = Path(__file__).resolve().parents[2] / "data"


class ImportOptions(BaseModel):
    """Options of the import of one file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    operator: str | None = None
    sheet: str | None = None
    map: dict[str, str] = Field(default_factory=dict)


class DemoFile(BaseModel):
    """One entry of a SOURCES.yaml.

    `as_of` None means that the data hold on the day they are loaded. `names_rows_of` is a kind whose illustrative rows
    the file refers to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    file: str
    kind: str
    issuer: str
    licence: str
    retrieved_on: dt.date
    sha256: str
    crs: str | None
    declared_as_of: dt.date | Literal["loaded"] = Field(alias="as_of")
    illustrative: Literal[True]
    note_vi: str
    note_en: str
    options: ImportOptions = Field(alias="import")
    names_rows_of: str | None = None
    folder: Path = Path()

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self.folder / self.file

    @property
    def as_of(self) -> dt.date | None:
        """Date that the data describe, None for the day of loading."""
        return None if self.declared_as_of == "loaded" else self.declared_as_of

    def provenance(self) -> dict[str, Any]:
        """What is kept beside the import: who, under what licence, and the hash of the file as shipped."""
        kept = {"file", "issuer", "licence", "retrieved_on", "sha256", "note_vi", "note_en"}
        return self.model_dump(mode="json", include=kept)


def data_folder(settings: Settings, data_dir: Path | None = None) -> Path:
    """Return the folder of the illustrative data: the one named, that of the settings, or the checkout's.

    Raises:
        NotReadyError: none of them has a SOURCES.yaml.
    """
    named = data_dir or settings.data_dir.expanduser()
    candidates = [named] if data_dir is not None or named.is_absolute() else [named, CHECKOUT_DATA]
    for folder in candidates:
        if any(folder.glob("*/SOURCES.yaml")):
            return folder.resolve()
    raise NotReadyError(
        f"There are no illustrative data in {named}: set PHUSONG_DATA_DIR to the folder data/ of the project.",
        f"Không có số liệu minh họa trong {named}: hãy đặt PHUSONG_DATA_DIR là thư mục data/ của dự án.",
    )


def read_demo_files(settings: Settings, data_dir: Path | None = None) -> list[DemoFile]:
    """Return the files that are to be imported, folder by folder, after checking their hashes.

    Raises:
        NotReadyError: there is no such folder. BadInputError: an entry or a file is not as it should be.
    """
    return [
        _checked(entry, source)
        for source in sorted(data_folder(settings, data_dir).glob("*/SOURCES.yaml"))
        for entry in yaml.safe_load(source.read_text(encoding="utf-8"))["files"]
        if entry.get("import") is not None
    ]


def _checked(entry: dict[str, Any], source: Path) -> DemoFile:
    try:
        file = DemoFile.model_validate({**entry, "folder": source.parent})
    except ValidationError as error:
        raise BadInputError(
            f"{source}: entry {entry.get('file')}: {error.error_count()} fields are wrong: {error.errors()[0]['loc']}.",
            f"{source}: mục {entry.get('file')}: {error.error_count()} trường sai: {error.errors()[0]['loc']}.",
        ) from error
    if not file.path.is_file() or hashlib.sha256(file.path.read_bytes()).hexdigest() != file.sha256:
        raise BadInputError(
            f"{file.path} is missing or not the file that {source} describes; run `python -m data.build`.",
            f"{file.path} không có hoặc không phải tệp mà {source} mô tả; hãy chạy `python -m data.build`.",
        )
    return file
