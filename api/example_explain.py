"""Example of an explained point for the OpenAPI description: a path over a hill, its profile at every eighth point."""

from __future__ import annotations

from geo.workflows.answers.explain_rows import (
    BudgetLine,
    ExplainedCell,
    ExplainedEdge,
    ExplainedInterval,
    ExplainedPath,
    ExplainedProfile,
    InsideShare,
    LossPart,
    PointExplanation,
    PointExplanations,
    TierMargin,
)

_LOSSES = (
    LossPart(code="free_space", clause="§4.2", loss_db=109.262, adds_to="basic_transmission_loss"),
    LossPart(code="multipath", clause="§4.2", loss_db=0.0, adds_to="basic_transmission_loss"),
    LossPart(code="diffraction", clause="§4.3", loss_db=24.1034, adds_to="basic_transmission_loss"),
    LossPart(code="bullington", clause="§4.3.1", loss_db=24.1034, adds_to="diffraction"),
    LossPart(code="spherical_earth_excess", clause="§4.3.3", loss_db=0.0, adds_to="diffraction"),
    LossPart(code="diffraction_time", clause="§4.3.5", loss_db=0.0, adds_to="diffraction"),
    LossPart(code="spherical_earth", clause="§4.3.2", loss_db=0.0, adds_to=None),
    LossPart(code="bullington_smooth", clause="§4.3.1", loss_db=0.0, adds_to=None),
    LossPart(code="troposcatter", clause="§4.4", loss_db=161.0385, adds_to=None),
    LossPart(code="ducting", clause="§4.5", loss_db=180.7598, adds_to=None),
    LossPart(code="combination", clause="§4.6", loss_db=0.0, adds_to="basic_transmission_loss"),
    LossPart(code="location_variability", clause="§4.7", loss_db=2.1816, adds_to="basic_transmission_loss"),
    LossPart(code="basic_transmission_loss", clause="§4.9", loss_db=135.547, adds_to=None),
)

_BUDGET = (
    BudgetLine(code="power", value=46.0, unit="dBm", is_sum=False, origin="declared"),
    BudgetLine(code="antenna_gain", value=17.5, unit="dBi", is_sum=False, origin="default"),
    BudgetLine(code="eirp", value=63.5, unit="dBm", is_sum=True, origin="computed"),
    BudgetLine(code="reference_share", value=-30.79, unit="dB", is_sum=False, origin="declared"),
    BudgetLine(code="reference_eirp", value=32.71, unit="dBm", is_sum=True, origin="computed"),
    BudgetLine(code="pattern", value=-4.13, unit="dB", is_sum=False, origin="computed"),
    BudgetLine(code="path_loss", value=-135.55, unit="dB", is_sum=False, origin="computed"),
    BudgetLine(code="rounding", value=-0.03, unit="dB", is_sum=False, origin="computed"),
    BudgetLine(code="level", value=-107.0, unit="dBm", is_sum=True, origin="computed"),
)

_CELL = ExplainedCell(
    id=1372,
    code="BTS0438-42",
    site_code="BTS0438",
    site_name=None,
    operator="operator",
    operator_name="Operator",
    lon=108.70708,
    lat=12.925,
    frequency_mhz=1842.5,
    bandwidth_mhz=20.0,
    antenna_height_m=42.0,
    azimuth_deg=230.0,
    mechanical_tilt_deg=1.0,
    electrical_tilt_deg=3.0,
    antenna_model=None,
    antenna_pattern="default",
    defaulted_fields=("antenna_gain_dbi",),
)

_PATH = ExplainedPath(
    distance_m=3781.62,
    azimuth_deg=201.427,
    elevation_deg=0.33,
    line_of_sight=False,
    tx_antenna_m=667.01,
    rx_antenna_m=634.22,
    tx_horizon_m=445.67,
    rx_horizon_m=445.67,
    effective_earth_radius_km=9427.4,
    edge=ExplainedEdge(
        kind="bullington",
        distance_m=445.67,
        height_m=669.59,
        clearance_m=-6.52,
        clearance_share=-0.815,
        v=1.1523,
        knife_edge_db=14.8726,
    ),
)

_PROFILE = ExplainedProfile(
    distance_m=(0.0, 445.67, 1237.96, 2030.26, 2822.55, 3781.62),
    terrain_m=(625.01, 669.59, 632.97, 613.0, 611.78, 632.72),
    clutter_m=(0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    bulge_m=(0.0, 0.08, 0.17, 0.19, 0.14, 0.0),
    line_m=(667.01, 663.15, 656.28, 649.41, 642.54, 634.22),
    fresnel_m=(0.0, 8.0, 11.64, 12.37, 10.79, 0.0),
)

EXPLANATIONS = PointExplanations(
    lon=108.69435,
    lat=12.89318,
    items=(
        PointExplanation(
            technology="4G",
            operator="operator",
            state="not_covered",
            signal="RSRP",
            level_dbm=-107.0,
            median_level_dbm=-104.79,
            spread=ExplainedInterval(low_dbm=-106.97, high_dbm=-102.61, share=0.8, sigma_db=1.7),
            interval=ExplainedInterval(low_dbm=-124.69, high_dbm=-89.25, share=0.9, sigma_db=10.77),
            location_share=0.9,
            time_share=0.5,
            receiver_height_m=1.5,
            covered_tier="outdoor",
            tiers=(
                TierMargin(tier="marginal", threshold_dbm=-110.0, margin_db=3.0, reached=True, probability=0.6108),
                TierMargin(tier="outdoor", threshold_dbm=-105.0, margin_db=-2.0, reached=False, probability=0.4274),
            ),
            inside=(
                InsideShare(kind="vehicle", median_loss_db=9.0, share=0.0141),
                InsideShare(kind="traditional_building", median_loss_db=14.46, share=0.0208),
            ),
            cell=_CELL,
            path=_PATH,
            losses=_LOSSES,
            budget=_BUDGET,
            terrain_used=True,
            clutter_used=False,
            profile=_PROFILE,
        ),
    ),
)
