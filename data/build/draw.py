"""Random numbers that are the same on every machine and in every version: hashes of a name and a counter."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """A stream of numbers fixed by its name."""

    def __init__(self, *name: object) -> None:
        self._name = "/".join(str(part) for part in name)
        self._count = 0

    def share(self) -> float:
        """A number from 0 (included) to 1 (excluded)."""
        self._count += 1
        digest = hashlib.blake2b(f"{self._name}#{self._count}".encode(), digest_size=7).digest()
        return (int.from_bytes(digest, "big") >> 3) / 2**53

    def between(self, low: float, high: float) -> float:
        """A number from low to high."""
        return low + (high - low) * self.share()

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.share() * (high - low + 1))

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return self.share() < share

    def bell(self) -> float:
        """A number about 0 with spread 1, never beyond 3.5: the sum of twelve shares, which needs no logarithm."""
        return max(-3.5, min(3.5, sum(self.share() for _ in range(12)) - 6.0))

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self.share() * len(items))]


def split_whole(total: int, weights: Sequence[float]) -> list[int]:
    """Split a whole number by weights so that the parts add up to it (largest remainder first, then the order)."""
    whole_weight = sum(weights)
    exact = [total * weight / whole_weight for weight in weights]
    parts = [int(value) for value in exact]
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[: total - sum(parts)]:
        parts[i] += 1
    return parts
