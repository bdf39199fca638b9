"""What is kept never changes a result: an assessment after any edits is the one computed from nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.domain.coverage import NO_DATA, NOT_REACHED
from geo.radio.prediction import best_server
from geo.settings import Settings
from geo.store.result_cache import ResultCache
from geo.workflows.assessment.bench import Bench, KeyedMast
from geo.workflows.assessment.files import best_server as best_server_of_any
from geo.workflows.assessment.grid import make_bench
from geo.workflows.assessment.levels import OperatorLevels
from geo.workflows.assessment.runners import LocalRunner
from geo.workflows.assessment.window import read_window
from tests.unit.assessment.small_province import (
    COLS,
    COMMUNES,
    OPERATORS,
    RASTER_COLS,
    RASTER_ROWS,
    ROWS,
    Province,
    Site,
    assert_same,
    assess_province,
    province,
)

Edit = Callable[[Province], Province]
LIMIT = 200_000_000
rows = st.floats(0, ROWS, allow_nan=False).map(lambda value: round(value, 2))
cols = st.floats(0, COLS, allow_nan=False).map(lambda value: round(value, 2))


def edit_site(which: int, **changes: object) -> Edit:
    def edit(of: Province) -> Province:
        place = which % len(of.sites)
        changed = replace(of.sites[place], **changes)  # type: ignore[arg-type]
        return replace(of, sites=(*of.sites[:place], changed, *of.sites[place + 1 :]))

    return edit


def add_site(operator: str, row: float, col: float, has_5g: bool) -> Edit:
    def edit(of: Province) -> Province:
        number = max(site.number for site in of.sites) + 1
        return replace(of, sites=(*of.sites, Site(number, operator, row, col, has_5g=has_5g)))

    return edit


def remove_site(which: int) -> Edit:
    def edit(of: Province) -> Province:
        place = which % len(of.sites)
        return of if len(of.sites) == 1 else replace(of, sites=of.sites[:place] + of.sites[place + 1 :])

    return edit


def dig(row: int, col: int, height_m: float) -> Edit:
    """Change some pixels of terrain; -32768 makes them void."""

    def edit(of: Province) -> Province:
        terrain = of.terrain_m.copy()
        terrain[row : row + 3, col : col + 3] = height_m
        return replace(of, terrain_m=terrain)

    return edit


def plant(row: int, col: int, code: int) -> Edit:
    def edit(of: Province) -> Province:
        classes = of.classes.copy()
        classes[row : row + 5, col : col + 5] = code
        return replace(of, classes=classes)

    return edit


def settle(row: int, col: int) -> Edit:
    def edit(of: Province) -> Province:
        if of.people is None:
            return of
        people = of.people.copy()
        people[row, col] += 100.0
        return replace(of, people=people)

    return edit


def without_list(operator: str, commune: str) -> Edit:
    return lambda of: replace(of, without_list=of.without_list ^ {(operator, commune)})


whole = st.integers(0, 9)
pixel_rows, pixel_cols = st.integers(100, RASTER_ROWS - 110), st.integers(100, RASTER_COLS - 110)
edits = st.one_of(
    st.builds(add_site, st.sampled_from(OPERATORS), rows, cols, st.booleans()),
    st.builds(remove_site, whole),
    st.builds(lambda which, row, col: edit_site(which, row=row, col=col), whole, rows, cols),
    st.builds(lambda which, value: edit_site(which, height_m=value), whole, st.sampled_from([15.0, 60.0])),
    st.builds(lambda which, value: edit_site(which, eirp_dbm=value), whole, st.sampled_from([30.0, 46.0, 58.0])),
    st.builds(lambda which, value: edit_site(which, azimuth_deg=value), whole, st.sampled_from([None, 0.0, 135.0])),
    st.builds(lambda which, value: edit_site(which, tilt_deg=value), whole, st.sampled_from([0.0, 8.0])),
    st.builds(lambda which, value: edit_site(which, has_5g=value), whole, st.booleans()),
    st.builds(lambda which, value: edit_site(which, operator=value), whole, st.sampled_from(OPERATORS)),
    st.builds(dig, pixel_rows, pixel_cols, st.sampled_from([900.0, -32768.0])),
    st.builds(plant, pixel_rows, pixel_cols, st.sampled_from([10, 50])),
    st.builds(settle, pixel_rows, pixel_cols),
    st.builds(without_list, st.sampled_from(OPERATORS), st.sampled_from(COMMUNES)),
    st.builds(lambda tier: lambda of: replace(of, covered_tier=tier), st.sampled_from(["marginal", "indoor"])),
    st.builds(lambda scale: lambda of: replace(of, reach_scale=scale), st.sampled_from([0.5, 0.9])),
    st.builds(lambda row, col: lambda of: replace(of, villages=((row, col), *of.villages[1:])), rows, cols),
    st.just(lambda of: replace(of, people=None)),
)


@pytest.mark.slow
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(edits, min_size=1, max_size=3))
def test_any_edits_give_what_is_computed_from_nothing(
    tmp_path_factory: pytest.TempPathFactory, kept: ResultCache, steps: list[Edit]
) -> None:
    folder = tmp_path_factory.mktemp("edits")
    folders, edited = [kept.folder.parent / "first"], province()
    for number, edit in enumerate(steps):
        edited = edit(edited)
        after = assess_province(edited, folder / str(number), kept, earlier=folders)
        folders.insert(0, folder / str(number))
    fresh = assess_province(edited, folder / "fresh", ResultCache(folder, limit_bytes=0))
    assert_same(after, fresh)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> ResultCache:
    """A cache that has the province before any edit."""
    folder = tmp_path_factory.mktemp("kept")
    cache = ResultCache(folder / "cache", limit_bytes=LIMIT)
    assess_province(province(), folder / "first", cache)
    return cache


@pytest.mark.slow
def test_one_changed_site_computes_one_mast_and_its_tiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = ResultCache(tmp_path / "cache", limit_bytes=LIMIT)
    base = province()
    assess_province(base, tmp_path / "first", cache)
    computed: list[str] = []
    keep_loss = Bench.keep_loss

    def watched(bench: Bench, keyed: KeyedMast) -> None:
        computed.append(keyed.digest)
        keep_loss(bench, keyed)

    monkeypatch.setattr(Bench, "keep_loss", watched)
    assess_province(edit_site(0, tilt_deg=6.0)(base), tmp_path / "tilted", cache)
    assert computed == []
    tiles = next(kind for kind in cache.status() if kind.kind == "tile").entries
    assess_province(edit_site(0, height_m=55.0)(base), tmp_path / "raised", cache)
    assert len(computed) == 1
    new_tiles = next(kind for kind in cache.status() if kind.kind == "tile").entries - tiles
    assert 1 <= new_tiles < 9
    assess_province(base, tmp_path / "back", cache)
    assert len(computed) == 1


@pytest.mark.slow
def test_a_window_kept_in_another_form_is_left_alone(tmp_path: Path) -> None:
    cache = ResultCache(tmp_path / "cache", limit_bytes=LIMIT)
    cache.write("window/ffff", {"head": b"{}"})
    cache.write("window/eeee", {"other": b""})
    of = province()
    assert_same(
        assess_province(of, tmp_path / "one", cache),
        assess_province(of, tmp_path / "two", ResultCache(tmp_path / "none", limit_bytes=0)),
    )


def test_nothing_kept_a_full_cache_and_damaged_entries_change_no_bit(tmp_path: Path) -> None:
    base = province()
    fresh = assess_province(base, tmp_path / "fresh", ResultCache(tmp_path / "none", limit_bytes=0))
    small = ResultCache(tmp_path / "small", limit_bytes=60_000)
    assert_same(assess_province(base, tmp_path / "small-run", small), fresh)
    assert sum(kind.bytes for kind in small.status()) <= 60_000
    cache = ResultCache(tmp_path / "cache", limit_bytes=LIMIT)
    assert_same(assess_province(base, tmp_path / "one", cache, LocalRunner(1)), fresh)
    rng = np.random.default_rng(5)
    for path in sorted((tmp_path / "cache").rglob("*")):
        if path.is_file():
            content = bytearray(path.read_bytes())
            content[int(rng.integers(len(content)))] ^= 0xFF
            path.write_bytes(content if rng.random() < 0.7 else content[: len(content) // 2])
    edited = edit_site(1, height_m=41.0)(base)
    nothing = ResultCache(tmp_path / "none", limit_bytes=0)
    assert_same(assess_province(edited, tmp_path / "two", cache), assess_province(edited, tmp_path / "three", nothing))


def test_tiles_are_what_the_whole_raster_at_once_gives(tmp_path: Path) -> None:
    base = province()
    found = assess_province(base, tmp_path, ResultCache(tmp_path / "cache", limit_bytes=LIMIT))
    inputs = base.inputs(tmp_path)
    settings_of = Settings(home=tmp_path)
    bench = make_bench(inputs, settings_of, read_window(inputs, settings_of), ResultCache(tmp_path, limit_bytes=0))
    layers = best_server(
        inputs.cells,
        terrain=bench.window.terrain,
        clutter=bench.window.clutter,
        settings=bench.settings,
        area=bench.window.territory.area,
    )
    inside = bench.window.territory.labels > 0
    assert len(layers) == 4
    for layer in layers:
        name = f"{layer.technology}_{layer.operator_code}.tif"
        assert np.array_equal(found.rasters[f"level_{name}"][inside], layer.encoded()[inside])
        assert np.array_equal(found.rasters[f"server_{name}"][inside], layer.server_cell_id[inside])
        assert (layer.server_cell_id > 0).any()
    for technology in inputs.technologies:
        best = found.rasters[f"level_{technology}_any.tif"]
        own = [layer for layer in layers if layer.technology == technology]
        giving = [
            np.where(
                (layer.encoded() == best) & (best > NOT_REACHED) & (layer.server_cell_id > 0), layer.server_cell_id, 0
            )
            for layer in own
        ]
        lowest = np.min([np.where(cells > 0, cells, np.iinfo(np.int32).max) for cells in giving], axis=0)
        expected = np.where(np.max(giving, axis=0) > 0, lowest, 0)
        server = found.rasters[f"server_{technology}_any.tif"]
        assert np.array_equal(server[inside], expected[inside])
        assert (server > 0).any()


def test_of_two_equal_servers_of_any_operator_the_lower_number_counts() -> None:
    levels = OperatorLevels(
        {
            "a": np.array([-900, -900, NOT_REACHED, NO_DATA, -950], dtype=np.int16),
            "b": np.array([-900, -910, NOT_REACHED, -900, NO_DATA], dtype=np.int16),
        },
        5,
    )
    servers = {"a": np.array([7, 7, 0, 0, 7], dtype=np.int32), "b": np.array([4, 4, 0, 4, 0], dtype=np.int32)}
    # In the last one an operator without data leaves open what is best: nobody is named.
    best = np.array([-900, -900, NOT_REACHED, -900, NO_DATA], dtype=np.int16)
    assert best_server_of_any(levels, servers, best).tolist() == [4, 7, 0, 4, 0]
