"""The tree of errors: every leaf has its own code and both languages."""

import pytest

from geo import errors


def every_error(base: type[errors.PhusongError] = errors.PhusongError) -> list[type[errors.PhusongError]]:
    return [base, *(leaf for child in base.__subclasses__() for leaf in every_error(child))]


def test_codes_are_distinct_and_statuses_are_errors() -> None:
    kinds = every_error()
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert all(400 <= kind.http_status < 600 and kind.exit_code in {1, 2, 3} for kind in kinds)


def test_docstring_draws_the_whole_tree() -> None:
    assert errors.__doc__ is not None
    for kind in every_error():
        assert kind.__name__ in errors.__doc__


@pytest.mark.parametrize(("language", "expected"), [("vi", "sai"), ("en", "wrong"), ("fr", "wrong")])
def test_message_in_both_languages(language: str, expected: str) -> None:
    assert errors.BadInputError("wrong", "sai").message(language) == expected
