"""Path loss, antennas and coverage levels.

Numba checks only the file of a kernel itself when it looks for a compiled copy on disk. The kernels live in several
files that call each other, so the copies are kept under a digest of all of them: a changed file can never meet a stale
one. A cache folder chosen by the environment (`NUMBA_CACHE_DIR`) is left alone.
"""

import hashlib
import os
from pathlib import Path

import numba
import numpy
from llvmlite import binding
from numba import config


def _cache_folder() -> str:
    folder = Path(__file__).parent / "kernels"
    digest = hashlib.sha256(numba.__version__.encode())
    for file in sorted(folder.glob("*.py")):
        digest.update(file.read_bytes())
    return str(folder / "__pycache__" / digest.hexdigest()[:16])


def engine_digest() -> str:
    """Return a SHA-256 over everything that computes levels: this package's files, numba, numpy and the processor.

    Another processor may round in another order, which moves a loss by a hundredth of a dB here and there.
    """
    folder = Path(__file__).parent
    digest = hashlib.sha256(f"{numba.__version__} {numpy.__version__} {_processor()}".encode())
    for file in sorted(folder.rglob("*.py")):
        digest.update(file.relative_to(folder).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()


def _processor() -> str:
    """Return what compiled kernels are made for: this processor, or the one that Numba was told."""
    name = os.environ.get("NUMBA_CPU_NAME") or binding.get_host_cpu_name()
    return f"{name} {os.environ.get('NUMBA_CPU_FEATURES') or binding.get_host_cpu_features().flatten()}"


if not getattr(config, "CACHE_DIR", ""):
    setattr(config, "CACHE_DIR", _cache_folder())  # noqa: B010 (numba's settings carry no types)
