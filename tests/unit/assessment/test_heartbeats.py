"""A worker is silent when the scheduler's record of it does not move, whatever clock that record is by."""

from __future__ import annotations

from geo.workflows.assessment.heartbeats import Heartbeats


def test_a_worker_whose_record_stands_still_is_silent_and_told_once() -> None:
    heartbeats = Heartbeats()
    assert heartbeats.silent({"a": 1e9, "b": 5.0}, 100.0, 10.0) == frozenset()
    assert heartbeats.silent({"a": 1e9 + 1, "b": 5.0}, 109.0, 10.0) == frozenset()
    silent = heartbeats.silent({"a": 1e9 + 2, "b": 5.0}, 110.0, 10.0)
    assert silent == {"b"}
    assert heartbeats.new_among(silent) == ["b"]
    assert heartbeats.new_among(silent) == []
    # It goes on, stops again, and is told again; one that left and came back begins anew.
    assert heartbeats.silent({"b": 6.0}, 111.0, 10.0) == frozenset()
    assert heartbeats.new_among(frozenset()) == []
    assert heartbeats.silent({"a": 1e9 + 2, "b": 6.0}, 125.0, 10.0) == {"b"}
    assert heartbeats.new_among({"b"}) == ["b"]
