"""Pages for people: server-rendered, in Vietnamese and English, without any request to another server."""

from __future__ import annotations

from fastapi import APIRouter

from api.pages import about, explain, imports, map_page, overview, sign_in, static, targets, villages

router = APIRouter(include_in_schema=False)
for _module in (static, overview, map_page, explain, villages, targets, imports, sign_in, about):
    router.include_router(_module.router)

__all__ = ["router"]
