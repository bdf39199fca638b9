"""The command group that turns every error into an exit code and a message in two languages."""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from api.cli.output import message, print_error, remember_json
from api.cli.standard_streams import OutputCutError, is_of_output, is_output_cut, leave_to_nobody, take_over_streams
from api.cli.usage_words import as_sentence, in_vietnamese
from geo.errors import FULL_DISK, BadInputError, DiskFullError, PhusongError

EXIT_INTERRUPTED = 130
EXIT_PIPE_CLOSED = 1

logger = logging.getLogger(__name__)


class PhusongGroup(TyperGroup):
    """Runs a command and ends with 0 done, 1 a check failed, 2 bad input, 3 not ready; never with a traceback."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line `args` (default: of this process)."""
        arguments = list(sys.argv[1:] if args is None else args)
        remember_json(arguments)
        take_over_streams()
        run = partial(
            super().main,
            arguments,
            prog_name,
            complete_var,
            standalone_mode=False,
            windows_expand_args=windows_expand_args,
            **extra,
        )
        try:
            code = _printed(partial(_outcome, run, help_of=_command_of(self, arguments)))
        except OSError as error:
            code = _told(error)
        return _leave(code, standalone=standalone_mode)


def _command_of(group: TyperGroup, arguments: Sequence[str]) -> str:
    """Return the command that a command line names, as far as it names one."""
    names, commands = ["phusong"], group.commands
    for argument in arguments:
        if argument in commands:
            names.append(argument)
            commands = getattr(commands[argument], "commands", {})
    return " ".join(names)


def _outcome(run: Callable[[], Any], help_of: str) -> int:
    """Run a command and return its exit code; every error but those of the operating system is told.

    `help_of` is the command whose help explains a wrong command line.

    Raises:
        OSError: a file or standard output cannot be read or written.
    """
    try:
        code = run()
    except PhusongError as error:
        print_error(error)
        code = error.exit_code
    except typer.Abort:
        message("Đã dừng theo yêu cầu (Ctrl+C).", "Stopped on request (Ctrl+C).")
        code = EXIT_INTERRUPTED
    except typer.TyperException as error:
        code = _report_usage(error, help_of)
    except OSError:
        raise
    except Exception as error:
        code = _report_unexpected(error)
    return code if isinstance(code, int) else 0


def _printed(run: Callable[[], int]) -> int:
    """Run something and hand over all that it printed, here, where an error of that can still be told.

    Raises:
        OSError: a file or standard output cannot be read or written.
    """
    code = run()
    sys.stdout.flush()
    return code


def _told(error: OSError) -> int:
    """Tell an error of the operating system; standard output may have no room for the document about it either."""
    if is_of_output(error):
        return _told_of_output(error)
    try:
        return _printed(partial(_report_os_error, error))
    except OSError as again:
        return _told_of_output(again)


def _told_of_output(error: OSError) -> int:
    """Tell that standard output takes no more; what is printed already is cut, so that nothing may follow there."""
    if error.errno == errno.EPIPE:
        return _close_output()
    sys.stdout = leave_to_nobody()
    return _report_os_error(error)


def _leave(code: int, *, standalone: bool) -> int:
    if standalone:
        _exit(code)
    return code


def _exit(code: int) -> NoReturn:
    sys.exit(code)


def _report_usage(error: typer.TyperException, help_of: str) -> int:
    """A wrong command line: the parser's own words, and what to do."""
    words = getattr(error, "format_message", lambda: str(error))()
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(words + "\n")
        return BadInputError.exit_code
    english = as_sentence(words)
    help_vi = f"Xem `{help_of} --help`."
    vietnamese = f"Dòng lệnh không hợp lệ: {in_vietnamese(english)} {help_vi}"
    print_error(BadInputError(f"{english} See `{help_of} --help`.", vietnamese))
    return BadInputError.exit_code


def _report_os_error(error: OSError) -> int:
    """A file that cannot be read or written is bad input, said with its name; a full disk is not."""
    if is_output_cut(error) or error.errno in FULL_DISK:
        full = OutputCutError() if is_output_cut(error) else DiskFullError(str(error.filename or ""))
        print_error(full)
        return full.exit_code
    where = f" ({error.filename})" if error.filename else ""
    reason = error.strerror or type(error).__name__
    print_error(
        BadInputError(f"The operating system refused: {reason}{where}.", f"Hệ điều hành từ chối: {reason}{where}.")
    )
    return BadInputError.exit_code


def _report_unexpected(error: Exception) -> int:
    """Tell what went wrong in one line; `PHUSONG_LOG_LEVEL=DEBUG` shows where."""
    database = _as_database_error(error)
    if database is not None:
        print_error(database)
        return database.exit_code
    summary = f"{type(error).__name__}: {error}".splitlines()[0]
    if os.environ.get("PHUSONG_LOG_LEVEL", "").upper() == "DEBUG":
        logging.basicConfig(stream=sys.stderr)
        logger.error("unexpected error", exc_info=error)
    failure = PhusongError(
        f"Unexpected error ({summary}). Run again with PHUSONG_LOG_LEVEL=DEBUG and report the output.",
        f"Lỗi ngoài dự kiến ({summary}). Hãy chạy lại với PHUSONG_LOG_LEVEL=DEBUG và gửi nội dung cho quản trị viên.",
    )
    failure.code = "internal_error"
    print_error(failure)
    return failure.exit_code


def _as_database_error(error: Exception) -> PhusongError | None:
    """Return the error as "database not ready" if the database could not be reached or has no tables."""
    if "sqlalchemy" not in sys.modules:
        return None
    from api.database_errors import as_not_ready

    return as_not_ready(error)


def _close_output() -> int:
    """The reader of a pipe went away: end quietly, with the code of what is not whole, as the parser does."""
    sys.stdout = leave_to_nobody()
    return EXIT_PIPE_CLOSED
