"""`.ci/setup.sh`: what `./run` and `./test` do to this machine before the program starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import REPOSITORY


def test_the_environment_finds_the_checkout_in_any_locale(tmp_path: Path) -> None:
    checkout = tmp_path / "Tải về" / "phủ 'sóng'"
    packages = checkout / ".venv" / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    packages.mkdir(parents=True)
    link = packages / "_editable_impl_phusong.pth"
    link.write_text(str(checkout), encoding="utf-8")
    cache = tmp_path / "cache.pth"
    cache.hardlink_to(link)

    subprocess.run(["bash", "-euc", f'source "{REPOSITORY}/.ci/setup.sh"; link_checkout'], cwd=checkout, check=True)

    # Python reads the file in the locale's letters, and C has none but ASCII's.
    code = "import site, sys; site.addsitedir(sys.argv[1]); print(ascii(sys.path[-1]))"
    environment = {**os.environ, "LC_ALL": "C"}
    command = [sys.executable, "-S", "-c", code, str(packages)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ascii(str(checkout))
    assert cache.read_text(encoding="utf-8") == str(checkout), "a file that uv's cache may share was written to"
