"""`phusong serve` and `phusong up`: a port that is taken, and how serving ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from tests.api.test_cli_answers import runner
from tests.conftest import REPOSITORY, TestDatabase

LATEST_START_S = 60


@pytest.mark.parametrize("command", ["up", "serve"])
def test_a_port_that_is_taken_is_said_first(
    fresh_database: TestDatabase, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    phusong = runner(fresh_database, monkeypatch)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = phusong(command, "--port", str(port))
    assert done.code == 3
    assert f"Cổng {port}" in done.err
    assert f"Port {port} of 127.0.0.1 is taken" in done.err
    assert "--port" in done.err
    assert "Serving at" not in done.err + done.out
    assert "Traceback" not in done.err


def test_a_host_that_is_not_of_this_machine_is_said(
    fresh_database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = runner(fresh_database, monkeypatch)("serve", "--host", "192.0.2.1", "--port", "8000")
    assert done.code == 3
    assert "PHUSONG_HOST" in done.err
    assert "Không mở được cổng" in done.err


def test_ctrl_c_ends_serving_with_a_word(fresh_database: TestDatabase) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = fresh_database.settings
    environment = {**os.environ, "PHUSONG_HOME": str(settings.home), "PYTHONPATH": str(REPOSITORY)}
    for role in ("", "_app", "_read"):
        environment[f"PHUSONG_DATABASE{role.upper()}_URL"] = getattr(settings, f"database{role}_url").get_secret_value()
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        _wait_for(f"http://127.0.0.1:{port}/healthz")
        server.send_signal(signal.SIGINT)
        _, said = server.communicate(timeout=LATEST_START_S)
    assert server.returncode == 0
    assert "Đã dừng phục vụ." in said
    assert "Stopped serving." in said
    assert "Traceback" not in said


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + LATEST_START_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < deadline, "the service did not start"
            time.sleep(0.2)
