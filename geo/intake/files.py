"""Sizes and hashes of files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from geo.errors import FileTooLargeError

BYTES_PER_MB = 1_000_000


def sha256_of(path: Path, *, together: hashlib._Hash | None = None) -> str:
    """Return the SHA-256 of a file in hexadecimal; `together`, the digest of several files, takes its bytes too."""
    own = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            own.update(chunk)
            if together is not None:
                together.update(chunk)
    return own.hexdigest()


def too_large(name: str, size_bytes: int, limit_bytes: int) -> FileTooLargeError:
    """Return the error for a file over the limit."""
    size_mb, limit_mb = size_bytes / BYTES_PER_MB, limit_bytes / BYTES_PER_MB
    return FileTooLargeError(
        f"{name} is {size_mb:.1f} MB, over the limit of {limit_mb:.0f} MB; split it, or raise PHUSONG_MAX_UPLOAD_MB.",
        f"{name} có dung lượng {size_mb:.1f} MB, vượt giới hạn {limit_mb:.0f} MB; hãy chia nhỏ tệp hoặc tăng "
        "PHUSONG_MAX_UPLOAD_MB.",
    )
