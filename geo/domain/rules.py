"""What "covered" means: the rule that every state and share is computed with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRule:
    """A version of the coverage rule, read from `parameters/rules/coverage.yaml`.

    Levels are RSRP in dBm at `receiver_height_m` above ground, reached `time_share` of the time at `location_share`
    of the locations. `tiers_dbm` runs from the weakest tier to the strongest.
    """

    version: str
    tiers_dbm: Mapping[str, float]
    covered_tier: str
    mobile_broadband_technologies: tuple[str, ...]
    site_list_max_age_months: int
    receiver_height_m: float
    time_share: float
    location_share: float
    technology_tiers_dbm: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.covered_tier not in self.tiers_dbm:
            raise ValueError(f"the tier that counts as covered is not a tier: {self.covered_tier}")
        unknown = {tier for tiers in self.technology_tiers_dbm.values() for tier in tiers} - self.tiers_dbm.keys()
        if unknown:
            raise ValueError(f"technology_tiers names what is no tier: {', '.join(sorted(unknown))}")
        for tiers in (self.tiers_dbm, *self.technology_tiers_dbm.values()):
            levels = list({**self.tiers_dbm, **tiers}.values())
            if levels != sorted(levels) or len(set(levels)) != len(levels):
                raise ValueError(f"tiers must rise from the weakest to the strongest: {levels}")

    def threshold_dbm(self, technology: str, tier: str | None = None) -> float:
        """Return the level from which `technology` reaches `tier` (by default the one that counts as covered).

        Raises:
            KeyError: there is no such tier.
        """
        name = tier or self.covered_tier
        return self.technology_tiers_dbm.get(technology, {}).get(name, self.tiers_dbm[name])
