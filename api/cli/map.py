"""`phusong map`: one HTML file with the map of the province, which works without any network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from api.cli.context import current_settings, database_session
from api.cli.output import JsonOption, message, print_document, write_file
from geo.errors import NotReadyError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from maps.content import MapContent


def map_(
    out: Annotated[Path, typer.Option("--out", help="File to write, for example map.html.")],
    public: Annotated[bool, typer.Option("--public", help="Only what everybody may see: no sites, no nodes.")] = False,
    language: Annotated[
        Literal["vi", "en"] | None, typer.Option(help="Language of the map; default from PHUSONG_LANGUAGE.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the map of the province as one HTML file."""
    from api.map_content import fetch_map_content
    from maps.assets import VENDOR_PREFIX, bring_vendor_files
    from maps.pages import map_file

    settings = current_settings()
    with database_session(settings=settings) as session:
        content = fetch_map_content(session, settings=settings, sees_sites=not public)
        head = _head(session, content)
    if not content.units:
        raise NotReadyError(
            "There are no boundaries to draw; import them with phusong import boundaries, or phusong demo load.",
            "Chưa có ranh giới để vẽ; hãy nhập bằng phusong import boundaries, hoặc phusong demo load.",
        )
    static = settings.home_path / "static"
    if not (static / VENDOR_PREFIX).is_dir():
        bring_vendor_files(static)
    page = map_file(content, language=language or settings.language, static_dir=static).encode()
    write_file(out, page)
    if content.sites or content.fibre_nodes:
        message(
            "Tệp có vị trí trạm và nút cáp quang, không dành cho mọi người; thêm --public để bỏ các vị trí này.",
            "The file holds the locations of stations and fibre nodes and is not for everybody; "
            "--public leaves them out.",
        )
    if as_json:
        print_document({**head, "file": str(out), "size_bytes": len(page), "public": public})


def _head(session: Session, content: MapContent) -> dict[str, Any]:
    """Return the envelope of the assessment that is drawn, or of the boundaries where there is none yet."""
    from api.documents import assessment_envelope, data_envelope

    if content.info is not None:
        return {**assessment_envelope(session, content.info.assessment_id), "illustrative": content.is_illustrative}
    kinds = ["boundaries"] if content.is_illustrative else []
    return data_envelope(session, illustrative=content.is_illustrative, kinds=kinds)
