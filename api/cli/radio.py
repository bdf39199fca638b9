"""`phusong radio`: the propagation model by itself, to check it against published cases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.explain import explain
from api.cli.output import JsonOption, message, print_document, print_table, print_text
from geo.errors import CheckFailedError

if TYPE_CHECKING:
    from geo.radio.validation import Comparison

SCHEMA_VERSION = "1"

app = typer.Typer(help="The propagation model by itself.", no_args_is_help=True)
app.command("explain")(explain)


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
        columns = ("Đại lượng / Quantity", "Giá trị / Value")
        print_table("ITU-R P.1812-7", columns, [[name, value] for name, value in parts.items()])


@app.command()
def validate(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="results.csv with profiles/*.csv (P.1812), or alone (P.2109).")
    ],
    tolerance_db: Annotated[float, typer.Option(min=0.0, max=100.0, help="Largest deviation that passes, dB.")] = 1e-6,
    show: Annotated[int, typer.Option(min=0, help="Cases listed; of more, those that deviate most.")] = 100,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the table as Markdown.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Hold the model against published validation cases; exit code 1 when one deviates by more than the tolerance."""
    from geo.radio.validation import compare_folder

    compared = compare_folder(folder)
    outside = compared.outside(tolerance_db)
    if as_json:
        print_document(_comparison_document(compared, tolerance_db))
    else:
        _print_comparison(compared, tolerance_db, show, markdown=as_markdown)
    for name in compared.unused:
        message(f"profiles/{name}: không có trong results.csv.", f"profiles/{name}: not mentioned in results.csv.")
    if outside:
        message(
            f"{len(outside)} trường hợp lệch quá {tolerance_db:g} dB.",
            f"{len(outside)} cases deviate by more than {tolerance_db:g} dB.",
        )
        raise typer.Exit(CheckFailedError.exit_code)


def _comparison_document(compared: Comparison, tolerance_db: float) -> dict[str, object]:
    items = [
        {
            "case": each.case,
            "quantity": each.quantity,
            "reference": each.reference,
            "computed": each.computed,
            "deviation_db": each.deviation_db,
            "within_tolerance": each.within(tolerance_db),
        }
        for each in compared.cases
    ]
    return {
        "schema_version": SCHEMA_VERSION,
        "recommendation": compared.recommendation,
        "tolerance_db": tolerance_db,
        "passed": not compared.outside(tolerance_db),
        "failed": len(compared.outside(tolerance_db)),
        "largest_deviation_db": compared.largest_deviation_db,
        "unused_profiles": list(compared.unused),
        "count": len(items),
        "items": items,
    }


def _print_comparison(compared: Comparison, tolerance_db: float, show: int, *, markdown: bool) -> None:
    listed = list(compared.cases)
    if len(listed) > show:
        listed = sorted(listed, key=lambda each: -abs(each.deviation_db))[:show]
    rows = [
        (
            each.case,
            f"{each.reference:.8f}",
            f"{each.computed:.8f}",
            f"{each.deviation_db:+.1e}",
            "đạt / ok" if each.within(tolerance_db) else "LỆCH / FAILS",
        )
        for each in listed
    ]
    columns = (
        "Trường hợp / Case",
        "Công bố / Reference",
        "Tính / Computed",
        "Lệch / Deviation, dB",
        "Kết quả / Result",
    )
    title = f"{compared.recommendation}: {', '.join(sorted({each.quantity for each in compared.cases}))}"
    note = (
        f"{len(compared.cases)} trường hợp / cases, {len(compared.outside(tolerance_db))} lệch quá / beyond "
        f"{tolerance_db:g} dB, lệch lớn nhất / largest deviation {compared.largest_deviation_db:.1e} dB"
    )
    if markdown:
        lines = [columns, ("---",) * len(columns), *rows]
        print_text("\n".join("| " + " | ".join(line) + " |" for line in lines) + f"\n\n{title}. {note}.")
    else:
        print_table(title, columns, rows, note=note)


@app.command()
def tiers(as_json: JsonOption = False) -> None:
    """What the tiers of the coverage rule mean inside vehicles, light houses and buildings (ITU-R P.2109)."""
    from dataclasses import asdict

    from api.cli.context import current_settings
    from geo.workflows.tier_meaning import tier_meanings

    found = tier_meanings(current_settings().parameters_dir)
    if as_json:
        items = [asdict(row) for row in found.rows]
        versions = {"rule_version": found.rule_version, "entry_version": found.entry_version}
        print_document({"schema_version": SCHEMA_VERSION, **versions, "count": len(items), "items": items})
    else:
        columns = (
            "Mức / Tier",
            "dBm",
            "+dB",
            "MHz",
            "Xe / Vehicles",
            "Nhà nhẹ / Light houses",
            "Nhà thường / Traditional",
            "Nhà cách nhiệt / Thermally efficient",
        )
        rows = [
            (
                row.tier,
                row.threshold_dbm,
                row.margin_db,
                row.frequency_mhz,
                f"{row.share_vehicles:.0%}",
                f"{row.share_light_houses:.0%}",
                f"{row.share_traditional_buildings:.0%}",
                f"{row.share_efficient_buildings:.0%}",
            )
            for row in found.rows
        ]
        title = "Nơi còn mức ngoài trời khi vừa đạt mức / Places that keep the outdoor level at the tier"
        print_table(title, columns, rows, note=f"{found.rule_version}, {found.entry_version}")
    differing = {row.tier for row in found.rows if row.planned_margin_db not in (None, row.margin_db)}
    for tier in sorted(differing):
        message(
            f"Mức {tier} không cách mức ngoài trời đúng độ dự trữ tier_margin.{tier} (radio/entry.yaml).",
            f"The tier {tier} does not lie over the outdoor tier by tier_margin.{tier} (radio/entry.yaml).",
        )


@app.command()
def benchmark(
    step_m: Annotated[float, typer.Option(min=5.0, max=1000.0, help="Step of the terrain, m.")] = 30.0,
    radius_km: Annotated[float, typer.Option(min=0.5, max=50.0, help="Reach of the mast, km.")] = 15.0,
    frequency_mhz: Annotated[list[float] | None, typer.Option(help="Frequency, MHz; may be repeated.")] = None,
    method: Annotated[Literal["sweep", "profiles"], typer.Option(help="How the loss is computed.")] = "sweep",
    runs: Annotated[int, typer.Option(min=1, max=20, help="Runs; the quickest counts.")] = 3,
    as_json: JsonOption = False,
) -> None:
    """Measure the pixels that one core computes in a second, on fractal terrain made for it."""
    from dataclasses import asdict

    from geo.workflows.radio_speed import measure_radio_speed

    speed = measure_radio_speed(
        step_m=step_m, radius_km=radius_km, frequencies_mhz=frequency_mhz or [1800.0], method=method, runs=runs
    )
    figures = asdict(speed)
    if as_json:
        print_document({"schema_version": SCHEMA_VERSION, **figures})
    else:
        columns = ("Đại lượng / Quantity", "Giá trị / Value")
        print_table("Tốc độ / Speed", columns, [[name, value] for name, value in figures.items()])
