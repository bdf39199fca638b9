"""What holds for every list: what is written reads back, and importing twice is importing once."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from geo.store.tables import Cell, Mast, Site
from tests.integration.intake.conftest import Importer

HEAD = ["mã trạm", "doanh nghiệp", "kinh độ", "vĩ độ", "công nghệ", "góc phương vị", "chiều cao anten", "mã cell"]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["viettel", "vnpt"]),
        st.floats(107.5, 109.4).map(lambda value: round(value, 6)),
        st.floats(12.2, 13.6).map(lambda value: round(value, 6)),
        st.sampled_from(["2G", "3G", "4G", "5G"]),
        st.none() | st.integers(0, 359),
        st.none() | st.integers(1, 120),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_site_lists_read_back_and_twice_is_once(import_: Importer, rows: list[tuple[object, ...]]) -> None:
    listed = [
        [f"S{n}", operator, lon, lat, technology, azimuth, height, f"S{n}-1"]
        for n, (operator, lon, lat, technology, azimuth, height) in enumerate(rows)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream, delimiter=";").writerows([HEAD, *listed])
        first = import_("sites", path, replace=True, confirm_gone=True)
        second = import_("sites", path, replace=True, confirm_gone=True)
    assert first.counts.read == len(rows)
    assert (second.import_id, second.counts.stored, second.counts.unchanged) == (first.import_id, 0, len(rows))
    operators = {row[0] for row in rows}
    with import_.session() as session:
        found = session.execute(
            select(
                Site.code,
                Site.operator_code,
                func.ST_X(Mast.geom),
                func.ST_Y(Mast.geom),
                Cell.technology,
                Cell.azimuth_deg,
                Cell.antenna_height_m,
                Cell.code,
            )
            .join(Site.mast)
            .join(Site.cells)
            .where(Site.valid_to.is_(None), Cell.valid_to.is_(None), Site.operator_code.in_(operators))
        ).all()
    written = {(row[0], row[1]): row for row in listed}
    assert {(row[0], row[1]) for row in found} == set(written)
    for row in found:
        code, operator, lon, lat, technology, azimuth, height, cell = written[row[0], row[1]]
        assert (row[0], row[1], row[4], row[5], row[6], row[7]) == (code, operator, technology, azimuth, height, cell)
        # Sites within 5 m share a mast.
        assert abs(row[2] - float(str(lon))) < 6e-5
        assert abs(row[3] - float(str(lat))) < 6e-5
