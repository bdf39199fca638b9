"""Words of an explained point: parts of the loss, lines of the budget, tiers, fields that took a default."""

from __future__ import annotations

from geo.workflows.answers.explain_rows import PointExplanation
from maps.i18n import N_, format_number, format_share, translate

LOSS_LABELS: dict[str, str] = {
    "free_space": N_("Free space"),
    "multipath": N_("Multipath and focusing over the time"),
    "diffraction": N_("Diffraction"),
    "bullington": N_("Bullington edge over the terrain"),
    "spherical_earth_excess": N_("Spherical earth beyond it"),
    "diffraction_time": N_("Change over the time"),
    "spherical_earth": N_("Spherical earth by itself"),
    "bullington_smooth": N_("Bullington edge over a smooth profile"),
    "troposcatter": N_("Troposcatter by itself"),
    "ducting": N_("Ducting and layer reflection by themselves"),
    "combination": N_("Gain from ducting and troposcatter"),
    "location_variability": N_("Margin for the spread over locations"),
    "basic_transmission_loss": N_("Basic transmission loss"),
}

BUDGET_LABELS: dict[str, str] = {
    "power": N_("Power at the antenna port"),
    "antenna_gain": N_("Antenna gain"),
    "eirp": N_("EIRP in the main lobe"),
    "reference_share": N_("Share of the reference signal"),
    "reference_eirp": N_("EIRP of the reference signal"),
    "pattern": N_("Antenna pattern towards the path"),
    "path_loss": N_("Basic transmission loss"),
    "calibration": N_("Calibration"),
    "rounding": N_("Rounded down to a tenth, as levels are kept"),
    "level": N_("Level at the position"),
}

TIER_LABELS: dict[str, str] = {
    "marginal": N_("Marginal"),
    "outdoor": N_("Outdoors"),
    "vehicle": N_("In a vehicle"),
    "indoor": N_("Indoors"),
}

INSIDE_LABELS: dict[str, str] = {
    "vehicle": N_("Vehicles"),
    "light_house": N_("Light houses"),
    "traditional_building": N_("Buildings, traditional"),
    "efficient_building": N_("Buildings, thermally efficient"),
}

ORIGIN_LABELS: dict[str, str] = {
    "declared": N_("declared"),
    "default": N_("default value"),
    "computed": N_("computed"),
}

FIELD_LABELS: dict[str, str] = {
    "band": N_("band"),
    "antenna_height_m": N_("antenna height"),
    "bandwidth_mhz": N_("bandwidth"),
    "azimuth_deg": N_("azimuth"),
    "mechanical_tilt_deg": N_("mechanical tilt"),
    "electrical_tilt_deg": N_("electrical tilt"),
    "antenna_gain_dbi": N_("antenna gain"),
    "power_dbm": N_("power"),
    "antenna_model": N_("antenna pattern"),
}


def distance_text(distance_m: float, language: str) -> str:
    """Distance in metres below one kilometre, else in kilometres."""
    if distance_m < 1000.0:
        return f"{format_number(distance_m, language)} m"
    return f"{format_number(distance_m / 1000.0, language, digits=2)} km"


def level_text(found: PointExplanation, language: str) -> str:
    """Level with its name and unit."""
    return f"{found.signal} {format_number(found.level_dbm, language, digits=1)} dBm"


def interval_text(found: PointExplanation, language: str) -> str:
    """Between which levels the truth lies, by what the model may be wrong by."""
    interval = found.interval
    return translate(
        N_("%(low)s to %(high)s dBm in %(share)s of cases (error of the model %(sigma)s dB)"), language
    ) % {
        "low": format_number(interval.low_dbm, language),
        "high": format_number(interval.high_dbm, language),
        "share": format_share(interval.share, language, digits=0),
        "sigma": format_number(interval.sigma_db, language, digits=1),
    }


def spread_text(found: PointExplanation, language: str) -> str:
    """Between which levels the middle share of the locations lies."""
    interval = found.spread
    return translate(N_("%(low)s to %(high)s dBm at %(share)s of the locations around"), language) % {
        "low": format_number(interval.low_dbm, language, digits=1),
        "high": format_number(interval.high_dbm, language, digits=1),
        "share": format_share(interval.share, language, digits=0),
    }


def margin_text(found: PointExplanation, language: str) -> str:
    """How far the level lies above or below the tier that counts as covered."""
    tier = next(each for each in found.tiers if each.tier == found.covered_tier)
    message = (
        N_("%(margin)s dB above the threshold of %(threshold)s dBm")
        if tier.margin_db >= 0.0
        else N_("%(margin)s dB below the threshold of %(threshold)s dBm")
    )
    return translate(message, language) % {
        "margin": format_number(abs(tier.margin_db), language, digits=1),
        "threshold": format_number(tier.threshold_dbm, language),
    }


def sight_text(found: PointExplanation, language: str) -> str:
    """What stands in the way of the path, or how much it clears."""
    edge = found.path.edge
    values = {
        "distance": distance_text(edge.distance_m, language),
        "clearance": format_number(abs(edge.clearance_m), language, digits=1),
        "share": format_share(max(edge.clearance_share, 0.0), language, digits=0),
    }
    hidden = N_(
        "Hidden: the rays over the horizons meet %(distance)s from the mast, %(clearance)s m above the line of sight."
    )
    in_sight = N_(
        "In sight: the least clearance, %(distance)s from the mast, is %(clearance)s m, that is %(share)s of the "
        "radius of the first Fresnel zone there."
    )
    return translate(hidden if edge.kind == "bullington" else in_sight, language) % values
