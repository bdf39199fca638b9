"""Which operators are active: those whose signal a village may have, so that each of them has to answer for it.

The department's word goes first. Else an operator is active when it has ever handed in a site list or has sites
stored, or when the parameter file says that it runs a mobile network of its own. Who only has fibre, or rents another's
network, gives no signal of its own and is not asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

ActiveBecause = Literal["department", "site_list", "parameters", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorStanding:
    """What is known of an operator: by the parameter file, by what it handed in, by the department's decision.

    `by_parameters` and `decided` are None where nothing is said; `newest_list` is the date of its newest accepted site
    list, None without one.
    """

    code: str
    name: str
    by_parameters: bool | None = None
    parameters_status: str | None = None
    parameters_note_vi: str | None = None
    parameters_note_en: str | None = None
    has_sites: bool = False
    newest_list: date | None = None
    decided: bool | None = None
    decided_on: date | None = None
    decided_source: str | None = None

    @property
    def because(self) -> ActiveBecause:
        """What decides whether the operator is active."""
        if self.decided is not None:
            return "department"
        if self.has_sites or self.newest_list is not None:
            return "site_list"
        return "unknown" if self.by_parameters is None else "parameters"

    @property
    def active(self) -> bool:
        """Whether the operator must have data before a village can be called without signal."""
        if self.decided is not None:
            return self.decided
        return self.because == "site_list" or bool(self.by_parameters)
