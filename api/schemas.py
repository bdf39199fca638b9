"""Shapes of documents, for the OpenAPI description; the rows themselves are those of `geo.workflows.answers.rows`."""

from __future__ import annotations

import datetime as dt
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from geo.workflows.answers.explain_rows import PointExplanation
from geo.workflows.answers.rows import OperatorInfo, PointBasis, PointResult

T = TypeVar("T")


class Terrain(BaseModel):
    """The ground that levels were computed over."""

    used: bool = Field(description="False: no terrain was imported, levels were computed over flat ground")
    step_m: float | None = Field(default=None, description="Step of the terrain")
    void_share: float | None = Field(default=None, description="Share of the area without a height, 0..1")
    clutter_used: bool | None = Field(default=None, description="Heights of land cover were counted")
    unknown_land_cover: list[int] = Field(
        default_factory=list, description="Classes of the land cover without a height, which count as 0 m"
    )


class Envelope(BaseModel):
    """What every document says about where its figures come from."""

    schema_version: str = Field(description="Version of the shape of this document")
    as_of: dt.date | None = Field(description="Date that the figures describe")
    territory_version: str | None = Field(description="Version of the administrative units")
    rule_version: str | None = Field(description="Version of the rule for what counts as covered")
    radio_version: str | None = Field(
        default=None,
        description="Versions of the radio parameters, the last of them of the errors that intervals come from; "
        "null: imported data only",
    )
    assessment_id: int | None = Field(description="Assessment the figures come from; null: imported data only")
    illustrative: bool = Field(description="Any input is illustrative (số liệu minh họa)")
    illustrative_kinds: list[str] | None = Field(
        default=None, description="Kinds of input of the assessment that are illustrative; null: imported data only"
    )
    calibration: str | None = Field(
        default=None, description="NAME@VERSION of the calibration that levels were corrected with; null: none"
    )
    stale: bool | None = Field(
        default=None,
        description="Data were imported or retired after the assessment was made: the figures do not have them; null: "
        "imported data only",
    )
    operators_without_list: list[OperatorInfo] | None = Field(
        default=None,
        description="Active operators without a site list that counts, with the number of communes they do not answer "
        "for: nothing there is called not covered over any operator; null: imported data only",
    )
    terrain: Terrain | None = Field(
        default=None, description="The ground that levels were computed over; null: imported data only"
    )
    cells_defaulted_share: float | None = Field(
        default=None,
        description="Share of cells with a default for a missing radio value, 0..1; null: imported data only",
    )
    cells_left_out: int | None = Field(
        default=None,
        description="Cells on air that could not be computed; around them places that no other cell covers have no "
        "data; null: imported data only",
    )


class Links(BaseModel):
    """Addresses of this page of a list and of its neighbours."""

    self: str
    next: str | None
    prev: str | None


class Items(Envelope, Generic[T]):
    """A whole list."""

    count: int = Field(ge=0, description="Number of items here")
    items: list[T]


class ItemsPage(Items[T], Generic[T]):
    """One page of a list."""

    total: int = Field(ge=0, description="Number of items in the whole list")
    limit: int
    offset: int
    links: Links


class One(Envelope, Generic[T]):
    """A single thing."""

    item: T


class PointDocument(Items[PointResult]):
    """Answer at a position."""

    lon: float
    lat: float
    commune_code: str | None
    basis: PointBasis = Field(
        description="computed: at the position itself, from what the assessment was made from; stored_raster: the "
        "pixel that the assessment wrote, because not all of that is stored as it was; public_grid: the 500 m cell"
    )


class ExplainDocument(Items[PointExplanation]):
    """Why a position has its levels."""

    lon: float
    lat: float


class Geometry(BaseModel):
    """GeoJSON geometry in EPSG:4326."""

    type: str
    coordinates: list[Any]


class Feature(BaseModel):
    """GeoJSON feature."""

    type: Literal["Feature"]
    id: int | str | None = None
    geometry: Geometry | None
    properties: dict[str, Any]


class FeatureCollection(Envelope):
    """GeoJSON with the envelope as foreign members (RFC 7946, 6.1)."""

    type: Literal["FeatureCollection"]
    count: int = Field(ge=0)
    features: list[Feature]


class FeatureCollectionPage(FeatureCollection):
    """One page of features."""

    total: int
    limit: int
    offset: int
    links: Links


class ParameterProblem(BaseModel):
    """One parameter that is missing or wrong."""

    location: str
    name: str
    reason: str
    code: str


class Problem(BaseModel):
    """Problem document (RFC 9457). `title` and `detail` are in the language of the reader."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    detail_vi: str
    detail_en: str
    code: str
    errors: list[ParameterProblem]
    instance: str | None = None


class ImportProblemDocument(BaseModel):
    """One problem of a row or a file, and what to do about it."""

    model_config = ConfigDict(extra="allow")

    severity: Literal["error", "warning"]
    code: str
    sheet: str | None
    row: int | None
    column: str | None
    value: str | None
    why_vi: str
    why_en: str
    remedy_vi: str
    remedy_en: str
    count: int = Field(default=1, ge=1, description="How many problems this entry stands for")


class ImportDocument(Envelope):
    """What an import did, or, with `dry_run`, would do; the same as the command line prints."""

    model_config = ConfigDict(extra="allow")

    import_id: int | None
    kind: str
    sha256: str
    rows_read: int
    rows_stored: int
    rows_unchanged: int
    rows_skipped: int
    rows_folded: int
    problems: list[ImportProblemDocument]


class Ready(BaseModel):
    """Whether the service can answer, and what is missing."""

    status: Literal["ready", "not_ready"]
    database: bool = Field(description="The database answers")
    migrated: bool = Field(description="Its tables are those of this version")
    assessment: bool = Field(description="An assessment has been computed")
    missing_vi: list[str]
    missing_en: list[str]


class Health(BaseModel):
    """The process lives."""

    status: Literal["ok"]
