"""Scripts, styles and images: npm's from the state folder, our own from the package."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response

from api.dependencies import SettingsDep
from geo.errors import NotFoundError
from maps.assets import MissingAssetError, asset_path

router = APIRouter()
_FOR_EVER = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=300"


@router.get("/static/{name:path}")
def static_file(request: Request, settings: SettingsDep, name: str) -> Response:
    """Give a file; an address that carries the content's mark may be kept for ever."""
    try:
        path = asset_path(name, settings.home_path / "static")
    except MissingAssetError as error:
        raise NotFoundError(error.en, error.vi) from error
    return FileResponse(path, headers={"Cache-Control": _FOR_EVER if request.query_params.get("v") else _SHORT})
