"""Standard output that never loses a piece without a word, and standard error that never ends a command.

Where Python is told to leave its streams unbuffered (`python -u`, `PYTHONUNBUFFERED`, as in most containers), it takes
a write of which the disk held only the beginning for a whole one. So commands print through streams of their own.
"""

from __future__ import annotations

import errno
import io
import sys
from typing import TYPE_CHECKING, TextIO

from geo.errors import FULL_DISK, DiskFullError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

STANDARD_OUTPUT = "standard output"
# A file over the largest size that is allowed (`ulimit -f`, some file systems) takes no more either.
_TAKES_NO_MORE = FULL_DISK | {errno.EFBIG}


class OutputCutError(DiskFullError):
    """Standard output lies on a full disk: what stands there is cut."""

    def __init__(self) -> None:
        super().__init__(STANDARD_OUTPUT)
        self.en = (
            f"The disk is full or takes no more ({STANDARD_OUTPUT}); what was printed is cut and of no use, what the "
            "command stored before stands. Make room on the disk, or print to another one, and run this again."
        )
        self.vi = (
            "Ổ đĩa đã đầy hoặc không ghi thêm được (đầu ra chuẩn); phần đã in bị cắt, không dùng được, những gì lệnh "
            "đã lưu trước đó vẫn còn. Hãy giải phóng dung lượng, hoặc in sang ổ đĩa khác, rồi chạy lại."
        )


class _Output(io.FileIO):
    """Standard output; its errors carry its name."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            error.filename = STANDARD_OUTPUT
            raise


class _Error(io.FileIO):
    """Standard error: what a full disk does not take is lost, as there is nowhere to tell it."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            if error.errno not in _TAKES_NO_MORE:
                raise
            return memoryview(data).nbytes


class _Nobody(io.RawIOBase):
    """Takes everything and keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        return memoryview(data).nbytes


def is_of_output(error: OSError) -> bool:
    """Tell whether an error is one of standard output."""
    return error.filename == STANDARD_OUTPUT or error.errno == errno.EPIPE


def is_output_cut(error: OSError) -> bool:
    """Tell whether standard output could not take all that was printed."""
    return error.filename == STANDARD_OUTPUT and error.errno in _TAKES_NO_MORE


def take_over_streams() -> None:
    """Put such streams in the place of those that Python opened; streams that somebody else put there stay."""
    sys.stdout = _taken_over(sys.stdout, sys.__stdout__, _Output)
    sys.stderr = _taken_over(sys.stderr, sys.__stderr__, _Error)


def leave_to_nobody() -> TextIO:
    """Return a stream that takes everything and keeps nothing."""
    return io.TextIOWrapper(io.BufferedWriter(_Nobody()), encoding="utf-8", errors="replace")


def _taken_over(stream: TextIO | None, opened: TextIO | None, kind: type[io.FileIO]) -> TextIO:
    """Return a stream in UTF-8, but at a terminal as the terminal has it, with ? for letters it lacks."""
    if stream is None:
        # Closed by `>&-`: nobody wants it.
        return leave_to_nobody()
    if stream is not opened:
        return stream
    stream.flush()
    is_terminal = stream.isatty()
    return io.TextIOWrapper(
        io.BufferedWriter(kind(stream.fileno(), "wb", closefd=False)),
        encoding=stream.encoding if is_terminal else "utf-8",
        errors="replace" if is_terminal else stream.errors,
        # Who asked for no buffers wants to see every line at once.
        line_buffering=getattr(stream, "line_buffering", False) or getattr(stream, "write_through", False),
    )
