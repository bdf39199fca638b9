"""Lists of three operators in any order, days and blanks, some with the mast's code: it has the latest statement."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import csv

MONTHS = st.sampled_from([5, 6, 7])
LISTS = st.lists(
    st.tuples(
        st.sampled_from(["mobifone", "viettel", "vnpt"]),
        MONTHS,
        st.sampled_from([None, 40, 41]),
        st.sampled_from([None, "VNPT", "Viettel"]),
        st.booleans(),
        st.booleans(),
    ),
    min_size=2,
    max_size=5,
)
PLACES = itertools.count()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists=LISTS)
def test_the_store_follows_the_latest_statement(
    import_: Importer, tmp_path: Path, lists: list[tuple[Any, ...]]
) -> None:
    place = next(PLACES)
    lat = 12.3 + 0.01 * place
    stated: dict[str, list[tuple[int, int, str, Any]]] = {"height_m": [], "owner": []}
    for number, (operator, month, height, owner, coded, dry_first) in enumerate(lists):
        day = dt.date(2026, month, 1)
        path = csv(
            tmp_path / f"{place}-{number}.csv",
            "site_code,lat,lon,technology,mast_code,mast_height_m,owner",
            f"S{place},{lat},108.055,4G,{f'C{place}' if coded else ''},{height or ''},{owner or ''}",
            # Makes every list another one.
            f"T{place}-{number},{lat},{108.1 + 0.001 * number},4G,,,",
        )
        tries = [import_("sites", path, operator=operator, as_of=day, dry_run=True)] if dry_first else []
        tries.append(import_("sites", path, operator=operator, as_of=day))
        for report in tries:
            told = {
                (one["column"], *_named(one["why_en"])): one
                for one in report.document()["problems"]
                if one["code"] == "mast_differs"
            }
            expected = _expected(stated, operator, month, {"height_m": height, "owner": owner})
            assert set(told) == expected
        for name, value in (("height_m", height), ("owner", owner)):
            if value is not None:
                stated[name].append((month, number, operator, value))
        found = _mast(import_, operator, f"S{place}")
        assert found == tuple(max(said)[3] if said else None for said in stated.values())


def _named(why: str) -> tuple[str, int]:
    found = re.search(r"in the list of (\w+) of 2026-0(\d)-01;", why)
    assert found is not None
    return found[1], int(found[2])


def _expected(
    stated: dict[str, list[tuple[int, int, str, Any]]], operator: str, month: int, now: dict[str, Any]
) -> set[tuple[str, str, int]]:
    """Say which warnings a list gets: column, and operator and month of the list that says otherwise."""
    found = set()
    for name, value in now.items():
        said = stated[name]
        if value is None or not said or max(said)[3] == value:
            continue
        if any(whose == operator and day > month for day, _, whose, _ in said):
            continue
        last = {whose: entry for entry in sorted(said) for whose in [entry[2]]}
        others = [entry for whose, entry in last.items() if whose != operator and entry[3] != value]
        if others:
            day, _, whose, _ = max(said) if max(said)[0] > month else max(others)
            found.add(({"height_m": "mast_height_m", "owner": "owner"}[name], whose, day))
    return found


def _mast(import_: Importer, operator: str, code: str) -> tuple[Any, ...]:
    with import_.session() as session:
        row = session.execute(
            text(
                "SELECT height_m, owner FROM mast JOIN site ON site.mast_id = mast.id"
                " WHERE operator_code = :operator AND site.code = :code AND valid_to IS NULL"
            ),
            {"operator": operator, "code": code},
        ).one()
    return tuple(row)
