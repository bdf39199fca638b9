"""What was handed in: the list, one import with its problems, and the form for a new file."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from sqlalchemy import Engine
from starlette.responses import RedirectResponse, Response

from api.dependencies import SessionDep, SettingsDep
from api.pages.choices import page_number
from api.pages.rendering import PageRoute, page_language, render, standing_of, viewer_of
from api.parameters import IdPath
from api.routes.imports import parse_column_map
from api.security import token_needed
from api.uploads import stored_uploads
from geo.errors import BadInputError, ConflictError, PhusongError
from geo.workflows.answers.documents import to_jsonable
from geo.workflows.answers.imports import ImportKind, get_import, list_imports
from maps.legends import IMPORT_KIND_LABELS

router = APIRouter(route_class=PageRoute)
PAGE_ROWS = 20


@router.get("/imports")
def imports(request: Request, session: SessionDep, page: Annotated[str, Query(max_length=20)] = "1") -> Response:
    """The list for those with the token; for others what this page is, and the way in."""
    standing = standing_of(session)
    if not viewer_of(request).can_see_sites:
        return render(request, "imports_closed.html", {}, standing=standing, active="imports")
    number = page_number(page)
    found = list_imports(session, limit=PAGE_ROWS, offset=(number - 1) * PAGE_ROWS)
    context = {
        "found": [to_jsonable(row) for row in found.items],
        "total": found.total,
        **_form_context(number, found.total),
    }
    return render(request, "imports.html", context, standing=standing, active="imports")


def _form_context(number: int = 1, total: int = 0) -> dict[str, Any]:
    return {
        "kinds": [kind.value for kind in ImportKind],
        "kind_labels": IMPORT_KIND_LABELS,
        "number": number,
        "pages": max(1, -(-total // PAGE_ROWS)),
    }


@router.get("/imports/{import_id}")
def one_import(request: Request, session: SessionDep, import_id: IdPath) -> Response:
    """One import with its problems."""
    if not viewer_of(request).can_see_sites:
        return RedirectResponse(f"/sign-in?next=/imports/{import_id}", status_code=303)
    document = to_jsonable(get_import(session, import_id=import_id))
    context = {"report": document, "message": None, **_form_context()}
    return render(request, "import.html", context, standing=standing_of(session), active="imports")


@router.post("/imports")
def take_in(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    files: Annotated[list[UploadFile], File()],
    kind: Annotated[ImportKind, Form()],
    crs: Annotated[str, Form()] = "",
    operator: Annotated[str, Form()] = "",
    sheet: Annotated[str, Form()] = "",
    column_map: Annotated[str, Form(max_length=10_000)] = "",
    as_of: Annotated[dt.date | Literal[""], Form()] = "",
    skip_errors: Annotated[bool, Form()] = False,
    dry_run: Annotated[bool, Form()] = False,
    replace: Annotated[bool, Form()] = False,
    confirm_gone: Annotated[bool, Form()] = False,
) -> Response:
    """Take files in; what came of it, or every problem, is the answer."""
    if not viewer_of(request).can_see_sites:
        raise token_needed()
    # The readers bring pandas and GDAL, which the start of the service need not wait for.
    from geo.workflows.imports import import_files

    engine: Engine = request.app.state.database.engine()
    try:
        with stored_uploads([file for file in files if file.filename], settings=settings) as paths:
            report = import_files(
                engine=engine,
                settings=settings,
                kind=kind,
                sources=paths,
                crs=crs.strip() or None,
                operator=operator.strip() or None,
                sheet=sheet.strip() or None,
                column_map=parse_column_map([line for line in column_map.splitlines() if line.strip()]),
                as_of=as_of or None,
                skip_errors=skip_errors,
                dry_run=dry_run,
                replace=replace,
                confirm_gone=confirm_gone,
            )
    except (BadInputError, ConflictError) as error:
        return _refused(request, session, error, kind)
    if report.import_id is not None and not dry_run and not report.already_imported:
        return RedirectResponse(f"/imports/{report.import_id}", status_code=303)
    context = {"report": to_jsonable(report.document()), "message": None, **_form_context()}
    return render(request, "import.html", context, standing=standing_of(session), active="imports")


def _refused(request: Request, session: SessionDep, error: PhusongError, kind: ImportKind) -> Response:
    report = getattr(error, "report", None)
    context = {
        "report": to_jsonable(report.document()) if report is not None else None,
        "message": error.message(page_language(request)),
        "kind": kind.value,
        **_form_context(),
    }
    return render(
        request, "import.html", context, standing=standing_of(session), status=error.http_status, active="imports"
    )
