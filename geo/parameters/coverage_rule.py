"""Reads `rules/coverage.yaml` into the rule that the domain computes with."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from geo.domain.rules import CoverageRule
from geo.domain.sites import Technology
from geo.errors import ParameterError
from geo.parameters.loader import load_parameters
from geo.parameters.schema import ParameterSet

NAME = "rules/coverage"


def load_coverage_rule(*, parameters_dir: Path | None = None, as_of: date | None = None) -> CoverageRule:
    """Return the coverage rule that holds on `as_of` (by default the last one).

    Raises:
        ParameterError: the file is wrong, or its values contradict each other.
    """
    parameters = load_parameters(NAME, parameters_dir=parameters_dir)
    try:
        return CoverageRule(
            version=parameters.version_string,
            tiers_dbm={tier: parameters.number(f"tiers.{tier}", as_of) for tier in parameters.under("tiers")},
            covered_tier=parameters.word("covered_tier", as_of),
            mobile_broadband_technologies=_technologies(parameters, as_of),
            site_list_max_age_months=round(parameters.number("site_list.maximum_age", as_of)),
            receiver_height_m=parameters.number("receiver_height", as_of),
            time_share=parameters.number("time", as_of) / 100.0,
            location_share=parameters.number("locations", as_of) / 100.0,
            technology_tiers_dbm=_by_technology(parameters, as_of),
        )
    except ValueError as error:
        raise ParameterError(
            f"{parameters.origin}: {error}; correct the values.", f"{parameters.origin}: {error}; hãy sửa các giá trị."
        ) from error


def _technologies(parameters: ParameterSet, as_of: date | None) -> tuple[str, ...]:
    technologies = [str(Technology(str(item))) for item in parameters.items("mobile_broadband.technologies", as_of)]
    if parameters.flag("mobile_broadband.count_3g", as_of) and Technology.G3 not in technologies:
        technologies.insert(0, str(Technology.G3))
    return tuple(technologies)


def _by_technology(parameters: ParameterSet, as_of: date | None) -> dict[str, dict[str, float]]:
    """Read the optional group `technology_tiers`, for example `technology_tiers.5G.outdoor`."""
    result: dict[str, dict[str, float]] = {}
    for key in parameters.under("technology_tiers"):
        technology, _, tier = key.partition(".")
        level_dbm = parameters.number(f"technology_tiers.{key}", as_of)
        result.setdefault(str(Technology(technology)), {})[tier] = level_dbm
    return result
