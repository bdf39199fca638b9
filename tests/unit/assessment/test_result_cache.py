"""The cache of results: whole entries or none, a limit, the least used first, and no failure on a full disk."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from geo.store.packed import (
    compress,
    decompress,
    pack_arrays,
    pack_rasters,
    pack_together,
    unpack_array,
    unpack_rasters,
    unpack_together,
)
from geo.store.result_cache import LEFTOVER_S, ResultCache
from geo.store.result_entries import FIRST_BYTES, LARGEST_GAP_BYTES, entry_content, read_entry
from tests.conftest import REPOSITORY

KEY, OTHER = "loss/" + "ab" * 20, "tile/" + "cd" * 20
PARTS = {"one": b"1" * 100, "two": b"", "three": bytes(range(256))}


def cache_at(folder: Path, limit_bytes: int = 1_000_000) -> ResultCache:
    return ResultCache(folder / "cache", limit_bytes=limit_bytes)


def files(folder: Path) -> list[Path]:
    return [path for path in (folder / "cache").rglob("*") if path.is_file()]


def test_what_is_written_reads_back_whole_or_in_part(tmp_path: Path) -> None:
    cache = cache_at(tmp_path)
    assert cache.read(KEY) is None
    assert not cache.has(KEY)
    cache.write(KEY, PARTS)
    again = cache_at(tmp_path)
    assert again.read(KEY) == PARTS
    assert again.read(KEY, ["three", "four"]) == {"three": PARTS["three"]}
    assert again.has(KEY)
    assert [(kind.kind, kind.entries) for kind in again.status()] == [("loss", 1)]
    assert again.clear() == sum(kind.bytes for kind in cache.status()) + cache_size(PARTS)
    assert again.read(KEY) is None


def cache_size(parts: dict[str, bytes]) -> int:
    return len(entry_content(parts))


sizes = st.one_of(
    st.integers(0, 40),
    st.integers(-40, 40).map(lambda off: FIRST_BYTES + off),
    st.integers(0, 3 * LARGEST_GAP_BYTES),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(st.tuples(sizes, st.booleans()), max_size=12))
def test_any_parts_are_read_by_their_names(tmp_path: Path, drawn: list[tuple[int, bool]]) -> None:
    rng = np.random.default_rng(len(drawn))
    parts = {f"part {number}": rng.bytes(size) for number, (size, _) in enumerate(drawn)}
    wanted = [f"part {number}" for number, (_, is_wanted) in enumerate(drawn) if is_wanted]
    path = tmp_path / "entry"
    path.write_bytes(entry_content(parts))
    assert read_entry(path, wanted) == {name: parts[name] for name in wanted}
    assert read_entry(path, [*reversed(wanted), "another"]) == {name: parts[name] for name in wanted}
    assert read_entry(path, None) == parts
    path.write_bytes(entry_content({**parts, "last": b"1"})[:-1])
    with pytest.raises(ValueError, match="too early"):
        read_entry(path, ["last"])


@pytest.mark.parametrize("at", range(0, 460, 7))
def test_a_damaged_entry_counts_as_missing_and_is_removed(tmp_path: Path, at: int) -> None:
    cache = cache_at(tmp_path)
    cache.write(KEY, PARTS)
    (path,) = files(tmp_path)
    content = bytearray(path.read_bytes())
    at = min(at, len(content) - 1)
    content[at] ^= 0x40
    path.write_bytes(content)
    assert cache.read(KEY) is None
    assert files(tmp_path) == []
    cache.write(KEY, PARTS)
    path.write_bytes(bytes(content)[:at])
    assert cache.read(KEY) is None


def test_the_least_used_go_first_and_the_limit_holds(tmp_path: Path) -> None:
    cache = cache_at(tmp_path, limit_bytes=10_000)
    keys = [f"loss/{number:040x}" for number in range(8)]
    for number, key in enumerate(keys):
        cache.write(key, {"it": os.urandom(1000)})
        os.utime(cache._path(key), (1000.0 + number, 1000.0 + number))
    cache.touch([keys[0]])
    cache.write(OTHER, {"it": os.urandom(3000)})
    assert cache.read(keys[0]) is not None
    assert cache.read(keys[1]) is None
    assert cache.read(OTHER) is not None
    assert sum(kind.bytes for kind in cache.status()) <= 10_000


def test_the_newest_of_a_kind_is_the_one_used_last(tmp_path: Path) -> None:
    cache = cache_at(tmp_path)
    assert cache.newest("window") is None
    for digest in ("aa11", "bb22", "cc33"):
        cache.write(f"window/{digest}", PARTS)
        path = tmp_path / "cache" / "window" / digest[:2] / digest
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 60))
    cache.write("loss/dd44", PARTS)
    cache.touch(["window/bb22"])
    assert cache.newest("window") == "window/bb22"


def test_two_processes_share_a_folder_and_what_a_killed_one_left_goes(tmp_path: Path) -> None:
    one, two = cache_at(tmp_path, 10_000), cache_at(tmp_path, 10_000)
    one.write(KEY, {"it": os.urandom(4000)})
    two.write(OTHER, {"it": os.urandom(4000)})
    assert one.read(OTHER) == two.read(OTHER)
    left = one._path(KEY).with_name(".tmp-1-1")
    left.write_bytes(b"half")
    two.status()
    assert left.exists()
    old = time.time() - LEFTOVER_S - 10
    os.utime(left, (old, old))
    two.status()
    assert not left.exists()
    third = f"gaps/{7:040x}"
    two.write(third, {"it": os.urandom(5000)})
    assert sum(kind.bytes for kind in one.status()) <= 10_000


FULL = """
import resource, signal, sys
from pathlib import Path
from geo.store.result_cache import ResultCache
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
told = []
cache = ResultCache(Path(sys.argv[1]), limit_bytes=10**6, on_trouble=lambda error: told.append(error.errno))
cache.write("loss/" + "0" * 40, {"small": b"1" * 500})
cache.write("loss/" + "1" * 40, {"large": b"2" * 5000})
cache.write("loss/" + "2" * 40, {"large": b"3" * 5000})
assert cache.read("loss/" + "1" * 40) == {"large": b"2" * 5000}
assert cache.read("loss/" + "2" * 40) == {"large": b"3" * 5000}
print(len(told), cache.trouble is not None, sorted(p.name[:4] for p in Path(sys.argv[1]).rglob("*") if p.is_file()))
"""


def test_a_disk_that_takes_no_more_is_told_once_and_nothing_fails(tmp_path: Path) -> None:
    # A limit on the size of files, set in a process of its own, refuses a write just as a full disk does.
    assert resource.getrlimit(resource.RLIMIT_FSIZE)
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL), str(tmp_path / "cache")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() in ("1 True ['0000']", "1 True []")
    assert ran.stderr.count("cannot be kept") == 1


@pytest.mark.parametrize("limit", [0, 1_000_000])
def test_a_folder_that_cannot_be_made_or_a_limit_of_nothing_keeps_in_memory(tmp_path: Path, limit: int) -> None:
    (tmp_path / "cache").write_text("a file stands in the way")
    cache = cache_at(tmp_path, limit)
    cache.write(KEY, PARTS)
    assert cache.read(KEY) == PARTS
    assert cache_at(tmp_path, limit).read(KEY) is None


@pytest.mark.kernels
@given(
    hnp.arrays(np.int16, hnp.array_shapes(min_dims=3, max_dims=3, max_side=9), elements=st.integers(-32768, 32767)),
)
def test_rasters_pack_and_unpack(rasters: NDArray[np.int16]) -> None:
    assert np.array_equal(unpack_rasters(pack_rasters(rasters), rasters.shape), rasters)
    (packed,) = pack_arrays({"it": rasters}).values()
    assert np.array_equal(unpack_array(packed), rasters)


@given(
    hnp.arrays(np.int16, hnp.array_shapes(max_dims=3, min_side=0, max_side=5)),
    hnp.arrays(np.float64, hnp.array_shapes(max_dims=2, max_side=3), elements=st.floats(allow_nan=False)),
)
def test_arrays_of_any_type_and_size_pack_together(first: NDArray[np.int16], second: NDArray[np.float64]) -> None:
    packed: dict[str, NDArray[Any]] = {"first": first, "middle": np.ones(3, np.uint8), "second": second}
    found = unpack_together(pack_together(packed))
    assert list(found) == list(packed)
    for name, array in found.items():
        assert array.dtype == packed[name].dtype
        assert array.flags.aligned
        assert array.flags.writeable
        assert np.array_equal(array, packed[name])


def test_bytes_of_something_else_are_refused() -> None:
    assert decompress(compress(b"abc")) == b"abc"
    with pytest.raises(ValueError, match="not what was compressed"):
        decompress(b"abc")
    for content in (
        b"abc",
        compress(b"abc"),
        compress(b"\x93NUMPY\x02\x00"),
        pack_arrays({"it": np.ones(9)})["it"][:-4],
    ):
        with pytest.raises(ValueError, match=r"."):
            unpack_array(content)


def filled(folder: Path, *, entries: int, size: int = 1000) -> list[str]:
    """Keep entries under a limit that holds them all, and return their names."""
    keys = [f"loss/{number:040x}" for number in range(entries)]
    cache = cache_at(folder)
    for key in keys:
        cache.write(key, {"it": os.urandom(size)})
    return keys


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in files(folder))


def test_a_lowered_limit_holds_where_nothing_is_written_and_says_what_is_needed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys = filled(tmp_path, entries=20)
    before = size_of(tmp_path)
    large = cache_at(tmp_path, limit_bytes=30_000)
    large.touch(keys)
    large.settle()
    assert size_of(tmp_path) == before
    assert caplog.messages == []
    small = cache_at(tmp_path, limit_bytes=10_000)
    small.touch(keys)
    small.settle()
    assert 8_000 < size_of(tmp_path) <= 10_000
    (told,) = caplog.messages
    assert f"needs {before / 1e6:.1f} MB" in told
    assert "PHUSONG_CACHE_LIMIT_GB to 0.001 or more" in told


def test_the_limit_that_is_advised_is_above_the_one_in_force(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    keys = filled(tmp_path, entries=5)
    own = cache_at(tmp_path, limit_bytes=9_000_000)
    own.touch(keys)
    # Another installation fills the folder meanwhile, and what was not used for longest leaves.
    other = cache_at(tmp_path, limit_bytes=9_000_000)
    for number in range(8):
        other.write(f"tile/{number:040x}", {"it": os.urandom(1_000_000)})
    own.write(f"tile/{99:040x}", {"it": os.urandom(2_000_000)})
    own.settle()
    (told,) = [message for message in caplog.messages if "PHUSONG_CACHE_LIMIT_GB to" in message]
    assert float(told.split("PHUSONG_CACHE_LIMIT_GB to ")[1].split()[0]) > 0.009


def test_a_lowered_limit_holds_where_the_folder_was_counted_before(tmp_path: Path) -> None:
    keys = filled(tmp_path, entries=5)
    cache = cache_at(tmp_path, limit_bytes=100)
    cache.count()
    cache.touch(keys)
    cache.settle()
    assert sum(kind.bytes for kind in cache.status()) <= 100


def test_old_entries_that_leave_are_not_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    keys = filled(tmp_path, entries=20)
    for key in keys[:15]:
        os.utime(cache_at(tmp_path)._path(key), (1000.0, 1000.0))
    cache = cache_at(tmp_path, limit_bytes=10_000)
    cache.touch(keys[15:])
    cache.settle()
    assert size_of(tmp_path) <= 10_000
    assert all(cache.has(key) for key in keys[15:])
    assert caplog.messages == []


def test_a_limit_of_nothing_reads_nothing_old_and_leaves_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys = filled(tmp_path, entries=3)
    cache = cache_at(tmp_path, limit_bytes=0)
    assert not cache.has(keys[0])
    assert cache.read(keys[0]) is None
    assert cache.newest("loss") is None
    cache.write(OTHER, PARTS)
    cache.touch([*keys, OTHER])
    cache.settle()
    assert files(tmp_path) == []
    assert cache.read(OTHER) == PARTS
    assert caplog.messages == []


def test_the_folder_is_read_once_for_an_assessment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = filled(tmp_path, entries=5)
    looks: list[str | None] = []
    look = ResultCache._files

    def counted(cache: ResultCache, only: str | None = None) -> Any:
        looks.append(only)
        return look(cache, only)

    monkeypatch.setattr(ResultCache, "_files", counted)
    unchanged, changed = cache_at(tmp_path), cache_at(tmp_path)
    unchanged.touch(keys)
    unchanged.settle()
    assert len(looks) == 1
    changed.write(KEY, PARTS)
    changed.write(OTHER, PARTS)
    changed.settle()
    assert len(looks) == 2
    # What workers of a cluster wrote is counted.
    changed.count_again()
    changed.settle()
    assert len(looks) == 3


SMALL_DISK = """
import logging, os, sys
from pathlib import Path
from geo.store.result_cache import ResultCache
logging.basicConfig(format="%(message)s")
folder = Path(sys.argv[1])
for run in range(2):
    cache = ResultCache(folder / "cache", limit_bytes=10**9)
    keys = [f"loss/{number:040x}" for number in range(30)]
    for key in keys:
        if not cache.has(key):
            cache.write(key, {"it": b"1" * 100_000})
    cache.touch(keys)
    cache.settle()
    print(cache.trouble, sum(kind.bytes for kind in cache.status()) > 10**6)
"""


def test_a_disk_that_is_too_small_is_told_once_with_the_room_that_is_needed(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(SMALL_DISK))
    # A disk of 2 MB for this process alone; what is kept needs 3 MB.
    mounted = f"mount -t tmpfs -o size=2m none {disk}"
    space = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*space, mounted], capture_output=True, check=False).returncode
    ):
        pytest.skip("this machine does not let a test mount a small disk of its own")
    ran = subprocess.run(
        [*space, f"{mounted} && exec {sys.executable} {program} {disk}"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    assert ran.stdout.splitlines() == ["None True"] * 2
    # Once in each assessment: that the disk is full, and how much room it should have.
    assert ran.stderr.count("is full: kept results") == 2
    assert ran.stderr.count("needs 3.1 MB, of which 2.0 MB") == 2
    assert ran.stderr.count("Make room for 4 MB") == 2
    assert len(ran.stderr.splitlines()) == 4


def test_a_closed_folder_costs_no_entry(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    keys = filled(tmp_path, entries=5)
    cache = cache_at(tmp_path)
    (tmp_path / "cache" / "tile").write_text("a file stands in the way")
    cache.write(OTHER, PARTS)
    cache.touch([*keys, OTHER])
    cache.settle()
    assert all(cache.has(key) for key in keys)
    assert cache.read(OTHER) == PARTS
    (told,) = caplog.messages
    assert "cannot be kept" in told
