"""Imports: what came in, and taking files in (token)."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from pydantic import StringConstraints
from sqlalchemy import Engine
from starlette.responses import Response

from api import documents
from api.answers import JSON, ResponderDep
from api.dependencies import SettingsDep, require_token
from api.describe import answers, named_example, problem_answers
from api.lists import Envelope, page_answer, row_limit
from api.parameters import IdPath, KindName, LimitQuery, OffsetQuery, strict_form
from api.schemas import ImportDocument, ItemsPage
from api.uploads import stored_uploads
from geo.errors import BadInputError
from geo.workflows.answers.documents import to_jsonable
from geo.workflows.answers.imports import ImportInfo, ImportKind, get_import, list_imports

if TYPE_CHECKING:
    from geo.workflows.import_report import ImportReport
from geo.workflows.answers.rows import Page

router = APIRouter(prefix="/imports", tags=["imports"], dependencies=[Depends(require_token)])

# PostgreSQL cannot store a NUL in a text.
PRINTABLE = r"^[^\x00-\x08]*$"
PrintableText = Annotated[str, StringConstraints(pattern=PRINTABLE, max_length=200)]

_DOCUMENT = {"content": {JSON: named_example("import")}, "model": ImportDocument}


@router.get(
    "",
    summary="Imports, newest first (token)",
    response_model=ItemsPage[ImportInfo],
    responses=answers("imports", problems=(401, 422, 503)),
)
def imports(
    answer: ResponderDep,
    kind: Annotated[KindName | None, Query(description="Only this kind")] = None,
    limit: LimitQuery = None,
    offset: OffsetQuery = 0,
) -> Response:
    """What came in, from which files, with how many rows of each fate."""

    def read() -> tuple[Envelope, Page[ImportInfo]]:
        page = list_imports(answer.session, kind=kind, limit=row_limit(limit), offset=offset)
        illustrative = any(row.illustrative for row in page.items)
        return documents.data_envelope(answer.session, illustrative=illustrative), page

    return page_answer(answer, read)


@router.get(
    "/{import_id}",
    summary="One import with its problems (token)",
    response_model=ImportDocument,
    responses={**answers("import", problems=(401, 404, 422, 503))},
)
def one_import(answer: ResponderDep, import_id: IdPath) -> Response:
    """The document that the import answered with."""
    return answer.json(lambda: to_jsonable(get_import(answer.session, import_id=import_id)))


@router.post(
    "/{kind}",
    summary="Take files in (token)",
    status_code=201,
    response_model=ImportDocument,
    dependencies=[Depends(strict_form)],
    responses={
        201: {"description": "Stored", **_DOCUMENT},
        200: {"description": "Nothing to store: the same files as before, or `dry_run`", **_DOCUMENT},
        **problem_answers(401, 409, 413, 422, 503),
    },
)
def take_in(
    request: Request,
    settings: SettingsDep,
    kind: KindName,
    files: Annotated[list[UploadFile], File(description="One or several files of the kind")],
    crs: Annotated[
        str | None,
        Form(description="Reference system where the file does not say, as EPSG:n"),
    ] = None,
    operator: Annotated[str | None, Form(description="Operator code, where the file does not say")] = None,
    sheet: Annotated[PrintableText | None, Form(description="Sheet of a workbook")] = None,
    map: Annotated[
        list[PrintableText] | None,
        Form(description="column=field, for unknown headings; may be repeated"),
    ] = None,
    as_of: Annotated[dt.date | None, Form(description="Date that the data describe; default today")] = None,
    skip_errors: Annotated[bool, Form(description="Store the good rows, keep the bad ones in the record")] = False,
    dry_run: Annotated[bool, Form(description="Check and preview only")] = False,
    replace: Annotated[bool, Form(description="The list is complete: close what it lacks")] = False,
    confirm_gone: Annotated[
        bool, Form(description="What is closed is really gone, also above the stated share")
    ] = False,
) -> Response:
    """All or nothing, unless `skip_errors`: with one error nothing is stored and the answer (422) lists every problem.

    The document is the one `phusong import --json` prints. The same files twice are one import.
    """
    # The readers bring pandas and GDAL, which the start of the service need not wait for.
    from geo.workflows.imports import import_files

    engine: Engine = request.app.state.database.engine()
    with stored_uploads(files, settings=settings) as paths:
        report = import_files(
            engine=engine,
            settings=settings,
            kind=ImportKind(kind),
            sources=paths,
            crs=crs or None,
            operator=operator or None,
            sheet=sheet or None,
            column_map=parse_column_map(map or []),
            as_of=as_of,
            skip_errors=skip_errors,
            dry_run=dry_run,
            replace=replace,
            confirm_gone=confirm_gone,
        )
    return _answer(report)


def _answer(report: ImportReport) -> Response:
    stored = report.import_id is not None and not report.already_imported and not report.dry_run
    headers = {"Cache-Control": "private, no-store"}
    if stored:
        headers["Location"] = f"/api/v1/imports/{report.import_id}"
    content = json.dumps(to_jsonable(report.document()), ensure_ascii=False)
    return Response(content, status_code=201 if stored else 200, media_type=JSON, headers=headers)


def parse_column_map(pairs: list[str]) -> dict[str, str]:
    """Read `column=field` pairs.

    Raises:
        BadInputError: a pair has no `=`, or an empty side, or a column has two fields.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        column, equals, field = pair.rpartition("=")
        if not equals or not column.strip() or not field.strip():
            raise BadInputError(f"Not column=field: {pair}", f"Không đúng dạng cột=trường: {pair}")
        if found.setdefault(column.strip(), field.strip()) != field.strip():
            raise BadInputError(
                f"Two fields for the column '{column.strip()}'; a column holds one.",
                f"Cột '{column.strip()}' được chỉ cho hai trường; mỗi cột chỉ là một trường.",
            )
    return found
