"""Private files of the state folder: generated secrets, and locks between processes that start at once."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECRET_BYTES = 32


def ensure_home(home: Path) -> Path:
    """Make the state folder when it is missing and return its absolute path."""
    path = home.expanduser().resolve()
    path.mkdir(mode=0o755, parents=True, exist_ok=True)
    return path


def read_secret(home: Path, name: str) -> str | None:
    """Return the stored secret called `name`, or None when there is none."""
    path = home / "secrets" / name
    return path.read_text(encoding="ascii").strip() if path.exists() else None


def write_secret(home: Path, name: str, value: str) -> None:
    """Store a secret so that only this user can read it, replacing an older one in one step."""
    folder = home / "secrets"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = folder / f".{name}.{os.getpid()}"
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(value + "\n")
    partial.replace(folder / name)


def read_or_make_secret(home: Path, name: str) -> str:
    """Return the secret called `name`, generating it (URL-safe) at first use."""
    known = read_secret(home, name)
    if known:
        return known
    with locked(home / "secrets" / ".lock"):
        known = read_secret(home, name)
        if known:
            return known
        value = secrets.token_urlsafe(SECRET_BYTES)
        write_secret(home, name, value)
        return value


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock between processes; it ends with the process, however that ends."""
    path.parent.mkdir(mode=0o700 if path.parent.name == "secrets" else 0o755, parents=True, exist_ok=True)
    with path.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(stream, fcntl.LOCK_UN)
