"""Check a built wheel: it holds every file of the packages that is not Python, and works away from the checkout."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGES = ("geo", "api", "maps")
PROBE = """
import pathlib, geo, api.app, maps
from api.cli import app
from geo.settings import Settings
from geo.workflows import database
assert pathlib.Path(geo.__file__).is_relative_to({folder!r}), geo.__file__
assert database._head(), "no migrations in the wheel"
api.app.create_app(Settings(home={folder!r} + "/home", _env_file=None))
"""


def missing_files(wheel: Path, checkout: Path) -> list[str]:
    """Return the tracked files of the packages that the wheel lacks."""
    listed = subprocess.run(  # noqa: S603
        ["git", "ls-files", "-z", "--", *PACKAGES],  # noqa: S607
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    tracked = [name for name in listed.stdout.split("\0") if name]
    with zipfile.ZipFile(wheel) as archive:
        return sorted(set(tracked) - set(archive.namelist()))


def works_elsewhere(wheel: Path) -> bool:
    """Import the unpacked wheel from another folder and build the service."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        probe = PROBE.format(folder=folder)
        # -P and the path first: the editable install of the checkout must not answer instead.
        code = f"import sys; sys.path.insert(0, {folder!r})\n{probe}"
        done = subprocess.run([sys.executable, "-P", "-c", code], cwd=folder, check=False)  # noqa: S603
    return done.returncode == 0


def main() -> int:
    """Check the wheel named on the command line."""
    wheel = Path(sys.argv[1]).resolve()
    missing = missing_files(wheel, Path(__file__).resolve().parent.parent)
    if missing:
        sys.stderr.write("not in the wheel:\n" + "\n".join(missing) + "\n")
        return 1
    if not works_elsewhere(wheel):
        return 1
    sys.stdout.write(f"{wheel.name}: complete, and works away from the checkout\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
