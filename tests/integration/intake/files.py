"""Small files for the import tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import openpyxl
from shapely.geometry import box, mapping


def collection(*features: tuple[dict[str, Any], Any]) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": None if shape is None else mapping(shape)}
            for properties, shape in features
        ],
    }


def write(path: Path, content: dict[str, Any]) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def commune(code: str, name: str, west: float = 108.0, south: float = 12.5) -> tuple[dict[str, Any], Any]:
    return {"code": code, "name": name}, box(west, south, west + 0.1, south + 0.1)


def codes(report: Any) -> list[str]:
    return [problem.code for problem in report.problems]


def csv(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def workbook(path: Path, rows: list[list[Any]], sheet: str = "Trạm") -> Path:
    book = openpyxl.Workbook()
    active = book.active
    assert active is not None
    active.title = sheet
    for row in rows:
        active.append(row)
    book.save(path)
    return path
