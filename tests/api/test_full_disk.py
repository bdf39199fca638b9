"""A full disk is told as such, by commands and by the API; /dev/full is one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.middleware import SafetyMiddleware
from geo.errors import DiskFullError

FULL = Path("/dev/full")


def test_a_command_that_finds_the_disk_full_says_so_in_both_languages() -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", "--help"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    said = done.stderr.decode()
    assert done.returncode == DiskFullError.exit_code
    assert "The disk is full" in said
    assert "Ổ đĩa đã đầy" in said
    assert "Traceback" not in said


def test_the_api_says_so_without_naming_the_place() -> None:
    app = FastAPI()
    app.add_middleware(SafetyMiddleware)

    @app.get("/write")
    def write() -> None:
        FULL.write_text("anything")

    answer = TestClient(app).get("/write")
    assert (answer.status_code, answer.json()["code"]) == (503, "disk_full")
    assert "The disk is full or takes no more;" in answer.json()["detail_en"]
    assert str(FULL) not in answer.text
