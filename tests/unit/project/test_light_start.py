"""The web service starts without what only rare requests need."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import REPOSITORY

HEAVY = ("folium", "geopandas", "numba", "pandas", "pyogrio", "rio_tiler", "scipy")


def test_the_service_loads_no_heavy_library_at_its_start() -> None:
    code = f"import sys, api.app; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
