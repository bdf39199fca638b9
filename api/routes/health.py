"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Whether the process lives")
def healthz() -> dict[str, str]:
    """Answer as long as the process runs; says nothing about the database."""
    return {"status": "ok"}
