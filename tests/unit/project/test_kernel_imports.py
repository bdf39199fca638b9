"""Kernels import numpy, numba, math and each other: nothing else can be compiled."""

from __future__ import annotations

import ast

from tests.conftest import REPOSITORY

KERNELS = REPOSITORY / "geo" / "radio" / "kernels"
# llvmlite is what numba itself writes its machine code with: needed where an intrinsic is given to it.
ALLOWED = {"__future__", "collections.abc", "llvmlite", "math", "numba", "numpy", "typing"}


def _imported(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_kernels_import_only_numbers() -> None:
    files = sorted(KERNELS.rglob("*.py"))
    assert files
    foreign = {
        f"{file.name}: {name}"
        for file in files
        for name in _imported(file.read_text(encoding="utf-8"))
        if name not in ALLOWED and not name.startswith(("numpy.", "numba.", "geo.radio.kernels"))
    }
    assert foreign == set()
