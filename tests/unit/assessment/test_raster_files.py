"""Raster files that come out as before are linked to the earlier ones; damage on the way changes no pixel."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from geo.store import result_cache
from geo.store.result_cache import ResultCache
from geo.workflows.assessment.unchanged_files import LISTING
from tests.unit.assessment.small_province import OUT, Outcome, Province, assert_same, assess_province, province

LIMIT = 200_000_000


def turned(of: Province) -> Province:
    """Turn the first site, which has 4G of alpha only."""
    return replace(of, sites=(replace(of.sites[0], azimuth_deg=45.0), *of.sites[1:]))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> ResultCache:
    return ResultCache(tmp_path_factory.mktemp("kept") / "cache", limit_bytes=LIMIT)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, cache: ResultCache) -> tuple[Path, Outcome]:
    folder = tmp_path_factory.mktemp("first")
    return folder, assess_province(province(), folder, cache)


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory, first: tuple[Path, Outcome]) -> Outcome:
    """The turned province, computed without anything kept."""
    folder = tmp_path_factory.mktemp("wanted")
    return assess_province(turned(province()), folder, ResultCache(folder / "none", limit_bytes=0))


def linked(one: Path, other: Path) -> set[str]:
    """Return the names of the files that two assessments share."""
    others = other / OUT
    return {
        path.name
        for path in (one / OUT).glob("*.tif")
        if (others / path.name).exists() and path.samefile(others / path.name)
    }


def test_only_files_of_what_changed_are_written(
    tmp_path: Path, cache: ResultCache, first: tuple[Path, Outcome], wanted: Outcome
) -> None:
    found = assess_province(turned(province()), tmp_path, cache, earlier=[tmp_path / "gone", first[0]])
    assert_same(found, wanted)
    own = {"level_4G_alpha.tif", "server_4G_alpha.tif", "level_4G_any.tif", "server_4G_any.tif", "operators_4G.tif"}
    every = {path.name for path in (tmp_path / OUT).glob("*.tif")} - {"public_4G.tif", "public_5G.tif"}
    assert len(every) == 14
    assert every - own <= linked(tmp_path, first[0]) <= every - {"level_4G_alpha.tif"}
    # The earlier files are what they were.
    assert (
        json.loads((first[0] / OUT / LISTING).read_text())["level_4G_alpha.tif"][0]
        != (json.loads((tmp_path / OUT / LISTING).read_text())["level_4G_alpha.tif"][0])
    )
    assert_same(assess_province(province(), tmp_path / "back", cache, earlier=[tmp_path, first[0]]), first[1])
    assert linked(tmp_path / "back", first[0]) == every


def test_files_that_were_touched_since_are_written_again(
    tmp_path: Path, cache: ResultCache, first: tuple[Path, Outcome], wanted: Outcome
) -> None:
    before = tmp_path / "before"
    assess_province(province(), before, cache)
    names = sorted(json.loads((before / OUT / LISTING).read_text()))
    cut, edited, away, link = (before / OUT / name for name in names if "5G" in name and "level" not in name)
    cut.write_bytes(cut.read_bytes()[:-10])
    content = bytearray(edited.read_bytes())
    content[-20] ^= 0xFF
    stat = edited.stat()
    edited.write_bytes(content)
    # As a copy of a damaged file has them: size and times tell nothing.
    os.utime(edited, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    away.unlink()
    link.unlink()
    link.symlink_to(first[0] / OUT / link.name)
    assert_same(assess_province(turned(province()), tmp_path / "after", cache, earlier=[before]), wanted)
    assert not linked(tmp_path / "after", before) & {cut.name, edited.name, away.name, link.name}
    assert not (tmp_path / "after" / OUT / link.name).is_symlink()


@pytest.mark.parametrize(
    "listing",
    ["", "[]", '{"level_4G_alpha.tif": 1}', '{"../x.tif": ["a", 1]}', "\udcff", '{"a": ["b", 1e999]}', "[" * 100_000],
    ids=range(7),
)
def test_a_list_that_cannot_be_read_is_left_alone(
    tmp_path: Path, cache: ResultCache, wanted: Outcome, listing: str
) -> None:
    (tmp_path / "before" / OUT).mkdir(parents=True)
    (tmp_path / "before" / OUT / LISTING).write_bytes(listing.encode("utf-8", "surrogateescape"))
    found = assess_province(turned(province()), tmp_path / "after", cache, earlier=[tmp_path / "before"])
    assert_same(found, wanted)


def test_a_disk_without_links_gets_files_of_its_own(
    tmp_path: Path,
    cache: ResultCache,
    first: tuple[Path, Outcome],
    wanted: Outcome,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    assert_same(assess_province(turned(province()), tmp_path, cache, earlier=[first[0]]), wanted)
    assert not linked(tmp_path, first[0])


@pytest.mark.parametrize("can_remove", [True, False])
def test_blocks_that_are_damaged_are_computed_again(
    tmp_path: Path,
    cache: ResultCache,
    first: tuple[Path, Outcome],
    monkeypatch: pytest.MonkeyPatch,
    can_remove: bool,
) -> None:
    # Counts lie first in an entry: they are read, and only the blocks turn out to be damaged.
    for kind in ("tile", "overview"):
        for path in (cache.folder / kind).rglob("*"):
            if path.is_file():
                content = bytearray(path.read_bytes())
                content[-50] ^= 0xFF
                path.write_bytes(content)
    if not can_remove:
        # As in a folder that cannot be written: what is damaged stays, and counts are found again.
        monkeypatch.setattr(result_cache, "_remove", lambda path: None)
        monkeypatch.setattr(ResultCache, "write", lambda *_: None)
    assert_same(assess_province(province(), tmp_path, cache), first[1])
    assert not linked(tmp_path, first[0])
