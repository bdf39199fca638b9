"""Rasters: real terrain with voids, HGT by name, no CRS, no overlap, several at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine
from sqlalchemy import select

from geo.errors import BadInputError, UnknownCrsError, UnreadableFileError
from geo.store.tables import RasterLayer
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, collection, commune, write


def raster(
    path: Path, values: np.ndarray, *, west: float = 108.0, crs: str | None = "EPSG:4326", **options: object
) -> Path:
    rows, cols = values.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=cols,
        height=rows,
        count=1,
        dtype=values.dtype,
        crs=crs,
        transform=Affine(0.001, 0.0, west, 0.0, -0.001, 13.0),
        **options,
    ) as sink:
        sink.write(values, 1)
    return path


def stored(import_: Importer) -> list[Path]:
    return sorted((import_.settings.home_path / "rasters").glob("*.tif"))


def test_the_tatra_terrain_keeps_its_70_voids(import_: Importer, shared_data: Path) -> None:
    report = import_("terrain", shared_data / "data/srtm3_tatra_N48-50_E19-21.tif")
    assert (report.counts.read, report.counts.stored) == (1, 1)
    (voids,) = [problem for problem in report.problems if problem.code == "raster_voids"]
    assert voids.count == 70
    (path,) = stored(import_)
    with rasterio.open(path) as written:
        values = written.read(1)
        assert (written.nodata, written.dtypes[0], int((values == -32768).sum())) == (-32768, "int16", 70)
        assert int(values.max()) == 2636
    with import_.session() as session:
        layer = session.scalars(select(RasterLayer)).one()
        assert path.name == f"{layer.file_sha256}.tif"
        assert layer.void_share == pytest.approx(70 / 2401**2)
        assert (round(layer.west), round(layer.north)) == (19, 50)


def test_an_hgt_tile_and_a_folder_of_several(import_: Importer, shared_data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tiles"
    folder.mkdir()
    shutil.copy(shared_data / "data/N49E020.hgt", folder / "N49E020.hgt")
    shutil.copy(shared_data / "data/daklak_dem_coarse_8bit_terrarium_z9.tif", folder / "dem.tif")
    report = import_("terrain", folder)
    assert report.counts.stored == 2
    again = import_("terrain", folder)
    assert (again.import_id, again.counts.unchanged) == (report.import_id, 2)
    assert len(stored(import_)) == 2


def test_a_raster_that_misses_the_territory_is_refused(import_: Importer, shared_data: Path, tmp_path: Path) -> None:
    import_("boundaries", write(tmp_path / "c.geojson", collection(commune("22015", "Phường Tuy Hòa"))))
    with pytest.raises(BadInputError, match="does not overlap"):
        import_("terrain", shared_data / "data/N49E020.hgt")
    assert stored(import_) == []
    assert list((import_.settings.home_path / "rasters").iterdir()) == []


def test_a_raster_without_crs_needs_one(import_: Importer, tmp_path: Path) -> None:
    path = raster(tmp_path / "a.tif", np.full((20, 30), 100, dtype=np.int16), crs=None)
    with pytest.raises(UnknownCrsError):
        import_("terrain", path)
    assert import_("terrain", path, crs="EPSG:4326").counts.stored == 1


def test_a_cut_off_raster_and_a_renamed_hgt(import_: Importer, shared_data: Path, tmp_path: Path) -> None:
    whole = (shared_data / "data/N49E020.hgt").read_bytes()
    cut = tmp_path / "N49E020.hgt"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableFileError) as refused:
        import_("terrain", cut)
    # The library tells its reason in English; a Vietnamese reader is not shown it.
    assert "(" in refused.value.en
    assert refused.value.vi == (
        "Không đọc được N49E020.hgt như ảnh raster; tệp có thể bị cắt cụt hoặc không phải là ảnh raster."
    )
    renamed = tmp_path / "tatra.hgt"
    renamed.write_bytes(whole)
    with pytest.raises(UnreadableFileError, match="N12E108"):
        import_("terrain", renamed)


def test_land_cover_classes_and_population_voids(import_: Importer, tmp_path: Path) -> None:
    classes = np.array([[10, 20], [30, 0]], dtype=np.uint8)
    import_("landcover", raster(tmp_path / "lc.tif", classes, nodata=0))
    people = np.array([[1.5, -99999.0], [np.nan, 3.0]], dtype=np.float32)
    report = import_("population", raster(tmp_path / "pop.tif", people))
    assert "raster_voids" in codes(report)
    with import_.session() as session:
        layers = {layer.kind: layer for layer in session.scalars(select(RasterLayer))}
        assert layers["landcover"].classes == [10, 20, 30]
        assert layers["population"].void_share == pytest.approx(0.5)


def test_classes_of_land_cover_without_a_height_are_named(import_: Importer, tmp_path: Path) -> None:
    known = np.array([[10, 50], [0, 100]], dtype=np.int16)
    assert "landcover_class_unknown" not in codes(import_("landcover", raster(tmp_path / "a.tif", known)))
    report = import_("landcover", raster(tmp_path / "b.tif", np.array([[-7, 77], [10, 0]], dtype=np.int16)))
    (problem,) = [each for each in report.problems if each.code == "landcover_class_unknown"]
    assert report.counts.stored == 1
    assert "class(es) -7, 77;" in problem.document()["why_en"]
    assert "lớp phủ -7, 77;" in problem.document()["why_vi"]


def test_real_terrain_retires_the_illustrative_one_with_its_file(import_: Importer, tmp_path: Path) -> None:
    import_("terrain", raster(tmp_path / "a.tif", np.full((20, 30), 100, dtype=np.int16)), illustrative=True)
    (old,) = stored(import_)
    import_("terrain", raster(tmp_path / "b.tif", np.full((20, 30), 200, dtype=np.int16)))
    (new,) = stored(import_)
    assert new != old


def test_a_dry_run_leaves_no_file(import_: Importer, tmp_path: Path) -> None:
    path = raster(tmp_path / "a.tif", np.full((20, 30), 100, dtype=np.int16))
    assert import_("terrain", path, dry_run=True).preview.new == 1
    assert list((import_.settings.home_path / "rasters").iterdir()) == []


def test_heights_handed_in_as_people_are_doubted(import_: Importer, tmp_path: Path) -> None:
    people = raster(tmp_path / "people.tif", np.full((20, 20), 0.5, dtype=np.float32))
    assert "population_implausible" not in codes(import_("population", people, dry_run=True))
    heights = raster(tmp_path / "heights.tif", np.full((20, 20), 480.0, dtype=np.float32))
    assert "population_implausible" in codes(import_("population", heights, dry_run=True))
