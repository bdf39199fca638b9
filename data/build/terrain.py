"""Describe the recipe of the illustrative terrain; the raster itself is made when the data are loaded."""

from pathlib import Path

from data.build.sources import Source, write_sources

SOURCE = Source(
    file="recipe.yaml",
    kind="terrain",
    issuer="phusong (invented)",
    licence="Apache-2.0",
    crs="EPSG:4326",
    as_of="2026-06-30",
    note_vi="Số liệu minh họa: công thức địa hình phỏng theo dáng của tỉnh; không phải số đo độ cao.",
    note_en="Illustrative: the recipe of a terrain shaped like the province; not measured heights.",
)


def build(data_folder: Path) -> None:
    """Write `terrain/SOURCES.yaml` beside the recipe, where there is one."""
    if (data_folder / "terrain" / SOURCE.file).exists():
        write_sources(data_folder / "terrain", [SOURCE])
