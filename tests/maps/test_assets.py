"""Every address of a page is local, and a page can be made to need no server at all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from maps.assets import (
    VENDOR_FILES,
    MissingAssetError,
    UnmappedAssetError,
    asset_path,
    copy_vendor_files,
    inline,
    localise,
)


@pytest.fixture
def static_dir(tmp_path: Path) -> Path:
    """A static folder with small stand-ins for the npm files: their text does not matter here."""
    for file in VENDOR_FILES:
        target = tmp_path / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"x")
    (tmp_path / "vendor/leaflet/leaflet.js").write_text("var L='</script>';\n//# sourceMappingURL=leaflet.js.map")
    (tmp_path / "vendor/leaflet/leaflet.css").write_text(".a{background:url(images/layers.png)}.b{behavior:url(#x)}")
    return tmp_path


@pytest.mark.parametrize(
    "address",
    [
        "https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js",
        "//unpkg.com/leaflet@1.9.4/dist/leaflet.js",
        "https://cdnjs.cloudflare.com/ajax/libs/leaflet/1.9.4/leaflet.js",
    ],
)
def test_known_addresses_become_local(static_dir: Path, address: str) -> None:
    html = localise(f'<script src="{address}"></script>', static_dir=static_dir)
    assert re.fullmatch(r'<script src="/static/vendor/leaflet/leaflet\.js\?v=[0-9a-f]{10}"></script>', html)


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://code.jquery.com/jquery-3.7.1.min.js"></script>',
        "<link rel='stylesheet' href='//fonts.example/css'>",
        '<img alt="" src="http://example.org/a.png">',
        "<style>@import 'https://example.org/a.css';</style>",
        "<style>.a{background:url(https://example.org/a.png)}</style>",
        '<script>L.tileLayer("https://{s}.tile.example.org/{z}/{x}/{y}.png")</script>',
        "<script>fetch('https://example.org/data.geojson')</script>",
    ],
)
def test_unmapped_address_raises(static_dir: Path, html: str) -> None:
    with pytest.raises(UnmappedAssetError):
        localise(html, static_dir=static_dir)


def test_links_for_readers_are_not_assets(static_dir: Path) -> None:
    html = '<a href="https://leafletjs.com">Leaflet</a>'
    assert localise(html, static_dir=static_dir) == html


def test_inline_needs_no_server(static_dir: Path) -> None:
    page = (
        '<link rel="stylesheet" href="https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.css"/>'
        '<script src="https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js"></script>'
    )
    html = inline(page, static_dir=static_dir)
    assert "/static/" not in html
    assert "sourceMappingURL" not in html
    assert r"<\/script>" in html
    assert 'url("data:image/png;base64,' in html
    assert "url(#x)" in html


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingAssetError, match=re.escape("vendor/leaflet/leaflet.js")):
        asset_path("vendor/leaflet/leaflet.js", tmp_path)
    with pytest.raises(MissingAssetError, match="npm ci"):
        copy_vendor_files(tmp_path, node_modules=tmp_path)


@pytest.mark.parametrize("name", ["../settings.py", "vendor/../../secret", "/etc/hostname"])
def test_nothing_outside_the_folders_is_served(static_dir: Path, name: str) -> None:
    with pytest.raises(MissingAssetError):
        asset_path(name, static_dir)
