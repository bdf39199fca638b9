"""Languages of pages and maps: gettext catalogues, numbers and dates.

Message ids are English; `maps/locales/<language>/LC_MESSAGES/phusong.po` holds the other languages. Catalogues are
compiled in memory, so there is no build step and no binary file.
"""

from __future__ import annotations

import datetime as dt
import gettext
import io
from functools import cache
from pathlib import Path

from babel.dates import format_date as babel_date
from babel.dates import format_datetime as babel_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

DEFAULT_LANGUAGE = "vi"
LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
LOCALES_DIR = Path(__file__).resolve().parent / "locales"
DOMAIN = "phusong"

_DATE_PATTERNS = {"vi": "dd/MM/yyyy", "en": "d MMM yyyy"}
_TIME_PATTERNS = {"vi": "HH:mm dd/MM/yyyy", "en": "d MMM yyyy, HH:mm"}


def catalogue_path(language: str) -> Path:
    """Where the catalogue of `language` lies."""
    return LOCALES_DIR / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def translations(language: str) -> gettext.NullTranslations:
    """Catalogue of `language`; English needs none, its texts are the message ids."""
    path = catalogue_path(language)
    if not path.is_file():
        return gettext.NullTranslations()
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translate(message: str, language: str) -> str:
    """Text of one message id in `language`."""
    return translations(language).gettext(message)


def N_(message: str) -> str:  # noqa: N802  (gettext's own name for "to be translated later")
    """Mark a message id for the catalogues; it is translated when it is shown."""
    return message


def both(message: str, language: str) -> tuple[str, str]:
    """The message in `language` and in the other one of the two, for legends that carry both."""
    other = "en" if language == "vi" else "vi"
    return translate(message, language), translate(message, other)


def format_number(value: float | int | None, language: str, *, digits: int = 0) -> str:
    """Number with the separators of `language` (Vietnamese: 1.234,5); an en dash when there is none.

    What rounds to nothing is 0, never -0.
    """
    if value is None:
        return "–"
    if round(value, digits) == 0:
        value = 0
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=language)


def format_share(share: float | None, language: str, *, digits: int = 1) -> str:
    """Share in 0..1 as per cent; never rounds an incomplete share up to 100 % nor a positive one down to 0 %."""
    if share is None:
        return "–"
    step = 10.0**-digits
    percent = round(share * 100.0, digits)
    if share < 1.0 and percent >= 100.0:
        percent = 100.0 - step
    if share > 0.0 and percent <= 0.0:
        percent = step
    whole = percent == round(percent) and percent in (0.0, 100.0)
    return format_number(percent, language, digits=0 if whole else digits) + "\u00a0%"


def format_chance(chance: float | None, language: str) -> str:
    """Chance in 0..1 as whole per cent, at its ends "< 1 %" and "> 99 %": what a model expects is never certain."""
    if chance is None:
        return "–"
    if chance < 0.01:
        return "< 1\u00a0%"
    if chance > 0.99:
        return "> 99\u00a0%"
    return format_share(chance, language, digits=0)


def short_version(text: str) -> str:
    """Versions for people: `rules/coverage@1.0+51bd rules/gaps@1.0+9c` becomes `coverage 1.0, gaps 1.0`."""
    parts = [part.partition("+")[0] for part in text.split()]
    return ", ".join(part.rpartition("/")[2].replace("@", " ") if "@" in part else part for part in parts)


def format_date(value: dt.date | None, language: str) -> str:
    """Date as dd/mm/yyyy in Vietnamese, `1 Jul 2025` in English; an en dash when there is none."""
    if value is None:
        return "–"
    return babel_date(value, format=_DATE_PATTERNS.get(language, _DATE_PATTERNS["en"]), locale=language)


def format_datetime(value: dt.datetime | None, language: str, *, zone: dt.tzinfo | None = None) -> str:
    """Date and time in `zone` (the value's own when None); an en dash when there is none."""
    if value is None:
        return "–"
    local = value.astimezone(zone) if zone is not None else value
    pattern = _TIME_PATTERNS.get(language, _TIME_PATTERNS["en"])
    return babel_datetime(local, format=pattern, tzinfo=local.tzinfo, locale=language)
