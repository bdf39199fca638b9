"""Tables with the line ends of old Macs, or of several systems, come in as any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes

TABLES = {
    "villages": ["tên thôn,kinh độ,vĩ độ", "Thôn A,108.05,12.66", "Buôn B,108.06,12.67"],
    "sites": ["site_code,lon,lat,technology,operator", "S1,108.05,12.66,4G,viettel", "S2,108.06,12.67,4G,viettel"],
    "measurements": [
        "measured_at,lon,lat,technology,operator,rsrp",
        "2026-03-05T14:30:00Z,108.05,12.66,4G,viettel,-90",
        "2026-03-05T14:30:01Z,108.05,12.66,4G,viettel,-91",
    ],
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_of_any_line_ends_comes_in(import_: Importer, tmp_path: Path, kind: str) -> None:
    lines = TABLES[kind]
    path = tmp_path / "a.csv"
    for content in ("\r".join(lines), "\r".join(lines[:2]) + "\n" + lines[2] + "\r\n"):
        path.write_bytes(content.encode())
        report = import_(kind, path, dry_run=True)
        assert (report.counts.read, report.counts.skipped) == (2, 0)
    path.write_bytes("\n".join(lines).replace("108.06", "108.0\x006").replace("14:30:01", "14:30\x00:01").encode())
    report = import_(kind, path)
    assert (report.counts.read, report.counts.stored) == (2, 2)
    assert "zero_bytes_dropped" in codes(report)
