"""`phusong status`: what is loaded, and the published assessment."""

from __future__ import annotations

from typing import Any

from api.cli.context import current_settings, database_session
from api.cli.listing import note
from api.cli.output import JsonOption, message, print_document, print_table


def status(as_json: JsonOption = False) -> None:
    """Which data are loaded, how old they are, and which assessment was made last."""
    from api.documents import data_envelope
    from api.headings import heading
    from geo.errors import NoAssessmentError
    from geo.workflows.answers.assessments import newest_assessment
    from geo.workflows.answers.documents import to_jsonable
    from geo.workflows.answers.loaded import list_loaded

    assessment: dict[str, Any] | None
    with database_session() as session:
        loaded = [to_jsonable(kind) for kind in list_loaded(session)]
        try:
            assessment = to_jsonable(newest_assessment(session))
        except NoAssessmentError:
            assessment = None
        made_up = [kind["kind"] for kind in loaded if kind["illustrative"]]
        nothing = not any(kind["imports"] for kind in loaded)
        head = data_envelope(session, illustrative=None if nothing else bool(made_up), kinds=made_up)
    if as_json:
        print_document({**head, "count": len(loaded), "items": loaded, "assessment": assessment})
        return
    language = current_settings().language
    words = {True: ("minh họa", "illustrative"), False: ("thật", "real")}
    fields = ("kind", "rows", "data_label", "as_of")
    rows = [
        [
            kind["kind"],
            kind["rows"],
            words[kind["illustrative"]][0 if language == "vi" else 1] if kind["imports"] else None,
            kind["as_of"],
        ]
        for kind in loaded
    ]
    title = "Dữ liệu đã nạp" if language == "vi" else "Loaded data"
    print_table(title, [heading(field, language) for field in fields], rows, note=note(head, language))
    if assessment is None:
        message(
            "Chưa có kết quả tính toán; hãy chạy `phusong assess`.", "There is no assessment yet; run `phusong assess`."
        )
    elif assessment["stale"]:
        message(
            "Dữ liệu đã thay đổi sau lần tính toán đang công bố; hãy chạy `phusong assess`.",
            "The data changed after the published assessment; run `phusong assess`.",
        )
