"""The web service: `create_app(settings)` builds it, nothing is built at import."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from api import pages
from api.answers import answer_cache
from api.dependencies import Database
from api.errors import install_error_handlers
from api.limits import RateLimiter
from api.middleware import GateMiddleware, HeadMiddleware, SafetyMiddleware
from api.openapi import install_description
from api.pages.errors import install_error_pages
from api.pages.kept import kept_pages, kept_results
from api.pages.warming import Warmer, map_warmer
from api.parameters import strict_parameters
from api.routes import (
    assessments,
    coverage,
    explain,
    fibre,
    gaps,
    health,
    imports,
    places,
    point,
    rasters,
    sites,
    targets,
    territory,
    villages,
)
from api.security import Keeper
from geo.settings import Settings

API_PREFIX = "/api/v1"
_API_MODULES = (
    territory,
    villages,
    sites,
    coverage,
    rasters,
    point,
    explain,
    gaps,
    fibre,
    places,
    targets,
    assessments,
    imports,
)


def create_app(settings: Settings, *, make_ahead: bool = False) -> FastAPI:
    """Build the service for `settings`; with `make_ahead` it has a thread that keeps the map ready while it runs."""
    app = FastAPI(
        title="phusong",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{API_PREFIX}/openapi.json",
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.keeper = Keeper(settings)
    app.state.database = Database(settings)
    app.state.answers = answer_cache()
    app.state.kept_results = kept_results()
    app.state.kept_pages = kept_pages()
    app.state.warmer = map_warmer(app) if make_ahead else None
    app.state.territory_masks = {}
    app.state.territories = {}
    app.state.limiter = RateLimiter(settings.rate_limit_per_minute)
    install_error_handlers(app)
    install_error_pages(app)
    install_description(app)
    _add_middleware(app, settings)
    app.include_router(health.router)
    for module in _API_MODULES:
        app.include_router(module.router, prefix=API_PREFIX, dependencies=[Depends(strict_parameters)])
    app.include_router(pages.router)
    return app


def create_app_from_environment() -> FastAPI:
    """Build the service from the environment: the factory for `uvicorn --factory`."""
    return create_app(Settings(), make_ahead=True)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    # Makes the token file on the first start, so that the administrator finds it before anybody needs it.
    _ = app.state.keeper.token
    warmer: Warmer | None = app.state.warmer
    if warmer is not None:
        warmer.start()
    yield
    if warmer is not None:
        warmer.stop()
    app.state.database.close()


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """Register from the inside out: the last one added sees a request first."""
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=6)
    app.add_middleware(
        GateMiddleware,
        keeper=app.state.keeper,
        limiter=app.state.limiter,
        max_upload_bytes=settings.max_upload_mb * 1_000_000,
        writing_prefix="/api/",
    )
    app.add_middleware(SafetyMiddleware)
    app.add_middleware(HeadMiddleware)
