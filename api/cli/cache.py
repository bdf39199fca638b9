"""`phusong cache`: what is kept between assessments, and how to be rid of it."""

from __future__ import annotations

from typing import Any

import typer

from api.cli.context import current_settings
from api.cli.output import JsonOption, message, print_document, print_table

SCHEMA_VERSION = "1"
BYTES_PER_MB = 1_000_000

app = typer.Typer(
    help="Results kept between assessments, so that a small change is computed fast.", no_args_is_help=True
)

KINDS = {
    "loss": ("suy hao của từng cột", "losses of masts"),
    "state": ("mức sóng từng ô ảnh", "levels of tiles"),
    "tile": ("số đếm và khối ảnh từng ô ảnh", "counts and blocks of tiles"),
    "made": ("ô ảnh làm từ những cột nào", "what tiles are made of"),
    "overview": ("ô ảnh thu nhỏ", "overviews of raster files"),
    "ground": ("địa giới, dân cư, đường từng ô ảnh", "communes, people, roads of tiles"),
    "window": ("địa hình đã ghép", "assembled terrain"),
    "points": ("suy hao đến điểm dân cư", "losses to settled points"),
    "gaps": ("vùng lõm", "gaps"),
}


@app.command()
def status(as_json: JsonOption = False) -> None:
    """Show how much is kept, by kind, and the limit."""
    from geo.store.result_cache import result_cache

    settings = current_settings()
    cache = result_cache(settings)
    kinds = cache.status()
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "folder": str(cache.folder),
        "limit_bytes": cache.limit_bytes,
        "bytes": sum(kind.bytes for kind in kinds),
        "kinds": [{"kind": kind.kind, "entries": kind.entries, "bytes": kind.bytes} for kind in kinds],
    }
    if as_json:
        print_document(document)
        return
    vietnamese = settings.language == "vi"
    rows = [[_name(kind.kind, vietnamese=vietnamese), kind.entries, kind.bytes / BYTES_PER_MB] for kind in kinds]
    rows.append(
        ["Tổng" if vietnamese else "Total", sum(kind.entries for kind in kinds), document["bytes"] / BYTES_PER_MB]
    )
    rows.append(["Giới hạn" if vietnamese else "Limit", None, cache.limit_bytes / BYTES_PER_MB])
    columns = ("Nội dung", "Số mục", "MB") if vietnamese else ("Item", "Entries", "MB")
    print_table("Kết quả được giữ" if vietnamese else "Kept results", columns, rows)


@app.command()
def clear(as_json: JsonOption = False) -> None:
    """Remove everything that is kept; the next assessment computes it again. Stored assessments stay."""
    from geo.store.result_cache import result_cache

    removed = result_cache(current_settings()).clear()
    if as_json:
        print_document({"schema_version": SCHEMA_VERSION, "bytes_removed": removed})
    else:
        megabytes = removed / BYTES_PER_MB
        message(f"Đã xóa {megabytes:.1f} MB.", f"{megabytes:.1f} MB were removed.")


def _name(kind: str, *, vietnamese: bool) -> str:
    vi, en = KINDS.get(kind, (kind, kind))
    return vi if vietnamese else en
