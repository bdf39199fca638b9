"""Write the SOURCES.yaml that lies beside the files of a folder."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

RETRIEVED_ON = "2026-11-21"
HEAD = "# Written by `python -m data.build`. Illustrative data: số liệu minh họa.\n"


@dataclass(frozen=True)
class Source:
    """What is said about one file.

    `options` are those of the import (operator, sheet, map, …), None: not imported. `names_rows_of` is a kind whose
    illustrative rows the file refers to: it is of no use once that kind is real.
    """

    file: str
    kind: str
    issuer: str
    licence: str
    crs: str | None
    as_of: str
    note_vi: str
    note_en: str
    options: Mapping[str, Any] | None = field(default_factory=dict)
    names_rows_of: str | None = None


def sha256_of(path: Path) -> str:
    """Hash of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_sources(folder: Path, sources: Iterable[Source]) -> None:
    """Describe the files of a folder; hashes are taken from the files as they lie there."""
    entries = [_entry(folder, source) for source in sources]
    text = yaml.safe_dump({"files": entries}, allow_unicode=True, sort_keys=False, width=120)
    (folder / "SOURCES.yaml").write_text(HEAD + text, encoding="utf-8")


def _entry(folder: Path, source: Source) -> dict[str, Any]:
    entry = {
        "file": source.file,
        "kind": source.kind,
        "issuer": source.issuer,
        "licence": source.licence,
        "retrieved_on": RETRIEVED_ON,
        "sha256": sha256_of(folder / source.file),
        "crs": source.crs,
        "as_of": source.as_of,
        "illustrative": True,
        "note_vi": source.note_vi,
        "note_en": source.note_en,
        "import": None if source.options is None else dict(source.options),
    }
    if source.names_rows_of is not None:
        entry["names_rows_of"] = source.names_rows_of
    return entry
