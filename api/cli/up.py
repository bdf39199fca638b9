"""`phusong up`: everything between an installed program and a served page; steps that are done are skipped."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.answers import coverage
from api.cli.context import current_settings, database_session
from api.cli.listing import note
from api.cli.output import message, print_table
from api.cli.progress import assessment_progress
from api.cli.serve import require_free, serve
from api.cli.status import status
from api.headings import heading, word

if TYPE_CHECKING:
    from geo.settings import Settings
    from geo.workflows.compile_kernels import Compiling

ANNOUNCE_AFTER_S = 1.0


def up(
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after the summary, do not serve.")] = False,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default from PHUSONG_PORT.")] = None,
) -> None:
    """Start and prepare everything that is missing, then serve."""
    settings = current_settings()
    if not no_serve:
        # Said at once, not after minutes of computing.
        require_free(settings.host, port or settings.port)
    with _compiling_beside() as kernels:
        _bring_browser_files(settings)
        _bring_database(settings)
        _bring_data(settings)
        _bring_assessment(settings, kernels)
    _summarise()
    if not no_serve:
        require_free(settings.host, port or settings.port)
        address = f"http://{settings.host}:{port or settings.port}"
        message(f"Đang phục vụ tại {address} (Ctrl+C để dừng)", f"Serving at {address} (Ctrl+C to stop)")
        serve(port=port)


def _compiling_beside() -> AbstractContextManager[Compiling]:
    """Compile the kernels of an assessment beside the rest of the first start."""
    from geo.workflows.compile_kernels import compiling_beside

    return compiling_beside()


def _bring_browser_files(settings: Settings) -> None:
    """Copy the browser files when they are missing or older than the installed packages."""
    from maps.assets import bring_vendor_files

    bring_vendor_files(settings.home_path / "static")


def _bring_database(settings: Settings) -> None:
    from geo.workflows.database import start_database, upgrade_database

    start_database(settings)
    upgrade_database(settings)


def _bring_data(settings: Settings) -> None:
    """Load the illustrative data, also the rest of an interrupted load, as long as nobody brought real data."""
    from geo.store.session import engine_for
    from geo.workflows.answers.loaded import list_loaded
    from geo.workflows.demo import load_demo

    with database_session(settings=settings) as session:
        real = any(kind.imports and not kind.illustrative for kind in list_loaded(session))
    if real:
        return
    report = load_demo(engine=engine_for(settings), settings=settings, progress=_announcer())
    if report.anything_loaded:
        kinds = ", ".join(report.kinds_loaded)
        message(f"Đã nạp số liệu minh họa: {kinds}.", f"The illustrative data are loaded: {kinds}.")


def _announcer() -> Callable[[str, float], None]:
    """Say which kind is being loaded; nothing is said where a kind is done at once, as on every later start."""
    begun = time.monotonic()

    def announce(kind: str, share: float) -> None:
        if 0.0 < share < 1.0 and time.monotonic() - begun > ANNOUNCE_AFTER_S:
            message(f"Nạp số liệu minh họa: {kind}", f"Loading illustrative data: {kind}")

    return announce


def _bring_assessment(settings: Settings, kernels: Compiling) -> None:
    """Compute an assessment unless the published one was made from exactly what is loaded now."""
    from geo.store.session import engine_for
    from geo.workflows.assess_coverage import assess, calibration_in_use, is_current

    engine = engine_for(settings)
    # What was chosen stays chosen until an assessment is made without it.
    calibration = calibration_in_use(engine)
    if is_current(engine=engine, settings=settings, calibration=calibration):
        return
    if calibration is not None and not _is_usable(calibration):
        message(
            f"Bộ hiệu chỉnh {calibration} là loại cũ, không tách từng mạng: giữ kết quả đã tính. Hãy hiệu chỉnh lại "
            "bằng phusong calibrate --name TÊN rồi phusong assess --calibration TÊN.",
            f"The calibration {calibration} is an old one that does not tell networks apart: what was computed with it "
            "stays. Fit again with phusong calibrate --name NAME, then phusong assess --calibration NAME.",
        )
        return
    if kernels.is_running():
        message(
            "Đang biên dịch chương trình tính (chỉ lần đầu)",
            "Compiling the programs that compute (the first time only)",
        )
    kernels.wait()
    message("Đang tính phủ sóng", "Computing coverage")
    with assessment_progress() as progress:
        assess(engine=engine, settings=settings, calibration=calibration, progress=progress)


def _is_usable(calibration: str) -> bool:
    from geo.workflows.answers.calibrations import get_calibration

    with database_session() as session:
        return get_calibration(session, calibration).is_usable


def _summarise() -> None:
    """Print what is loaded, how much is covered and how many villages are in which state, over any operator."""
    from geo.domain.sites import ANY_OPERATOR
    from geo.workflows.answers.assessments import newest_assessment
    from geo.workflows.answers.documents import envelope
    from geo.workflows.answers.villages import count_by_state

    status()
    coverage(by="province", operator=ANY_OPERATOR, tier="outdoor", min_operators=1)
    language = current_settings().language
    with database_session() as session:
        info = newest_assessment(session)
        states = {technology: count_by_state(session, technology=technology) for technology in info.technologies}
    columns = list(next(iter(states.values())))
    print_table(
        "Thôn, buôn theo trạng thái" if language == "vi" else "Villages by state",
        [heading("technology", language), *(word("state", state, language) for state in columns)],
        [[technology, *counted.values()] for technology, counted in states.items()],
        note=note(envelope(info), language),
    )
