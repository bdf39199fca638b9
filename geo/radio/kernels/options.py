"""Compilation options shared by every kernel."""

from typing import Any

# Kernels release the interpreter lock (callers run them in threads) and are kept on disk. `fastmath` may be on because
# no kernel ever sees or makes a NaN or an infinity: voids travel as their own mask.
OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": True}
