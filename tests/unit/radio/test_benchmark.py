"""`phusong radio benchmark`: it measures what it says it does."""

from __future__ import annotations

import json
import math

import pytest
from typer.testing import CliRunner

from api.cli import app
from geo.radio.benchmark import fractal_terrain, square_grid


@pytest.mark.parametrize("method", ["sweep", "profiles"])
def test_the_document_names_what_was_measured(method: str) -> None:
    arguments = ["--step-m", "90", "--radius-km", "2", "--runs", "1", "--method", method]
    done = CliRunner().invoke(app, ["radio", "benchmark", *arguments, "--json"])
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert (document["model"], document["method"]) == ("ITU-R P.1812-7", method)
    assert (document["step_m"], document["radius_km"], document["frequencies_mhz"]) == (90.0, 2.0, [1800.0])
    assert document["pixels"] == pytest.approx(math.pi * (2000.0 / 90.0) ** 2, rel=0.02)
    assert document["pixels_per_second_per_core"] == pytest.approx(document["pixels"] / document["seconds"], rel=1e-6)


def test_several_frequencies_count_singly() -> None:
    arguments = [
        "--step-m",
        "90",
        "--radius-km",
        "2",
        "--runs",
        "1",
        "--frequency-mhz",
        "800",
        "--frequency-mhz",
        "1800",
    ]
    document = json.loads(CliRunner().invoke(app, ["radio", "benchmark", *arguments, "--json"]).stdout)
    assert document["frequencies_mhz"] == [800.0, 1800.0]
    assert document["pixels"] == pytest.approx(2.0 * math.pi * (2000.0 / 90.0) ** 2, rel=0.02)


def test_a_frequency_outside_the_recommendation_is_refused() -> None:
    done = CliRunner().invoke(app, ["radio", "benchmark", "--frequency-mhz", "20", "--json"])
    assert done.exit_code == 2


def test_the_ground_is_the_same_every_time() -> None:
    grid = square_grid(90.0, 2.0)
    first, second = fractal_terrain(grid), fractal_terrain(grid)
    assert (first.heights_m == second.heights_m).all()
    assert first.heights_m.std() == pytest.approx(250.0, rel=1e-3)
