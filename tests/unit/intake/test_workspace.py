"""Temporary folders of killed imports go away; those of living ones stay."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from geo.intake.workspace import PREFIX, import_workspace


def test_left_folders_are_removed_and_held_ones_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, young = tmp_path / f"{PREFIX}left", tmp_path / f"{PREFIX}young"
    for folder in (left, young):
        folder.mkdir()
        (folder / "big.tif").write_bytes(b"x")
    os.utime(left, (0, 0))
    with import_workspace() as living:
        os.utime(living, (0, 0))
        assert not left.exists()
        assert young.exists()
        with import_workspace() as other:
            assert living.exists()
            assert other != living
    assert not living.exists()
