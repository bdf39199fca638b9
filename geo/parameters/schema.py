"""Models of the parameter files: sources, dated values and sets of parameters.

A number without a source cannot be written down with these models, and a source that nobody has confirmed says so
(`status: unverified`) all the way to the reports.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from geo.errors import ParameterError

VerificationStatus = Literal["verified", "unverified"]
Scalar = bool | int | float | str
Value = Scalar | tuple[Scalar, ...]


class StrictModel(BaseModel):
    """Frozen model that knows every key of its file: a misspelt key is an error, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Text(StrictModel):
    """The same words in Vietnamese and English."""

    vi: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_language(self, language: str) -> str:
        """Return the words in `language` ("vi" or anything else for English)."""
        return self.vi if language == "vi" else self.en


class Source(StrictModel):
    """Where a number or a sentence comes from.

    `file` is the stored copy, `quote` an exact substring of it, `issued_between` an inferred span when the document
    shows no date.
    """

    document: str = Field(min_length=1)
    clause: str = Field(min_length=1)
    file: str | None = None
    quote: str | None = None
    issued_on: date | None = None
    issued_between: tuple[date, date] | None = None
    url: str | None = None
    status: VerificationStatus
    note: Text | None = None

    @model_validator(mode="after")
    def _check_span(self) -> Self:
        if self.issued_on is not None and self.issued_between is not None:
            raise ValueError("give issued_on or issued_between, not both")
        if self.issued_between is not None and self.issued_between[0] > self.issued_between[1]:
            raise ValueError("issued_between ends before it begins")
        return self


class DatedValue(StrictModel):
    """One value and the days on which it holds, both ends included; an open end is None."""

    value: Value
    valid_from: date | None = None
    valid_to: date | None = None
    source: Source | None = None

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_from > self.valid_to:
            raise ValueError("valid_to lies before valid_from")
        return self

    def holds_on(self, day: date) -> bool:
        """Return whether the value holds on `day`."""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)


class Parameter(StrictModel):
    """A sourced number, word, switch or list in one unit, with one or several dated values.

    Numbers lie between `minimum` and `maximum`; where `choices` are given, a value (each of a list) is one of them.
    """

    unit: str = Field(min_length=1)
    source: Source
    value: Value | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    values: tuple[DatedValue, ...] = ()
    description: Text | None = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[Scalar, ...] = ()

    @model_validator(mode="after")
    def _check_values(self) -> Self:
        if (self.value is None) == (not self.values):
            raise ValueError("give either value or values")
        if self.values and (self.valid_from or self.valid_to):
            raise ValueError("valid_from and valid_to belong to each entry of values")
        ordered = sorted(self.dated_values, key=lambda entry: entry.valid_from or date.min)
        for earlier, later in itertools.pairwise(ordered):
            if (earlier.valid_to or date.max) >= (later.valid_from or date.min):
                raise ValueError("two values hold on the same day")
        for entry in ordered:
            if (fault := self.fault_of(entry.value)) is not None:
                raise PydanticCustomError("limit", "{en}", {"en": fault.en, "vi": fault.vi})
        return self

    @property
    def limits(self) -> tuple[float | None, float | None, tuple[Scalar, ...]]:
        """Smallest and largest number, and the choices."""
        return self.minimum, self.maximum, self.choices

    def fault_of(self, value: Value) -> Text | None:
        """Return why a value lies outside the limits of this parameter, None where it does not."""
        for item in value if isinstance(value, tuple) else (value,):
            if self.choices and item not in self.choices:
                known = ", ".join(map(str, self.choices))
                return Text(en=f"{item} is none of {known}", vi=f"{item} không thuộc các giá trị {known}")
            if isinstance(item, bool | str):
                if self.minimum is None and self.maximum is None:
                    continue
                return Text(en=f"{item} is not a number", vi=f"{item} không phải là số")
            if self.minimum is not None and item < self.minimum:
                return Text(
                    en=f"{item} is below the minimum {self.minimum:g}",
                    vi=f"{item} nhỏ hơn mức thấp nhất {self.minimum:g}",
                )
            if self.maximum is not None and item > self.maximum:
                return Text(
                    en=f"{item} is above the maximum {self.maximum:g}",
                    vi=f"{item} lớn hơn mức cao nhất {self.maximum:g}",
                )
        return None

    @property
    def dated_values(self) -> tuple[DatedValue, ...]:
        """All values with their days, also when the file gives only one."""
        if self.value is None:
            return self.values
        return (DatedValue(value=self.value, valid_from=self.valid_from, valid_to=self.valid_to, source=self.source),)

    def at(self, day: date | None = None) -> Value:
        """Return the value that holds on `day`, or the last one when no day is given.

        Raises:
            ParameterError: no value holds on that day.
        """
        entries = sorted(self.dated_values, key=lambda entry: entry.valid_from or date.min)
        if day is None:
            return entries[-1].value
        for entry in entries:
            if entry.holds_on(day):
                return entry.value
        raise ParameterError(
            f"No value of this parameter holds on {day.isoformat()}; add a dated value to its file.",
            f"Tham số không có giá trị nào có hiệu lực vào ngày {day.isoformat()}; hãy bổ sung vào tệp tham số.",
        )


class ParameterSet(StrictModel):
    """All parameters of one file, under dotted names such as `defaults.4G.height_m`."""

    name: str
    version: str
    digest: str
    origin: str
    title: Text
    parameters: Mapping[str, Parameter]

    @property
    def version_string(self) -> str:
        """Version that every result carries: name, version of the file and the start of its hash."""
        return f"{self.name}@{self.version}+{self.digest[:8]}"

    def parameter(self, key: str) -> Parameter:
        """Return the parameter named `key`.

        Raises:
            ParameterError: the file has no such parameter.
        """
        if key not in self.parameters:
            raise ParameterError(
                f"{self.origin}: parameter '{key}' is missing; add it with value, unit and source.",
                f"{self.origin}: thiếu tham số '{key}'; hãy bổ sung kèm giá trị, đơn vị và nguồn.",
            )
        return self.parameters[key]

    def number(self, key: str, on: date | None = None) -> float:
        """Return the value of `key` as a number in the parameter's unit."""
        value = self._value(key, on)
        if isinstance(value, bool | str | tuple):
            raise self._wrong_kind(key, "a number", "một số")
        return float(value)

    def flag(self, key: str, on: date | None = None) -> bool:
        """Return the value of `key` as a switch."""
        value = self._value(key, on)
        if not isinstance(value, bool):
            raise self._wrong_kind(key, "true or false", "true hoặc false")
        return value

    def word(self, key: str, on: date | None = None) -> str:
        """Return the value of `key` as text."""
        value = self._value(key, on)
        if not isinstance(value, str):
            raise self._wrong_kind(key, "text", "chữ")
        return value

    def items(self, key: str, on: date | None = None) -> tuple[Scalar, ...]:
        """Return the value of `key` as a list."""
        value = self._value(key, on)
        if not isinstance(value, tuple):
            raise self._wrong_kind(key, "a list", "một danh sách")
        return value

    def under(self, prefix: str) -> dict[str, Parameter]:
        """Return the parameters below `prefix`, by the rest of their names, in the order of the file."""
        start = f"{prefix}."
        return {key.removeprefix(start): value for key, value in self.parameters.items() if key.startswith(start)}

    def unverified(self) -> tuple[str, ...]:
        """Return the names of the parameters whose source nobody has confirmed."""
        return tuple(key for key, value in self.parameters.items() if value.source.status == "unverified")

    def _value(self, key: str, on: date | None) -> Value:
        parameter = self.parameter(key)
        try:
            return parameter.at(on)
        except ParameterError as error:
            raise ParameterError(f"{self.origin}: {key}: {error.en}", f"{self.origin}: {key}: {error.vi}") from error

    def _wrong_kind(self, key: str, en: str, vi: str) -> ParameterError:
        return ParameterError(
            f"{self.origin}: '{key}' must be {en}; correct its value.",
            f"{self.origin}: '{key}' phải là {vi}; hãy sửa giá trị.",
        )
