"""Write the description of the API to docs/reference/openapi.json: `python -m api.export_openapi`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from api.app import create_app
from geo.settings import Settings

PUBLISHED = Path(__file__).resolve().parents[1] / "docs" / "reference" / "openapi.json"


def main(path: Path = PUBLISHED) -> None:
    """Write the description, in the order the service gives it."""
    description = create_app(Settings()).openapi()
    path.write_text(json.dumps(description, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
