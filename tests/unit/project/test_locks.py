"""The lock files are complete, hashed, name no host, and satisfy pyproject.toml and package.json."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import REPOSITORY

PYTHON_LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-node.lock")


def _pinned(name: str) -> dict[str, str]:
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    return {canonicalize_name(found[0]): found[1] for found in re.findall(r"^([\w.-]+)(?:\[\w+\])?==(\S+)", text, re.M)}


def _required(*extras: str) -> list[Requirement]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = list(project["dependencies"])
    for extra in extras:
        listed += project["optional-dependencies"][extra]
    return [Requirement(item) for item in listed]


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_every_pin_is_hashed_and_no_host_is_named(name: str) -> None:
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    entries = re.split(r"^(?=\S)", text, flags=re.M)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"https?:|file:|index-url|find-links", text)


@pytest.mark.parametrize(
    ("name", "extras"), [("requirements.lock", ["build"]), ("requirements-dev.lock", ["build", "dev"])]
)
def test_lock_satisfies_what_is_declared(name: str, extras: list[str]) -> None:
    pinned = _pinned(name)
    wrong = [
        str(item)
        for item in _required(*extras)
        if not item.specifier.contains(pinned.get(canonicalize_name(item.name), "0"), prereleases=True)
    ]
    assert wrong == [], "remake the locks with .ci/lock"


def test_checks_run_with_the_versions_of_the_service() -> None:
    service, checks = _pinned("requirements.lock"), _pinned("requirements-dev.lock")
    assert {name: checks.get(name) for name in service} == service


def test_npm_lock_has_integrity_and_no_addresses() -> None:
    text = (REPOSITORY / "package-lock.json").read_text(encoding="utf-8")
    lock = json.loads(text)
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert all(entry.get("integrity") for entry in packages.values())
    assert '"resolved"' not in text
    declared = json.loads((REPOSITORY / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert lock["packages"][""]["dependencies"] == declared
    assert {name: packages[f"node_modules/{name}"]["version"] for name in declared} == declared


def test_nothing_copyleft_is_needed_at_run_time() -> None:
    # Unidecode (GPL) comes with the source of the illustrative boundaries: a build-time tool, never of the service.
    assert not {"unidecode", "vietnamadminunits", "pandana", "text-unidecode"} & set(_pinned("requirements.lock"))
