"""Which workers of a cluster stand still, by when the scheduler last heard of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass(eq=False)
class Heartbeats:
    """What was heard of each worker. Clocks of two machines are never compared, only whether the scheduler's moved."""

    _heard: dict[str, tuple[float, float]] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def silent(self, last_seen: Mapping[str, float], now_s: float, after_s: float) -> frozenset[str]:
        """Return the workers of which the scheduler has heard nothing for `after_s`, by our clock `now_s`.

        `last_seen` has the moment, by the scheduler's clock, when it heard of each of its workers.
        """
        self._heard = {
            worker: self._heard[worker] if worker in self._heard and self._heard[worker][0] == seen else (seen, now_s)
            for worker, seen in last_seen.items()
        }
        return frozenset(worker for worker, (_, since_s) in self._heard.items() if now_s - since_s >= after_s)

    def new_among(self, silent: Collection[str]) -> list[str]:
        """Return those that were not silent when this was last asked."""
        new = sorted(set(silent) - self._told)
        self._told = set(silent)
        return new
