"""Rasters arrive whole or not at all; a limit on the size of files stands for the disk that takes no more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from rasterio.windows import Window

from geo.errors import DiskFullError
from geo.intake.whole_raster import whole_raster

PROFILE = {"crs": "EPSG:4326", "transform": from_origin(108.0, 13.0, 0.01, 0.01), "width": 96, "height": 64}

LIMITED = """
import resource, sys
from pathlib import Path
import numpy as np
from geo.errors import DiskFullError
from tests.unit.intake.test_whole_raster import noise, write
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    write(Path(sys.argv[1]), sys.argv[3])
except DiskFullError as error:
    print(error.vi)
"""


def noise() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return what cannot be compressed."""
    return np.random.default_rng(1).integers(0, 256, (64, 96), dtype=np.uint8)


def write(path: Path, driver: str) -> None:
    """Write the noise."""
    with whole_raster(path, driver=driver, dtype="uint8", **PROFILE) as raster:
        raster.write(noise())


def test_a_raster_is_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    with whole_raster(path, driver="GTiff", dtype="uint8", **PROFILE) as raster:
        for first in (0, 32):
            raster.write(noise()[first : first + 32], Window(0, first, 96, 32))
    with rasterio.open(path) as found:
        assert np.array_equal(found.read(1), noise())


@pytest.mark.parametrize("driver", ["GTiff", "COG"])
@pytest.mark.parametrize("limit_bytes", [0, 512, 4096, 6100])
def test_a_raster_for_which_there_is_no_room_is_an_error(tmp_path: Path, driver: str, limit_bytes: int) -> None:
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "a.tif"), str(limit_bytes), driver]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "a.tif" in done.stdout
    assert "Ổ đĩa đã đầy" in done.stdout


def test_what_is_changed_behind_its_back_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.tif"
    opened = rasterio.open

    def lossy(name: Path, mode: str = "r", **profile: object) -> object:
        if mode == "r":
            with opened(name, "r+") as again:
                again.write(np.zeros((64, 96), np.uint8), 1)
        return opened(name, mode, **profile)

    monkeypatch.setattr(rasterio, "open", lossy)
    with pytest.raises(DiskFullError):
        write(path, "GTiff")


def test_an_error_of_the_source_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), whole_raster(tmp_path / "a.tif", driver="GTiff", dtype="uint8", **PROFILE):
        raise ZeroDivisionError
