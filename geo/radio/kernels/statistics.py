"""Normal statistics as ITU-R P.1812-7 defines them."""

import math

from numba import njit

from geo.radio.kernels.options import OPTIONS


@njit(**OPTIONS)
def inverse_complementary_normal(x: float) -> float:
    """I(x), the value exceeded with probability `x` (0 < x < 1), by the approximation of Attachment 2 to Annex 1."""
    tail = max(min(x, 1.0 - x), 1.0e-6)
    t = math.sqrt(-2.0 * math.log(tail))
    value = t - ((0.010328 * t + 0.802853) * t + 2.515516698) / (((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0)
    return value if x <= 0.5 else -value
