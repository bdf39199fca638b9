"""Options that several commands share."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Annotated, Literal, overload

import typer

from geo.errors import BadInputError

TechnologyName = Literal["2G", "3G", "4G", "5G"]
Format = Literal["table", "csv", "xlsx", "geojson"]

TechnologyOption = Annotated[TechnologyName | None, typer.Option(help="Only this technology.")]
OperatorOption = Annotated[str | None, typer.Option(help="Only this operator (code), or `any`.")]
CommuneOption = Annotated[str | None, typer.Option(help="Only this commune (code).")]
AssessmentOption = Annotated[
    int | None, typer.Option("--assessment", min=1, help="Number of the assessment; default the published one.")
]
AsOfOption = Annotated[str | None, typer.Option(metavar="DATE", help="Date, as YYYY-MM-DD or dd/mm/yyyy.")]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print.")]
OutOption = Annotated[Path | None, typer.Option("--out", help="Write to this file instead of standard output.")]

LonOption = Annotated[float, typer.Option(min=-180, max=180, help="Longitude, degrees (EPSG:4326).")]
LatOption = Annotated[float, typer.Option(min=-90, max=90, help="Latitude, degrees (EPSG:4326).")]


def check_position(lon: float, lat: float) -> None:
    """Refuse what passes for a number within limits and is none.

    Raises:
        BadInputError: not a number.
    """
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise BadInputError(
            f"Longitude and latitude must be numbers in degrees, for example 108.05 and 12.6667, not {lon} and {lat}.",
            f"Kinh độ và vĩ độ phải là số độ, ví dụ 108.05 và 12.6667, không phải {lon} và {lat}.",
        )


@overload
def parse_date(text: str) -> dt.date: ...
@overload
def parse_date(text: str | None) -> dt.date | None: ...
def parse_date(text: str | None) -> dt.date | None:
    """Read a date as ISO 8601 or as written in Vietnam.

    Raises:
        BadInputError: neither.
    """
    if text is None:
        return None
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return dt.datetime.strptime(text.strip(), form).date()  # noqa: DTZ007  (a date has no zone)
        except ValueError:
            continue
    raise BadInputError(
        f"Not a date: {text}. Write 2026-12-31 or 31/12/2026.",
        f"Không phải ngày: {text}. Hãy viết 31/12/2026 hoặc 2026-12-31.",
    )
