"""Levels at full resolution, sectors and relief: who gets them, and what is drawn."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from geo.store.session import session_scope
from maps.palette import TIER_COLOURS, rgba
from tests.api.conftest import Service
from tests.api.ridge import add_ridge
from tests.conftest import TestDatabase
from tests.maps.vendor import place_vendor_files

# Tile of zoom 12 that holds 108.05, 12.57: inside the first commune, with the ridge.
TILE = "12/3277/1903"
LEVELS = f"/api/v1/coverage/tiles/4G/{TILE}.png"
RELIEF = f"/api/v1/coverage/relief/{TILE}.webp"
PICTURE = "/api/v1/coverage/relief.webp"


@pytest.fixture(scope="module")
def flat(service: Service) -> list[int]:
    """What is answered about relief while the assessment was made over flat ground."""
    return [service.public.get(address).status_code for address in (RELIEF, PICTURE)]


@pytest.fixture(scope="module")
def ridge(service: Service, flat: list[int], module_database: TestDatabase) -> Service:
    """The service with terrain under its province."""
    place_vendor_files(service.settings.home_path / "static")
    with session_scope(module_database.app) as session:
        add_ridge(session, service.settings.home_path, service.assessment_id)
    return service


def document(client: TestClient) -> dict[str, Any]:
    """The document of the map page."""
    page = client.get("/map?lang=en").text
    found = re.search(r'<script type="application/json" id="phusong-map-data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    loaded: dict[str, Any] = json.loads(found.group(1))
    return loaded


def colours(png: bytes) -> set[tuple[int, ...]]:
    """Every colour of a picture."""
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")).reshape(-1, 4)
    return {tuple(int(channel) for channel in colour) for colour in np.unique(pixels, axis=0)}


@pytest.mark.parametrize("operator", ["any", "alpha"])
def test_with_the_token_a_tile_has_the_colour_of_the_tier(service: Service, operator: str) -> None:
    answer = service.sites.get(f"{LEVELS}?operator={operator}")
    # Every level of the small province is -87.3 dBm.
    assert colours(answer.content) == {rgba(TIER_COLOURS["vehicle"])}
    assert answer.headers["cache-control"] == "private, no-cache"


def test_everybody_gets_the_500_m_grid_whatever_he_asks(service: Service) -> None:
    plain = service.public.get(LEVELS)
    assert service.public.get(f"{LEVELS}?operator=any").content == plain.content
    assert rgba(TIER_COLOURS["vehicle"]) not in colours(plain.content)
    assert service.public.get(f"{LEVELS}?operator=alpha").status_code == 403
    assert service.sites.get(LEVELS).content == plain.content


def test_a_tile_outside_the_territory_is_empty(service: Service) -> None:
    answer = service.sites.get("/api/v1/coverage/tiles/4G/9/400/237.png?operator=alpha")
    assert {colour[3] for colour in colours(answer.content)} == {0}


def test_the_map_offers_levels_and_sectors_with_the_token_only(ridge: Service) -> None:
    public = document(ridge.public)
    assert (public["levels"], public["sites"], public["links"]["levels"], public["links"]["relief_tiles"]) == (
        None,
        None,
        None,
        None,
    )
    assert public["links"]["relief"] == PICTURE
    seen = document(ridge.sites)
    assert [code for code, _ in seen["levels"]["operators"]] == ["alpha", "beta"]
    assert seen["levels"]["any"] == ["Any operator", "Mọi doanh nghiệp"]
    assert [row[1] for row in seen["levels"]["classes"]["4G"]] == [
        "< \u2212110 dBm",
        "\u2212110 … \u2212105 dBm",
        "\u2212105 … \u221295 dBm",
        "\u221295 … \u221285 dBm",
        "≥ \u221285 dBm",
    ]
    template = seen["links"]["levels"].replace("{technology}", "4G").replace("{operator}", "beta")
    assert ridge.sites.get(re.sub(r"\{z\}/\{x\}/\{y\}", TILE, template)).status_code == 200
    # Cells without an azimuth send in all directions: `[technology, azimuth, width, …]`.
    assert seen["sites"]["sectors"][seen["sites"]["rows"][0][7]] == [0, 0, 360, 1, 0, 360]


def test_everybody_may_see_the_relief_and_flat_ground_has_none(flat: list[int], ridge: Service) -> None:
    assert flat == [404, 404]
    for client in (ridge.public, ridge.sites):
        answer = client.get(RELIEF)
        assert answer.headers["content-type"] == "image/webp"
        grey = np.asarray(Image.open(io.BytesIO(answer.content)).convert("L")).astype(int)
        # The light comes from the north-west: the slope that looks north is bright, that which looks south is dark.
        rows = grey.mean(axis=1)
        assert rows.argmax() < rows.argmin()
        assert rows.max() - rows.min() > 30
        assert client.get(PICTURE).status_code == 200
