"""`phusong radio`: the propagation model by itself, to check it against published cases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from api.cli.output import JsonOption, print_document, print_table

SCHEMA_VERSION = "1"

app = typer.Typer(help="The propagation model by itself.", no_args_is_help=True)


@app.callback()
def main() -> None:
    """The propagation model by itself."""


@app.command()
def profile(
    file: Annotated[Path, typer.Argument(help="CSV: distance_km,height_m,clutter_height_m,zone (sea|coastal|inland).")],
    frequency_mhz: Annotated[float, typer.Option(help="Frequency, MHz.")],
    tx_height_m: Annotated[float, typer.Option(help="Height of the transmitting antenna above ground, m.")],
    rx_height_m: Annotated[float, typer.Option(help="Height of the receiving antenna above ground, m.")],
    time_percent: Annotated[float, typer.Option(help="Share of time the loss is not exceeded, per cent.")],
    location_percent: Annotated[float, typer.Option(help="Share of locations the loss is not exceeded, per cent.")],
    polarization: Annotated[Literal["horizontal", "vertical"], typer.Option(help="Polarisation.")],
    latitude_deg: Annotated[float, typer.Option(help="Latitude of the middle of the path, degrees.")],
    delta_n: Annotated[float, typer.Option(help="Lapse rate of the refractive index through the lowest km, N-units.")],
    n0: Annotated[float, typer.Option(help="Surface refractivity at sea level, N-units.")],
    sigma_db: Annotated[
        float | None, typer.Option(help="Standard deviation over locations, dB; absent: by the Recommendation.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Basic transmission loss over a terrain profile by Recommendation ITU-R P.1812, with its parts."""
    from dataclasses import asdict

    from geo.radio.p1812 import profile_loss
    from geo.radio.profiles import read_profile_csv

    found = profile_loss(
        read_profile_csv(file),
        frequency_mhz=frequency_mhz,
        tx_height_m=tx_height_m,
        rx_height_m=rx_height_m,
        time_percent=time_percent,
        location_percent=location_percent,
        polarization=polarization,
        latitude_deg=latitude_deg,
        delta_n=delta_n,
        n0=n0,
        location_sigma_db=sigma_db,
    )
    parts = asdict(found)
    if as_json:
        print_document({"schema_version": SCHEMA_VERSION, "recommendation": "ITU-R P.1812-7", **parts})
    else:
        print_table("ITU-R P.1812-7", ["", ""], [[name, value] for name, value in parts.items()])
