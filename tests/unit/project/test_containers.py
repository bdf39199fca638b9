"""The production door: valid files, no default password, nothing that runs as root, only what the lock names."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import yaml
from dockerfile_parse import DockerfileParser

from tests.conftest import REPOSITORY

COMPOSE = REPOSITORY / "docker-compose.yml"
DOCKERFILE = REPOSITORY / "Dockerfile"


def _compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return found


def _instructions() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DockerfileParser(path=str(DOCKERFILE)).json)
    return found


def _last_stage() -> list[tuple[str, str]]:
    parser = DockerfileParser(path=str(DOCKERFILE))
    steps = [(step["instruction"], step["value"]) for step in parser.structure if step["instruction"] != "COMMENT"]
    start = max(index for index, (name, _) in enumerate(steps) if name == "FROM")
    return steps[start:]


def test_compose_file_follows_the_compose_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_compose_has_no_default_password() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    assert not re.search(r"^\s*\w*(PASSWORD|TOKEN|SECRET)\w*(?<!_FILE):\s*\S+", text, re.M)
    assert all(set(secret) == {"file"} for secret in _compose()["secrets"].values())


def test_compose_services_are_confined() -> None:
    services = _compose()["services"]
    assert all(service["read_only"] for service in services.values())
    assert all("no-new-privileges:true" in service["security_opt"] for service in services.values())
    assert [name for name, service in services.items() if "ports" in service] == ["app"]
    assert all(service["cap_drop"] == ["ALL"] for name, service in services.items() if name != "database")
    assert all(port.startswith("127.0.0.1:") for port in services["app"]["ports"])
    assert services["app"]["depends_on"]["database"]["condition"] == "service_healthy"


def test_no_service_has_a_secret_that_is_not_its_own() -> None:
    services = _compose()["services"]
    own = {
        "database": {"database_superuser_password", "database_owner_password", "database_app_password"},
        "migrate": {"database_owner_password", "database_app_password"},
        "app": {"database_app_password", "token"},
    }
    assert {name: set(service["secrets"]) for name, service in services.items()} == own
    for name, service in services.items():
        named = {value for key, value in service["environment"].items() if key.endswith("_FILE")}
        assert named <= {f"/run/secrets/{secret}" for secret in own[name]}
        # An address would bring its password along.
        assert not any(key.endswith("_URL") for key in service["environment"])


def test_the_superuser_of_the_database_is_no_role_of_the_service() -> None:
    services = _compose()["services"]
    database = services["database"]["environment"]
    assert database["POSTGRES_USER"] == "postgres"
    assert "trust" not in COMPOSE.read_text(encoding="utf-8")
    assert {"--auth-local=scram-sha-256", "--auth-host=scram-sha-256"} <= set(database["POSTGRES_INITDB_ARGS"].split())
    mounted = [volume.split(":")[0] for volume in services["database"]["volumes"] if "initdb.d" in volume]
    assert [(REPOSITORY / name).is_file() for name in mounted] == [True]


def test_migrating_is_a_step_of_its_own_before_serving() -> None:
    services = _compose()["services"]
    assert services["migrate"]["command"] == ["phusong", "db", "upgrade"]
    assert services["migrate"]["restart"] == "no"
    assert services["app"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert "command" not in services["app"]
    assert dict(_last_stage())["CMD"] == '["phusong", "serve"]'


def test_image_does_not_run_as_root_and_has_a_health_check() -> None:
    steps = dict(_last_stage())
    assert steps["USER"].split(":")[0] not in ("root", "0")
    assert "/healthz" in steps["HEALTHCHECK"]
    assert _compose()["services"]["app"]["user"] == steps["USER"]


def test_image_is_made_from_the_lock_files() -> None:
    runs = [value for step in _instructions() for name, value in step.items() if name == "RUN"]
    installs = [run for run in runs if re.search(r"\b(pip install|npm (ci|install))", run)]
    assert len(installs) == 3
    for run in installs:
        assert "--require-hashes" in run or "npm ci" in run or "--no-deps --no-build-isolation ." in run


def test_every_copied_file_exists_and_is_let_through() -> None:
    let_through = {
        line[1:] for line in (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"
    }
    for step in _instructions():
        source = step.get("COPY", "")
        if not source or "--from=" in source:
            continue
        for name in [part for part in source.split() if not part.startswith("--")][:-1]:
            assert (REPOSITORY / name).exists(), name
            assert name in let_through


def test_entry_of_the_image_is_a_valid_script() -> None:
    done = subprocess.run(
        ["sh", "-n", str(REPOSITORY / ".ci/container-start")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
