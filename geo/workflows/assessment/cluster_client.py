"""The connection to a Dask scheduler: every way in which it or its workers fail ends the run in bounded time, in words.

Dask itself waits without end for a worker that may come back; an assessment that waits holds its lock.
"""

from __future__ import annotations

import asyncio
import logging
import pkgutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from geo.errors import ConflictError, NotReadyError, PhusongError
from geo.workflows.assessment.heartbeats import Heartbeats

logger = logging.getLogger(__name__)

# For a scheduler to answer a call: a machine that is there does within a second, also over a slow network.
CONNECT_S = 10.0
# Without any worker for so long, the run stops: a worker that restarts is back within seconds.
WORKERS_S = 30.0
# A worker that the scheduler has not heard of for so long stands still: workers report every few seconds, busy or not.
SILENT_S = 60.0
# Between two looks at finished tasks, and between two questions to the scheduler who is there.
LOOK_S = 0.1
ASK_S = 2.0
# Where Dask itself writes tracebacks about what is told here in words.
DASK_LOGGERS = ("distributed", "distributed.client", "tornado", "tornado.application")


@dataclass
class Connection:
    """A client of the scheduler at `address`."""

    address: str
    client: Any
    _seen: float = field(default_factory=time.monotonic)
    _asked: float = field(default_factory=time.monotonic)
    _heartbeats: Heartbeats = field(default_factory=Heartbeats)

    def check_program(self, digest: Callable[[], str]) -> None:
        """Ask every worker that is there for the digest of its program, by a function of that program.

        A worker that cannot read a task drops its connection without saying why, so that it is asked first, by a
        function of the standard library, whether it has that function. Where one does not answer in time, busy or
        frozen, all are left to their tasks, which look again.

        Raises:
            ConflictError: a worker does not have the function, or another digest.
        """
        self._look()
        try:
            found = self._ask(pkgutil.resolve_name, f"{digest.__module__}:{digest.__name__}")
            if any(isinstance(answer, ImportError | AttributeError) for answer in found):
                raise other_program()
            if any(isinstance(answer, str) and answer != digest() for answer in self._ask(digest)):
                raise other_program()
        except TimeoutError:
            return

    def _ask(self, function: Callable[..., Any], *arguments: str) -> list[Any]:
        answers = self.client.run(function, *arguments, on_error="return", callback_timeout=CONNECT_S)
        return list(answers.values())

    def results(self, futures: Sequence[Any]) -> Iterator[tuple[str, Any]]:
        """Yield key and result of every task as it ends.

        Raises:
            NotReadyError: no worker was there for `WORKERS_S` or all stand still, or a worker could not do its part.
            ConflictError: a worker does not have the program.
        """
        from distributed import as_completed

        # Results are fetched in the background: to wait for one that a lost worker holds would keep from looking.
        finished: Any = as_completed(futures, with_results=True)  # type: ignore[no-untyped-call]
        while finished.count():
            batch = finished.next_batch(block=False)
            for future, result in batch:
                if future.status == "error":
                    _kind, error, _trace = result
                    _raise_of_worker(error)
                if future.status == "cancelled":
                    raise lost_scheduler(self.address)
                yield future.key, result
            self._watch()
            if not batch:
                time.sleep(LOOK_S)

    def _watch(self) -> None:
        """Ask from time to time whether anybody is there, and tell who is there but says nothing."""
        if time.monotonic() >= self._asked + ASK_S:
            self._look()

    def _look(self) -> None:
        try:
            scheduler = self.client.sync(self.client.scheduler.identity, n_workers=-1, callback_timeout=CONNECT_S)
        except TimeoutError as error:
            raise lost_scheduler(self.address) from error
        self._asked = time.monotonic()
        workers = {address: worker["last_seen"] for address, worker in scheduler["workers"].items()}
        silent = self._heartbeats.silent(workers, self._asked, SILENT_S)
        for address in self._heartbeats.new_among(silent):
            logger.warning(
                "the worker %s has said nothing for %.0f s: its process or machine stands still. What it was at waits "
                "until it goes on or the scheduler gives it up (worker-ttl, 5 to 10 minutes unless set otherwise "
                "there); end that worker, and others take over at once",
                address,
                SILENT_S,
            )
        if len(silent) < len(workers):
            self._seen = self._asked
        elif self._asked > self._seen + WORKERS_S:
            raise _all_stand_still(self.address) if workers else _no_worker_left(self.address)


def other_program() -> ConflictError:
    """Return the error of a worker whose program is not this one."""
    return ConflictError(
        "A worker runs another version of the program, of numba or numpy, has another kind of processor, or does not "
        "have the program; install the same one everywhere.",
        "Một máy tính toán chạy phiên bản khác của chương trình, numba hoặc numpy, có loại bộ xử lý khác, hoặc chưa có "
        "chương trình; hãy cài cùng một phiên bản trên mọi máy.",
    )


def lost_scheduler(address: str) -> NotReadyError:
    """Return the error of a scheduler that was there and is not any more."""
    return NotReadyError(
        f"The scheduler at {address} was lost while computing: it stopped, was started again, or the network failed. "
        "What was computed is kept; start it and its workers, and compute again.",
        f"Mất bộ điều phối tại {address} khi đang tính: nó đã dừng, bị khởi động lại hoặc mạng bị ngắt. Phần đã tính "
        "được giữ lại; hãy chạy lại bộ điều phối và các máy tính toán rồi tính lại.",
    )


def _no_worker_left(address: str) -> NotReadyError:
    return NotReadyError(
        f"The scheduler at {address} has had no worker for {WORKERS_S:.0f} s: they stopped (their logs say why), "
        "lost the network, or stood still for so long that it gave them up. What they computed is kept; "
        f"start one (dask worker {address}) and compute again.",
        f"Bộ điều phối tại {address} không còn máy tính toán nào trong {WORKERS_S:.0f} giây: chúng đã dừng (xem nhật "
        "ký của chúng), mất mạng hoặc bị treo quá lâu nên bị loại ra. Phần đã tính được giữ lại; "
        f"hãy chạy dask worker {address} rồi tính lại.",
    )


def _all_stand_still(address: str) -> NotReadyError:
    return NotReadyError(
        f"No worker of the scheduler at {address} has said anything for {SILENT_S:.0f} s: their processes or machines "
        f"stand still. What they computed is kept; end them, start others (dask worker {address}) and compute again.",
        f"Mọi máy tính toán của bộ điều phối tại {address} không phản hồi đã {SILENT_S:.0f} giây: tiến trình hoặc máy "
        f"bị treo. Phần đã tính được giữ lại; hãy dừng chúng, chạy lại dask worker {address} rồi tính lại.",
    )


@contextmanager
def connected(address: str) -> Iterator[Connection]:
    """Connect to a scheduler that has a worker; errors of Dask in the block come out as errors of the project.

    Raises:
        NotReadyError: the library is missing, the scheduler does not answer, is lost or has no worker, or a task lost
            all workers that it was given to.
    """
    try:
        from distributed import Client, KilledWorker
        from distributed.client import ClosedClientError, FutureCancelledError
        from distributed.comm.core import CommClosedError
        from distributed.core import RPCClosed
    except ImportError as error:
        raise NotReadyError(
            "The library for clusters is not installed: pip install 'phusong[distributed]'.",
            "Chưa cài thư viện chạy trên cụm máy: pip install 'phusong[distributed]'.",
        ) from error
    with _quiet() as noise:
        try:
            asyncio.run(_ask_for_name(address))
            client: Any = Client(  # type: ignore[no-untyped-call]
                address, timeout=CONNECT_S, set_as_default=False
            )
        except (OSError, TypeError, ValueError, RuntimeError) as error:
            # Other types than OSError: certificates for tls:// that Dask's settings lack or that do not fit.
            raise NotReadyError(
                f"The scheduler at {address} does not answer: {error}",
                f"Bộ điều phối tại {address} không trả lời: {error}",
            ) from error
        try:
            _wait_for_worker(client, address)
            with client.as_current():
                yield Connection(address, client)
        except (CommClosedError, RPCClosed, ClosedClientError, FutureCancelledError) as error:
            raise lost_scheduler(address) from error
        except KilledWorker as error:
            raise _killed_workers() from error
        finally:
            # A scheduler that is gone or busy with failed tasks cannot be told goodbye.
            try:
                client.close(timeout=CONNECT_S)
            except (OSError, TimeoutError):
                noise.goes_on = True


async def _ask_for_name(address: str) -> None:
    """Ask who is there: a client would wait without end for one that takes the call and says nothing."""
    from distributed.core import rpc
    from distributed.security import Security

    own = Security().get_connection_args("client")  # type: ignore[no-untyped-call]
    async with rpc(address, timeout=CONNECT_S, connection_args=own) as scheduler:  # type: ignore[no-untyped-call]
        try:
            await asyncio.wait_for(scheduler.identity(), CONNECT_S)
        except TimeoutError as error:
            raise TimeoutError(f"nothing was said for {CONNECT_S:.0f} s") from error


def _wait_for_worker(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=WORKERS_S)
    except TimeoutError as error:
        raise NotReadyError(
            f"The scheduler at {address} has no worker; start one: dask worker {address}",
            f"Bộ điều phối tại {address} chưa có máy tính toán; hãy chạy: dask worker {address}",
        ) from error


def _killed_workers() -> NotReadyError:
    return NotReadyError(
        "Every worker that was given a certain task died: too little memory, or the program is not the same one there; "
        "their logs say why. What was computed is kept.",
        "Mọi máy tính toán nhận một phần việc đều bị dừng: thiếu bộ nhớ hoặc chương trình ở đó không giống; xem nhật "
        "ký của chúng. Phần đã tính được giữ lại.",
    )


def _raise_of_worker(error: BaseException) -> None:
    """Raise what a task failed with: in words where a machine is at fault, as it is where the program is."""
    if isinstance(error, PhusongError):
        raise error
    if isinstance(error, ImportError | AttributeError):
        raise other_program() from error
    if isinstance(error, OSError | MemoryError):
        what = f"{type(error).__name__}: {error}"
        raise NotReadyError(
            f"A worker could not do its part ({what}): see its disk, memory and rights. What was computed is kept.",
            f"Một máy tính toán không làm được phần việc ({what}): hãy xem đĩa, bộ nhớ và quyền của nó. Phần đã tính "
            "được giữ lại.",
        ) from error
    raise error


@dataclass
class _Noise:
    """Whether Dask goes on in the background after the block, and may write tracebacks at any later time."""

    goes_on: bool = False


@contextmanager
def _quiet() -> Iterator[_Noise]:
    """Keep Dask's tracebacks off the terminal; handlers that somebody configured for its loggers stay."""
    handlers = {
        handler: handler.level
        for name in DASK_LOGGERS
        for handler in logging.getLogger(name).handlers
        if type(handler) is logging.StreamHandler
    }
    for handler in handlers:
        handler.setLevel(logging.CRITICAL + 1)
    noise = _Noise()
    try:
        yield noise
    finally:
        if not noise.goes_on:
            for handler, level in handlers.items():
                handler.setLevel(level)
