"""What a comma between digits means in rows of one cell, and in columns that take one number for a whole row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from geo.intake.listed import TWO_DIGITS, lists_several
from geo.intake.tables import Batch
from geo.intake.validation import ONE_FOR_A_ROW

# A range has two decimals as often as not: 1,25 km.
_MAY_BE_PAIRS = sorted(ONE_FOR_A_ROW - {"reach_km"})
# Two digits behind the comma, as of heights: of 17,5 and 20,0 the second can be no power or gain of its own.
_UNCLEAR_PAIR = re.compile(rf"\s*(\d+),({TWO_DIGITS.pattern})\s*[a-zA-Z]*\s*")


def one_cell_rows(batch: Batch, codes: Sequence[str | None]) -> list[bool]:
    """Tell of each row whether it is one cell, so that `120,0` cannot be the sectors 120 and 0.

    It has a cell code, and no row of its table has one and several azimuths.
    """
    several = lists_several(batch, "azimuth_deg")
    ends = [*(origin.start for origin in batch.origins[1:]), batch.size]
    found: list[bool] = []
    for origin, end in zip(batch.origins, ends, strict=True):
        rows = range(origin.start, end)
        alone = not any(codes[i] is not None and several[i] for i in rows)
        found += [alone and codes[i] is not None for i in rows]
    return found


def refuse_unclear_values(batch: Batch, carriers: Sequence[Sequence[Any]], sectors: Sequence[int | None]) -> None:
    """Note each power or gain that can be one with decimals or one for each of two carriers or sectors: 20,40."""
    for name in filter(batch.has, _MAY_BE_PAIRS):
        written = batch.written[name][0] if name in batch.written else batch.column(name)
        stated = batch.stated.get(name, set())
        for i, value in enumerate(written):
            found = _UNCLEAR_PAIR.fullmatch(value) if isinstance(value, str) else None
            used = not batch.folded[i] and (name != "power_unclear" or i in stated)
            if found is None or not used or 2 not in (len(carriers[i]), sectors[i]):
                continue
            first, second = found.groups()
            readings = f"{float(f'{first}.{second}'):g} | {first} / {second}"
            batch.report("value_of_two", [i], name=name, value=value, readings=readings)
