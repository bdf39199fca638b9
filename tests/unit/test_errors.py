"""The tree of errors: every leaf has its own code and both languages."""

import pytest

import api.errors
import api.limits
import geo.workflows.import_report
import maps.assets
from geo import errors

ELSEWHERE = (api.errors, api.limits, geo.workflows.import_report, maps.assets)


def every_error(base: type[errors.PhusongError] = errors.PhusongError) -> list[type[errors.PhusongError]]:
    """Return the errors of the whole process: other tests may have imported or made more than these modules hold."""
    found = [base, *(leaf for child in base.__subclasses__() for leaf in every_error(child))]
    return list(dict.fromkeys(found))


def errors_of(*modules: object) -> list[type[errors.PhusongError]]:
    names = {getattr(module, "__name__", "") for module in modules}
    return [kind for kind in every_error() if kind.__module__ in names]


def test_codes_are_distinct_and_statuses_are_errors() -> None:
    tree = errors_of(errors)
    assert len(tree) > 10
    assert len({kind.code for kind in tree}) == len(tree)
    assert all(400 <= kind.http_status < 600 and kind.exit_code in {1, 2, 3} for kind in errors_of(errors, *ELSEWHERE))


def test_an_error_of_another_module_takes_its_parents_code_or_a_new_one() -> None:
    known = [kind.code for kind in errors_of(errors)]
    added = [kind.code for kind in errors_of(*ELSEWHERE) if "code" in vars(kind)]
    assert added
    assert len({*known, *added}) == len(known) + len(added)


def test_docstring_draws_the_whole_tree() -> None:
    assert errors.__doc__ is not None
    for kind in errors_of(errors):
        assert kind.__name__ in errors.__doc__


@pytest.mark.parametrize(("language", "expected"), [("vi", "sai"), ("en", "wrong"), ("fr", "wrong")])
def test_message_in_both_languages(language: str, expected: str) -> None:
    assert errors.BadInputError("wrong", "sai").message(language) == expected
