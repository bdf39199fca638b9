"""Compilation options shared by every kernel."""

from typing import Any

from llvmlite import binding
from numba import config

# Kernels release the interpreter lock (callers run them in threads) and are kept on disk. `fastmath` may be on because
# no kernel ever sees or makes a NaN or an infinity: voids travel as their own mask.
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": True}


# Its names are made when it is imported.
_numba: Any = config


def _use_whole_vectors() -> None:
    """Have LLVM use all 512 bits of AVX-512: for most such processors it takes half of them by itself.

    To be called before anything is compiled. What the user told Numba about the processor stands.
    """
    try:
        features = binding.get_host_cpu_features()
    except RuntimeError:  # LLVM does not know them for this processor
        return
    if _numba.CPU_FEATURES is None and _numba.ENABLE_AVX and features.get("avx512f", False):
        _numba.CPU_FEATURES = f"{features.flatten()},-prefer-256-bit"


_use_whole_vectors()
