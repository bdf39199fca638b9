"""Results that are made once: who waits, what is kept, and what a failure leaves."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.made_once import MadeOnce

LATEST_S = 10.0


def test_a_result_is_made_once_while_it_is_kept() -> None:
    results: MadeOnce[str] = MadeOnce(limit=2)
    made: list[str] = []

    def ask(name: str) -> str:
        def make() -> str:
            made.append(name)
            return name.upper()

        return results.get_or_make((name,), make)

    assert [ask(name) for name in ("a", "b", "a", "c", "a", "b")] == ["A", "B", "A", "C", "A", "B"]
    # c took the place of b, which was used longest ago.
    assert made == ["a", "b", "c", "b"]


def test_the_limit_counts_sizes_and_what_is_too_large_is_handed_out_only() -> None:
    results: MadeOnce[bytes] = MadeOnce(limit=10, size_of=len, largest=6)
    made: list[int] = []

    def ask(size: int) -> int:
        def make() -> bytes:
            made.append(size)
            return b"x" * size

        return len(results.get_or_make((str(size),), make))

    assert [ask(size) for size in (4, 6, 7, 7, 6, 5, 4)] == [4, 6, 7, 7, 6, 5, 4]
    assert made == [4, 6, 7, 7, 5, 4]


@pytest.mark.parametrize("size", [1, 100], ids=["kept", "too large to keep"])
def test_those_who_come_meanwhile_get_the_same_result(size: int) -> None:
    results: MadeOnce[bytes] = MadeOnce(limit=10, size_of=len)
    begun, go_on = threading.Event(), threading.Event()
    made: list[bytes] = []

    def make() -> bytes:
        begun.set()
        assert go_on.wait(LATEST_S)
        made.append(b"x" * size)
        return made[-1]

    with ThreadPoolExecutor(max_workers=4) as pool:
        first = pool.submit(results.get_or_make, ("key",), make)
        assert begun.wait(LATEST_S)
        others = [pool.submit(results.get_or_make, ("key",), make) for _ in range(3)]
        # Another key is not held up.
        assert results.get_or_make(("other",), lambda: b"y") == b"y"
        go_on.set()
        assert first.result(LATEST_S) == b"x" * size
        assert all(other.result(LATEST_S) is not None for other in others)
    if size == 1:
        assert len(made) == 1


def test_a_failure_reaches_who_made_it_and_the_next_one_tries_for_himself() -> None:
    results: MadeOnce[str] = MadeOnce(limit=2)
    begun, go_on = threading.Event(), threading.Event()

    def fail() -> str:
        begun.set()
        assert go_on.wait(LATEST_S)
        raise OSError("disk full")

    with ThreadPoolExecutor(max_workers=2) as pool:
        first = pool.submit(results.get_or_make, ("key",), fail)
        assert begun.wait(LATEST_S)
        second = pool.submit(results.get_or_make, ("key",), lambda: "made")
        go_on.set()
        with pytest.raises(OSError, match="disk full"):
            first.result(LATEST_S)
        assert second.result(LATEST_S) == "made"
