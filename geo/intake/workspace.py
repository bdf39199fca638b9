"""Temporary folders of imports: each is locked while its import lives, so that those of killed ones can be removed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "phusong-import-"
# A folder is locked a moment after it was made.
_SETTLED_S = 60.0


@contextmanager
def import_workspace() -> Iterator[Path]:
    """Yield a folder that goes away at the end; what killed imports left goes away at the beginning."""
    remove_left_folders()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield Path(folder)
        finally:
            os.close(handle)


def remove_left_folders() -> None:
    """Remove the folders of this user that no living import holds."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            found = folder.lstat()
            ours = found.st_uid == os.getuid() and folder.is_dir() and not folder.is_symlink()
            if not ours or time.time() - found.st_mtime < _SETTLED_S:
                continue
            handle = os.open(folder, os.O_RDONLY)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue
        finally:
            os.close(handle)
