"""Elementary functions in single precision, written so that LLVM vectorises the loops that call them.

The C library's functions are calls, which stop a loop from being vectorised. These are polynomials on the bits of the
number; each docstring states its largest error, which `tests/unit/radio/test_vector_math.py` measures.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import config, njit, types
from numba.extending import intrinsic

INLINE: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "fastmath": True}

_ONE_BITS = np.int32(0x3F800000)
_MANTISSA_MASK = np.int32(0x007FFFFF)
# Bits of sqrt(1/2): mantissas are taken from [sqrt(1/2), sqrt(2)) so that the logarithm's argument is centred on 1.
_HALF_ROOT_BITS = np.int32(0x3F3504F3)


def _bitcast(result: Any, source: Any, kind: Any) -> Any:
    """Typing and code of a function that reads the bits of a `source` as a `result`."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], kind)

    return result(source), generate


def _typed_bits_of(_context: Any, _value: Any) -> Any:
    return _bitcast(types.int32, types.float32, ir.IntType(32))


def _typed_single_of(_context: Any, _bits: Any) -> Any:
    return _bitcast(types.float32, types.int32, ir.FloatType())


# numba calls these with the value alone.
_bits_of: Any = intrinsic(_typed_bits_of)
_single_of: Any = intrinsic(_typed_single_of)


if getattr(config, "DISABLE_JIT", 0):

    def bits_of(value: np.float32) -> np.int32:
        """Reinterpret the bits of a single as an integer."""
        return np.float32(value).view(np.int32)

    def single_of(bits: np.int32) -> np.float32:
        """Reinterpret an integer as the bits of a single."""
        return np.int32(bits).view(np.float32)

else:

    @njit(**INLINE)
    def bits_of(value: np.float32) -> np.int32:
        """Reinterpret the bits of a single as an integer."""
        return _bits_of(value)

    @njit(**INLINE)
    def single_of(bits: np.int32) -> np.float32:
        """Reinterpret an integer as the bits of a single."""
        return _single_of(bits)


@njit(**INLINE)
def log2(x: np.float32) -> np.float32:
    """Binary logarithm of a positive normal number; error below 4e-7 + 1e-7 |log2 x|."""
    bits = np.int32(bits_of(x) - _HALF_ROOT_BITS)
    exponent = np.int32(bits >> np.int32(23))
    mantissa = single_of(np.int32((bits & _MANTISSA_MASK) + _HALF_ROOT_BITS))
    s = (mantissa - np.float32(1.0)) / (mantissa + np.float32(1.0))
    z = s * s
    # atanh series of ln(m) = 2 atanh(s), |s| < 0.1716, times 1 / ln 2.
    series = np.float32(2.8853900817779268) + z * (
        np.float32(0.9617966939259756)
        + z
        * (np.float32(0.5770780163555853) + z * (np.float32(0.4121985831111324) + z * np.float32(0.3205988979753252)))
    )
    return np.float32(np.float32(exponent) + s * series)


@njit(**INLINE)
def exp2(x: np.float32) -> np.float32:
    """Two to the power of `x`, held to -126 .. 126; relative error below 3e-7."""
    held = min(max(x, np.float32(-126.0)), np.float32(126.0))
    whole = np.int32(held + np.float32(512.5)) - np.int32(512)
    part = (held - np.float32(whole)) * np.float32(0.6931471805599453)
    # Taylor series of exp on [-0.35, 0.35].
    series = np.float32(1.0) + part * (
        np.float32(1.0)
        + part
        * (
            np.float32(0.5)
            + part
            * (
                np.float32(0.16666666666)
                + part
                * (np.float32(0.04166666666) + part * (np.float32(0.00833333333) + part * np.float32(0.0013888888888)))
            )
        )
    )
    return np.float32(series * single_of(np.int32((whole << np.int32(23)) + _ONE_BITS)))


@njit(**INLINE)
def decibel(x: np.float32) -> np.float32:
    """10 log10(x); error below 2e-5 for 1e-12 < x < 1e12."""
    return np.float32(np.float32(3.010299956639812) * log2(x))


@njit(**INLINE)
def exp(x: np.float32) -> np.float32:
    """e to the power of `x`, held to the range of a single; relative error below 3e-7 (1 + |x|)."""
    return exp2(np.float32(x * np.float32(1.4426950408889634)))


@njit(**INLINE)
def power(x: np.float32, exponent: np.float32) -> np.float32:
    """`x` > 0 to a power."""
    return exp2(np.float32(exponent * log2(x)))


@njit(**INLINE)
def logistic(x: np.float32) -> np.float32:
    """1 / (1 + e^x), which is 1 - (1 + tanh(x/2)) / 2."""
    return np.float32(np.float32(1.0) / (np.float32(1.0) + exp(min(x, np.float32(80.0)))))


@njit(**INLINE)
def _short_arc_tangent(x: np.float32) -> np.float32:
    """atan(x) for 0 <= x <= 1 (Abramowitz and Stegun, 4.4.49 extended by least squares)."""
    z = x * x
    return np.float32(
        x
        * (
            np.float32(0.99999934)
            + z
            * (
                np.float32(-0.33329856)
                + z
                * (
                    np.float32(0.19946536)
                    + z
                    * (
                        np.float32(-0.13908534)
                        + z
                        * (
                            np.float32(0.09642004)
                            + z * (np.float32(-0.05590986) + z * (np.float32(0.02186123) + z * np.float32(-0.00405406)))
                        )
                    )
                )
            )
        )
    )


@njit(**INLINE)
def arc_tangent(x: np.float32) -> np.float32:
    """atan(x); error below 2e-6."""
    a = abs(x)
    steep = a > np.float32(1.0)
    angle = _short_arc_tangent(np.float32(1.0) / a if steep else a)
    angle = np.float32(1.5707963267948966) - angle if steep else angle
    return np.float32(angle if x >= np.float32(0.0) else -angle)


@njit(**INLINE)
def arc_cosine(x: np.float32) -> np.float32:
    """acos(x) for |x| <= 1; error below 1e-6 (Abramowitz and Stegun, 4.4.46)."""
    a = min(abs(x), np.float32(1.0))
    series = np.float32(1.5707963050) + a * (
        np.float32(-0.2145988016)
        + a
        * (
            np.float32(0.0889789874)
            + a
            * (
                np.float32(-0.0501743046)
                + a
                * (
                    np.float32(0.0308918810)
                    + a * (np.float32(-0.0170881256) + a * (np.float32(0.0066700901) + a * np.float32(-0.0012624911)))
                )
            )
        )
    )
    positive = np.sqrt(np.float32(1.0) - a) * series
    return np.float32(positive if x >= np.float32(0.0) else np.float32(3.14159265358979) - positive)


@njit(**INLINE)
def cosine(x: np.float32) -> np.float32:
    """cos(x) for |x| <= 2.2; error below 1e-6 (Taylor series of cos(x/2), doubled)."""
    z = np.float32(0.25) * x * x
    half = np.float32(1.0) + z * (
        np.float32(-0.5)
        + z
        * (
            np.float32(0.0416666667)
            + z * (np.float32(-0.00138888889) + z * (np.float32(2.48015873e-5) + z * np.float32(-2.75573192e-7)))
        )
    )
    return np.float32(np.float32(2.0) * half * half - np.float32(1.0))
