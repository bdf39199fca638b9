"""The intervals of figures that count a few points: places, and the items of a frozen list."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, null, select
from sqlalchemy.orm import Session

from geo.domain.baseline import NATIONAL_GRID, ItemKey, ItemNow
from geo.domain.metrics import Metric, Quantity
from geo.domain.point_intervals import NOT_REACHED_DB, PointErrors, covered_ends
from geo.domain.rules import CoverageRule
from geo.domain.sites import ANY_OPERATOR
from geo.domain.target_intervals import NO_FIGURE, Interval, interval_around, no_interval
from geo.domain.targets import Figure
from geo.domain.villages import MOBILE_BROADBAND, VillageState
from geo.parameters.loader import load_parameters
from geo.parameters.schema import ParameterSet
from geo.store.tables import ClusterStatus, Village, VillageCluster, VillageStatus
from geo.workflows.answers.calibrations import get_calibration
from geo.workflows.answers.documents import calibration_name
from geo.workflows.answers.rows import AssessmentInfo

if TYPE_CHECKING:
    from geo.radio.correction import NetworkOffsets

BASIS = "points"
# Levels are stored in tenths of a dB.
LEVEL_STEP_DB = 0.1
JUST_BELOW_DB = math.nextafter(0.0, -1.0)
# A technology and an operator: what covers a village has to cover all its points by itself.
Network = tuple[str, str]
Levels = Mapping[Network, Mapping[str | None, float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsOfAssessment:
    """Where the levels and the errors of points come from."""

    session: Session
    info: AssessmentInfo
    rule: CoverageRule
    parameters_dir: Path | None = None

    def places(self, figure: Figure, metric: Metric, found: Sequence[tuple[VillageState, float | None]]) -> Interval:
        """Return the interval of the share of places with service, from the state and level of each."""
        threshold = self.rule.threshold_dbm(str(metric.technology))
        above = [(state, None if level is None else level - threshold) for state, level in found]
        return self._interval(figure, metric, above)

    def items(self, figure: Figure, metric: Metric, items: Sequence[ItemNow]) -> Interval:
        """Return the interval of a figure of a frozen list: a share of items with grid power, or how many are left."""
        left = metric.quantity is Quantity.BASELINE_REMAINING
        counted = [item for item in items if left or item.grid_power == NATIONAL_GRID]
        levels = self._levels(metric, {item.key.village_code for item in counted})
        above = [(item.state, _best(item.key, levels.get(item.key.village_code, {}))) for item in counted]
        return self._interval(figure, metric, above)

    def _interval(
        self, figure: Figure, metric: Metric, above_db: Sequence[tuple[VillageState, float | None]]
    ) -> Interval:
        if figure.value is None:
            return NO_FIGURE
        left = metric.quantity is Quantity.BASELINE_REMAINING
        # What is without data may have a level of one network: it can turn out covered, but is not known to be left.
        unknown = (VillageState.NO_DATA,) if left else ()
        margins = [_margin(state, above) for state, above in above_db if state not in unknown]
        known = [margin for margin in margins if margin is not None]
        if len(known) < len(margins):
            return no_interval("levels_not_stored")
        low, high = covered_ends(known, self._errors(metric))
        if left:
            most = float(len(known))
            return interval_around(figure.value, most - high, most - low, largest=most, basis=BASIS)
        total = figure.total or 1.0
        return interval_around(figure.value, 100.0 * low / total, 100.0 * high / total, largest=100.0, basis=BASIS)

    def _errors(self, metric: Metric) -> PointErrors:
        calibration = calibration_name(self.info)
        document = None if calibration is None else get_calibration(self.session, calibration).document
        operators = [one.code for one in self.info.operators] if metric.operator == ANY_OPERATOR else [metric.operator]
        return largest_errors(
            document, technologies=self._technologies(metric), operators=operators, parameters_dir=self.parameters_dir
        )

    def _technologies(self, metric: Metric) -> Sequence[str]:
        if metric.technology == MOBILE_BROADBAND:
            return self.rule.mobile_broadband_technologies
        return (str(metric.technology),)

    def _levels(self, metric: Metric, codes: set[str]) -> Mapping[str, Levels]:
        """Return by village and network how far centre (None) and clusters lie above the threshold, where it has data.

        Without any signal that is far below; None where there is signal and its level was not stored.
        """
        found: dict[str, dict[Network, dict[str | None, float | None]]] = defaultdict(lambda: defaultdict(dict))
        for query, status in ((_centers(), VillageStatus), (_clusters(), ClusterStatus)):
            theirs = status.operator_code
            chosen = query.where(
                status.assessment_id == self.info.assessment_id,
                status.technology.in_(self._technologies(metric)),
                theirs != ANY_OPERATOR if metric.operator == ANY_OPERATOR else theirs == metric.operator,
                status.state != VillageState.NO_DATA.value,
                Village.code.in_(codes),
            )
            for village, cluster, technology, operator, state, level in self.session.execute(chosen):
                dark = NOT_REACHED_DB if state == VillageState.NOT_COVERED else None
                above = dark if level is None else level - self.rule.threshold_dbm(technology)
                found[village][technology, operator][cluster] = above
        return found


def _centers() -> Select[*tuple[Any, ...]]:
    status = VillageStatus
    columns = (status.technology, status.operator_code, status.state, status.level_dbm)
    return select(Village.code, null(), *columns).join(Village, Village.id == status.village_id)


def _clusters() -> Select[*tuple[Any, ...]]:
    status = ClusterStatus
    columns = (status.technology, status.operator_code, status.state, status.level_dbm)
    return (
        select(Village.code, VillageCluster.code, *columns)
        .join(VillageCluster, VillageCluster.id == status.cluster_id)
        .join(Village, Village.id == VillageCluster.village_id)
    )


def _best(key: ItemKey, levels: Levels) -> float | None:
    """Return how far the best network of an item lies above its threshold; None where no network tells.

    A network covers a village where its weakest point, centre or cluster, is covered.
    """
    found = []
    for points in levels.values():
        asked = list(points.values()) if key.is_village else [points.get(key.cluster_code)]
        known = [level for level in asked if level is not None]
        if known and len(known) == len(asked) and (not key.is_village or None in points):
            found.append(min(known))
    return max(found, default=None)


def _margin(state: VillageState, above_db: float | None) -> float | None:
    """Return how far an item lies above its threshold, on the side that its state says; None where it is not known."""
    if state is VillageState.COVERED:
        return None if above_db is None or above_db < -LEVEL_STEP_DB else max(above_db, 0.0)
    return NOT_REACHED_DB if above_db is None else min(above_db, JUST_BELOW_DB)


def _largest_left(offsets: NetworkOffsets, parameters: ParameterSet) -> tuple[float, float]:
    """Return the largest common and local error that a calibration left in the measured classes of a network."""
    from geo.radio.uncertainty import few_masts_factor

    left, least = offsets.left, parameters.number("least_bias")
    if left is None:
        return least, 0.0
    wider = few_masts_factor(left.masts, parameters.number("interval_share"))
    bias = max(least, wider * float(left.standard_error_db[offsets.measured].max(initial=0.0)))
    return math.hypot(bias, left.site_db), float(left.local_db.max())


def largest_errors(
    calibration: Mapping[str, Any] | None,
    *,
    technologies: Iterable[str],
    operators: Iterable[str],
    parameters_dir: Path | None = None,
) -> PointErrors:
    """Return the largest errors of any class: of the parameters in force, or what a calibration left.

    A calibration takes their place only where every network asked about was measured in every band, and every class in
    these: of single points it is not stored which band serves them, nor their class.
    """
    parameters = load_parameters("radio/uncertainty", parameters_dir=parameters_dir)
    paths, bands = tuple(parameters.under("bias")), tuple(parameters.under("local_factor"))
    local = max(parameters.number(f"local.{name}") for name in parameters.under("local"))
    parts = [
        (
            max(math.hypot(parameters.number(f"bias.{path}"), parameters.number(f"site.{path}")) for path in paths),
            local * max(parameters.number(f"local_factor.{band}") for band in bands),
        )
    ]
    # One from before networks were told apart says nothing of any of them.
    if calibration is not None and "networks" in calibration:
        # The engine is heavy to load, and not needed without a calibration.
        from geo.radio.correction import correction_of_document

        networks = correction_of_document(calibration).networks
        asked = set(product(technologies, operators, bands))
        if all(each in networks and networks[each].measured.all() for each in asked):
            parts = []
        parts += [_largest_left(networks[each], parameters) for each in sorted(asked & networks.keys())]
    return PointErrors(
        reach=NormalDist().inv_cdf(0.5 + 0.5 * parameters.number("interval_share")),
        common_db=max(common for common, _ in parts),
        local_db=max(local for _, local in parts),
    )
