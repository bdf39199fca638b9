"""Browser files for tests: those of npm when they are installed, else stand-ins."""

from __future__ import annotations

from pathlib import Path

from maps.assets import PROJECT_DIR, VENDOR_FILES, copy_vendor_files

NODE_MODULES = PROJECT_DIR / "node_modules"


def place_vendor_files(folder: Path) -> bool:
    """Fill a static folder; tell whether the files are the real ones, which a browser can run."""
    if all((NODE_MODULES / file.package / file.source).is_file() for file in VENDOR_FILES):
        copy_vendor_files(folder)
        return True
    for file in VENDOR_FILES:
        (folder / file.name).parent.mkdir(parents=True, exist_ok=True)
        (folder / file.name).write_bytes(b"/* */")
    return False
