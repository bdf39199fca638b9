"""Compiling ahead: what it compiles is what an assessment calls, and whatever goes wrong there stops nothing."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from numba import config

from geo.workflows import compile_kernels
from geo.workflows.compile_kernels import compiling_beside, is_compiled

REPOSITORY = Path(__file__).resolve().parents[3]

# Kernels that were called or compiled in this process, with the types they took.
LIST_KERNELS = """
import gc, json
from numba.core.dispatcher import Dispatcher
made = [each for each in gc.get_objects() if isinstance(each, Dispatcher)]
kernels = [each for each in made if each.py_func.__module__.startswith("geo.radio.kernels")]
print(json.dumps([[each.py_func.__qualname__, str(types)] for each in kernels for types in each.overloads]))
"""
COMPILE = """
from geo.workflows.compile_kernels import compile_others, compile_sweep
compile_others()
compile_sweep()
"""
ASSESS = """
import sys
from pathlib import Path
from geo.store.result_cache import ResultCache
from tests.unit.assessment.small_province import assess_province, province
assess_province(province(), Path(sys.argv[1]), ResultCache(Path(), limit_bytes=0))
"""


def kernels_of(program: str, folder: Path) -> set[tuple[str, str]]:
    command = [sys.executable, "-c", program + LIST_KERNELS, str(folder)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return {(name, types) for name, types in json.loads(done.stdout)}


@pytest.mark.slow
def test_an_assessment_finds_every_kernel_compiled(tmp_path: Path) -> None:
    ahead = kernels_of(COMPILE, tmp_path)
    called = kernels_of(ASSESS, tmp_path)
    assert {"sweep_loss", "points_loss", "merge_window", "merge_points", "add_reaching"} <= {name for name, _ in called}
    assert called <= ahead


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of compiled kernels, here and in processes started from here."""
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "kernels"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kernels"))
    return tmp_path / "kernels"


def test_a_failure_is_logged_and_nothing_else(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(compile_kernels, "MODULE", "geo.workflows.no_such_module")
    with caplog.at_level(logging.WARNING), compiling_beside() as kernels:
        kernels.wait()
        assert not kernels.is_running()
    assert "no_such_module" in caplog.text
    assert not is_compiled()
    assert not empty_cache.exists()


def test_compiling_ends_with_the_work_beside_it(empty_cache: Path) -> None:
    with compiling_beside() as kernels:
        assert kernels.is_running()
    assert kernels.process is not None
    assert kernels.process.returncode != 0
    assert not is_compiled()


def test_compiled_kernels_are_not_compiled_again(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile_kernels, "compile_sweep", compile_kernels.is_compiled)
    monkeypatch.setattr(compile_kernels, "compile_others", compile_kernels.is_compiled)
    compile_kernels.compile_kernels()
    assert [path.name for path in empty_cache.iterdir() if path.name == "compiling"] == ["compiling"]
    assert is_compiled()
    with compiling_beside() as kernels:
        assert kernels.process is None
        kernels.wait()
    # Another program, Python or processor finds nothing.
    monkeypatch.setattr(compile_kernels, "engine_digest", lambda: "another program")
    assert not is_compiled()
