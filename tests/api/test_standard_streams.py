"""What a full disk leaves of standard output is never taken for the whole, by any command; a closed pipe is quiet."""

from __future__ import annotations

import errno
import io
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer

from api.cli import app
from geo.errors import DiskFullError
from tests.api.test_cli_answers import runner
from tests.api.test_cli_contract import PROFILE, profile_arguments
from tests.conftest import TestDatabase

FULL = Path("/dev/full")
ROOM_BYTES = 700
HERE = ("--lon", "108.1", "--lat", "12.6")

# Every command that prints on standard output, in each of its ways; FILE is a profile, FOLDER holds published cases.
PRINTING: dict[str, tuple[tuple[str, ...], ...]] = {
    "status": ((), ("--json",)),
    "import": (("places", "FILE", "--dry-run"), ("places", "FILE", "--dry-run", "--json")),
    "assess": (("--technology", "4G"), ("--technology", "4G", "--json")),
    "coverage": ((), ("--json",), ("--format", "csv"), ("--format", "xlsx"), ("--help",)),
    "point": (HERE, (*HERE, "--json")),
    "villages": ((), ("--json",), ("--format", "csv"), ("--format", "xlsx"), ("--format", "geojson")),
    "gaps": ((), ("--json",), ("--format", "csv"), ("--format", "xlsx"), ("--format", "geojson")),
    "fibre": (("--by", "commune"), ("--json",), ("--format", "csv"), ("--format", "xlsx"), ("--format", "geojson")),
    "places": ((), ("--json",), ("--format", "csv"), ("--format", "xlsx"), ("--by", "place", "--format", "geojson")),
    "calibrate": (("--name", "x", "--json"),),
    "calibrate list": (("--json",),),
    "calibrate show": (("x", "--json"),),
    "db start": ((), ("--json",)),
    "db stop": (("--json",),),
    "db status": ((), ("--json",)),
    "db upgrade": (("--json",),),
    "db url": ((), ("--json",)),
    "cache status": ((), ("--json",)),
    "cache clear": (("--json",),),
    "operators list": ((), ("--json",)),
    "operators set": (("alpha", "--mobile", "--source", "x"), ("alpha", "--undecided", "--json")),
    "targets": ((), ("--json",)),
    "targets declare": (("A10", "5", "--date", "2026-01-01", "--source", "x", "--json"),),
    "baseline freeze": (("--label", "a"), ("--label", "b", "--json")),
    "baseline show": ((), ("--json",)),
    "radio explain": ((*HERE, "--json"), ("--help",)),
    "radio profile": (tuple(profile_arguments(Path("FILE"))[2:]), (*profile_arguments(Path("FILE"))[2:], "--json")),
    "radio validate": (("FOLDER",), ("FOLDER", "--markdown"), ("FOLDER", "--json")),
    "radio tiers": ((), ("--json",)),
    "radio benchmark": (("--step-m", "500", "--radius-km", "1", "--runs", "1"),),
}
ELSEWHERE = {
    "serve": "prints only what the web server logs",
    "up": "prints by `status` and `coverage` after minutes of loading and computing",
    "map": "prints only a document, after a file that needs the browser files",
    "demo clear": "prints only a document, after it has deleted what the other commands read: see below",
    "demo load": "loads the illustrative data of a province, which takes a minute",
}
CASES = (
    "freqency (GHz),probability (%),building type,elevation angle (deg),building entry loss (dB)\n"
    "1,50,1,0,11.9\n2,50,1,0,12.9\n"
)
# What has more to print than there is room: they begin and are cut. (A workbook is put together in a file, which the
# room of these tests would cut too.)
LONG = (
    ("villages", "--format", "csv"),
    ("villages", "--json"),
    ("villages",),
    ("coverage",),
    ("gaps", "--format", "geojson"),
    ("targets",),
    ("radio", "tiers"),
    ("--help",),
)
Printed = Callable[..., tuple[int, str]]


@pytest.fixture
def printed(filled: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Printed:
    return _printing(filled, monkeypatch)


def _printing(database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Printed:
    """Return what runs a command that prints to a file without buffers, as `python -u` does: exit code and errors."""
    runner(database, monkeypatch)

    def run(to: Path, *arguments: str) -> tuple[int, str]:
        said = io.StringIO()
        with to.open("wb", buffering=0) as file, monkeypatch.context() as patched:
            stream = io.TextIOWrapper(file, encoding="utf-8", write_through=True)
            patched.setattr(sys, "stdout", stream)
            patched.setattr(sys, "__stdout__", stream)
            patched.setattr(sys, "stderr", said)
            code = app(list(arguments), standalone_mode=False)
        return code, said.getvalue()

    return run


@contextmanager
def room(size: int) -> Iterator[None]:
    """Let files grow to so many bytes: the write that crosses the limit is short, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Names of all commands below one."""
    below = getattr(command, "commands", None)
    if below is None or getattr(command, "invoke_without_command", False):
        yield " ".join(path)
    for name, each in (below or {}).items():
        yield from leaves(each, (*path, name))


def test_every_command_is_tried() -> None:
    assert {*PRINTING, *ELSEWHERE} == set(leaves(typer.main.get_command(app)))


@pytest.mark.parametrize(
    ("command", "arguments"),
    [(command, arguments) for command, ways in PRINTING.items() for arguments in ways],
    ids=lambda part: " ".join([part] if isinstance(part, str) else part),
)
def test_every_command_tells_that_the_disk_of_its_output_is_full(
    printed: Printed, tmp_path: Path, command: str, arguments: tuple[str, ...]
) -> None:
    profile = tmp_path / "profile.csv"
    profile.write_text(PROFILE)
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "results.csv").write_text(CASES)
    places = {"FILE": str(profile), "FOLDER": str(tmp_path / "cases")}
    code, said = printed(FULL, *command.split(), *(places.get(each, each) for each in arguments))
    assert code == DiskFullError.exit_code, said
    assert "The disk is full or takes no more (standard output)" in said
    assert "Ổ đĩa đã đầy hoặc không ghi thêm được (đầu ra chuẩn)" in said
    assert "Traceback" not in said


def test_also_a_command_that_deletes(fresh_database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = _printing(fresh_database, monkeypatch)(FULL, "demo", "clear", "--json")
    assert code == DiskFullError.exit_code
    assert "The disk is full" in said


@pytest.mark.parametrize("arguments", LONG, ids=" ".join)
def test_what_a_disk_takes_the_beginning_of_is_told_to_be_cut(
    printed: Printed, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert printed(whole, *arguments) == (0, "")
    with room(ROOM_BYTES):
        code, said = printed(cut, *arguments)
    assert whole.stat().st_size > ROOM_BYTES == cut.stat().st_size
    assert code == DiskFullError.exit_code
    assert "what was printed is cut" in said
    assert "phần đã in bị cắt" in said


def test_an_error_is_told_before_its_document_finds_no_room(printed: Printed) -> None:
    code, said = printed(FULL, "calibrate", "show", "none", "--json")
    assert code == DiskFullError.exit_code
    assert said.index("calibrate list") < said.index("The disk is full")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_process_tells_it_with_and_without_buffers(tmp_path: Path, unbuffered: str) -> None:
    program = "import resource as r, runpy; r.setrlimit(r.RLIMIT_FSIZE, (700, r.RLIM_INFINITY)); runpy.run_module"
    command = [sys.executable, "-B", "-c", f"{program}('api.cli', run_name='__main__')", "--help"]
    with (tmp_path / "out").open("wb") as out:
        done = _run(command, stdout=out, stderr=subprocess.PIPE, unbuffered=unbuffered)
    assert done.returncode == DiskFullError.exit_code
    said = done.stderr.decode()
    assert "The disk is full" in said
    assert "Ổ đĩa đã đầy" in said
    assert "Traceback" not in said
    assert "Exception ignored" not in said


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_closed_pipe_is_quiet(unbuffered: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = _run([*PHUSONG, "--help"], stdout=writer, stderr=subprocess.PIPE, unbuffered=unbuffered)
    finally:
        os.close(writer)
    assert done.stderr == b""
    assert done.returncode == 1


PHUSONG = [sys.executable, "-m", "api.cli"]


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_where_errors_have_no_room_the_exit_code_tells(unbuffered: str) -> None:
    with FULL.open("wb") as full:
        lost = _run([*PHUSONG, "--help"], stdout=full, stderr=full, unbuffered=unbuffered)
        wrong = _run([*PHUSONG, "nosuch"], stdout=subprocess.PIPE, stderr=full, unbuffered=unbuffered)
    assert lost.returncode == DiskFullError.exit_code
    assert (wrong.returncode, wrong.stdout) == (2, b"")


@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "1>&- 2>&-"])
def test_streams_that_were_closed_are_wanted_by_nobody(closed: str) -> None:
    command = ["sh", "-c", f'"$0" -m api.cli radio tiers {closed}', sys.executable]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr


def test_what_is_redirected_is_utf_8_whatever_the_locale() -> None:
    done = _run([*PHUSONG, "radio", "tiers"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert "Nơi còn mức ngoài trời" in done.stdout.decode()


def test_other_errors_of_standard_output_are_told_in_the_words_of_the_system() -> None:
    with FULL.open("rb") as only_read:
        done = _run([*PHUSONG, "--help"], stdout=only_read, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert f"{os.strerror(errno.EBADF)} (standard output)" in done.stderr.decode()


def _run(command: list[str], *, stdout: Any, stderr: Any, unbuffered: str = "", **environment: str) -> Any:
    """Run a process with or without buffers for its streams."""
    surroundings = {**os.environ, "PYTHONUNBUFFERED": unbuffered, **environment}
    return subprocess.run(command, stdout=stdout, stderr=stderr, env=surroundings, check=False)
