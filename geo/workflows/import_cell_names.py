"""Which cells of the store a site list restates under other codes: earlier carriers and sectors of the cells it names.

The code of a cell that a list gives is C1 as long as it has one carrier and sector, else C1-B3, C1-4G-B3-2, C1-4G-1.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from geo.intake.band_words import mhz_text
from geo.intake.sites import CleanSites
from geo.store.writers import Fate, Upsert

_BEHIND = re.compile(
    r"(?:(?P<technology>[2-5]G)-)?(?:[Bn]\d{1,3}|(?P<mhz>\d{3,6}(?:\.\d+)?))(?:-\d{1,2})?|(?P<sectors_of>[2-5]G)-\d{1,2}"
)


@dataclass
class CellNames:
    """The cells of a site as a list `called` them; `known` are those that stood under just this code before."""

    called: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)

    def restate(self, code: str, *, technology: str, frequency_mhz: float | None) -> bool:
        """Tell whether a stored cell that the list lacks is an earlier form of one that it has.

        What looks like a carrier of a cell that stood beside it before is a cell of its own.
        """
        if code in self.called:
            return True
        return any(
            code.startswith(f"{own}-") and _is_part(code[len(own) + 1 :], technology, frequency_mhz)
            for own in self.called - self.known
        )


def _is_part(text: str, technology: str, frequency_mhz: float | None) -> bool:
    found = _BEHIND.fullmatch(text)
    if found is None or (found["technology"] or found["sectors_of"] or technology) != technology:
        return False
    return found["mhz"] is None or (frequency_mhz is not None and found["mhz"] == mhz_text(frequency_mhz))


def names_by_site(clean: CleanSites, site_ids: Sequence[int], cells: Upsert) -> defaultdict[Any, CellNames]:
    """Return what a list calls the cells of each site, by the key of the site; without what newer lists spoke of."""
    names: defaultdict[Any, CellNames] = defaultdict(CellNames)
    for cell, under, fate in zip(clean.cells, cells.under, cells.fates, strict=True):
        if cell.own_code is None or under.settled:
            continue
        site = names[site_ids[clean.site_of_row[cell.row]]]
        site.called.add(cell.own_code)
        if cell.code == cell.own_code and fate is not Fate.NEW:
            site.known.add(cell.own_code)
    return names
