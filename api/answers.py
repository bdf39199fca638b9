"""How an answer leaves: made once for each state of the data and group of viewers, with ETag and cache rules."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.dependencies import Database, LanguageDep, ViewerDep
from api.languages import Language
from api.limits import count
from api.made_once import Key, MadeOnce
from api.security import Viewer
from geo.store.session import session_scope
from geo.workflows.data_version import data_version

JSON = "application/json"
GEOJSON = "application/geo+json"
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PNG = "image/png"
HTML = "text/html; charset=utf-8"

CACHE_BYTES = 64 * 1024 * 1024
PUBLIC_CACHE_SECONDS = 60
VARY = "Authorization, Cookie, Accept, Accept-Language, Accept-Encoding"
_COMPRESSED_FROM_BYTES = 1024
_COMPRESSIBLE = (JSON, GEOJSON, CSV, HTML)


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes of an answer, plain and, where worth it, compressed."""

    media_type: str
    plain: bytes
    compressed: bytes | None
    digest: str

    @classmethod
    def of(cls, content: bytes, media_type: str) -> Body:
        """Wrap the bytes of an answer."""
        worth_it = media_type in _COMPRESSIBLE and len(content) >= _COMPRESSED_FROM_BYTES
        # mtime=0: the same answer has the same bytes.
        compressed = gzip.compress(content, compresslevel=6, mtime=0) if worth_it else None
        return cls(media_type, content, compressed, hashlib.sha256(content).hexdigest()[:32])

    @property
    def size_bytes(self) -> int:
        """Memory it takes."""
        return len(self.plain) + len(self.compressed or b"")


def answer_cache() -> MadeOnce[Body]:
    """Return an empty store of answers; one that would take a quarter of it is not kept."""
    return MadeOnce(limit=CACHE_BYTES, size_of=lambda body: body.size_bytes, largest=CACHE_BYTES // 4)


class Responder:
    """Makes the responses of one request, and holds its one transaction while it does."""

    def __init__(self, request: Request, *, viewer: Viewer, language: Language) -> None:
        self.request = request
        self.viewer = viewer
        self.language = language
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """The open transaction.

        Raises:
            RuntimeError: asked for outside `transaction`, `json` and `kept`.
        """
        if self._session is None:
            raise RuntimeError("no transaction is open")
        return self._session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open the transaction of this request in the thread of its route, which saves hops to other threads."""
        if self._session is not None:
            yield self._session
            return
        database: Database = self.request.app.state.database
        with session_scope(database.engine()) as session:
            self._session = session
            try:
                yield session
            finally:
                self._session = None

    def json(self, make: Callable[[], Mapping[str, Any]], *, media_type: str = JSON) -> Response:
        """Answer with a JSON document that depends on the data, the address and the group of the viewer only."""
        return self.kept(lambda: _encode(make()), media_type=media_type)

    def kept(self, make: Callable[[], bytes], *, media_type: str) -> Response:
        """Answer with bytes that may be kept until the data change."""
        cache: MadeOnce[Body] = self.request.app.state.answers
        with self.transaction():
            body = cache.get_or_make(self._key(media_type), lambda: Body.of(make(), media_type))
        return kept_response(self.request, body, {"Vary": VARY, "Cache-Control": self._cache_control()})

    def count(self, kind: str) -> None:
        """Count this request as one of a kind that costs much; TooManyRequestsError when it is one too many."""
        count(self.request, self.viewer, kind)

    def fresh(self, content: bytes, *, media_type: str, filename: str | None = None) -> Response:
        """Answer with bytes made for this request alone: exports with their time, documents about an upload."""
        headers = {"Cache-Control": "private, no-store", "Vary": VARY}
        if filename is not None:
            headers["Content-Disposition"] = f'attachment; filename="{filename}"'
        return Response(content, media_type=media_type, headers=headers)

    def _key(self, media_type: str) -> Key:
        query = sorted(self.request.query_params.multi_items())
        return (
            data_version(self.session),
            self.viewer.cache_class,
            media_type,
            self.request.url.path,
            *(part for item in query for part in item),
        )

    def _cache_control(self) -> str:
        if self.viewer.can_see_sites:
            return "private, no-cache"
        return f"public, max-age={PUBLIC_CACHE_SECONDS}"


def kept_response(request: Request, body: Body, headers: dict[str, str]) -> Response:
    """Send kept bytes, compressed where the client takes that, or 304 when it has them already."""
    compressed = body.compressed if _accepts_gzip(request.headers.get("accept-encoding", "")) else None
    # A strong tag names exact bytes, so the compressed form has its own.
    etag = f'"{body.digest}-gz"' if compressed is not None else f'"{body.digest}"'
    headers = {**headers, "ETag": etag}
    if matches_etag(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    if compressed is not None:
        headers["Content-Encoding"] = "gzip"
        return Response(compressed, media_type=body.media_type, headers=headers)
    return Response(body.plain, media_type=body.media_type, headers=headers)


async def get_responder(request: Request, viewer: ViewerDep, language: LanguageDep) -> Responder:
    """Return the maker of this request's responses."""
    return Responder(request, viewer=viewer, language=language)


ResponderDep = Annotated[Responder, Depends(get_responder)]


def _encode(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _accepts_gzip(header: str) -> bool:
    for part in header.lower().split(","):
        name, _, parameters = part.strip().partition(";")
        if name in ("gzip", "*"):
            return parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def matches_etag(header: str, etag: str) -> bool:
    """Tell whether `If-None-Match` names the tag (weak comparison, RFC 9110, 13.1.2)."""
    if header.strip() == "*":
        return True
    return etag in {part.strip().removeprefix("W/") for part in header.split(",")}
