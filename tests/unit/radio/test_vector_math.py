"""The polynomials of the sweep against the C library, over the whole range they are used in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numba import njit
from numpy.typing import NDArray

from geo.radio.kernels import vector_math

Array = NDArray[np.float32]


def over(function: Callable[..., np.float32], values: Array) -> NDArray[np.float64]:
    @njit()
    def run(inputs: Array, outputs: Array) -> None:
        for i in range(inputs.size):
            outputs[i] = function(inputs[i])

    outputs = np.empty_like(values)
    run(values, outputs)
    return outputs.astype(np.float64)


@pytest.mark.kernels
def test_logarithm() -> None:
    x = np.geomspace(1e-30, 1e30, 1001).astype(np.float32)
    exact = np.log2(x.astype(np.float64))
    assert np.all(np.abs(over(vector_math.log2, x) - exact) <= 4e-7 + 1e-7 * np.abs(exact))
    decibels = np.geomspace(1e-12, 1e12, 1001).astype(np.float32)
    assert np.abs(over(vector_math.decibel, decibels) - 10 * np.log10(decibels.astype(np.float64))).max() < 2e-5


@pytest.mark.kernels
def test_exponentials() -> None:
    x = np.linspace(-126.0, 126.0, 1001).astype(np.float32)
    exact = np.exp2(x.astype(np.float64))
    assert np.abs(over(vector_math.exp2, x) / exact - 1.0).max() < 3e-7
    assert over(vector_math.exp2, np.array([-500.0, 500.0], np.float32)) == pytest.approx([2.0**-126, 2.0**126])
    small = np.linspace(-80.0, 80.0, 1001).astype(np.float32)
    relative = np.abs(over(vector_math.exp, small) / np.exp(small.astype(np.float64)) - 1.0)
    assert np.all(relative < 3e-7 * (1.0 + np.abs(small)))
    logistic = 1.0 / (1.0 + np.exp(small.astype(np.float64)))
    assert np.abs(over(vector_math.logistic, small) - logistic).max() < 1e-6


@njit()
def powers(inputs: Array, exponent: np.float32, outputs: Array) -> None:
    for i in range(inputs.size):
        outputs[i] = vector_math.power(inputs[i], exponent)


@pytest.mark.kernels
@pytest.mark.parametrize("exponent", [-1.012, 1.0 / 3.0, 1.13, 2.41, 3.1])
def test_power(exponent: float) -> None:
    x = np.geomspace(1e-3, 1e3, 301).astype(np.float32)
    outputs = np.empty_like(x)
    powers(x, np.float32(exponent), outputs)
    exact = x.astype(np.float64) ** np.float64(np.float32(exponent))
    assert np.abs(outputs / exact - 1.0).max() < 1e-5


@pytest.mark.kernels
def test_angles() -> None:
    x = np.linspace(-1.0, 1.0, 1001).astype(np.float32)
    exact = x.astype(np.float64)
    steep = np.concatenate(
        [x, np.geomspace(1.0, 1e6, 101, dtype=np.float32), -np.geomspace(1.0, 1e6, 101, dtype=np.float32)]
    )
    assert np.abs(over(vector_math.arc_tangent, steep) - np.arctan(steep.astype(np.float64))).max() < 2e-6
    assert np.abs(over(vector_math.arc_cosine, x) - np.arccos(exact)).max() < 1e-6
    wide = np.linspace(-2.2, 2.2, 1001).astype(np.float32)
    assert np.abs(over(vector_math.cosine, wide) - np.cos(wide.astype(np.float64))).max() < 1e-6


@pytest.mark.kernels
def test_bits_of_positive_numbers_order_as_the_numbers() -> None:
    x = np.geomspace(1e-30, 1e30, 101).astype(np.float32)
    bits = np.array([vector_math.bits_of(np.float32(value)) for value in x])
    assert np.all(np.diff(bits) > 0)
    assert [vector_math.single_of(np.int32(value)) for value in bits] == x.tolist()
