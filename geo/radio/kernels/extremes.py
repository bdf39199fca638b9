"""Larger and smaller of two numbers in a form that LLVM turns into vector instructions.

Numba's own `max` and `min` keep a loop over a profile scalar: four times slower on the loops of `path`. Without the
compiler (NUMBA_DISABLE_JIT) they are the plain functions.
"""

from typing import Any

from llvmlite import ir
from numba import config, types
from numba.extending import intrinsic


def _intrinsic(name: str) -> Any:
    def typed(_context: Any, _a: Any, _b: Any) -> Any:
        def generate(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            number = ir.DoubleType()
            function = builder.module.declare_intrinsic(name, [number], ir.FunctionType(number, [number, number]))
            return builder.call(function, arguments, fastmath=("nnan", "nsz"))

        return types.float64(types.float64, types.float64), generate

    return intrinsic(typed)


larger: Any = max if config.DISABLE_JIT else _intrinsic("llvm.maxnum")  # type: ignore[attr-defined]
smaller: Any = min if config.DISABLE_JIT else _intrinsic("llvm.minnum")  # type: ignore[attr-defined]
