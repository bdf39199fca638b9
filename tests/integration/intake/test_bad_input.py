"""Files that cannot be used: a clear message in both languages, nothing stored, nothing lost, no traceback."""

from __future__ import annotations

import http.server
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from geo.errors import BadInputError, FileTooLargeError, NotFoundError, PhusongError, UnreadableFileError
from geo.store.tables import ImportRecord, Mast, Site, Village
from tests.integration.intake.conftest import Importer
from tests.integration.intake.files import codes, collection, commune, csv, workbook, write


def nothing_stored(import_: Importer) -> bool:
    with import_.session() as session:
        return session.scalar(select(func.count()).select_from(ImportRecord)) == 0


def refused(import_: Importer, error: type[PhusongError], kind: str, path: Path, **options: object) -> PhusongError:
    with pytest.raises(error) as caught:
        import_(kind, path, **options)
    assert caught.value.vi
    assert caught.value.en
    assert str(path.parent) not in caught.value.en, "a message names the file, not the folders of the machine"
    if isinstance(caught.value, BadInputError):
        assert caught.value.report is not None
        assert caught.value.report.document()["problems"]
    assert nothing_stored(import_)
    return caught.value


def test_an_empty_file(import_: Importer, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    refused(import_, UnreadableFileError, "villages", tmp_path / "a.csv")
    refused(import_, UnreadableFileError, "villages", csv(tmp_path / "b.csv", "tên thôn,kinh độ,vĩ độ"))
    refused(import_, UnreadableFileError, "villages", workbook(tmp_path / "c.xlsx", []))
    refused(import_, UnreadableFileError, "boundaries", write(tmp_path / "d.geojson", collection()))


def test_no_file(import_: Importer, tmp_path: Path) -> None:
    refused(import_, NotFoundError, "villages", tmp_path / "nowhere.csv")
    (tmp_path / "empty").mkdir()
    refused(import_, UnreadableFileError, "villages", tmp_path / "empty")


def test_a_truncated_archive_workbook_and_map(import_: Importer, tmp_path: Path, shared_data: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("v.csv", "tên thôn,kinh độ,vĩ độ\n" + "A,108.1,12.5\n" * 5000)
    path.write_bytes(path.read_bytes()[:-200])
    assert "cut off" in refused(import_, UnreadableFileError, "villages", path).en
    whole = workbook(tmp_path / "whole.xlsx", [["tên thôn", "kinh độ", "vĩ độ"], ["A", 108.1, 12.5]]).read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(whole[: len(whole) // 2])
    refused(import_, UnreadableFileError, "villages", tmp_path / "cut.xlsx")
    real = (shared_data / "data/daklak_communes_2025.gpkg").read_bytes()
    (tmp_path / "cut.gpkg").write_bytes(real[:50_000])
    refused(import_, UnreadableFileError, "boundaries", tmp_path / "cut.gpkg")


def test_a_file_over_the_limit_is_not_even_read(import_: Importer, tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    with path.open("wb") as stream:
        stream.truncate(3_000_000)
    small = import_.settings.model_copy(update={"max_upload_mb": 1})
    error = refused(import_, FileTooLargeError, "villages", path, settings=small)
    assert error.http_status == 413
    assert "1 MB" in error.vi


def test_an_archive_that_unpacks_to_too_much_or_outside_itself(import_: Importer, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("v.csv", b"\0" * 20_000_000)
    small = import_.settings.model_copy(update={"max_upload_mb": 1})
    refused(import_, FileTooLargeError, "villages", bomb, settings=small)
    sly = tmp_path / "sly.zip"
    with zipfile.ZipFile(sly, "w") as archive:
        archive.writestr("../../outside.csv", "a,b\n")
    assert "outside itself" in refused(import_, UnreadableFileError, "villages", sly).en
    assert not (tmp_path.parent / "outside.csv").exists()


@pytest.mark.parametrize("content", [bytes(range(256)) * 40, b"\x00\x01\x02" * 1000, b"%PDF-1.7\n" + bytes(500)])
def test_what_is_no_table(import_: Importer, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    refused(import_, UnreadableFileError, "villages", tmp_path / "a.csv")
    (tmp_path / "a.xlsx").write_bytes(content)
    refused(import_, UnreadableFileError, "villages", tmp_path / "a.xlsx")
    (tmp_path / "a.geojson").write_bytes(content)
    refused(import_, UnreadableFileError, "boundaries", tmp_path / "a.geojson")


def test_a_table_of_another_kind_and_a_missing_column(import_: Importer, tmp_path: Path) -> None:
    refused(import_, UnreadableFileError, "sites", csv(tmp_path / "a.csv", "màu,giá", "đỏ,5"))
    error = refused(import_, BadInputError, "sites", csv(tmp_path / "b.csv", "mã trạm,kinh độ,vĩ độ,4G", "A,108,12,x"))
    report = error.report.document()  # type: ignore[attr-defined]
    assert report["problems"][0]["code"] == "missing_column"
    assert "--operator" in report["problems"][0]["remedy_vi"]
    refused(import_, BadInputError, "sites", tmp_path / "b.csv", column_map={"xyz": "operator"})
    refused(import_, BadInputError, "sites", tmp_path / "b.csv", column_map={"4G": "colour"})


def test_a_row_of_data_is_not_taken_for_the_header(import_: Importer, tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", "abc;def;ghi;jkl", "A;108,05;12,6667;4G", "B;108,06;12,6667;4G")
    assert "abc" in refused(import_, UnreadableFileError, "sites", path, operator="viettel").vi


def test_a_text_too_long_for_any_name_is_an_error_of_its_row(import_: Importer, tmp_path: Path) -> None:
    rows = ["site_code,lon,lat,technology", "L" * 300_000 + ",108.05,12.66,4G", "B,108.06,12.66,4G"]
    path = csv(tmp_path / "a.csv", *rows)
    error = refused(import_, BadInputError, "sites", path, operator="viettel")
    problem = error.report.document()["problems"][0]  # type: ignore[attr-defined]
    assert (problem["code"], problem["row"], problem["column"]) == ("text_too_long", 2, "site_code")
    assert "300000" in problem["why_vi"]
    assert import_("sites", path, operator="viettel", skip_errors=True).counts.stored == 1


def test_a_total_row_that_counts_the_codes_is_left_out(import_: Importer, tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["TT", "Mã trạm", "Kinh độ", "Vĩ độ", "4G"],
        [1, "DL1", 108.05, 12.66, "x"],
        [2, "DL2", 108.06, 12.67, "x"],
        ["Tổng cộng", 2, None, None, 2],
    ]
    report = import_("sites", workbook(tmp_path / "a.xlsx", rows), operator="viettel")
    assert (report.counts.read, report.counts.stored) == (2, 2)
    assert "total_row_ignored" in [problem.code for problem in report.problems]


def test_limits_are_written_in_full(import_: Importer, tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", "village_name,lon,lat,households", "A,108.05,12.66,99999999999999999999")
    error = refused(import_, BadInputError, "villages", path)
    assert "2000000000" in error.report.document()["problems"][0]["why_en"]  # type: ignore[attr-defined]


def test_a_sheet_that_is_not_there(import_: Importer, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["tên thôn", "kinh độ", "vĩ độ"], ["A", 108.1, 12.5]])
    assert "Trạm" in refused(import_, BadInputError, "villages", path, sheet="Sai").vi


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("utf-16", "Buôn Đắk Sơn"),
        ("utf-8-sig", "Buôn Đắk Sơn"),
        ("latin-1", "Bu«n §¾k S¬n"),
    ],
)
def test_encodings_other_than_utf8_are_read(import_: Importer, tmp_path: Path, encoding: str, written: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"village_name;lon;lat\n{written};108,1;12,5\n", encoding=encoding)
    report = import_("villages", path)
    assert report.counts.stored == 1
    with import_.session() as session:
        assert session.scalars(select(Village.name)).all() == ["Buôn Đắk Sơn"]


def test_the_good_rows_of_several_files_are_kept_when_asked(import_: Importer, tmp_path: Path) -> None:
    good = csv(tmp_path / "1.csv", "tên thôn,kinh độ,vĩ độ", "A,108.1,12.5")
    bad = tmp_path / "2.csv"
    bad.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(BadInputError) as caught:
        import_("villages", good, bad)
    assert codes(caught.value.report) == ["unreadable_file"]
    assert import_("villages", good, bad, skip_errors=True).counts.stored == 1


class _Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/secret.csv")
            self.end_headers()
            return
        content = "tên thôn,kinh độ,vĩ độ\nA,108.1,12.5\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/csv; charset=utf-8")
        self.send_header("Content-Disposition", 'attachment; filename="../thôn.csv"')
        self.end_headers()
        self.wfile.write(content if self.path != "/big" else b"a,b\n" * 500_000)


@pytest.fixture
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Files) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "address",
    [
        "/v.csv",
        "http://localhost:1/a.csv",
        "http://[::1]:1/a",
        "http://10.0.0.1/a",
        "http://0.0.0.0/a",
        "file:///etc/passwd",
    ],
)
def test_private_addresses_and_files_are_not_fetched(import_: Importer, server: str, address: str) -> None:
    with pytest.raises(BadInputError) as caught:
        import_("villages", server + address if address.startswith("/") else address)
    assert caught.value.code == "bad_input"
    assert nothing_stored(import_)


def test_an_address_is_fetched_when_it_may_be_and_checked_at_every_step(import_: Importer, server: str) -> None:
    private = import_.settings.model_copy(update={"allow_private_addresses": True})
    report = import_("villages", f"{server}/download", settings=private)
    assert (report.counts.stored, report.files[0]["name"]) == (1, "thôn.csv")
    assert report.files[0]["origin"] == f"{server}/download"
    with pytest.raises(UnreadableFileError):
        import_("villages", f"{server}/away", settings=private)
    with pytest.raises(FileTooLargeError):
        import_("villages", f"{server}/big", settings=private.model_copy(update={"max_upload_mb": 1}))


KILLED = """
import os, sys
from pathlib import Path
from geo.settings import Settings
from geo.store.session import engine_for
from geo.workflows.imports import ImportKind, import_files
def stage(name, share):
    if name == "store":
        print("storing", flush=True)
settings = Settings()
import_files(engine=engine_for(settings, "app"), settings=settings, kind=ImportKind.SITES, sources=[sys.argv[1]],
             operator="viettel", progress=stage)
print("done", flush=True)
"""


def test_a_killed_import_leaves_the_database_as_it_was(import_: Importer, tmp_path: Path) -> None:
    rows = [f"S{n},{108 + n % 1000 / 1000},{12 + n // 1000 / 100},4G" for n in range(20_000)]
    path = csv(tmp_path / "many.csv", "site id,lon,lat,technology", *rows)
    environment = {
        **os.environ,
        "PHUSONG_HOME": str(import_.settings.home),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    for role in ("", "_app", "_read"):
        address = getattr(import_.settings, f"database{role}_url")
        environment[f"PHUSONG_DATABASE{role.upper()}_URL"] = address.get_secret_value()
    command = [sys.executable, "-c", KILLED, str(path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "storing"
        time.sleep(0.3)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stdout.read() == ""
    with import_.session() as session:
        for table in (ImportRecord, Site, Mast):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    assert import_("sites", path, operator="viettel").counts.stored == 20_000


def test_two_imports_of_a_kind_wait_for_each_other(import_: Importer, tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", "site id,lon,lat,4G", *(f"S{n},108.{n},12.5,x" for n in range(100, 200)))
    reports = []

    def run() -> None:
        reports.append(import_("sites", path, operator="viettel"))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({report.import_id for report in reports}) == 1
    assert sorted(report.counts.stored for report in reports) == [0, 0, 100]
    with import_.session() as session:
        assert session.scalar(text("SELECT count(*) FROM site")) == 100


def test_shapefile_in_an_archive_and_kml(import_: Importer, tmp_path: Path) -> None:
    import geopandas

    path = write(tmp_path / "c.geojson", collection(commune("22015", "Phường Tuy Hòa")))
    frame = geopandas.read_file(path)
    frame.to_file(tmp_path / "c.shp", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        for part in tmp_path.glob("c.*"):
            if part.suffix in (".shp", ".shx", ".dbf", ".prj", ".cpg"):
                archive.write(part, f"ranh giới/{part.name}")
    assert import_("boundaries", tmp_path / "c.zip").counts.stored == 1
    points = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
      <Placemark><name>Buôn A</name><Point><coordinates>108.05,12.55,0</coordinates></Point></Placemark>
      <Placemark><name>Thôn B</name><Point><coordinates>108.06,12.56,0</coordinates></Point></Placemark>
    </Document></kml>"""
    (tmp_path / "v.kml").write_text(points, encoding="utf-8")
    report = import_("villages", tmp_path / "v.kml")
    assert report.counts.stored == 2
    with import_.session() as session:
        assert set(session.scalars(select(Village.commune_code))) == {"22015"}
