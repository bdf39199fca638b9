"""Where the people and households of a village are counted: at its clusters and its centre, never twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CountedPoints:
    """Number counted at the centre and at each cluster; their sum is `total`, None when nothing is known.

    `exceeds` tells that the clusters together have more than the village was said to have: then the clusters count.
    """

    center: int | None
    clusters: Mapping[str, int]
    total: int | None
    exceeds: bool = False


def count_at_points(total: int | None, clusters: Mapping[str, int | None]) -> CountedPoints:
    """Return where `total` people (or households) of a village count, given what its clusters have.

    A cluster with a number counts at its own point; the rest, at least 0, counts at the centre. A cluster without a
    number is part of that rest. Without a total of the village the clusters' numbers are all that is known.
    """
    known = {cluster: number for cluster, number in clusters.items() if number is not None}
    in_clusters = sum(known.values())
    if total is None:
        return CountedPoints(None, known, in_clusters) if known else CountedPoints(None, {}, None)
    rest = max(0, total - in_clusters)
    return CountedPoints(rest, known, rest + in_clusters, exceeds=in_clusters > total)
