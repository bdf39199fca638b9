"""A full disk is told as such, by commands and by the API; /dev/full is one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.cli.output import folder_of, write_file, write_whole
from api.middleware import SafetyMiddleware
from geo.errors import DiskFullError

FULL = Path("/dev/full")


def test_a_command_that_finds_the_disk_full_says_so_in_both_languages() -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "api.cli", "--help"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    said = done.stderr.decode()
    assert done.returncode == DiskFullError.exit_code
    assert "The disk is full" in said
    assert "Ổ đĩa đã đầy" in said
    assert "Traceback" not in said


def test_documents_on_a_full_disk_are_told_too() -> None:
    with FULL.open("w") as full:
        command = [sys.executable, "-m", "api.cli", "radio", "profile", "none.csv", "--json"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == DiskFullError.exit_code
    assert "The disk is full" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_a_file_for_which_there_is_no_room_leaves_the_one_that_was_there(tmp_path: Path) -> None:
    there = tmp_path / "map.html"
    there.write_bytes(b"before")
    there.chmod(0o640)
    program = (
        "import resource, sys; from pathlib import Path; from api.cli.output import write_whole\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))\n"
        "try: write_whole(Path(sys.argv[1]), bytes(10_000))\n"
        "except OSError as error: print(error.filename)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(there)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(there)
    assert there.read_bytes() == b"before"
    write_whole(there, b"after")
    assert (there.read_bytes(), there.stat().st_mode & 0o777) == (b"after", 0o640)
    assert [path.name for path in tmp_path.iterdir()] == ["map.html"]


def test_of_several_files_none_is_left_where_there_is_no_room_for_one(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_bytes(b"before")
    program = (
        "import resource, sys; from pathlib import Path; from api.cli.output import write_together\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))\n"
        "folder = Path(sys.argv[1])\n"
        "try: write_together({folder / 'a.svg': b'after', folder / 'b.svg': b'new', folder / 'c.svg': bytes(10_000)})\n"
        "except OSError as error: print(error.filename)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path / "c.svg")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.svg", b"before")]


NO_ROOM = (
    "import resource, sys; from pathlib import Path; from api.cli.output import write_file\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))\n"
    "write_file(Path(sys.argv[1]), bytes(10_000))"
)


@pytest.mark.parametrize("name", ["new/deep/map.html", "new/../deep/map.html", "old/map.html", "old/new/map.html"])
def test_folders_made_for_a_file_that_has_no_room_are_removed(tmp_path: Path, name: str) -> None:
    (tmp_path / "old").mkdir()
    done = subprocess.run([sys.executable, "-c", NO_ROOM, str(tmp_path / name)], capture_output=True, check=False)
    assert b"File too large" in done.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["old"]
    write_file(tmp_path / name, b"content")
    assert (tmp_path / name).read_bytes() == b"content"


def test_a_folder_into_which_something_was_put_meanwhile_stays(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="disk"), folder_of(tmp_path / "new" / "deep" / "map.html") as is_new:
        (tmp_path / "new" / "other").write_text("kept")
        raise OSError("disk")
    assert is_new
    assert [path.name for path in tmp_path.rglob("*")] == ["new", "other"]


def test_a_name_that_leads_elsewhere_is_followed(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    link = tmp_path / "map.html"
    link.symlink_to(tmp_path / "other" / "real.html")
    write_whole(link, b"content")
    assert link.is_symlink()
    assert (tmp_path / "other" / "real.html").read_bytes() == b"content"
    write_whole(Path("/dev/null"), b"content")
    assert not Path("/dev/null").is_file()


def test_the_api_says_so_without_naming_the_place() -> None:
    app = FastAPI()
    app.add_middleware(SafetyMiddleware)

    @app.get("/write")
    def write() -> None:
        FULL.write_text("anything")

    answer = TestClient(app).get("/write")
    assert (answer.status_code, answer.json()["code"]) == (503, "disk_full")
    assert "The disk is full or takes no more;" in answer.json()["detail_en"]
    assert str(FULL) not in answer.text
